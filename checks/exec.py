"""A command in a container: how it ends, and what it prints there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CommandResult, ExecRequest, Finding, Object, Outcome, Verdict, World
from checks.checked_result import ChecksResult
from checks.diagnosis.exec_causes import no_such_program
from checks.diagnosis.pod_causes import unready_pods
from checks.durations import Duration
from checks.in_pods import InPods, is_running
from checks.object_fields import name_of
from checks.phrase import Phrase, phrase
from checks.pods import STUCK, has_ended, waiting_reason
from checks.sentences import Sentence, short

MOST_PODS = 10
"""Pods in which it is run in one look."""
AT_ONCE = 4
"""Of them, how many at the same time."""

Arguments = tuple[Annotated[str, Field(max_length=10_000)], ...]


def _as_shell(value: object) -> object:
    return ["sh", "-c", value] if isinstance(value, str) else value


class Exec(ChecksResult, InPods):
    """A command in a container, run as `kubectl exec` runs it, has the expected result.

    With a selector it is run in every pod with these labels that has not ended (in the ten newest), and each must have
    the result. It must only look: it is run again and again. It gets no input, and no terminal; a command that is still
    running after `timeout` has not passed, and is left to end by itself. The user of the lab's kubeconfig needs
    permission to create pods/exec.
    """

    subject: ClassVar[str] = "exec"
    interval: ClassVar[float | None] = 3.0
    finds_effects: ClassVar[bool] = True
    examples: ClassVar[str] = """
# A line is run by the container's sh.
- {exec: "ls /data | wc -l", in: shop, pod: db-0, output: '^[1-9]'}
# A list is a program and its arguments: for images without a shell.
- {exec: [printenv, MODE], in: shop, selector: app=web, contains: production}
- {exec: "curl -s -o /dev/null http://orders:8080/", in: shop, selector: app=client, container: app, exit_code: 0}
"""

    exec: Annotated[
        Arguments,
        Field(
            min_length=1, max_length=100, description="A command line for sh, or a program and its arguments."
        ),
        BeforeValidator(
            _as_shell,
            json_schema_input_type=Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S")]
            | Arguments,
        ),
    ]
    timeout: Annotated[Duration, Field(le=120, description="How long it may take.")] = 10.0

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if not self.exec[0].strip() or (self._is_line and not self.exec[2].strip()):
            raise PydanticCustomError("exec_empty", "there is no command")
        return self

    @property
    def _is_line(self) -> bool:
        return len(self.exec) == 3 and self.exec[:2] == ("sh", "-c")

    @property
    def line(self) -> str:
        """The command in one line, as a learner would type it after `--`."""
        return self.exec[2] if self._is_line else " ".join(self.exec)

    def describe(self) -> Phrase:
        return phrase(
            "{command} in {pods} (namespace {namespace}): {wanted}",
            command=self.line,
            pods=self.where,
            namespace=self.namespace,
            wanted=self.wanted,
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        pods = self.pods_named(under_place=under_place)
        return self.sentence_of(phrase("`{command}` in {pods}", command=short(self.line), pods=pods))

    def never_fails(self) -> Phrase | None:
        return self.passes_whatever(self.line)

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        world.now()  # what a command would print, nothing tells
        pods = [pod for pod in await self.pods_of(world) if self.pod is not None or not has_ended(pod)]
        if not pods:
            return Outcome(Verdict.FAILED, expected, await self.no_pods(world))
        places = [(pod, name) for pod in pods[:MOST_PODS] for name in self.container_of(pod)]
        if not places:
            message = phrase("The pod has no such container: {container}", container=self.container)
            return Outcome(Verdict.FAILED, expected, message)
        waiting = [pod for pod, name in places if not is_running(pod, name)]
        if waiting:
            verdict, found = _waiting(waiting)
            return Outcome(verdict, expected, found)
        results = await self._run(world, places)
        judged = [(pod, *self.judge(result)) for (pod, _), result in zip(places, results, strict=True)]
        return self._together(expected, judged)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        pods = await self.pods_of(world)
        unready = await unready_pods(world, pods)
        running = [
            (pod, name) for pod in pods[:1] for name in self.container_of(pod) if is_running(pod, name)
        ]
        if unready or not running:
            return unready
        return await no_such_program(world, self, *running[0])

    async def _run(self, world: World, places: Sequence[tuple[Object, str]]) -> list[CommandResult]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(pod: Object, container: str) -> CommandResult:
            async with gate:
                return await world.cluster.execute(self.request(name_of(pod), container))

        return list(await asyncio.gather(*(one(pod, container) for pod, container in places)))

    def request(self, pod: str, container: str) -> ExecRequest:
        """What is asked of the cluster for one container."""
        return ExecRequest(pod, self.namespace, container, self.exec, self.timeout, seek=self.texts)

    def _together(self, expected: Phrase, judged: Sequence[tuple[Object, Verdict, Phrase]]) -> Outcome:
        """The outcome of all pods: the first that is wrong, named where there are several."""
        for wanted in (Verdict.FAILED, Verdict.PENDING):
            for pod, verdict, found in judged:
                if verdict is wanted:
                    return Outcome(verdict, expected, self._in_pod(pod, found))
        pod, _, found = judged[0]
        if len(judged) == 1:
            return Outcome(Verdict.PASSED, expected, self._in_pod(pod, found))
        names = tuple(name_of(each) for each, *_ in judged)
        return Outcome(Verdict.PASSED, expected, phrase("as expected in: {pods}", pods=names))

    def _in_pod(self, pod: Object, found: Phrase) -> Phrase:
        return found if self.pod is not None else phrase("{pod}: {line}", pod=name_of(pod), line=found)


def _waiting(pods: Sequence[Object]) -> tuple[Verdict, Phrase]:
    reasons = tuple(f"{name_of(pod)} ({waiting_reason(pod)})" for pod in pods)
    stuck = any(waiting_reason(pod) in STUCK for pod in pods)
    return (
        Verdict.FAILED if stuck else Verdict.PENDING,
        phrase("The container is not running yet: {pods}", pods=reasons),
    )
