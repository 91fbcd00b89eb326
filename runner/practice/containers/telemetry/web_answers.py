"""What the consoles answer with: JSON, pages, redirections; and what a request asks for."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from runner.practice.containers.network_messages import Request, Response

_PAGES = Path(__file__).parent / "pages"
MARK = ("X-Labgate-Practice", "stand-in")


def parameters(request: Request) -> dict[str, list[str]]:
    """Those of the query, and of a form in the body."""
    found = parse_qs(request.query, keep_blank_values=True)
    if "form-urlencoded" in request.header("content-type"):
        for name, values in parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True).items():
            found.setdefault(name, []).extend(values)
    return found


def first(values: Mapping[str, list[str]], name: str, default: str = "") -> str:
    return values.get(name, [default])[0]


def parts(path: str) -> list[str]:
    """Of a path, decoded."""
    return [unquote(part) for part in path.strip("/").split("/") if part]


def json_answer(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, [("Content-Type", "application/json"), MARK], body)


def plain_answer(text: str, status: int = 200) -> Response:
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), MARK], text.encode())


def found_at(location: str, status: int = 302) -> Response:
    """A redirection, as Go's http.Redirect writes it."""
    word = {302: "Found", 301: "Moved Permanently", 307: "Temporary Redirect"}[status]
    body = f'<a href="{html.escape(location)}">{word}</a>.\n\n'.encode()
    return Response(
        status, [("Content-Type", "text/html; charset=utf-8"), ("Location", location), MARK], body
    )


def page(name: str, base: str = "", **values: Any) -> Response:
    """pages/NAME.html with the common style and scripts; `base` is the path below which the program answers, and `values`
    are what its script finds in `window.console_values`."""
    text = _file(f"{name}.html")
    given = json.dumps({"base": base, **values}).replace("<", "\\u003c")
    head = (
        f"<style>{_file('consoles.css')}</style>\n<script>window.console_values = {given};</script>\n"
        f"<script>{_file('consoles.js')}</script>"
    )
    body = text.replace("<!--head-->", head).replace("<!--stand-in-->", _banner(text))
    return Response(200, [("Content-Type", "text/html; charset=utf-8"), MARK], body.encode())


def _banner(text: str) -> str:
    """The mark on every page, with the name of what the page stands in for."""
    product = text.partition('data-product="')[2].partition('"')[0]
    return _file("stand_in.html").replace("PRODUCT", html.escape(product))


@cache
def _file(name: str) -> str:
    return (_PAGES / name).read_text(encoding="utf-8")
