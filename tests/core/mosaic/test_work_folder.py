"""The work folder: whose it is, what goes from it, and that nothing else ever does."""

import os
import re

import pytest
from skyfri.plugin.core.base.errors import InputError, OutputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.work_folder import MARKER, OWN_FOLDER, clear, open_work_folder, tidy, work_folder

OPTIONS = MosaicOptions(block_px=512, seams="optimal")
THEIRS = (
    "film.part",
    "house.outline",
    "x.means.tif",
    ".hidden.12345678",
    "00000_00000.part.bak",
    "labels.npz.txt",
    "1.cells.npz",
    ".abcdefgh",
    "source.tiff",
    "notes.txt",
)
"""Files of somebody else with names much like ours."""

OURS = re.compile(r"\d{5}_\d{5}(\.rgb)?\.part|[0-9a-f]{16}\..*(outline|means\.tif|sha256)|[0-9a-f]{16}\.cells\.npz|labels\.npz|MADE-BY.*")


def lay(folder):
    """Files and folders of somebody else; return what they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in THEIRS:
        (folder / name).write_text(f"mine: {name}")
    for name in (".outlines.mydocs12", ".folder.12345678", "00009_00009.part"):
        (folder / name).mkdir()
        (folder / name / "thesis.odt").write_text("years of work")
    (folder / "link.part").symlink_to(folder / "notes.txt")
    return content(folder)


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and OWN_FOLDER not in path.relative_to(folder).parts and not OURS.fullmatch(path.name)
    }


def outputs_in(folder, work):
    return MosaicOutputs(folder / "mosaic.tif", source=folder / "source.tif", work=work)


def run(sample, folder, work):
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(folder, work), executor=InlineExecutor())
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tif"))}


def test_a_folder_of_somebodys_files_is_refused_and_keeps_them(sample, tmp_path):
    work = tmp_path / "work"
    before = lay(work)
    with pytest.raises(OutputError, match="choose an empty folder") as caught:
        run(sample, tmp_path / "out", work)
    assert str(work) in str(caught.value) and "\n" not in str(caught.value)
    assert content(work) == before and not (work / OWN_FOLDER).exists()
    assert not (tmp_path / "out").exists()


def test_files_that_come_later_stay_wherever_they_are_put(sample, tmp_path):
    work = tmp_path / "work"
    first = run(sample, tmp_path / "a", work)
    beside, inside = lay(work), lay(work / OWN_FOLDER)
    assert run(sample, tmp_path / "b", work) == first
    assert content(work) == beside and content(work / OWN_FOLDER) == inside


def test_the_hidden_folder_goes_unless_it_holds_what_is_not_ours(sample, tmp_path):
    out = tmp_path / "out"
    run(sample, out, None)
    assert sorted(path.name for path in out.iterdir()) == ["mosaic.tif", "source.tif"]
    hidden = out / ".mosaic.tif.parts"
    hidden.mkdir()
    (hidden / "thesis.odt").write_text("years of work")
    with pytest.raises(OutputError, match="not Skyfri's"):
        run(sample, out, None)
    assert (hidden / "thesis.odt").read_text() == "years of work"


def test_what_a_killed_run_left_goes_by_name(tmp_path):
    folder = work_folder(outputs_in(tmp_path, tmp_path / "work"))
    with open_work_folder(folder):
        pass
    ours = [
        ".00000_00001.part.0123abcd",
        ".labels.npz.0123abcd",
        ".mosaic.tif.0123abcd",
        ".probe.0123abcd",
        "00000_00002.part",
        "0123456789abcdef.none.outline",
    ]
    for name in ours:
        (folder / name).write_bytes(b"half")
    (folder / ".outlines.0123abcd").mkdir()
    (folder / ".outlines.0123abcd" / "0123456789abcdef").write_bytes(b"half")
    theirs = [".other.tif.0123abcd", ".mosaic.tif.0123abcdef", "00000_00003.part.txt"]
    for name in theirs:
        (folder / name).write_bytes(b"mine")
    (folder / "00000_00001.part").write_bytes(b"kept")
    tidy(folder, [folder / "00000_00001.part"], ["mosaic.tif"])
    assert sorted(path.name for path in folder.iterdir()) == sorted([*theirs, "00000_00001.part", MARKER])
    clear(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(theirs)


def test_a_run_that_fails_at_once_leaves_no_folder(tmp_path):
    folder = work_folder(outputs_in(tmp_path, tmp_path / "new" / "work"))
    with pytest.raises(InputError), open_work_folder(folder):
        raise InputError("no scene")
    assert not (tmp_path / "new" / "work").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_work_folder_that_is_no_folder_is_told(sample, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="pipe"):
        run(sample, tmp_path / "out", pipe)
