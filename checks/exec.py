"""A command in a container: how it ends, and what it prints there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, CommandResult, ExecRequest, Finding, Object, Outcome, Verdict, World
from checks.command import always_succeeds
from checks.diagnosis.exec_causes import no_such_program
from checks.diagnosis.pod_causes import unready_pods
from checks.durations import Duration
from checks.in_pods import InPods, is_running
from checks.object_fields import name_of
from checks.patterns import Regex, compiled, excerpt, matches_anything
from checks.phrase import Phrase, phrase
from checks.pods import STUCK, has_ended, waiting_reason
from checks.sentences import Sentence, quoted, quoted_pattern, short

MOST_PODS = 10
"""Pods in which it is run in one look."""
AT_ONCE = 4
"""Of them, how many at the same time."""

Arguments = tuple[Annotated[str, Field(max_length=10_000)], ...]


def _as_shell(value: object) -> object:
    return ["sh", "-c", value] if isinstance(value, str) else value


class Exec(InPods):
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
    exit_code: Annotated[int, Field(ge=0, le=255, description="The exit code it must have.")] = 0
    output: Annotated[
        Regex | None,
        Field(
            description=(
                "A regular expression found in its standard output or error; ^ and $ match at lines. The first 256 "
                "KiB of each output are searched; if there is more and nothing is found, the check can't be judged."
            )
        ),
    ] = None
    contains: Annotated[str | None, Field(min_length=1, description="Text that it must print.")] = None
    not_contains: Annotated[str | None, Field(min_length=1, description="Text that it must not print.")] = (
        None
    )
    timeout: Annotated[Duration, Field(le=120, description="How long it may take.")] = 10.0

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if not self.exec[0].strip() or (self._is_line and not self.exec[2].strip()):
            raise PydanticCustomError("exec_empty", "there is no command")
        if self.contains is not None and self.not_contains is not None and self.not_contains in self.contains:
            raise PydanticCustomError("contradiction", "it can't print contains and not print not_contains")
        return self

    @property
    def _is_line(self) -> bool:
        return len(self.exec) == 3 and self.exec[:2] == ("sh", "-c")

    @property
    def line(self) -> str:
        """The command in one line, as a learner would type it after `--`."""
        return self.exec[2] if self._is_line else " ".join(self.exec)

    def describe(self) -> Phrase:
        wanted = [phrase("exit code {exit_code}", exit_code=self.exit_code)]
        if self.contains is not None:
            wanted.append(phrase("prints: {text}", text=self.contains))
        if self.output is not None:
            wanted.append(phrase("prints something like: {pattern}", pattern=self.output))
        if self.not_contains is not None:
            wanted.append(phrase("does not print: {text}", text=self.not_contains))
        return phrase(
            "{command} in {pods} (namespace {namespace}): {wanted}",
            command=self.line,
            pods=self.where,
            namespace=self.namespace,
            wanted=tuple(wanted),
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        line = phrase(
            "`{command}` in {pods}", command=short(self.line), pods=self.pods_named(under_place=under_place)
        )
        if self.contains is not None or self.output is not None:
            text = quoted(self.contains) if self.contains is not None else quoted_pattern(self.output or "")
            return Sentence(
                phrase("{command} must print {text}", command=line, text=text),
                phrase("{command} prints {text}", command=line, text=text),
            )
        if self.not_contains is not None:
            text = quoted(self.not_contains)
            return Sentence(
                phrase("{command} must not print {text}", command=line, text=text),
                phrase("{command} does not print {text}", command=line, text=text),
            )
        if self.exit_code:
            return Sentence(
                phrase("{command} must end with exit code {code}", command=line, code=self.exit_code),
                phrase("{command} ends with exit code {code}", command=line, code=self.exit_code),
            )
        return Sentence(
            phrase("{command} must succeed", command=line), phrase("{command} succeeds", command=line)
        )

    def never_fails(self) -> Phrase | None:
        if self.output is not None and matches_anything(self.output):
            return phrase("its pattern matches everything: {pattern}", pattern=self.output)
        judges_words = self.contains is not None or self.output is not None or self.not_contains is not None
        if self.exit_code == 0 and not judges_words and always_succeeds(self.line):
            return phrase("the command always exits with 0: {command}", command=self.line)
        return None

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
        judged = [(pod, *self._judge(result)) for (pod, _), result in zip(places, results, strict=True)]
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
        seek = tuple(text for text in (self.contains, self.not_contains) if text is not None)
        return ExecRequest(pod, self.namespace, container, self.exec, self.timeout, seek=seek)

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

    def _judge(self, result: CommandResult) -> tuple[Verdict, Phrase]:
        printed = f"{result.stdout}\n{result.stderr}"
        shown = excerpt(printed) or phrase("nothing")
        if result.exit_code is None:
            return Verdict.PENDING, phrase("Still running after {seconds} s", seconds=round(self.timeout))
        if result.exit_code != self.exit_code:
            return Verdict.FAILED, phrase(
                "exit code {exit_code}: {printed}", exit_code=result.exit_code, printed=shown
            )
        if not self._prints_what_it_must(result, printed):
            return Verdict.FAILED, phrase("printed: {printed}", printed=shown)
        return Verdict.PASSED, phrase("exit code {exit_code}", exit_code=result.exit_code)

    def _prints_what_it_must(self, result: CommandResult, printed: str) -> bool:
        """Raises CannotRead if that is unknown: the text may be in output that was not kept."""
        if self.contains is not None and self.contains not in result.printed:
            return False
        if self.not_contains is not None and self.not_contains in result.printed:
            return False
        if self.output is None or compiled(self.output, lines=True).found_in(printed):
            return True
        if result.cut:
            raise CannotRead(
                "limit",
                phrase(
                    "The output is longer than the check reads, and the part that was "
                    "read does not contain it."
                ),
            )
        return False


def _waiting(pods: Sequence[Object]) -> tuple[Verdict, Phrase]:
    reasons = tuple(f"{name_of(pod)} ({waiting_reason(pod)})" for pod in pods)
    stuck = any(waiting_reason(pod) in STUCK for pod in pods)
    return (
        Verdict.FAILED if stuck else Verdict.PENDING,
        phrase("The container is not running yet: {pods}", pods=reasons),
    )
