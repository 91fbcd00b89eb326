"""One fault: how it comes, the check that it keeps from holding, the finding that names it, how it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.scene import Scene

Doing = Callable[[Scene], Awaitable[None]]


async def nothing(_scene: Scene) -> None:
    """Nothing needs to be done."""


@dataclass(frozen=True)
class Case:
    """`rule` and `name` tell it apart. Exactly one finding, of that rule, is to be made while it lasts, and none
    of it after `clear`."""

    rule: str
    name: str
    check: Mapping[str, Any]
    """As a lab writes it."""
    bring: Doing
    clear: Doing
    before: Doing = nothing
    """Brings a healthy cluster to where the fault can come."""
    evidence: str = ""
    """Part of what the finding must quote."""
    about: str = ""
    """Part of the object that the finding must name."""
    facts: tuple[str, ...] = field(default=())
    """Rows of the table of what goes wrong in the Istio lab (F10) that this is."""
    passes: bool = True
    """Whether the check holds once it is gone; else only the finding must go."""
    real: bool = False
    """Whether a control plane without kubelets can have it, too."""
    version: str = "1.22"
    """The practice cluster's Kubernetes."""

    @property
    def id(self) -> str:
        return f"{self.rule}-{self.name}" if self.name else self.rule
