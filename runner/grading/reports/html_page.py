"""Reports as web pages for people: one file that needs no script, no picture and no font from anywhere."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from runner.plain_text import plain

MOST = 2000
"""Characters of one text of a cluster's that a page shows."""


def render(template: str, language: str, page_title: str, **values: object) -> str:
    """A template of `templates/` with these values; every value is text, whatever it contains."""
    return _templates().get_template(template).render(language=language, page_title=page_title, **values)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _escaped(value: object) -> Markup:
    """Text in an element or an attribute: without control characters, shortened, never a CI system's command."""
    text = plain(str(value)).encode("utf-8", "replace").decode()
    escaped = html.escape(text if len(text) <= MOST else text[: MOST - 1] + "…", quote=True)
    # A log that contains the page must not take it for workflow commands.
    return Markup(escaped.replace("##", "#&#35;").replace("::", ":&#58;"))  # noqa: S704 - escaped above
