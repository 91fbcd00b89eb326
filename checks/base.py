"""The base class of checks, their outcomes, and (from world_view.py) the world that they read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from checks.phrase import Phrase
from checks.sentences import Sentence
from checks.world_view import (
    AccessRequest,
    CannotRead,
    ClusterView,
    CommandResult,
    Decision,
    ExecRequest,
    LogRequest,
    Object,
    Ran,
    Reply,
    TrafficAnswer,
    TrafficRequest,
    TrafficSample,
    WebView,
    WorkspaceView,
    World,
)

__all__ = [
    "AccessRequest",
    "CannotRead",
    "Change",
    "Check",
    "ClusterView",
    "CommandResult",
    "Decision",
    "ExecRequest",
    "Finding",
    "LogRequest",
    "LooksAt",
    "Object",
    "ObjectRef",
    "Outcome",
    "Ran",
    "Reply",
    "Text",
    "TrafficAnswer",
    "TrafficRequest",
    "TrafficSample",
    "Verdict",
    "WebView",
    "WorkspaceView",
    "World",
    "Written",
]


def _by_language(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


Text = Annotated[
    dict[str, str],
    Field(min_length=1),
    BeforeValidator(_by_language, json_schema_input_type=str | dict[str, str]),
]
"""A text by language code: `{"en": …, "ko": …}`. A plain string is for all languages."""


class Verdict(StrEnum):
    """The result of evaluating a check once."""

    PASSED = "passed"
    PENDING = "pending"  # on its way: rolling out, an address being assigned
    FAILED = "failed"  # wrong: the learner must act
    ERROR = "error"  # could not be judged: API unreachable, forbidden
    SKIPPED = "skipped"  # what it depends on failed, or there was nothing to judge

    @property
    def passes(self) -> bool:
        """Nothing is known to be wrong: it passed, or there was nothing to judge."""
        return self in (Verdict.PASSED, Verdict.SKIPPED)

    @property
    def fails(self) -> bool:
        """It was judged and is wrong, or not right yet: the lab's message about it applies. If it could not be
        judged, it does not."""
        return self in (Verdict.PENDING, Verdict.FAILED)


class LooksAt(StrEnum):
    """What a check reads. A grader that has only some of these can report which checks it can't judge."""

    CLUSTER = "cluster"
    WEB = "web"  # any address, in the cluster or not
    TRAFFIC = "traffic"  # how many requests are answered
    COMMAND = "command"  # whatever the command asks
    MACHINE = "machine"  # the learner's programs and variables
    FOLDER = "folder"  # the learner's files
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A reference to an object of the cluster.

    As text: `pod/istiod-abc in istio-system`. An empty `name` means any object of the kind. `others` lists further
    objects of the same kind and namespace.
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
        """The API group; "" for the core group."""
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        named = f"{self.kind.lower()}/{self.name}"
        return f"{named} in {self.namespace}" if self.namespace else named


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause found in the world, and its remedy.

    `rule` is a stable identifier of the kind of cause (`image-not-found`), used by reports and tests. `cause` and
    `remedy` describe what all objects with this cause have in common; details of a single object go in `about`, so
    that ten pods with one cause make one finding.
    """

    rule: str
    cause: Phrase
    remedy: Phrase
    about: ObjectRef | None = None
    """The object that shows the cause; None if it is not in the cluster (a file, a command)."""
    evidence: str = ""
    """The quoted message, field or line that shows it."""
    field: str = ""
    """Where in `about` the evidence stands, as in `status.containerStatuses[0].state.waiting.message`; "" where
    it is no field of it (an event, a log, a command's output)."""
    source: str = ""
    """The source of the quote if it is not a field: `event FailedScheduling`, `log of container app`, `kubectl edit
    …`."""
    others: int = 0
    """How many other objects have the same cause."""

    @property
    def object(self) -> str:
        """`about` as text; "" if there is none."""
        return str(self.about or "")

    @property
    def same(self) -> tuple[str, str, str]:
        """Equal for findings with the same cause, on any object."""
        return self.rule, self.cause.render(), self.remedy.render()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check expected, what it found, and its verdict.

    Reports show both the rendered phrases and their `values`.
    """

    verdict: Verdict
    expected: Phrase
    found: Phrase
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED


Written = dict[str, Any]
"""A check as it is written in a lab: `{"deployment": "web", "in": "shop", "ready": True}`."""


@dataclass(frozen=True, slots=True)
class Change:
    """An object before and after a change, for a check that fails before and passes after.

    `differs` is a partial object with the changed fields, without those that vary between runs (a uid, a time).
    `by_chance("image", "web:a81f")` tells whether a single value varies.
    """

    before: Object
    after: Object
    differs: Object
    by_chance: Callable[[str, str], bool]


class Check(BaseModel, ABC):
    """One thing to verify. A check is evaluated once per call and never loops: the engine decides when.

    A subclass names its YAML key in `subject`; that key is a field of the same name, so that a line reads as a
    sentence (`deployment: istiod`). Other parts of Labgate ask the check type for what they need: the diagnosis
    (`about`), graders (`looks_at`), `labgate lint` (`never_fails`), the recorder and the importer (`existing`,
    `made`, `changed`, `takes_time`), the reference (`examples`). All of these have defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    subject: ClassVar[str]
    interval: ClassVar[float | None] = None
    """Seconds between evaluations of what can't be watched; None if a watch reports every change."""
    finds_effects: ClassVar[bool] = False
    """Whether what it finds is the work of more objects than it reads: that one of them is missing shows in the cluster
    only, not in a picture of it."""
    examples: ClassVar[str] = ""
    """Examples of this type for the reference: a YAML list."""

    title: Annotated[
        Text | None,
        Field(description="What it expects, as text for the learner, instead of the check's own text."),
    ] = None
    message: Annotated[
        Text | None,
        Field(description="What the learner reads instead of the check's own text when it fails."),
    ] = None
    hint: Annotated[Text | None, Field(description="Shown with the failure.")] = None
    points: Annotated[int, Field(ge=0, le=1000, description="What this check is worth in a grade.")] = 1
    hidden: Annotated[bool, Field(description="Graded, but not shown to the learner.")] = False
    once: Annotated[bool, Field(description="An edge check: once it has passed, it stays passed.")] = False
    given: Annotated[
        bool,
        Field(
            description=(
                "A precondition of the step: it passes before the work. `labgate prove` "
                "requires every other check to fail then."
            )
        ),
    ] = False

    needs: Annotated[
        Literal["real-cluster"] | None,
        Field(
            description="real-cluster: it can't be judged on the practice cluster, where it is left out of the score."
        ),
    ] = None

    @abstractmethod
    async def evaluate(self, world: World) -> Outcome:
        """Evaluate the check once. Raises CannotRead if the world can't be read; `registry.look` turns that into
        ERROR."""

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        """Why it fails, if the world shows it. Called only if it is FAILED or PENDING."""
        return ()

    @abstractmethod
    def describe(self) -> Phrase:
        """What this check expects, as a short line for a list."""

    def sentence(self, *, under_place: bool = False) -> Sentence:
        """What it expects, in a sentence for a learner. `under_place`: a heading names its `place`, the sentence need not."""
        return Sentence(self.describe(), self.describe())

    def found_in_words(self, found: Phrase) -> Phrase | None:
        """What an outcome found, for a learner; None where that can be said in the notation of the check only."""
        return found

    @property
    def place(self) -> str:
        """The namespace of what it checks; "" if there is none."""
        about = self.about()
        return about.namespace if about is not None else ""

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.CLUSTER

    @property
    def wants_absence(self) -> bool:
        """Whether it passes if something does not exist. If so, a command that failed to create it explains nothing."""
        return bool(getattr(self, "absent", False))

    def about(self) -> ObjectRef | None:
        """The object of the cluster that it checks; None if there is none."""
        return None

    def never_fails(self) -> Phrase | None:
        """Why this check always passes; None if it can fail, judging by its own fields."""
        return None

    @classmethod
    def existing(cls, ref: ObjectRef, *, done: bool = False) -> Written | None:
        """A check of this type that an object exists and, with `done`, has finished its purpose (a workload is
        ready). None for kinds that this type does not cover."""
        return None

    @classmethod
    def made(cls, ref: ObjectRef, obj: Object) -> Iterator[Written]:
        """Checks of this type that pass for an object as it was created, the strictest first. None for kinds that
        this type does not cover, or of which a single object means little."""
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
        """Whether a check with these fields waits for pods or load balancers, which may take minutes."""
        return False
