"""What a lab is: the models that a lab.yaml is read into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Text
from checks.durations import Duration
from checks.object_fields import Name, Namespace
from checks.patterns import Regex, compiled
from checks.registry import AnyCheck
from checks.versions import VersionRange
from runner.key_names import NAMES, meant
from runner.kubernetes_versions import NEWEST, OLDEST, PATTERN
from runner.labs.glossary import Glossary
from runner.labs.practice_images import PracticeImage

SAFE_VALUE = r"[A-Za-z0-9._:/@+-]+"
"""What a variable's value must match that has neither a pattern nor choices: nothing a shell would act on."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
"""Small letters, digits and dashes."""

VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
ProgramName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$", max_length=100)]
Value = Annotated[str, Field(max_length=250)]
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|[kKMGTPE]i?)?$"
Quantity = Annotated[str, Field(pattern=QUANTITY, max_length=20)]
"""An amount as Kubernetes writes it."""
Line = Annotated[str, Field(min_length=1, max_length=10_000)]


class FromFiles:
    """Marks a text that may be kept in files beside the lab: `text/install` for `text/install.en.md`."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _key(key: str) -> str:
    if name := meant(key):
        raise PydanticCustomError(
            "key_name", "not a key's name", {"key": key, "name": name, "parts": f"[{key[:-1]}, {key[-1]}]"}
        )
    return key


class Answer(Model):
    """The answer to a question of a command."""

    expect: Annotated[
        Regex, Field(min_length=1, description="A regular expression for the question as printed.")
    ]
    send: Annotated[str, Field(max_length=1000, description="The answer; Enter is pressed after it.")]


class Command(Model):
    """A command line for the learner's shell. A plain string is a command without options."""

    command: Annotated[Line, Field(description="The command line, as a learner would type it.")]
    answers: Annotated[
        tuple[Answer, ...], Field(description="Answers to the command's questions, in any order.")
    ] = ()
    keys: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_key)], ...],
        Field(
            description="What to type into the full-screen program (vi) that the command opens: names of keys "
            f"({', '.join(NAMES)}, ctrl+c), or the text itself. A text that is a key's name is written in two: [en, ter]."
        ),
    ] = ()
    otherwise: Annotated[
        Line | None, Field(description="The command line to run instead if this one fails.")
    ] = None
    timeout: Annotated[Duration, Field(description="How long the command may take before it is stopped.")] = (
        120.0
    )
    needs: Annotated[
        Literal["real-cluster"] | None,
        Field(description="real-cluster: it means nothing on the practice cluster, and is not run there."),
    ] = None

    @model_validator(mode="after")
    def _asks_one_way(self) -> Self:
        if self.answers and self.keys:
            raise PydanticCustomError(
                "answers_or_keys",
                "a command has answers (to its questions) or keys (for its editor), not both",
            )
        return self


def _command(value: Any) -> Any:
    return {"command": value} if isinstance(value, str) else value


Run = Annotated[Command, BeforeValidator(_command, json_schema_input_type=Line | Command)]
"""A command, or its command line alone."""


class Console(Model):
    """A web console that the step opens: a Service's port, and the path on it."""

    service: Annotated[Name, Field(description="The Service's name.")]
    namespace: Annotated[Namespace, Field(alias="in", description="Its namespace.")]
    port: Annotated[int, Field(ge=1, le=65535, description="The Service's port.")]
    path: Annotated[str, Field(pattern=r"^/", max_length=2000, description="The path of the first page.")] = (
        "/"
    )
    title: Annotated[
        str, Field(min_length=1, max_length=100, description="The console's name, the same in all languages.")
    ]


class Access(Model):
    """A permission that the lab needs in the cluster."""

    verb: Annotated[str, Field(pattern=r"^([a-z]+|\*)$", description="get, list, create, delete, …")]
    resource: Annotated[
        str,
        Field(
            pattern=r"^([a-z0-9]([-a-z0-9./]*[a-z0-9])?|\*)$",
            max_length=253,
            description="The resource with its API group: namespaces, deployments.apps.",
        ),
    ]
    namespace: Annotated[Namespace | None, Field(description="The namespace; default: all namespaces.")] = (
        None
    )


