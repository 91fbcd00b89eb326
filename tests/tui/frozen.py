"""A lab that stands still: a run and a terminal without a cluster, a shell or a clock, to be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from checks.base import Finding, Object, ObjectRef, Outcome, Verdict
from checks.quiz import Quiz
from runner.labs.model import Lab
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.coaching import Coaching, coaching
from runner.session.events import (
    CheckUpdated,
    ClusterBack,
    ClusterLost,
    CommandFinished,
    Event,
    HintShown,
    LabStarted,
    QuizAnswered,
    StepPassed,
    StepReached,
)
from runner.session.reducer import reduce
from runner.session.seen import Seen
from runner.session.shell_now import ShellNow
from runner.shell import CommandEnd
from runner.words import Phrase, phrase

PROMPT = "\x1b[1;36m~\x1b[0m \x1b[32m❯\x1b[0m ".encode()
SHELL = PROMPT + b"kubectl get ns\r\nNAME      STATUS   AGE\r\ndefault   Active   1d\r\n" + PROMPT
VI = (
    b"\x1b[?1049h\x1b[2J\x1b[H\x1b[34mapiVersion:\x1b[0m v1\r\n\x1b[34mkind:\x1b[0m Service\r\n"
    b"\x1b[34mspec:\x1b[0m\r\n  \x1b[34mtype:\x1b[0m ClusterIP\r\n"
    + b"\x1b[94m~\x1b[0m\r\n" * 6
    + b'"kubectl-edit.yaml" 4L, 56B\x1b[4;9H'
)
"""What vi puts on the screen."""
FOUND = Outcome(
    Verdict.FAILED,
    phrase("Deployment {name} (namespace {namespace}): ready", name="web", namespace="default"),
    phrase("{ready} of {wanted} pods are ready", ready=0, wanted=1),
    (
        Finding(
            "image-not-found",
            phrase("The image {image} can't be pulled.", image="nginx:1.999"),
            phrase("Look at them: {command}", command="kubectl describe pods -l app=web -n default"),
            ObjectRef("Pod", "web-5d4", "default"),
            evidence='Back-off pulling image "nginx:1.999"',
            field="status.containerStatuses[0].state.waiting.message",
            others=2,
        ),
    ),
)
POD: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-5d4", "namespace": "default", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "nginx:1.999"}], "nodeName": "practice-worker"},
    "status": {
        "containerStatuses": [
            {
                "name": "web",
                "image": "nginx:1.999",
                "ready": False,
                "state": {
                    "waiting": {
                        "reason": "ImagePullBackOff",
                        "message": 'Back-off pulling image "nginx:1.999"',
                    }
                },
            }
        ],
        "phase": "Pending",
    },
}
"""What the finding is about."""


async def still(_about: ObjectRef) -> AsyncIterator[Seen]:
    """The pod, which never changes."""
    yield Seen(POD)


@dataclass
class FrozenShell:
    """What the terminal uses of a shell; nothing is ever typed or printed."""

    on_screen: bytes = SHELL
    edited: bytes = b""
    size: tuple[int, int] = (80, 20)
    typing: bool = False
    password: bool = False
    ready: bool = True
    listeners: list[Callable[[bytes], None]] = field(default_factory=list)

    def type(self, data: bytes) -> None: ...
    def reply(self, data: bytes) -> None: ...
    def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)
        for listener in self.listeners if b"\x1b[?1049h" in self.on_screen else ():
            listener(self.on_screen)  # what fills the screen draws it again

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


@dataclass
class FrozenRun:
    """A run whose steps before `at` are done, with what a snapshot wants to be so.

    `given`: answers by question. `ran`: how the first commands of steps ended. `judged`: the outcomes of steps.
    """

    lab: Lab
    at: str
    shell: FrozenShell = field(default_factory=FrozenShell)
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ran: dict[str, tuple[CommandEnd, ...]] = field(default_factory=dict)
    judged: dict[str, tuple[Outcome, ...]] = field(default_factory=dict)
    help: int = 0
    lost: Phrase | None = None

    target = SimpleNamespace(name="practice/small", practice=True)
    consoles: Any = None  # no step of these is shown whose console would be asked for

    @property
    def record(self) -> AttemptState:
        state = AttemptState()
        for event in self._happened():
            state = reduce(state, event)
        return state

    @property
    def view(self) -> AttemptView:
        return AttemptView(self.lab, self.record, seconds=1500.0)

    def coaching(self, step: str, language: str) -> Coaching | None:
        return coaching(
            self.view, step, ShellNow(password=self.shell.password, typing=self.shell.typing), language
        )

    def _happened(self) -> Iterator[Event]:
        yield LabStarted(self.lab.id, self.target.name, "", "1.32.0", "a1", resumed=False)
        done = True
        for step in self.lab.steps:
            done = done and step.id != self.at
            verdict = Verdict.PASSED if done else Verdict.FAILED
            default = tuple(_outcome(check, verdict) for check in step.checks)
            for index, outcome in enumerate(self.judged.get(step.id, default)):
                yield CheckUpdated(step.id, index, outcome)
            for index, end in enumerate(self.ran.get(step.id, ())):
                yield CommandFinished(step.id, index, step.run[index].command, end)
            if done:
                yield StepPassed(step.id, 1.0)
        for question, answer in self.given.items():
            yield QuizAnswered(self.at, question, answer, by="learner")
        yield from (HintShown(self.at, index) for index in range(self.help))
        yield StepReached(self.at)
        if self.lost:
            yield ClusterLost(self.lost)

    def go_to(self, step: str) -> None: ...

    def earlier(self) -> str:
        return ""

    async def events(self) -> AsyncIterator[Any]:
        yield ClusterBack()  # the screen draws after each event
        await asyncio.Event().wait()

    async def close(self) -> None: ...


def _outcome(check: Any, verdict: Verdict) -> Outcome:
    found = phrase("Not answered yet") if isinstance(check, Quiz) else phrase("not there")
    return Outcome(verdict, check.describe(), found)
