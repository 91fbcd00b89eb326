"""One learner to be graded: all that it takes, as data that can go to another process or machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from runner.grading.roster.model import Learner

DEADLINE = 120.0
"""Seconds that one learner's grading may take as a rule."""


@dataclass(frozen=True, slots=True)
class LearnerJob:
    """A learner, the lab's folder, and how to go about it. `deadline` is in seconds.

    `plugins`: whether programs that the learner's kubeconfig names may be run to sign in. `agreed`: the lab's files to
    which whoever grades has said yes (trust.agreed_files); None: to none.
    """

    lab: str
    learner: Learner
    language: str = "en"
    deadline: float = DEADLINE
    plugins: bool = False
    agreed: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """The job that `as_data` gave."""
        return cls(**{**data, "learner": Learner(**data["learner"])})

    def digest(self, lab: str) -> str:
        """Changes with whatever could change the grade but the cluster itself; `lab` is the lab's own digest."""
        try:
            kubeconfig = Path(self.learner.kubeconfig).read_bytes()
        except OSError:
            kubeconfig = b""
        told = json.dumps([lab, asdict(self.learner), self.plugins], sort_keys=True).encode()
        return hashlib.sha256(told + b"\0" + kubeconfig).hexdigest()[:32]


def digest_of(lab: Path) -> str:
    """Of everything in a lab's folder that a check could depend on."""
    digest = hashlib.sha256()
    for file in sorted(path for path in lab.rglob("*") if path.is_file()):
        if file.suffix in (".yaml", ".yml") or file.stat().st_mode & 0o111:
            digest.update(str(file.relative_to(lab)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
