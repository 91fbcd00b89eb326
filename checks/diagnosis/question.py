"""A failing check and the last commands: what the check expects, and which commands concern it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from checks.base import CannotRead, Check, Finding, LooksAt, Object, ObjectRef, Ran, World
from checks.diagnosis.ages import changed_at
from checks.diagnosis.at_work import LOOKING
from checks.diagnosis.command_lines import Part, parts
from checks.path_state import exists, is_dir, is_file
from checks.patterns import quotation

CHANGING = frozenset(
    """apply create replace edit patch set scale label annotate expose run delete rollout autoscale install upgrade
    uninstall experimental x manifest""".split()  # noqa: SIM905
)
"""Subcommands of kubectl, istioctl and helm that change a cluster."""
TALKING = ("kubectl", "istioctl", "helm")
"""Programs that contact a cluster."""
_REFUSED = r"^Error from server|^error: |^The \w+ \"[^\"]*\" is invalid: "
"""How error messages of kubectl begin."""
CLOCKS = 2.0
"""Seconds by which the clocks of two machines may differ and times are rounded."""
_MOST_READ = 512 * 1024  # bytes of a manifest
_MOST_FILES = 200  # of a folder of manifests


@dataclass(frozen=True)
class Question:
    """A failing check and the learner's commands, newest last."""

    world: World
    check: Check
    history: Sequence[Ran]

    @cached_property
    def of_cluster(self) -> bool:
        """Whether the check reads the cluster."""
        return self.check.looks_at is LooksAt.CLUSTER

    @property
    def absent(self) -> bool:
        """Whether the object must not exist. If so, a command that failed to create it explains nothing."""
        return self.check.wants_absence

    @cached_property
    def wanted(self) -> ObjectRef | None:
        """The object that the check concerns; None if there is none."""
        return self.check.about()

    async def found(self) -> Object | None:
        """The object that the check concerns; None if it does not exist or can't be read."""
        wanted = self.wanted
        if wanted is None or len(wanted.names) != 1:
            return None
        try:
            return await self.world.cluster.get(
                wanted.api_version, wanted.kind, wanted.names[0], wanted.namespace or None
            )
        except CannotRead:
            return None

    def newest(self, *programs: str) -> tuple[Ran, Part] | None:
        """The last command that ran one of these programs."""
        return next(self.each(*programs), None)

    def each(self, *programs: str) -> Iterator[tuple[Ran, Part]]:
        """The commands that ran one of these programs (or any, if none is named), newest first."""
        for ran in reversed(self.history):
            for part in reversed(taken_apart(ran.line)):
                if not programs or part.name in programs:
                    yield ran, part

    async def change(self) -> tuple[Ran, Part] | None:
        """The last command that should have changed what this check concerns.

        None if there is none, or if the object was changed since in another way (another terminal, a colleague): that
        command explains nothing any more.
        """
        if self.wanted is None or self.absent:
            return None
        for ran, part in self.each():
            if self._was_to_change(ran, part):
                found = await self.found()
                later = found is not None and 0 < ran.ended < changed_at(found) - CLOCKS
                return None if later else (ran, part)
        return None

    def _was_to_change(self, ran: Ran, part: Part) -> bool:
        if part.name in TALKING:
            return part.verb in CHANGING and self.concerns(ran, part)
        if part.name in LOOKING or any(each.name in TALKING for each in taken_apart(ran.line)):
            return False
        # a script, make, an alias: its output may be that of kubectl
        names = self.wanted.names if self.wanted else ()
        refused = re.search(_REFUSED, ran.output, re.MULTILINE) is not None
        return refused and any(_speaks_of(ran.output, name) for name in names)

    def concerns(self, ran: Ran, part: Part) -> bool:
        """Whether a command concerned this check's object: by its name, its files, or what it installs."""
        wanted = self.wanted
        if wanted is None:
            return False
        if part.name == "istioctl":
            return is_istios(wanted) or "istio-system" in (wanted.namespace, *wanted.names)
        named = set(wanted.names)
        if part.verb == "create" and part.words[1:2] in (["namespace"], ["ns"]):
            return wanted.kind == "Namespace" and bool(named & set(part.words[2:]))
        files = part.options("-f", "--filename", "-k", "--kustomize")
        if files:
            return any(self._mentions(name, ran, named) for name in files)
        if part.name == "helm":
            return any(name in ran.line or f'"{name}"' in ran.output for name in named)
        objects = {word.rpartition("/")[2] for word in part.words[1:]}
        if part.verb == "set":
            objects = {word.rpartition("/")[2] for word in part.words[2:]}
        return bool(named & objects)

    def _mentions(self, name: str, ran: Ran, named: set[str]) -> bool:
        """Whether the file or folder given to kubectl contains one of these objects.

        A missing one is searched for in the lab's folder; if it is not found or is not a file, the output decides.
        """
        if not named:
            return True
        if name in ("-", "/dev/stdin") and _is_about(ran.line, named):  # <<EOF, or echo '…' |
            return True
        path = ran.folder / Path(name).expanduser()
        there = path if exists(path) else elsewhere(name, self.world.workspace.root)
        if there is not None and any(_is_about(text, named) for text in _manifests(there)):
            return True
        if any(_speaks_of(ran.output, each) for each in named):
            return True
        return there is None and f'the path "{name}" does not exist' in ran.output


def is_istios(wanted: ObjectRef) -> bool:
    """Whether Istio's own installation makes it."""
    return any(name.startswith(("istio", "istiod")) or name.endswith(".istio.io") for name in wanted.names)


CommandRule = Callable[[Question], Awaitable[Finding | None]]
"""Examines the commands for one family of causes. None if none of them explains this very check."""


@lru_cache(maxsize=256)
def taken_apart(line: str) -> list[Part]:
    return parts(line)


def _speaks_of(output: str, name: str) -> bool:
    """Whether the output of kubectl concerns an object of that name: `services "web"`, `deployment.apps/web created`."""
    return f'"{name}"' in output or f"/{name} " in output


def quoted(text: str, pattern: str) -> str:
    """The output line that matches a pattern, shortened; "" if none does."""
    for line in reversed(text.splitlines()):
        if re.search(pattern, line):
            return quotation(line)
    return ""


def elsewhere(name: str, root: Path) -> Path | None:
    """Where a relative path exists in the lab's folder, at most two levels deeper."""
    tail = name.removeprefix("./").strip("/")
    if not tail or name.startswith(("/", "~", "http")) or "*" in tail or ".." in tail:
        return None
    for pattern in (tail, f"*/{tail}", f"*/*/{tail}"):
        try:
            found = next(iter(islice(sorted(root.glob(pattern)), 1)), None)
        except (OSError, ValueError):
            return None
        if found is not None:
            return found
    return None


def _manifests(path: Path) -> Iterator[str]:
    files = sorted(islice(path.iterdir(), _MOST_FILES)) if is_dir(path) else [path]
    for file in files:
        try:
            if is_file(file):
                with file.open("rb") as opened:
                    yield opened.read(_MOST_READ).decode("utf-8", "replace")
        except OSError:
            continue


def _is_about(text: str, named: set[str]) -> bool:
    """Whether a manifest (YAML or JSON) has an object with one of these names, judging by its lines."""
    names = "|".join(re.escape(name) for name in named)
    return (
        re.search(rf"""["']?\bname["']?\s*:\s*["']?(?:{names})["']?\s*(?:[,}}#|]|$)""", text, re.M)
        is not None
    )
