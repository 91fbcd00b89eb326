"""How commands ended, as far as their outputs show; and where they ran.

A transcript has no exit codes. kubectl and the shell begin their complaints in few ways, and what failed once would fail again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.authoring.imports.acting import CONTAINER, interactive
from runner.authoring.imports.machines import OWN_HOSTS, SSH
from runner.authoring.imports.transcript.parse import Heading, Item, Ran

_ERROR = re.compile(
    r"^\s*(?:error:|Error:|ERROR:|Error from server|error validating|The \w+ \"[^\"]*\" is invalid|unable to "
    r"|Unable to connect to the server|The connection to the server .* was refused|Error response from daemon|E: |fatal: "
    r"|(?:-?(?:ba|z|da|a)?sh|fish)(?:: line \d+)?: |.*: command not found$|Command '.*' not found|no matches for kind"
    r"|Unknown command|unknown (?:command|flag|shorthand)"
    r"|(?:ls|cat|cp|mv|rm|cd|mkdir|chmod|curl|tar|grep|touch|vi|vim|nano|sed|helm|docker|git|minikube|kind|istioctl): "
    r"(?:\(\d+\)|cannot|can't|No such|"
    r".*(?:No such file|Permission denied|not found|File exists|Could not|unrecognized|invalid option)))"
)
_DID = re.compile(
    r"\b(?:created|configured|unchanged|deleted|patched|labeled|annotated|scaled|exposed|serverside-applied|restarted"
    r"|(?:image|env) updated)\s*(?:\(|$)"
)
_LEAVES = re.compile(r"\s*(?:exit|logout)\s*\d*\s*")
_AT_HOME = re.compile(r"\s*(?:sudo\s+)?(?:kubectl|k|helm|istioctl|docker|minikube|kind)\b")
"""Commands that no container has."""


def complaint(ran: Ran) -> str:
    """The line with which a command reports its failure; "" if there is none, or if it did something as well."""
    found = next((line.strip() for line in ran.output if _ERROR.match(line)), "")
    did = any(_DID.search(line) for line in ran.output)
    return "" if did else found


def elsewhere(items: Sequence[Item]) -> dict[int, str]:
    """Which commands ran in a container or on another machine, by their ids, and what led there."""
    found: dict[int, str] = {}
    into: Ran | None = None
    for item in items:
        if isinstance(item, Heading) and into is not None and _generic(into.sign):
            into = None  # a new lesson begins where the learner's own shell is
        if not isinstance(item, Ran):
            continue
        if into is not None:
            if _LEAVES.fullmatch(item.command):
                found[id(item)], into = into.command, None
                continue
            if _still_there(into, item):
                found[id(item)] = into.command
                continue
            into = None
        if _leads_away(item.command):
            into = item
    return found


def _still_there(into: Ran, ran: Ran) -> bool:
    """Whether the prompt is another than before somebody went there; one that says nothing is so by what is typed."""
    if ran.sign and ran.sign != into.sign:
        return not _AT_HOME.match(ran.command) or not _generic(ran.sign)
    return ran.sign == into.sign and _generic(ran.sign) and not _AT_HOME.match(ran.command)


def _leads_away(command: str) -> bool:
    ssh = SSH.match(command)
    if ssh:
        words = [word for word in ssh["words"].split() if not word.startswith("-")]
        return len(words) == 1 and words[0].rpartition("@")[2] not in OWN_HOSTS
    return CONTAINER.search(command) is not None and interactive(command)


def _generic(sign: str) -> bool:
    """Whether a prompt says nothing of whose it is."""
    return sign in ("$", "#", "%", ">", "")
