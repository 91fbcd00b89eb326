from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checks.base import CannotRead, CommandResult, Verdict
from checks.phrase import phrase
from runner.labs.model import Lab
from runner.session.requirements import RequirementsUnmet, examine, require


class Cluster:
    def __init__(self, version: str | None) -> None:
        self._version = version

    async def version(self) -> str:
        if self._version is None:
            raise CannotRead("unreachable", phrase("the cluster does not answer"))
        return self._version


class Workspace:
    root = folder = Path("/nowhere")

    def which(self, program: str) -> Path | None:
        return Path(f"/bin/{program}") if program in ("kubectl", "curl") else None

    async def run(self, command: str, timeout: float, seek: Collection[str] = ()) -> CommandResult:
        return CommandResult(0, "Client Version: v1.20.2", "", 0.0)


def world(version: str | None = "1.22.0") -> Any:
    return SimpleNamespace(cluster=Cluster(version), workspace=Workspace())


def lab(**requires: Any) -> Lab:
    text = {"en": "x", "ko": "x"}
    return Lab.model_validate(
        {
            "id": "lab",
            "folder": "/nowhere",
            "format": 1,
            "title": text,
            "summary": text,
            "minutes": 1,
            "level": "beginner",
            "requires": requires,
            "steps": [{"id": "one", "title": text, "text": text}],
        }
    )


async def allowed(verb: str, resource: str, namespace: str | None) -> bool:
    return resource != "secrets"


async def test_what_holds_is_silent() -> None:
    access = [{"verb": "create", "resource": "namespaces"}]
    wanted = lab(kubernetes=">=1.18,<1.23", tools={"kubectl": ">=1.18", "curl": "*"}, access=access)
    assert [outcome.verdict async for outcome in examine(wanted, world(), allowed)] == [Verdict.PASSED] * 4
    await require(wanted, world(), allowed)


@pytest.mark.parametrize(
    ("requires", "words"),
    [
        (
            {"kubernetes": ">=1.30"},
            "Kubernetes version of the cluster: >=1.30: version 1.22.0. Use a cluster",
        ),
        ({"tools": {"helm": "*"}}, "Not found on the PATH: helm. Install helm"),
        ({"tools": {"kubectl": ">=1.27"}}, "version 1.20.2"),
        (
            {"access": [{"verb": "get", "resource": "secrets"}]},
            "Permission: get secrets: not allowed",
        ),
    ],
)
async def test_what_does_not_hold_is_reported_with_a_way_out(requires: dict[str, Any], words: str) -> None:
    with pytest.raises(RequirementsUnmet) as unmet:
        await require(lab(**requires), world(), allowed)
    assert words in unmet.value.message.render()
    assert unmet.value.exit_code == 3


async def test_everything_missing_is_reported_at_once() -> None:
    with pytest.raises(RequirementsUnmet) as unmet:
        await require(lab(kubernetes=">=1.30", tools={"helm": "*", "kind": "*"}), world(), allowed)
    assert len(unmet.value.outcomes) == 3


async def test_a_silent_cluster_meets_nothing() -> None:
    with pytest.raises(RequirementsUnmet, match="does not answer"):
        await require(lab(kubernetes=">=1.18"), world(None), allowed)
