"""A balance is written and taken again to the last bit; a file that does not fit is named."""

import json

import numpy as np
import pytest
import rasterio
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.balance import Balance
from skyfri.plugin.core.mosaic.colour.balance_file import read_balance, write_balance
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs

IDS, BANDS = ("a", "b", "c"), ("B02", "B03")


@pytest.fixture
def written(tmp_path):
    rng = np.random.default_rng(2)
    balance = Balance(BANDS, IDS, rng.uniform(0.8, 1.2, (3, 2)), rng.normal(0, 50, (3, 2)), (0, 0, 1))
    write_balance(tmp_path / "b.json", balance)
    return tmp_path / "b.json", balance


def test_what_was_written_is_read_in_any_order_and_part(written):
    path, balance = written
    found = read_balance(path, ("c", "a"), ("B03",))
    np.testing.assert_array_equal(found.gains, balance.gains[[2, 0]][:, [1]])
    np.testing.assert_array_equal(found.offsets, balance.offsets[[2, 0]][:, [1]])
    assert (found.groups, found.scene_ids, found.bands) == ((1, 0), ("c", "a"), ("B03",))


def spoilt(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.pop("format"), "does not say"),
        (lambda content: content["scenes"].pop(1), "such as b"),
        (lambda content: content["scenes"][1]["gain"].pop("B03"), "the band B03"),
        (lambda content: content["scenes"][1].pop("offset"), "damaged"),
        (lambda content: content["scenes"][1]["gain"].update(B02="x"), "damaged"),
        (lambda content: content["scenes"][1]["gain"].update(B02=0), "not above 0"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(written, change, words):
    with pytest.raises(InputError, match=words):
        read_balance(spoilt(written[0], change), IDS, BANDS)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.json"):
        read_balance(tmp_path / "x.json", IDS, BANDS)


@pytest.mark.parametrize(("given", "words"), [({"balance": "none"}, "BALANCE is none"), ({"reference": "r.tif"}, "leave one out")])
def test_it_goes_with_a_balance_and_without_a_reference(given, words):
    with pytest.raises(InputError, match=words):
        MosaicOptions(balance_file="b.json", **given)


def test_a_mosaic_by_its_own_balance_is_the_same_and_by_another_is_not(sample, tmp_path):
    def made(name, **options):
        outputs = MosaicOutputs(tmp_path / f"{name}.tif", balance=tmp_path / f"{name}.json")
        build(sample.scenes, sample.clouds, MosaicOptions(**options), outputs)
        with rasterio.open(outputs.mosaic) as dataset:
            return dataset.read()

    first = made("first")
    assert json.loads((tmp_path / "first.json").read_text())["scenes"][0]["id"] == sample.scenes[0].id
    np.testing.assert_array_equal(made("again", balance_file=str(tmp_path / "first.json")), first)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "first.json").read_bytes()
    spoilt(tmp_path / "first.json", lambda content: [scene["gain"].update(B02=1.5) for scene in content["scenes"]])
    brighter = made("other", balance_file=str(tmp_path / "first.json"))
    assert brighter[0].mean() > 1.2 * first[0].mean()
    np.testing.assert_array_equal(brighter[1:], first[1:])
