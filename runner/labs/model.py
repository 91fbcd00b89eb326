"""What a lab is: the models that a lab.yaml is read into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from checks import AnyCheck
from checks.base import Text

Duration = float
"""Seconds. In YAML a number of seconds or `90s`, `5m`, `1h`."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(Model):
    """What to send when a command asks: `expect` is a Python regular expression."""

    expect: str
    send: str


class Command(Model):
    """A command line for the learner's shell. In YAML a plain string is a Command with nothing else."""

    command: str
    answers: tuple[Answer, ...] = ()
    keys: tuple[str, ...] = ()
    otherwise: str | None = None
    timeout: Duration = 120.0


class Console(Model):
    """A web console that the step opens: a Service's port, and the path on it."""

    service: str
    namespace: Annotated[str, Field(alias="in")]
    port: int
    path: str = "/"
    title: str


class Access(Model):
    """A permission the lab needs: `resource` is `deployments.apps` or `namespaces`; no namespace means all."""

    verb: str
    resource: str
    namespace: str | None = None


class Requirements(Model):
    kubernetes: str | None = None
    tools: dict[str, str] = {}
    access: tuple[Access, ...] = ()


class Variable(Model):
    description: Text | None = None
    default: str | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    source: Annotated[Literal["machine"] | None, Field(alias="from")] = None


class Practice(Model):
    """What the embedded cluster pretends to be for this lab."""

    kubernetes: str = "1.32"


class Step(Model):
    id: str
    title: Text
    text: Text
    run: tuple[Command, ...] = ()
    checks: tuple[AnyCheck, ...] = ()
    within: Duration = 60.0
    hints: tuple[Text, ...] = ()
    solution: tuple[Command, ...] | None = None
    console: Console | None = None
    learnt: Text | None = None
    optional: bool = False

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)


class Cleanup(Model):
    title: Text
    text: Text
    run: tuple[Command, ...]
    checks: tuple[AnyCheck, ...] = ()
    within: Duration = 120.0


class Lab(Model):
    id: str  # the folder's name
    folder: Path
    title: Text
    summary: Text
    minutes: int
    level: Literal["beginner", "intermediate", "advanced"]
    requires: Requirements = Requirements()
    variables: dict[str, Variable] = {}
    values: dict[str, str] = {}  # the variables' values that this lab was read with
    practice: Practice | None = None
    after: str | None = None
    setup: tuple[Command, ...] = ()
    steps: tuple[Step, ...]
    cleanup: Cleanup | None = None

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
