"""One learner to be graded: all that it takes, as data that can go to another process or machine."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from checks.path_state import beginning, inside
from runner.grading.roster.class_model import Learner
from runner.session.running_files import MOST_BYTES, MOST_FILES
from runner.world import strangers

DEADLINE = 120.0
"""Seconds that one learner's grading may take as a rule."""


@dataclass(frozen=True, slots=True)
class LearnerJob:
    """A learner, the lab's folder, and how to go about it. `deadline` is in seconds.

    `plugins`: whether programs that the learner's kubeconfig names may be run to sign in. `agreed`: the lab's files to
    which the one who grades has said yes (trust.agreed_files); None: to none.
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
            kubeconfig = beginning(Path(self.learner.kubeconfig), strangers.MOST_BYTES + 1)
        except OSError:
            kubeconfig = b""
        described = json.dumps([lab, asdict(self.learner), self.plugins], sort_keys=True).encode()
        return hashlib.sha256(described + b"\0" + kubeconfig).hexdigest()[:32]


def digest_of(lab: Path) -> str:
    """Of everything in a lab's folder that a check could depend on: all but what is read by people (*.md)."""
    digest, left = hashlib.sha256(), MOST_BYTES
    for file in inside(lab, MOST_FILES):
        if file.suffix == ".md" or not file.is_file():
            continue
        with suppress(OSError):
            content = beginning(file, left)
            left -= len(content)
            mode = b"x" if file.stat().st_mode & 0o111 else b"-"
            digest.update(
                str(file.relative_to(lab)).encode(errors="surrogateescape") + b"\0" + mode + content + b"\0"
            )
    return digest.hexdigest()
