"""A lab that stands still: a walk and a terminal without a cluster, a shell or a clock, to be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from checks.base import Finding, Object, ObjectRef, Outcome, Verdict
from checks.quiz import Quiz
from runner.labs.model import Lab, Step
from runner.session.events import ClusterBack, LabFinished
from runner.session.seen import Seen
from runner.session.step_states import CommandState, StepState
from runner.words import Phrase, phrase

PROMPT = b"\x1b[32mlearner@lab\x1b[0m:\x1b[34m~\x1b[0m$ "
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
    size: tuple[int, int] = (80, 20)
    typing: bool = False
    password: bool = False
    ready: bool = True

    def type(self, data: bytes) -> None: ...
    def reply(self, data: bytes) -> None: ...
    def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        return lambda: None


@dataclass
class FrozenWalk:
    """A walk whose steps before `at` are done, with what a snapshot wants to be so."""

    lab: Lab
    at: str
    shell: FrozenShell = field(default_factory=FrozenShell)
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ran: dict[str, tuple[CommandState, ...]] = field(default_factory=dict)
    judged: dict[str, tuple[Outcome, ...]] = field(default_factory=dict)
    help: int = 0
    trouble: Phrase | None = None

    target = SimpleNamespace(name="practice/small", practice=True)
    version = "1.32.0"
    finished = False
    cleaned_up = None  # nobody began to

    @property
    def consoles(self) -> Any:
        """No step of these is shown whose console would be asked for."""
        return None

    @property
    def answers(self) -> dict[str, tuple[str, ...]]:
        return self.given

    def _number(self, step: str) -> int:
        return [each.id for each in self.lab.steps].index(step)

    def state(self, step: str) -> StepState:
        here, asked = self._number(self.at), self._number(step)
        if asked == here:
            return StepState.WAITING if step in self.judged else StepState.OPEN
        return StepState.PASSED if asked < here else StepState.LOCKED

    def outcomes(self, step: str) -> tuple[Outcome | None, ...]:
        if step in self.judged:
            return self.judged[step]
        passed = self.state(step) is StepState.PASSED
        verdict = Verdict.PASSED if passed else Verdict.FAILED
        return tuple(self._outcome(check, verdict) for check in self.lab.step(step).checks)

    def _outcome(self, check: Any, verdict: Verdict) -> Outcome:
        found = phrase("Not answered yet") if isinstance(check, Quiz) else phrase("not there")
        return Outcome(verdict, check.describe(), found)

    def commands(self, step: str) -> tuple[CommandState, ...]:
        default = tuple(CommandState() for _ in self.lab.step(step).run)
        return self.ran.get(step, default)

    def next_command(self, step: str) -> int | None:
        return next((at for at, each in enumerate(self.commands(step)) if not each.good), None)

    def begun(self, step: str) -> bool:
        return step in self.ran or step in self.judged

    def hints(self, step: str) -> int:
        return self.help if step == self.at else 0

    def solution(self, step: str) -> str:
        return ""

    def here(self) -> str:
        return self.at

    def first_to_do(self, step: str) -> Step | None:
        locked = self.state(step) is StepState.LOCKED
        return self.lab.step(self.at) if locked else None

    def may_skip(self, step: str) -> bool:
        return True

    def go_to(self, step: str) -> None: ...

    def earlier(self) -> str:
        return ""

    def score(self) -> LabFinished:
        return LabFinished(True, False, 4, 4, 6, 6, 1500.0)

    async def events(self) -> AsyncIterator[Any]:
        yield ClusterBack()  # the screen draws what it is told of
        await asyncio.Event().wait()

    async def close(self) -> None: ...
