"""Read XML without entity expansion: a document that declares a DTD is refused before any entity can be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

# Bandit warns of these modules because their parsers expand entities; `parse_xml` refuses the document before that.
from xml.etree.ElementTree import Element, TreeBuilder  # nosec B405
from xml.parsers import expat  # nosec B406 B407

from ...base.errors import InputError

__all__ = ["Element", "numbers_of", "parse_xml", "text_of"]

MAX_DEPTH = 64
"""Levels of nesting; product metadata have about ten."""


class _ForbiddenError(Exception):
    """The document uses what no product does."""


def parse_xml(data: bytes, name: str) -> Element:
    """Return the root of a document, tag names without namespace.

    Raises `InputError` where it is malformed, nested too deeply, or declares a DTD or entity (the door of
    billion-laughs and external-entity attacks, Python documentation, "XML vulnerabilities").
    """
    builder = TreeBuilder()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _ForbiddenError(f"more than {MAX_DEPTH} levels")
        builder.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(tag))

    def forbid(*_: object) -> NoReturn:
        raise _ForbiddenError("a document type declaration")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = forbid
    parser.EntityDeclHandler = forbid
    parser.ExternalEntityRefHandler = forbid
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError, LookupError) as error:
        raise InputError(f"{name} is no well-formed XML ({error}); fetch the product again.") from error
    except _ForbiddenError as error:
        raise InputError(f"{name} holds {error}, which no Sentinel-2 product has; it is not read.") from error


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def text_of(root: Element, tag: str, default: str = "") -> str:
    """Return the text of the first element ``tag`` at any depth, ``default`` where it is absent or empty."""
    for element in root.iter(tag):
        text = (element.text or "").strip()
        if text:
            return text
    return default


def numbers_of(root: Element, tag: str) -> Iterator[tuple[Element, float]]:
    """Yield each element ``tag`` that holds a number, with the number."""
    for element in root.iter(tag):
        try:
            yield element, float((element.text or "").strip())
        except ValueError:
            continue
