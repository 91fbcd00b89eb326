"""The order in which Envoy is given a change: at no moment does a cluster lead to a pipe that nobody listens on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from runner.practice.containers.mesh.config_server import ConfigServer, Kind
from runner.practice.containers.mesh.envoy_config import EnvoyConfig
from runner.practice.containers.mesh.mesh_messages import FOLDER, MeshChange

OUT = "10.0.0.1;out"
IN = re.compile(r"in-[0-9.]+-\d+")


def cluster(*pods: str) -> dict[str, str]:
    return {OUT: " ".join(f'"{FOLDER}/in-{pod}-80"' for pod in pods)}


def listener(pod: str, name: str = "in") -> dict[str, str]:
    return {f"{pod};{name}": f'"{FOLDER}/in-{pod}-80"'}


class Published:
    """What Envoy has after each step of a change: the pipes that clusters lead to, and those that are listened on."""

    def __init__(self, server: ConfigServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: dict[str, dict[str, str]] = {}
        self.steps: list[tuple[set[str], list[str]]] = []
        self._change = server.change
        monkeypatch.setattr(server, "change", self._step)

    def _step(self, kind: Kind, texts: Mapping[str, str], gone: Iterable[str] = ()) -> None:
        self._change(kind, texts, gone)
        has = self.texts.setdefault(kind, {})
        has.update(texts)
        for name in gone:
            has.pop(name, None)
        self.steps.append((set(self._pipes("clusters")), self._pipes("listeners")))

    def _pipes(self, kind: str) -> list[str]:
        return [pipe for text in self.texts.get(kind, {}).values() for pipe in IN.findall(text)]


@pytest.mark.parametrize(
    ("clusters", "listeners", "gone"),
    [
        (cluster("10.0.0.3"), listener("10.0.0.3"), ["10.0.0.2;in"]),  # a rollout, in one change
        (cluster("10.0.0.3", "10.0.0.4"), listener("10.0.0.4"), ["10.0.0.2;in"]),
        ({}, listener("10.0.0.2", "in-2"), ["10.0.0.2;in"]),  # another listener on the same pipe
    ],
)
async def test_no_cluster_leads_to_a_pipe_without_a_listener(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clusters: dict[str, str],
    listeners: dict[str, str],
    gone: list[str],
) -> None:
    config = EnvoyConfig(tmp_path)
    published = Published(config.server, monkeypatch)
    there = listener("10.0.0.2") | listener("10.0.0.3") if clusters == cluster("10.0.0.3", "10.0.0.4") else {}
    await config.apply(
        MeshChange({"clusters": cluster("10.0.0.2"), "listeners": there or listener("10.0.0.2")}, {}, None)
    )
    published.steps.clear()
    await config.apply(MeshChange({"clusters": clusters, "listeners": listeners}, {"listeners": gone}, None))
    for led_to, listened_on in published.steps:
        assert led_to <= set(listened_on)
        assert len(listened_on) == len(set(listened_on)), "two listeners on one pipe"
    assert gone[0] not in published.texts["listeners"]
