"""Containers, XML and JSON: what is read, what is refused."""

import zipfile

import pytest
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.scenes.formats import container as containers
from skyfri.plugin.core.scenes.formats.container import open_container
from skyfri.plugin.core.scenes.formats.stac import parse_json
from skyfri.plugin.core.scenes.formats.xmltree import numbers_of, parse_xml, text_of

LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><lolz>&lol2;</lolz>"""
EXTERNAL = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>"""
REMOTE_DTD = """<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://example.com/evil.dtd"><r/>"""


def test_namespaces_are_tolerated():
    root = parse_xml(b'<n1:A xmlns:n1="urn:x" xmlns:y="urn:y"><y:B y:k="v"> 7 </y:B></n1:A>', "a.xml")
    assert root.tag == "A"
    assert text_of(root, "B") == "7"
    assert [(e.get("k"), value) for e, value in numbers_of(root, "B")] == [("v", 7.0)]


@pytest.mark.parametrize("document", [LAUGHS, EXTERNAL, REMOTE_DTD])
def test_a_document_with_a_doctype_is_refused(document):
    with pytest.raises(InputError, match=r"evil\.xml holds a document type declaration"):
        parse_xml(document.encode(), "evil.xml")


@pytest.mark.parametrize(
    "document", [b"", b"<a><b></a>", b"\x00\x01", b"<a>", b"<a/><b/>", b'<?xml version="1.0" encoding="nonsense"?><a/>']
)
def test_malformed_xml_is_one_sentence(document):
    with pytest.raises(InputError, match=r"bad\.xml is no well-formed XML"):
        parse_xml(document, "bad.xml")


def test_deep_nesting_is_refused():
    with pytest.raises(InputError, match="levels"):
        parse_xml(b"<a>" * 1000 + b"</a>" * 1000, "deep.xml")


@pytest.mark.parametrize("document", [b"{", b"[" * 100_000, b"\xff\xfe"])
def test_malformed_json_is_one_sentence(document):
    with pytest.raises(InputError, match=r"bad\.json is no well-formed JSON"):
        parse_json(document, "bad.json")


def test_a_zip_and_a_folder_list_and_read_alike(tmp_path):
    folder = tmp_path / "product"
    (folder / "a b").mkdir(parents=True)
    (folder / "a b" / "x.xml").write_bytes(b"<x/>")
    with zipfile.ZipFile(tmp_path / "p q.zip", "w") as archive:
        archive.write(folder / "a b" / "x.xml", "a b/x.xml")
    plain, zipped = (open_container(path)[0] for path in (folder, tmp_path / "p q.zip"))
    assert plain.names == zipped.names == ("a b/x.xml",)
    assert plain.read("a b/x.xml") == zipped.read("a b/x.xml") == b"<x/>"


def test_a_place_inside_a_zip_is_found(tmp_path):
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("X.SAFE/GRANULE/Y/MTD_TL.xml", "<x/>")
    assert open_container(tmp_path / "p.zip" / "X.SAFE" / "GRANULE" / "Y")[1] == "X.SAFE/GRANULE/Y"


def test_metadata_too_large_to_be_true_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MAX_METADATA_BYTES", 100)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("MTD_MSIL1C.xml", b" " * 101)
    container, _ = open_container(tmp_path / "bomb.zip")
    with pytest.raises(InputError, match="cannot be product metadata"):
        container.read("MTD_MSIL1C.xml")


def test_damaged_bytes_in_a_zip_are_noticed(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.xml", b"<aaaaaaaaaaaaaaaaaaaaaaaa/>")
    data = bytearray(path.read_bytes())
    data[data.index(b"<aaaa") + 5] ^= 1
    path.write_bytes(data)
    container, _ = open_container(path)
    with pytest.raises(InputError, match="fetch the product again"):
        container.read("a.xml")


def test_a_disk_is_no_product(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(InputError, match="more than 3 files"):
        open_container(tmp_path)
