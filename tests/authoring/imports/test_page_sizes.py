"""A page of 125 KB, whatever is in it, is imported in a time that grows with its length and not with its square."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from runner.authoring.imports import course
from runner.authoring.imports.notes import Notes

INDEX = '{"title": "T", "description": "d", "details": {"steps": [{"title": "s", "text": "s.md"}]}}'
SECONDS = 6.0
"""Of processor time. Those that were quadratic took 15 to 150."""


@pytest.mark.parametrize(
    "beginning",
    [
        "<a ",
        "<a>",
        "<a x='",
        "<h1 ",
        "<h1>",
        "<img ",
        '<img a="',
        "<style",
        "<!--",
        "<li ",
        "<br ",
        "</a ",
        "<",
        "<p",
    ],
)
def test_beginnings_without_an_end(tmp_path: Path, beginning: str) -> None:
    (tmp_path / "index.json").write_text(INDEX)
    (tmp_path / "s.md").write_text("# T\n\n" + beginning * (125_000 // len(beginning)))
    began = time.process_time()
    course.read(tmp_path, Notes(), "en", "")
    assert time.process_time() - began < SECONDS


def test_what_has_an_end_is_reported_in_markdown_as_before() -> None:
    from runner.authoring.imports.html_to_markdown import markdown

    page = (
        '<h2 class="x">See <b>this</b></h2><a href="https://a.example/?q=1" target=_blank>the <i>page</i>\nof it</a>'
        "<img src='p.png' alt=\"A picture\"/><a href=https://b.example>b</a><p>1 < 2 and <br/>3"
    )
    assert markdown(page) == (
        "## See **this**[the *page* of it](https://a.example/?q=1)![A picture](p.png)[b](https://b.example)1 < 2 and \n3"
    )
