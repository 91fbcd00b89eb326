"""What a check is, what it says, and the world that it is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from checks.phrase import Phrase

Object = dict[str, Any]
"""A Kubernetes object as the API server gives it: plain JSON."""


def _by_language(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


Text = Annotated[
    dict[str, str],
    Field(min_length=1),
    BeforeValidator(_by_language, json_schema_input_type=str | dict[str, str]),
]
"""A text by language code: `{"en": …, "ko": …}`. A plain string is for all languages."""


class Verdict(StrEnum):
    """What one look at a check gave."""

    PASSED = "passed"
    PENDING = "pending"  # on its way: rolling out, an address being assigned
    FAILED = "failed"  # wrong: the learner must act
    ERROR = "error"  # could not be judged: API unreachable, forbidden
    SKIPPED = "skipped"  # what it depends on does not hold, or nothing was there to judge

    @property
    def holds(self) -> bool:
        """Nothing stands against it: passed, or nothing was there to judge."""
        return self in (Verdict.PASSED, Verdict.SKIPPED)

    @property
    def does_not_hold(self) -> bool:
        """It was judged, and is not so (yet): what a lab says to that is true. Of what could not be judged it is not."""
        return self in (Verdict.PENDING, Verdict.FAILED)


class LooksAt(StrEnum):
    """Where a check looks. A grader that has only some of these can say of which checks it can't judge."""

    CLUSTER = "cluster"
    WEB = "web"  # an address that need not be the cluster's
    COMMAND = "command"  # whatever the command asks
    MACHINE = "machine"  # the learner's programs and variables
    FOLDER = "folder"  # the learner's files
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Which object of the cluster is meant. In words: `pod/istiod-abc in istio-system`.

    `name` "": any of the kind. `others`: further ones of the same kind and place.
    """

    kind: str
    name: str
    namespace: str = ""
    api_version: str = "v1"
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.others) if self.name else ()

    @property
    def group(self) -> str:
        """The group of its API, "" for the core's."""
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        named = f"{self.kind.lower()}/{self.name}"
        return f"{named} in {self.namespace}" if self.namespace else named


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that was read in the world, and the way out.

    `rule` names the kind of cause for good (`image-not-found`); reports and tests know it by that. `cause` and
    `remedy` speak of what all objects with this cause have in common: what is told of a single one is in
    `about`, so that ten pods with one cause are one finding.
    """

    rule: str
    cause: Phrase
    remedy: Phrase
    about: ObjectRef | None = None
    """The object that shows it; None where it is nothing of the cluster's (a file, a command)."""
    evidence: str = ""
    """The message, field or line it rests on, quoted."""
    field: str = ""
    """Where in `about` the evidence stands, as in `status.containerStatuses[0].state.waiting.message`; "" where
    it is no field of it (an event, a log, a command's output)."""
    source: str = ""
    """What was quoted where it is no field: `event FailedScheduling`, `log of container app`, `kubectl edit …`."""
    others: int = 0
    """How many other objects show the same."""

    @property
    def object(self) -> str:
        """`about` in words, "" for none."""
        return str(self.about or "")

    @property
    def same(self) -> tuple[str, str, str]:
        """Equal for findings of the same cause, whatever object shows it."""
        return self.rule, self.cause.render(), self.remedy.render()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check expected, what it found, and the verdict on it.

    The phrases' `values` are the data; a report gives both the words and the values.
    """

    verdict: Verdict
    expected: Phrase
    found: Phrase
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED


class CannotRead(Exception):
    """The world could not be read, so nothing can be said about it: evaluates to Verdict.ERROR.

    `reason` is one of: unreachable, unauthorized, forbidden, timeout, server, unknown-kind (the API server has listed
    its kinds, and this is none of them), no-cluster, limit (there is more than is read).
    Of a page, `stage` says how far it came: name (the host name is not known), connect (nobody took the
    connection in time), refused, tls, speech (what answered speaks no HTTP), answer (none in time), api (the API
    server's own words); "" where that is not known. `addresses` are the IPs that its host name stands for.
    """

    def __init__(
        self, reason: str, message: Phrase, *, stage: str = "", addresses: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message.render())
        self.reason = reason
        self.message = message
        self.stage, self.addresses = stage, addresses


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A command that ran to its end beside the learner's shell. `exit_code` is None where it timed out.

    Of each output the beginning is kept; `cut` says that there was more. `printed` has those of the texts that were
    looked for which stood in one of them, wherever that was.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    cut: bool = False
    printed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ran:
    """A command line that ran in the learner's shell, whoever typed it.

    `output` is what the terminal showed of it, without control sequences, lines ending in a newline; of a long one
    the end. `exit_code` is bash's. `ended` is when, in seconds since the epoch; 0 where that is not known.
    """

    line: str
    exit_code: int
    output: str
    folder: Path
    ended: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `via` says how it was reached: external, port-forward, proxy, url.

    `cut`: the page is longer than `body`. `redirect` is the status of the first redirect that was followed to it, 0 where
    there was none.
    """

    status: int
    body: str
    url: str
    via: str
    cut: bool = False
    redirect: int = 0


class ClusterView(Protocol):
    """The cluster as a check sees it. Every method raises CannotRead rather than guess."""

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """The object, or None where the API server said that it does not exist."""
        ...

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        """The objects of a namespace (None: of all), filtered by a label selector in kubectl's syntax."""
        ...

    async def version(self) -> str:
        """The server's version, `1.22.0`."""
        ...

    async def logs(self, pod: str, namespace: str, container: str, previous: bool, lines: int) -> str:
        """The last lines that a container wrote; `previous`: of the run before this one. "" where there are none."""
        ...


class WorkspaceView(Protocol):
    """The learner's folder and environment, beside their shell and never inside it."""

    @property
    def root(self) -> Path:
        """The lab's own folder, where the learner's shell started."""
        ...

    @property
    def folder(self) -> Path:
        """Where the learner's shell is now."""
        ...

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def kubeconfig(self) -> Path | None:
        """The lab's own kubeconfig, which the learner's shell was given; None where the lab has no cluster."""
        ...

    @property
    def history(self) -> Sequence[Ran]:
        """The commands that ended last in the learner's shell, the newest last; none where there is no shell."""
        ...

    @property
    def running(self) -> str:
        """What runs in the learner's shell now, as far as can be told; "" at its prompt, or where there is none."""
        ...

    async def run(self, command: str, timeout: float, seek: Collection[str] = ()) -> CommandResult:
        """Run a bash command line in the learner's folder and environment; `timeout` in seconds. The texts of `seek`
        are looked for in all that it prints, also in what is not kept."""
        ...

    def which(self, program: str) -> Path | None:
        """Where the learner's PATH finds `program`."""
        ...


class WebView(Protocol):
    """Web pages as the learner's browser would reach them."""

    async def service(
        self,
        name: str,
        namespace: str,
        port: int,
        path: str,
        timeout: float,
    ) -> Reply:
        """GET `path` of a Service's port: by its external address, or through the API server.

        Raises CannotRead where no answer came (reason unreachable or timeout).
        """
        ...

    async def url(self, url: str, timeout: float) -> Reply: ...

    async def forwarded(self, name: str, namespace: str) -> str:
        """Where a port-forward to the Service that the program keeps open answers, `127.0.0.1:43521`; "" for none."""
        ...


class World(Protocol):
    """All that a check can see."""

    @property
    def cluster(self) -> ClusterView: ...

    @property
    def workspace(self) -> WorkspaceView: ...

    @property
    def web(self) -> WebView: ...

    @property
    def answers(self) -> Mapping[str, Sequence[str]]:
        """The learner's quiz answers by question id: ids of choices, or one free text."""
        ...

    def now(self) -> datetime:
        """The time in UTC. What depends on it is looked at again after the check's `interval`."""
        ...


Written = dict[str, Any]
"""A check as it is written in a lab: `{"deployment": "web", "in": "shop", "ready": True}`."""


@dataclass(frozen=True, slots=True)
class Change:
    """An object before and after somebody changed it, for a check that is false before and true after.

    `differs` is the partial object of what is otherwise now, without what is so by chance (a uid, a time).
    `by_chance` says it of a single value: `by_chance("image", "web:a81f")`.
    """

    before: Object
    after: Object
    differs: Object
    by_chance: Callable[[str, str], bool]


class Check(BaseModel, ABC):
    """One thing to verify. A look, never a loop: the engine owns time.

    A subclass names its YAML key in `subject`; that key is a field of the same name, so that a line
    reads as a sentence (`deployment: istiod`). What other parts of Labgate must know of a check type they ask of it:
    the diagnosis (`about`), graders (`looks_at`), `labgate lint` (`never_fails`), the recorder and the importer
    (`existing`, `made`, `changed`, `takes_time`), the reference (`examples`). All of these have defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    subject: ClassVar[str]
    interval: ClassVar[float | None] = None
    """Seconds between looks at what can't be watched; None where a watch tells of every change."""
    examples: ClassVar[str] = ""
    """Checks of this type in YAML, a list, for the reference."""

    title: Annotated[
        Text | None,
        Field(description="What it expects, in words for the learner, instead of the check's own."),
    ] = None
    message: Annotated[
        Text | None,
        Field(description="What the learner reads instead of the check's own words when it fails."),
    ] = None
    hint: Annotated[Text | None, Field(description="Shown with the failure.")] = None
    points: Annotated[int, Field(ge=0, le=1000, description="What this check is worth in a grade.")] = 1
    hidden: Annotated[bool, Field(description="Graded, and not shown to the learner.")] = False
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = False
    given: Annotated[
        bool,
        Field(
            description="What the step starts from: it passes before the work. Proving a lab asks of every other check "
            "that it fails then."
        ),
    ] = False

    @abstractmethod
    async def evaluate(self, world: World) -> Outcome:
        """One look. Raises CannotRead where the world can't be read; `registry.look` turns that into ERROR."""

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        """Why it fails, as far as the world tells. Asked only where it FAILED or is PENDING."""
        return ()

    @abstractmethod
    def describe(self) -> Phrase:
        """What this check expects, as one short sentence for a list."""

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.CLUSTER

    @property
    def wants_absence(self) -> bool:
        """Whether it passes when something is not there: what failed to be made explains nothing then."""
        return bool(getattr(self, "absent", False))

    def about(self) -> ObjectRef | None:
        """The object of the cluster that it looks at; None where it looks at none."""
        return None

    def never_fails(self) -> Phrase | None:
        """Why this check can't but pass; None where it can fail as far as can be told from its own words."""
        return None

    @classmethod
    def existing(cls, ref: ObjectRef, *, done: bool = False) -> Written | None:
        """A check of this type that an object exists, and where `done` asks for it has become what it was made for (a
        workload is ready). None for kinds that this type is not about."""
        return None

    @classmethod
    def made(cls, ref: ObjectRef, obj: Object) -> Iterator[Written]:
        """Checks of this type that pass for an object as it was made, the strictest first. None for kinds that this type is
        not about, or of which one alone stands for nothing."""
        done, there = cls.existing(ref, done=True), cls.existing(ref)
        if done is not None and there is not None:
            yield done
            if there != done:
                yield there

    @classmethod
    def changed(cls, ref: ObjectRef, change: Change) -> Iterator[Written]:
        """Checks of this type that fail before a change and pass after it, the strictest first."""
        yield from ()

    @classmethod
    def takes_time(cls, written: Mapping[str, Any]) -> bool:
        """Whether a check written so waits for pods or load balancers, which may take minutes."""
        return False
