"""The pages: the screen, and the one for who may not come in. Both in both languages: who reads isn't known yet."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import textual_serve

from runner.words import LANGUAGES, Phrase, phrase, preferred_language, translate

FONTS = (
    "'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', "
    "D2Coding, NanumGothicCoding, 'Noto Sans Mono CJK KR', 'Apple SD Gothic Neo', 'Malgun Gothic', monospace"
)
"""Fonts of the reader's own. Those for Latin letters first: in a Korean font many signs are two cells wide."""
_OWN = frozenset(
    {
        "page.css",
        *(
            f"{name}.js"
            for name in ["buttons", "clipboard", "connection", "keyboard", "page", "pass", "screen", "touch"]
        ),
    }
)
_PARTS = ("Terminal", "FitAddon", "CanvasAddon", "Unicode11Addon", "WebLinksAddon", "ClipboardAddon")
_END = re.compile(r"\}\)\(\)\}\)\(\);?\s*$")
_TYPES = {".js": "text/javascript", ".css": "text/css"}


_NOT_SHOWN = phrase("Labgate is running, but this browser has not provided the token yet.")
_WRONG_TOKEN = phrase("The token in this address is wrong or no longer valid.")
_ADDRESS = phrase(
    "The terminal that runs labgate serve shows an address that ends with a token. Open the complete "
    "address in this browser. Each start of labgate serve has a new token."
)
_BUTTONS = {
    "toggle": phrase("Keys as buttons"),
    "keyboard": phrase("Keyboard"),
    "up": phrase("Up"),
    "down": phrase("Down"),
    "left": phrase("Left"),
    "right": phrase("Right"),
    "paste": phrase("Paste"),
    "smaller": phrase("Smaller letters (Ctrl -)"),
    "larger": phrase("Larger letters (Ctrl +)"),
    "full": phrase("Full screen"),
}


@cache
def screen(language: str) -> str:
    """The page that shows the program; what it says of itself, in `language` first."""
    words = {name: escape(translate(each, language)) for name, each in _BUTTONS.items()}
    return _filled(
        "screen.html",
        language,
        {"fonts": FONTS, **words},
        starting=phrase("Labgate is starting …"),
        no_script=phrase("Labgate needs JavaScript. Turn it on for this page, then reload."),
        exit=phrase("Labgate has stopped. Your progress is saved."),
        failed=phrase("Labgate stopped because of an error. Your progress is saved."),
        stopping=phrase(
            "labgate serve was stopped. Your progress is saved. Start it again, then open the new address."
        ),
        lost=phrase(
            "The connection to Labgate was lost. Your progress is saved. Check that labgate serve is "
            "still running, then reconnect. If it was restarted, open its new address."
        ),
        reconnecting=phrase("Reconnecting …"),
        expired=phrase(
            "The connection was lost for so long that this page's lab was closed. Finished steps are on record: "
            "you continue at the step you were at, with a new shell."
        ),
        taken=phrase("This lab goes on in another page."),
        restarted=phrase(
            "labgate serve was started again meanwhile. Your progress is saved. Open the new address that it "
            "printed, and you continue at the step you were at."
        ),
        nothing=_NOT_SHOWN,
        token=_WRONG_TOKEN,
        many=phrase("Labgate is open in too many pages. Close some, then reconnect."),
        address=_ADDRESS,
        again=phrase("Start over"),
        go_on=phrase("Continue"),
        here=phrase("Show it here"),
        reconnect=phrase("Reconnect"),
        copying=phrase("The browser did not let Labgate copy. Copy it yourself:"),
        copy=phrase("Copy"),
        blocked=phrase("The browser blocked a new page. Open it here:"),
    )


def refused(reason: str, language: str = "") -> str:
    """The page for who may not come in: why, and how one does."""
    why = {
        "host": phrase("Labgate is not served at this address. Open the address that labgate serve printed."),
        "origin": phrase("A page of another web site tried to reach Labgate and was refused."),
        "user": phrase("Another user of this machine tried to reach Labgate and was refused."),
    }[reason]
    return _filled(
        "refused.html",
        language or preferred_language(),
        {},
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
    elif name == "xterm.js":
        text = terminal_script((_theirs() / "js" / "textual.js").read_text(encoding="utf-8"))
    else:
        return None
    return text, _TYPES[Path(name).suffix]


def terminal_script(bundle: str) -> str:
    """xterm.js and its addons, as `window.xterm`, out of textual-serve's script: without the page that this makes of them.

    Raises ValueError where the script is another than the one that is known here.
    """
    begins = bundle.rfind("window.onload=")
    end = _END.search(bundle, begins)
    names = {part: re.findall(rf"new (\w+)\.{part}\b", bundle[:begins])[-1:] for part in _PARTS}
    if begins < 0 or end is None or not all(names.values()):
        raise ValueError("textual-serve's script has changed: its terminal was not found in it")
    exported = ",".join(f"{part}:{name}.{part}" for part, (name,) in names.items())
    return f"{bundle[:begins]}window.xterm={{{exported}}}{end[0]}"


def _filled(template: str, language: str, fixed: dict[str, str], **words: Phrase) -> str:
    languages = sorted(LANGUAGES, key=lambda each: each != language)
    output = {
        name: "".join(f'<p lang="{each}">{escape(translate(sentence, each))}</p>' for each in languages)
        for name, sentence in words.items()
    }
    return _template(template).substitute(output, **fixed, language=languages[0])


@cache
def _template(name: str) -> Template:
    return Template(_file(name))


def _file(name: str) -> str:
    return (files("runner.serve") / "static" / name).read_text(encoding="utf-8")


def _theirs() -> Path:
    """textual-serve's own files: its terminal (xterm.js) and how it speaks to the server."""
    return Path(textual_serve.__file__).parent / "static"
