"""What a person types while a command runs: answers to its questions, or keys into its full-screen program."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from runner.authoring.record.recording import Typed
from runner.key_names import NAMES
from runner.shell.key_bytes import KEYS
from runner.shell.redact import redact

MOST_KEYS = 5000
"""Characters that are kept of what was typed into one program."""

_TOKEN = re.compile(
    r"""
      \x1b\[200~(?P<pasted>.*?)\x1b\[201~               # a paste, as xterm brackets it
    | (?P<reply>\x1b\[[?>=]?[\d;]*[cnRtuyIO]            # what the terminal answers by itself: attributes, position, focus
        | \x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)        # colours, settings
        | \x1b\[<[\d;]+[mM] | \x1b\[M... )              # the mouse
    | \x1b[\[O](?P<cursor>[ABCDHF])
    | \x1b\[(?P<edit>\d+)~
    | (?P<unknown>\x1b\[[0-?]*[ -/]*[@-~] | \x1bO.)
    | (?P<control>[\x00-\x1f\x7f])
    | (?P<text>[^\x00-\x1f\x7f]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_CURSOR = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_EDIT = {"1": "home", "2": "insert", "3": "delete", "4": "end", "5": "pageup", "6": "pagedown"}
_CONTROLS = {KEYS[name].decode(): name for name in ("enter", "escape", "tab", "backspace")} | {"\n": "enter"}
_NAMED = re.compile(r"ctrl\+.", re.IGNORECASE)
_COMMAND_LINE = re.compile(r"[:/?].*", re.DOTALL)  # vi's: a backspace there removes what was typed


@dataclass(frozen=True, slots=True)
class Situation:
    """What the terminal is at when a key comes."""

    running: bool
    reads_keys: bool
    hidden: bool
    unfinished: str
    """What stands on the cursor's line."""


class Keyboard:
    """Follows the keys of one command after the other."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._answers: list[tuple[str, str]] = []
        self._hidden: list[str] = []
        self._keys: list[str] = []
        self._unasked: list[str] = []
        self._size = self._lost = 0
        self._masked = self._interrupted = False
        self._line, self._question, self._secret = "", "", False

    def typed(self, data: bytes, at: Situation) -> None:
        """These bytes go to the terminal now."""
        text = self._decoder.decode(data)
        if not at.running:
            return
        for found in _TOKEN.finditer(text):
            if found["reply"]:
                self._lost += found["reply"].startswith(("\x1b[<", "\x1b[M"))
            elif at.reads_keys:
                self._key(found)
            else:
                self._in_line(found, at)

    def taken(self) -> Typed:
        """What was typed since it was asked last: the command has ended."""
        keys = [self._without_secrets(key) for key in _pressed(self._keys)]
        typed = Typed(
            tuple((redact(question), self._without_secrets(answer)) for question, answer in self._answers),
            tuple(redact(question) for question in self._hidden),
            tuple(keys),
            tuple(redact(line) for line in self._unasked),
            self._interrupted,
            self._lost,
            self._masked,
        )
        self._begin()
        return typed

    def _without_secrets(self, text: str) -> str:
        masked = redact(text)
        self._masked |= masked != text
        return masked

    # a full-screen program

    def _key(self, found: re.Match[str]) -> None:
        if self._line:  # typed before the program had drawn itself
            self._keys.append(f"={self._line}")
            self._line = ""
        if self._size > MOST_KEYS:
            self._lost += 1
            return
        text = found["text"] or found["pasted"]
        if text:
            self._size += len(text)
            for number, line in enumerate(re.split(r"\r\n|\r|\n", text)):
                self._keys += ["enter"] * (number > 0)
                self._keys += [f"={line}"] * bool(line)
            return
        name = _name(found)
        self._size += 1
        self._lost += not name
        if name:
            self._keys.append(name)

    # a line

    def _in_line(self, found: re.Match[str], at: Situation) -> None:
        if not self._line:
            self._question, self._secret = at.unfinished, at.hidden
        text, control = found["text"] or found["pasted"], found["control"]
        if text:
            self._line += text
        elif control in ("\x7f", "\b"):
            self._line = self._line[:-1]
        elif control == "\x15":
            self._line = ""
        elif control in ("\r", "\n"):
            self._enter(at)
        elif control in ("\x03", "\x04"):
            self._line = ""
            self._interrupted |= control == "\x03"

    def _enter(self, at: Situation) -> None:
        line, self._line = self._line, ""
        if self._secret or at.hidden:
            self._hidden.append(self._question.strip())
        elif self._question.strip():
            self._answers.append((self._question.strip(), line))
        else:
            self._unasked.append(line)


def _name(found: re.Match[str]) -> str:
    """The key's name in lab.yaml; "" if it has none."""
    if found["cursor"]:
        return _CURSOR[found["cursor"]]
    if found["edit"]:
        return _EDIT.get(found["edit"], "")
    control = found["control"] or ""
    if control in _CONTROLS:
        return _CONTROLS[control]
    return f"ctrl+{chr(ord(control) + 0x60)}" if control and "\x01" <= control <= "\x1a" else ""


def _pressed(keys: list[str]) -> list[str]:
    """As lab.yaml has them: runs of text (written with a "=" before) as one, mistyped ends of vi's commands fixed."""
    found: list[str] = []
    for key in keys:
        text = key.startswith("=") and len(key) > 1
        last = found[-1] if found else ""
        if text and last.startswith("="):
            found[-1] += key[1:]
        elif key == "backspace" and len(last) > 2 and _COMMAND_LINE.fullmatch(last[1:]):
            found[-1] = last[:-1]
        else:
            found.append(key)
    return [
        each
        for key in found
        for each in (_unambiguous(key[1:]) if key.startswith("=") and len(key) > 1 else [key])
    ]


def _unambiguous(text: str) -> list[str]:
    """Text that reads like a key's name is typed in two parts."""
    if text.lower() in NAMES or _NAMED.fullmatch(text):
        return [text[:1], text[1:]]
    return [text]