class Capacity(Model):
    """What must be free on the cluster's nodes in total."""

    cpu: Annotated[Quantity | None, Field(description='CPU that no pod has requested yet: "2", "500m".')] = (
        None
    )
    memory: Annotated[
        Quantity | None, Field(description='Memory that no pod has requested yet: "4Gi", "512Mi".')
    ] = None


class Requirements(Model):
    """What must be true before the lab starts."""

    kubernetes: Annotated[
        VersionRange | None, Field(description='The cluster\'s version: ">=1.18,<1.23".')
    ] = None
    tools: Annotated[
        dict[ProgramName, VersionRange],
        Field(description='Programs on the learner\'s PATH, and their versions ("*" for any).'),
    ] = {}
    access: Annotated[tuple[Access, ...], Field(description="Permissions that the learner needs.")] = ()
    capacity: Annotated[Capacity | None, Field(description="What must be free on the cluster's nodes.")] = (
        None
    )


class Variable(Model):
    """A value that the learner can choose, inserted for `{{name}}`."""

    description: Annotated[Text | None, Field(description="What it is for.")] = None
    default: Annotated[Value | None, Field(description="The default value. With choices: the first one.")] = (
        None
    )
    pattern: Annotated[
        Regex | None,
        Field(
            description="A regular expression that the whole value must match. "
            f"Without a pattern and choices it is {SAFE_VALUE}"
        ),
    ] = None
    choices: Annotated[tuple[Value, ...], Field(max_length=200, description="The allowed values.")] = ()
    source: Annotated[
        Literal["machine"] | None,
        Field(
            alias="from",
            description="machine: the architecture of the learner's machine, usually x86_64 or arm64.",
        ),
    ] = None

    def allows(self, value: str) -> bool:
        """Whether the variable may have this value."""
        if not value.isprintable() or len(value) > 250:  # it goes into a command line
            return False
        if self.choices and value not in self.choices:
            return False
        pattern = self.pattern or (None if self.choices else SAFE_VALUE)
        return pattern is None or compiled(pattern).fits(value)


class Practice(Model):
    """Settings of the built-in practice cluster for this lab."""

    kubernetes: Annotated[
        str, Field(pattern=PATTERN, description=f'Its version, 1.{OLDEST} to 1.{NEWEST}: "1.22".')
    ] = "1.32"
    metrics_server: Annotated[
        bool,
        Field(
            description="Whether it has a metrics server from the start, for kubectl top and HorizontalPodAutoscalers."
        ),
    ] = False


class Step(Model):
    """One step: what to do, and what must be true before the next one unlocks."""

    id: Annotated[Id, Field(description="Identifies the step in commands, records and reports.")]
    title: Annotated[Text, Field(description="The step's title.")]
    text: Annotated[
        Text,
        FromFiles(),
        Field(
            description=(
                "What the learner reads, in Markdown: the text itself, or the name of files "
                "in the lab's folder (text/install for text/install.en.md, "
                "text/install.ko.md)."
            )
        ),
    ]
    setup: Annotated[
        tuple[Run, ...],
        Field(
            description="Commands to run before the step, when the learner comes to it: what it starts from, or what is to "
            "be found. They run beside the shell, unseen; the step is not judged before. They can't ask anything."
        ),
    ] = ()
    run: Annotated[
        tuple[Run, ...], Field(description="The commands of the step, in the learner's shell.")
    ] = ()
    checks: Annotated[
        tuple[AnyCheck, ...],
        Field(description=("What must be true for the step to be done: all checks pass.")),
    ] = ()
    within: Annotated[
        Duration,
        Field(description="How long it may take until the checks pass, counted from the last command."),
    ] = 60.0
    hints: Annotated[tuple[Text, ...], Field(description="Shown one at a time, when asked for.")] = ()
    solution: Annotated[
        tuple[Run, ...] | None,
        Field(
            description=(
                "The commands that solve the step, if they differ from run. Without run the step is a challenge: the "
                "learner has to find them, and does not see them before the step is done; prove and grade --run use "
                "them. (Before a lab from elsewhere is started, they are listed with everything else that it may run.)"
            )
        ),
    ] = None
    console: Annotated[
        Console | None,
        Field(
            description="A web console that the step opens. If the step also checks a page of its Service (`http`), it waits "
            "on the screen until the learner has opened the console; graded runs do not."
        ),
    ] = None
    learnt: Annotated[
        Text | None, Field(description=("One sentence to remember, shown when the step is done."))
    ] = None
    optional: Annotated[
        bool, Field(description="A bonus step: neither the next step nor the lab requires it.")
    ] = False
    skip: Annotated[
        bool | None,
        Field(
            description=(
                "Whether the learner may skip this step by having it completed. Default: the lab's setting."
            )
        ),
    ] = None

    @property
    def work(self) -> tuple[Command, ...]:
        """The commands by which the step is done without a learner: its run, or the solution that they would have to find."""
        return self.run or self.solution or ()

    @model_validator(mode="after")
    def _setup_asks_nothing(self) -> Self:
        if any(each.answers or each.keys or each.otherwise for each in self.setup):
            raise PydanticCustomError(
                "step_setup", "a step's setup runs beside the shell: it has no answers, keys or otherwise"
            )
        return self

    @property
    def challenge(self) -> bool:
        """Whether the learner has to find out how it is done: its solution is not shown before that."""
        return not self.run and bool(self.solution)

    @property
    def points(self) -> int:
        """What all the step's checks are worth."""
        return sum(check.points for check in self.checks)


