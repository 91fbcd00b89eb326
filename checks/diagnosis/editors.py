"""kubectl edit that changed nothing: the editor, the edit, or the server's reply.

The messages are those of kubectl 1.20 to 1.33 (kubectl/pkg/cmd/util/editor).
"""

from __future__ import annotations

import re
from pathlib import Path

from checks.base import Finding, Ran
from checks.diagnosis.command_lines import Part
from checks.diagnosis.question import Question, quoted
from checks.patterns import excerpt, quotation
from checks.phrase import Phrase, phrase

_NO_CHANGE = r"Edit cancelled, no changes made"
_NOT_LAUNCHED = r'unable to launch the editor "([^"]+)"'
_BROKE_OFF = r'there was a problem with the editor "([^"]+)"'
_NOT_VALID = r"Edit cancelled, no valid changes were saved"
_COPY = r'A copy of your changes has been stored to "([^"]+)"'
_WAITS = {
    "code": "--wait",
    "code-insiders": "--wait",
    "codium": "--wait",
    "cursor": "--wait",
    "subl": "--wait",
    "atom": "--wait",
    "zed": "--wait",
    "gedit": "--wait",
    "mate": "-w",
    "gvim": "-f",
    "mvim": "-f",
    "kate": "-b",
}
"""Graphical editors, which return at once, and the option that makes them wait."""
_MOST_READ = 256 * 1024
_HIT_KEYS = re.compile(r"^\s*(LoadBalancers?|NodePorts?)\s*:", re.MULTILINE)


async def edited_nothing(question: Question) -> Finding | None:
    """The last change of the object was an edit without effect."""
    change = await question.change()
    if change is None or change[1].verb != "edit":
        return None
    ran, part = change
    for pattern, report in _TELLING:
        if re.search(pattern, ran.output, re.MULTILINE):
            return report(question, ran, part)
    return None


def _not_launched(question: Question, ran: Ran, part: Part) -> Finding:
    found = re.search(_NOT_LAUNCHED, ran.output)
    editor = found[1] if found else ""
    return Finding(
        "editor-missing",
        phrase("The editor could not be started: {editor}", editor=editor),
        _use(_there(question)),
        evidence=quoted(ran.output, _NOT_LAUNCHED),
        source=ran.line,
    )


def _broke_off(_question: Question, ran: Ran, part: Part) -> Finding:
    return Finding(
        "editor-failed",
        phrase("The editor ended with an error (in vi :cq does that), so kubectl cancelled the edit"),
        phrase("Edit again, and leave vi with :wq: {command}", command=ran.line),
        evidence=quoted(ran.output, _BROKE_OFF),
        source=ran.line,
    )


def _not_changed(question: Question, ran: Ran, part: Part) -> Finding:
    editor = _editor(question)
    words = editor.split()
    wait = _WAITS.get(words[0].rpartition("/")[2]) if words else None
    evidence = quoted(ran.output, _NO_CHANGE)
    if wait and not {wait, "-w", "--wait", "-f", "--nofork"} & set(words):
        return Finding(
            "editor-does-not-wait",
            phrase("The editor returned at once, before anything was saved: {editor}", editor=editor),
            phrase(
                "Make the editor wait until the file is closed, and edit again: {command}",
                command=f'export KUBE_EDITOR="{editor} {wait}"',
            ),
            evidence=evidence,
            source=ran.line,
        )
    return Finding(
        "edit-without-change",
        phrase("The editor was closed without any change to the file"),
        phrase(
            "Edit again: change the text first, then save and quit (in vi :wq): {command}", command=ran.line
        ),
        evidence=evidence,
        source=ran.line,
    )


def _refused(question: Question, ran: Ran, part: Part) -> Finding:
    copy = _copy(ran)
    hit = _HIT_KEYS.search(copy)
    if hit:
        return Finding(
            "edit-hit-names",
            phrase(
                "The substitution also changed field names (clusterIP became {name}): the search "
                "ignored case",
                name=hit[1],
            ),
            phrase(
                "Open it again ({line}), and type in vi: {command}",
                line=ran.line,
                command=":%s/type: ClusterIP/type: LoadBalancer/",
            ),
            evidence=excerpt(hit[0]),
            source=_path(ran) or ran.line,
        )
    text = _complaint(copy) or quoted(ran.output, r"is invalid|could not be patched|error:")
    return Finding(
        "edit-refused",
        phrase("The saved text was rejected, so the edit was cancelled"),
        phrase("Read the message, and edit again: {command}", command=ran.line),
        evidence=text,
        source=ran.line,
    )


def _complaint(copy: str) -> str:
    """What kubectl wrote at the top of the file when it was opened again."""
    lines = [line[2:].strip() for line in copy.splitlines()[:40] if line.startswith("# ")]
    wrong = [
        line for line in lines if re.search(r"rror|nvalid|annot|nsupported|unknown|mmutable|equired", line)
    ]
    return quotation(wrong[-1]) if wrong else ""


_TELLING = (
    (_NOT_LAUNCHED, _not_launched),
    (_BROKE_OFF, _broke_off),
    (_NOT_VALID, _refused),
    (_COPY, _refused),
    (_NO_CHANGE, _not_changed),
)


def _editor(question: Question) -> str:
    """The editor that kubectl uses: KUBE_EDITOR, then EDITOR, then vi."""
    environment = question.world.workspace.environment
    return environment.get("KUBE_EDITOR") or environment.get("EDITOR") or "vi"


def _there(question: Question) -> str:
    return next((each for each in ("vi", "vim", "nano") if question.world.workspace.which(each)), "")


def _use(editor: str) -> Phrase:
    if not editor:
        return phrase("Install an editor (vim or nano), or change the object with kubectl patch.")
    return phrase(
        "Choose an editor that is installed, and edit again: {command}",
        command=f"export KUBE_EDITOR={editor}",
    )


def _path(ran: Ran) -> str:
    found = re.search(_COPY, ran.output)
    return found[1] if found else ""


def _copy(ran: Ran) -> str:
    """What the learner saved; "" if the file is gone."""
    try:
        with Path(_path(ran) or "/").open("rb") as file:
            return file.read(_MOST_READ).decode("utf-8", "replace")
    except OSError:
        return ""
