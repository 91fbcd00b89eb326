"""Questions about a check, asked of the commands of a shell."""

from __future__ import annotations

from pathlib import Path

from fake_world import NAMESPACE, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.diagnosis.question import Question
from checks.registry import AnyCheck

ANY = TypeAdapter(AnyCheck)
KIALI = {"service": "kiali", "in": "istio-system"}
ISTIO = {"file": "istio-1.11.3", "folder": True}
THERE = make("Service", "kiali", spec={"type": "ClusterIP"})


def asked(root, check, *ran, objects=(NAMESPACE, THERE), **workspace) -> Question:
    """A question about a check; `ran`: (line, exit code, output[, folder])."""
    made = FakeWorkspace(root, **workspace)
    made.history = [
        Ran(line, code, output, Path(*folder) if folder else root) for line, code, output, *folder in ran
    ]
    return Question(
        FakeWorld(cluster=FakeCluster(objects), workspace=made), ANY.validate_python(check), made.history
    )


def told(finding):
    """The rule and the command that the remedy gives."""
    return (finding.rule, finding.remedy.values.get("command", "")) if finding else None
