"""A recording cut into stretches: commands, and what came of them before the next one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.base import Object
from runner.authoring.imports.kubectl import Kubectl, calls
from runner.authoring.record.recording import Moment, Places, Ran, Recording
from runner.words import Phrase, phrase
from runner.world.everything import Everything, Key, by_itself, essence, owned

LOOKING_VERBS = frozenset(
    """
    api-resources api-versions auth cluster-info describe diff events explain get logs top version wait
    """.split()  # noqa: SIM905  # a list of words reads better so
)
LOOKING = frozenset(
    """
    cat clear date df diff du echo env file find grep head history id less ls man more printenv pwd sleep tail tree true
    type watch wc which whoami
    """.split()  # noqa: SIM905
)
_LOOKING_WORDS = frozenset(
    {"version", "status", "list", "ls", "analyze", "proxy-status", "ps", "precheck", "verify-install"}
)
_QUIET_VARIABLES = re.compile(
    r"LABGATE_\w+|KUBECONFIG|KUBE_EDITOR|HIST\w+|PS\d|LS_COLORS|LESS\w*|SSH_\w+|TMUX\w*"
)
_MANAGED = ("finalizers", "managedFields")
_OF_THE_SCREEN = frozenset({"clear", "reset", "history", "fg", "bg", "jobs"})
_TYPO = (126, 127)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is otherwise in one moment than in an earlier one."""

    made: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()
    gone: tuple[Key, ...] = ()
    files: tuple[str, ...] = ()
    """Files and folders that are new."""
    variables: tuple[str, ...] = ()
    """Exported variables that are new or otherwise."""
    programs: tuple[str, ...] = ()
    """Programs that can be found now."""

    @property
    def anything(self) -> bool:
        return self.in_cluster or bool(self.files or self.variables or self.programs)

    @property
    def in_cluster(self) -> bool:
        return bool(self.made or self.changed or self.gone)


@dataclass(slots=True)
class Stretch:
    """Commands that belong together. `first` and `last`: the moments before and after it."""

    first: int
    last: int
    ran: list[Ran] = field(default_factory=list)
    left_out: list[Ran] = field(default_factory=list)
    what: Difference = Difference()


def stretches_of(recording: Recording) -> list[Stretch]:
    """The stretches, in order, each with what it did."""
    cutter = _Cutter(recording.moments)
    for number, moment in enumerate(recording.moments[1:], 1):
        cutter.take(number, moment)
    stretches = cutter.ended()
    for stretch in stretches:
        stretch.what = difference(recording.moments[stretch.first], recording.moments[stretch.last])
    return stretches


class _Cutter:
    def __init__(self, moments: Sequence[Moment]) -> None:
        self._moments = moments
        self._done: list[Stretch] = []
        self._waiting: list[Ran] = []  # what does nothing by itself, for the stretch that follows
        self._failed: list[Ran] = []
        self._from = 0

    def take(self, number: int, moment: Moment) -> None:
        ran, what = moment.ran, difference(self._moments[number - 1], moment)
        if ran is not None and ran.line.strip() in _OF_THE_SCREEN:
            ran = None
        if ran is None or (self._done and not self._waiting and looking(ran.line)):
            self._late(number, ran, what)
        elif what.anything and (what.in_cluster or not looking(ran.line)):
            stretch = Stretch(self._from, number, [*self._waiting, ran], self._failed)
            self._done.append(stretch)
            self._waiting, self._failed, self._from = [], [], number
        elif failed(ran):
            self._failed.append(ran)
        else:
            self._waiting.append(ran)

    def _late(self, number: int, ran: Ran | None, what: Difference) -> None:
        """Nothing of its own: what is otherwise now came of what was done before."""
        if ran is not None and failed(ran):
            self._failed.append(ran)
            ran = None
        if not self._done:
            return
        if ran is not None:
            self._done[-1].ran.append(ran)
        if not self._waiting:
            self._done[-1].last = self._from = number
        elif what.in_cluster:
            self._done[-1].last = number

    def ended(self) -> list[Stretch]:
        """With what was done last and came to nothing."""
        if self._waiting or self._failed:
            if not self._done:
                self._done.append(Stretch(0, len(self._moments) - 1))
            self._done[-1].ran += self._waiting
            self._done[-1].left_out += self._failed
        return [stretch for stretch in self._done if stretch.ran]


def failed(ran: Ran) -> bool:
    """Whether it came to no good end, or to none by itself."""
    return ran.exit_code != 0 or ran.typed.interrupted


def why_left_out(ran: Ran) -> Phrase:
    """Of a command that failed: what of it is to be said."""
    if ran.exit_code in _TYPO:
        return phrase("skipped: {command} (command not found)", command=ran.line)
    if ran.exit_code is None or ran.exit_code == 130 or ran.typed.interrupted:
        return phrase("skipped: {command} (it was interrupted)", command=ran.line)
    return phrase("skipped: {command} (it failed, exit code {code})", command=ran.line, code=ran.exit_code)


def looking(line: str) -> bool:
    """Whether the command does nothing but look."""
    words = list(calls(line))
    return bool(words) and ">" not in line and all(_looks(each) for each in words)


def _looks(words: list[str]) -> bool:
    program, rest = words[0].rpartition("/")[2], [word for word in words[1:] if not word.startswith("-")]
    if program == "kubectl":
        kubectl = Kubectl.of(words)
        if kubectl is None:
            return True
        return kubectl.verb in LOOKING_VERBS or words[1:3] in (["rollout", "status"], ["rollout", "history"])
    return program in LOOKING or bool(_LOOKING_WORDS & set(rest[:2])) or (words[1:] == ["--version"])


# what is otherwise


def difference(before: Moment, after: Moment) -> Difference:
    """What came to be between two moments."""
    was, now = before.cluster, after.cluster
    return Difference(
        tuple(sorted(key for key in _asked_for(now) if key not in was.objects)),
        tuple(
            sorted(
                key
                for key in _asked_for(now)
                if key in was.objects and substance(was.objects[key]) != substance(now.objects[key])
            )
        ),
        tuple(sorted(key for key in _asked_for(was) if key not in now.objects)),
        tuple(
            sorted(
                path for path in after.places.files if path not in before.places.files and not _hidden(path)
            )
        ),
        tuple(sorted(_variables(before.places, after.places))),
        tuple(sorted(after.places.programs - before.places.programs)),
    )


def substance(obj: Object) -> Object:
    """What somebody asked for of it; what its controllers write beside its status is none of that."""
    found: dict[str, Any] = dict(essence(obj))
    found["metadata"] = {
        name: value for name, value in found["metadata"].items() if name not in _MANAGED and value
    }
    if obj.get("kind") == "Namespace":
        found.pop("spec", None)
    return found


def _asked_for(state: Everything) -> list[Key]:
    return [
        key
        for key, obj in state.objects.items()
        if not owned(obj) and not by_itself(key, state.objects) and not _provisioned(key, obj)
    ]


def _provisioned(key: Key, obj: Object) -> bool:
    """Whether a volume was made for its claim, or the object is the cluster's own business."""
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return key.kind in ("Node", "CSINode", "EndpointSlice") or (
        key.kind == "PersistentVolume" and "pv.kubernetes.io/provisioned-by" in annotations
    )


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _variables(before: Places, after: Places) -> list[str]:
    return [
        name
        for name, value in after.environment.items()
        if before.environment.get(name) != value and not _QUIET_VARIABLES.fullmatch(name)
    ]
