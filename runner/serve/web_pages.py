"""The pages: the screen, and the one for who may not come in. Both in both languages: who reads isn't known yet."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import textual_serve

from runner.words import LANGUAGES, Phrase, phrase, preferred_language, say

FONTS = (
    "'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', "
    "D2Coding, NanumGothicCoding, 'Noto Sans Mono CJK KR', 'Apple SD Gothic Neo', 'Malgun Gothic', monospace"
)
"""Fonts of the reader's own. Those for Latin letters first: in a Korean font many signs are two cells wide."""
_THEIR_FONTS = "'Roboto Mono', Monaco, 'Courier New', monospace"
_OWN = ("labgate.js", "labgate.css")
_TYPES = {".js": "text/javascript", ".css": "text/css"}


_NOT_SHOWN = phrase("Labgate runs here, but this browser has not shown its token yet.")
_WRONG_TOKEN = phrase("The token in this address is not, or no longer, the right one.")
_ADDRESS = phrase(
    "In the terminal where labgate serve runs stands an address with a token at its end. "
    "Copy all of it into this browser. Each start of labgate serve has a new one."
)


@cache
def screen(language: str) -> str:
    """The page that shows the program; what it says of itself, in `language` first."""
    return _filled(
        "screen.html",
        language,
        starting=phrase("Labgate is starting …"),
        no_script=phrase(
            "Labgate needs JavaScript in this browser. Switch it on for this page and load it again."
        ),
        exit=phrase("Labgate has ended here. Your progress is kept."),
        failed=phrase("Labgate could not go on. Your progress is kept."),
        stopping=phrase(
            "labgate serve was ended on the machine where it ran. Your progress is kept. "
            "Start it there again, then open the new address."
        ),
        lost=phrase(
            "The connection to Labgate is lost. Your progress is kept. Look whether labgate serve still runs, "
            "then connect again; if it was started anew, open its new address."
        ),
        nothing=_NOT_SHOWN,
        token=_WRONG_TOKEN,
        many=phrase("Labgate is open in too many pages. Close some, then connect again."),
        address=_ADDRESS,
        again=phrase("Begin again"),
        reconnect=phrase("Connect again"),
        blocked=phrase("The browser held a new page back. Open it here:"),
    )


def refused(reason: str, language: str = "") -> str:
    """The page for who may not come in: why, and how one does."""
    why = {
        "host": phrase(
            "This address is not one of Labgate's. Open it by the address that labgate serve printed."
        ),
        "origin": phrase("Another web site's page tried to reach Labgate. It was kept out."),
        "user": phrase("Another user of this machine tried to reach Labgate, and was kept out."),
    }[reason]
    return _filled(
        "refused.html",
        language or preferred_language(),
        why=why,
        what=_ADDRESS,
    )


@cache
def asset(name: str) -> tuple[str, str] | None:
    """A script or style sheet by its name, with its media type; None where there is no such one."""
    if name in _OWN:
        text = _file(name)
    elif name == "xterm.css":
        text = (_theirs() / "css" / name).read_text(encoding="utf-8")
    elif name == "textual.js":
        text = (_theirs() / "js" / name).read_text(encoding="utf-8").replace(_THEIR_FONTS, FONTS)
    else:
        return None
    return text, _TYPES[Path(name).suffix]


def _filled(template: str, language: str, **words: Phrase) -> str:
    languages = sorted(LANGUAGES, key=lambda each: each != language)
    said = {
        name: "".join(f'<p lang="{each}">{escape(say(sentence, each))}</p>' for each in languages)
        for name, sentence in words.items()
    }
    return _template(template).substitute(said, language=languages[0])


@cache
def _template(name: str) -> Template:
    return Template(_file(name))


def _file(name: str) -> str:
    return (files("runner.serve") / "static" / name).read_text(encoding="utf-8")


def _theirs() -> Path:
    """textual-serve's own files: its terminal (xterm.js) and how it speaks to the server."""
    return Path(textual_serve.__file__).parent / "static"
