"""What a lab is: the models that a lab.yaml is read into, and that its reference and JSON Schema come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from checks.registry import AnyCheck
from checks.base import Text
from checks.durations import Duration
from checks.patterns import Regex
from checks.versions import VersionRange

Id = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Answer(Model):
    """What to send when a command asks."""

    expect: Annotated[Regex, Field(description="The prompt, as a Python regular expression.")]
    send: Annotated[str, Field(description="What is typed then; Enter follows.")]


class Command(Model):
    """A command line for the learner's shell. A plain string is one with nothing else."""

    command: Annotated[str, Field(min_length=1, description="The command line, as a learner would type it.")]
    answers: Annotated[tuple[Answer, ...], Field(description="Answers to its prompts.")] = ()
    keys: Annotated[
        tuple[str, ...],
        Field(
            description="Typed into the full-screen editor that the command opens: names of keys "
            "(enter, escape, tab, space, backspace, up, down, left, right, ctrl+c, …) or literal text."
        ),
    ] = ()
    otherwise: Annotated[
        str | None, Field(description="A command that does the same, run where this one fails.")
    ] = None
    timeout: Annotated[Duration, Field(description="After this time the command is interrupted.")] = 120.0


def _one_command(value: object) -> object:
    return {"command": value} if isinstance(value, str) else value


CommandLine = Annotated[Command, BeforeValidator(_one_command, json_schema_input_type=Command | str)]


class Console(Model):
    """A web console that the step opens."""

    service: Annotated[str, Field(description="The Service that serves it.")]
    namespace: Annotated[str, Field(alias="in", description="The Service's namespace.")]
    port: Annotated[int, Field(ge=1, le=65535, description="The Service's port.")]
    path: Annotated[str, Field(pattern=r"^/", description="The path of the page.")] = "/"
    title: Annotated[str, Field(description="What the console is called.")]


class Access(Model):
    """A permission that the lab needs."""

    verb: Annotated[str, Field(description="create, get, list, …")]
    resource: Annotated[
        str, Field(description="The plural, with its group: `deployments.apps`, `namespaces`.")
    ]
    namespace: Annotated[str | None, Field(description="Where it is needed; left out: everywhere.")] = None


class Requirements(Model):
    """What the lab needs before it can start."""

    kubernetes: Annotated[VersionRange | None, Field(description="The cluster's version.")] = None
    tools: Annotated[dict[str, VersionRange], Field(description="Programs on the learner's PATH.")] = {}
    access: Annotated[tuple[Access, ...], Field(description="Permissions in the cluster.")] = ()


class Variable(Model):
    """A value that a person may set, put in where `{{name}}` stands.

    It is put in as it is, so what it may hold is checked first: by `choices`, by `pattern` (all of the value),
    or, without either, it is one plain word (letters, digits and . _ : / @ + -).
    """

    description: Annotated[Text | None, Field(description="What it is for.")] = None
    default: Annotated[str | None, Field(description="Its value where nobody sets one.")] = None
    pattern: Annotated[Regex | None, Field(description="All of the value must match this.")] = None
    choices: Annotated[tuple[str, ...], Field(description="The values that can be chosen.")] = ()
    source: Annotated[
        Literal["machine"] | None,
        Field(alias="from", description="`machine`: this machine's processor, as in x86_64 or arm64."),
    ] = None


class Practice(Model):
    """What the embedded cluster pretends to be for this lab; its stand-ins are in the lab's practice/."""

    kubernetes: Annotated[
        str, Field(pattern=r"^1\.\d{2}$", description="The Kubernetes version, as in 1.22.")
    ] = "1.32"


class Step(Model):
    """One step: what the learner reads, does, and what must hold then."""

    id: Annotated[Id, Field(description="Names the step, in commands and reports.")]
    title: Annotated[Text, Field(description="What the step is called.")]
    text: Annotated[
        Text,
        Field(
            description="What the learner reads, as Markdown; or the files' name: `text/install` for text/install.en.md."
        ),
    ]
    run: Annotated[tuple[CommandLine, ...], Field(description="The commands of this step, in order.")] = ()
    checks: Annotated[tuple[AnyCheck, ...], Field(description="What must hold, all together.")] = ()
    within: Annotated[
        Duration, Field(description="How long after the commands the checks may take to hold.")
    ] = 60.0
    hints: Annotated[tuple[Text, ...], Field(description="Told one at a time.")] = ()
    solution: Annotated[
        tuple[CommandLine, ...] | None,
        Field(description="Commands that solve the step, where `run` doesn't."),
    ] = None
    console: Annotated[Console | None, Field(description="A web console that this step opens.")] = None
    learnt: Annotated[Text | None, Field(description="Told when the step has passed.")] = None
    optional: Annotated[
        bool, Field(description="A bonus: neither the next step nor the lab waits for it.")
    ] = False

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)


class Cleanup(Model):
    """How to leave the cluster as it was before the lab."""

    title: Annotated[Text, Field(description="What it is called.")]
    text: Annotated[Text, Field(description="What the learner reads.")]
    run: Annotated[tuple[CommandLine, ...], Field(description="Its commands.")]
    checks: Annotated[tuple[AnyCheck, ...], Field(description="What must hold afterwards.")] = ()
    within: Annotated[Duration, Field(description="How long the checks may take to hold.")] = 120.0


class LabFile(Model):
    """A lab.yaml."""

    format: Annotated[Literal[1], Field(description="The format's version: 1.")] = 1
    title: Annotated[Text, Field(description="What the lab is called.")]
    summary: Annotated[Text, Field(description="One or two sentences for the list of labs.")]
    minutes: Annotated[int, Field(ge=1, le=1440, description="How long a learner takes.")]
    level: Annotated[Literal["beginner", "intermediate", "advanced"], Field(description="Whom it is for.")]
    requires: Annotated[Requirements, Field(description="What it needs.")] = Requirements()
    variables: Annotated[dict[str, Variable], Field(description="Values that a person may set.")] = {}
    practice: Annotated[Practice | None, Field(description="The practice cluster that it wants.")] = None
    after: Annotated[Id | None, Field(description="The lab whose end this one begins with.")] = None
    setup: Annotated[tuple[CommandLine, ...], Field(description="Run once, before the first step.")] = ()
    steps: Annotated[
        tuple[Step, ...], Field(min_length=1, max_length=200, description="The steps, in order.")
    ]
    cleanup: Annotated[Cleanup | None, Field(description="How to tidy up; done on request.")] = None


class Lab(LabFile):
    """A lab that was read: its file, where it is, and the variables' values that it was read with."""

    id: str  # the folder's name
    folder: Path
    values: dict[str, str] = {}

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