class Cleanup(Model):
    """How to remove what the lab created."""

    title: Annotated[Text, Field(description="The clean-up's title.")]
    text: Annotated[Text, FromFiles(), Field(description="What the learner reads, as a step's text.")]
    run: Annotated[tuple[Run, ...], Field(min_length=1, description="The commands.")]
    checks: Annotated[
        tuple[AnyCheck, ...], Field(description=("What must be true when everything is removed."))
    ] = ()
    within: Annotated[Duration, Field(description="How long it may take until the checks pass.")] = 120.0


class LabFile(Model):
    """A lab as written in lab.yaml."""

    format: Annotated[Literal[1], Field(description="The version of this format.")]
    title: Annotated[Text, Field(description="The lab's title.")]
    summary: Annotated[Text, Field(description="What the learner will do, in one or two sentences.")]
    minutes: Annotated[int, Field(ge=1, le=24 * 60, description="How long it takes a learner, in minutes.")]
    level: Annotated[
        Literal["beginner", "intermediate", "advanced"], Field(description="The learners it is for.")
    ]
    requires: Annotated[Requirements, Field(description="What must be true before the lab starts.")] = (
        Requirements()
    )
    variables: Annotated[
        dict[VariableName, Variable], Field(description="Values to choose, by name, used as {{name}}.")
    ] = {}
    practice: Annotated[
        Practice | None, Field(description="Settings of the practice cluster for this lab.")
    ] = None
    after: Annotated[
        Id | None,
        Field(
            description=(
                "The lab that must be done before this one. On practice clusters, prove and "
                "grade --run first run it, and the labs before it, without clean-up."
            )
        ),
    ] = None
    mode: Annotated[
        Literal["guided", "by-hand"],
        Field(
            description="guided: a key runs the step's next command. by-hand: it is shown, and the learner types it. "
            "The learner can change it at any time."
        ),
    ] = "guided"
    skip: Annotated[
        bool, Field(description="Whether the learner may skip a step by having it completed.")
    ] = False
    setup: Annotated[tuple[Run, ...], Field(description="Commands to run before the first step.")] = ()
    steps: Annotated[
        tuple[Step, ...], Field(min_length=1, max_length=200, description="The steps, in order.")
    ]
    debrief: Annotated[
        Text | None,
        FromFiles(),
        Field(
            description="What to look back on, in Markdown, on the page after the last step: what happened, how one meets it "
            "in production, what to read. The text itself, or the name of files, as a step's text."
        ),
    ] = None
    cleanup: Annotated[Cleanup | None, Field(description="How to remove what the lab created.")] = None


class Lab(LabFile):
    """A lab that was read: its texts are at hand, its variables have their values."""

    format: Literal[1] = 1
    id: str  # the folder's name
    folder: Path
    values: dict[str, str] = {}  # the variables' values that this lab was read with
    glossary: Glossary = Glossary()
    images: tuple[PracticeImage, ...] = ()  # of practice/images.yaml

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
