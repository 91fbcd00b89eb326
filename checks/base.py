"""What a check is, what it says, and (from world_view.py) the world that it is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from checks.phrase import Phrase
from checks.world_view import (
    AccessRequest,
    CannotRead,
    ClusterView,
    CommandResult,
    Decision,
    Object,
    Ran,
    Reply,
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
    "Finding",
    "LooksAt",
    "Object",
    "ObjectRef",
    "Outcome",
    "Ran",
    "Reply",
    "Text",
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
    """What one look at a check gave."""

    PASSED = "passed"
    PENDING = "pending"  # on its way: rolling out, an address being assigned
    FAILED = "failed"  # wrong: the learner must act
    ERROR = "error"  # could not be judged: API unreachable, forbidden
    SKIPPED = "skipped"  # what it depends on does not hold, or nothing was there to judge

    @property
    def passes(self) -> bool:
        """Nothing stands against it: passed, or nothing was there to judge."""
        return self in (Verdict.PASSED, Verdict.SKIPPED)

    @property
    def fails(self) -> bool:
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
    `remedy` speak of what all objects with this cause have in common: what is reported a single one is in
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
    """Seconds between looks at what can't be watched; None where a watch reports every change."""
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
        """Why this check can't but pass; None where it can fail as far as can be reported from its own words."""
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
