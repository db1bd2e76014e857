"""Pages from the templates beside this module: every text is escaped, and a name that a template lacks is an error."""

from __future__ import annotations

from pathlib import Path

from ..base.errors import MissingDependencyError
from .page import Tr
from .style import STYLE

TEMPLATES = Path(__file__).parent / "templates"


def render_page(template: str, title: str, tr: Tr = str, **values: object) -> str:
    """Return the page of ``templates/template``, which extends ``page.html``; ``values`` are the names it shows.

    Raises `MissingDependencyError` without Jinja2. It is imported here, and the templates are read here, since workers have
    the modules of the core alone.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415
    except ImportError as error:
        raise MissingDependencyError(
            "A report for people needs the Python library jinja2, which is not there; run: python3 -m pip install jinja2 "
            "(Debian: apt install python3-jinja2)"
        ) from error
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    footer = tr("Made by Skyfri. Contains modified Copernicus Sentinel data.")
    return pages.get_template(template).render(title=title, language=tr("en"), style=STYLE, footer=footer, **values)
