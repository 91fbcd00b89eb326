from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runner.labs.library import own_labs
from runner.labs.load import load
from runner.labs.model import Lab
from runner.practice import process
from runner.session import lab_places as places_module
from runner.session.lab_places import Place, places, probe, survey


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "labgate"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "")


@pytest.fixture(scope="module")
def lab() -> Lab:
    return load(own_labs() / "kubernetes-basics")


@pytest.fixture
def running() -> Iterator[process.Running]:
    """A practice cluster, to be reached as anybody's cluster."""
    yield process.start("probed", "1.27", owner=True)
    process.stop("probed")


def kubeconfig(path: Path, servers: dict[str, str], current: str = "", **user: object) -> Path:
    named = [{"name": name, "context": {"cluster": name, "user": "me"}} for name in servers]
    clusters = [{"name": name, "cluster": {"server": server}} for name, server in servers.items() if server]
    users = [{"name": "me", "user": user}]
    document = {"contexts": named, "clusters": clusters, "users": users, "current-context": current}
    path.write_text(yaml.safe_dump(document))
    return path


def context(name: str, file: Path) -> Place:
    return Place(name, "", name, file, practice=False, current=False)


def message(sentence: object) -> str:
    return sentence.render()  # type: ignore[attr-defined,no-any-return]


def test_the_practice_cluster_is_first_then_the_current_context_then_the_others(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = {"beta": "https://b:1", "alpha": "https://a:1", "zeta": "https://z:1"}
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path / "kubeconfig", servers, "zeta")))
    found = places(lab)
    assert [place.name for place in found] == ["practice/kubernetes-basics", "zeta", "alpha", "beta"]
    assert [place.current for place in found] == [False, True, False, False]
    assert found[1].server == "https://z:1"


def test_without_a_kubeconfig_there_is_the_practice_cluster(lab: Lab) -> None:
    found = survey(lab)
    assert [place.practice for place in found.places] == [True]
    assert found.problems == []


def test_a_broken_kubeconfig_is_reported_and_hides_no_other(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = kubeconfig(tmp_path / "good", {"mine": "https://m:1"})
    bad = tmp_path / "bad"
    bad.write_text("contexts: [")
    monkeypatch.setenv("KUBECONFIG", f"{bad}:{good}")
    found = survey(lab)
    assert [(place.name, place.kubeconfig) for place in found.places[1:]] == [("mine", good)]
    [problem] = found.problems  # libyaml and PyYAML's own parser see the end at different places
    assert message(problem) in [f"The kubeconfig is not YAML: {bad}:{place}" for place in ("1:12", "2:1")]


def test_a_named_kubeconfig_that_is_not_there_is_a_problem(lab: Lab, tmp_path: Path) -> None:
    found = survey(lab, tmp_path / "nowhere")
    assert [place.practice for place in found.places] == [True]
    assert "No such file" in message(found.problems[0])


async def test_probing_does_not_start_the_practice_cluster(lab: Lab) -> None:
    reach = await probe(places(lab)[0])
    assert (reach.version, reach.problem) == ("", None)
    assert message(reach.note) == "starts when chosen"
    assert process.status(lab.id) is None


async def test_a_running_practice_cluster_reports_its_version(lab: Lab) -> None:
    process.start(lab.id, "1.22", owner=True)
    try:
        assert (await probe(places(lab)[0])).version.startswith("1.22.")
    finally:
        process.stop(lab.id)


async def test_a_cluster_that_answers_reports_its_version(running: process.Running) -> None:
    reach = await probe(context(running.context, running.kubeconfig))
    assert reach.version.startswith("1.27.")
    assert reach.problem is None


async def test_credentials_that_are_not_accepted_are_reported(
    running: process.Running, tmp_path: Path
) -> None:
    document = yaml.safe_load(running.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": "stale"}
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(document))
    reach = await probe(context(running.context, file))
    assert reach.version == ""
    assert "does not accept the credentials" in message(reach.problem)


async def test_a_credential_plugin_that_is_missing_is_reported(
    running: process.Running, tmp_path: Path
) -> None:
    document = yaml.safe_load(running.kubeconfig.read_text())
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "no-such-plugin",
        "interactiveMode": "Never",
    }
    document["users"][0]["user"] = {"exec": plugin}
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(document))
    assert "no-such-plugin" in message((await probe(context(running.context, file))).problem)


async def test_a_cluster_that_is_not_there_is_reported(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path / "kubeconfig", {"gone": "https://127.0.0.1:1"})
    assert "can't be reached: https://127.0.0.1:1" in message((await probe(context("gone", file))).problem)


async def test_a_context_without_a_server_is_reported(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path / "kubeconfig", {"empty": ""})
    assert "without a server" in message((await probe(context("empty", file))).problem)


async def test_a_cluster_that_keeps_silent_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read()
        writer.close()

    monkeypatch.setattr(places_module, "PROBED_WITHIN", 0.3)
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    file = kubeconfig(tmp_path / "kubeconfig", {"silent": f"http://127.0.0.1:{port}"})
    reach = await probe(context("silent", file))
    server.close()
    assert "no answer within" in message(reach.problem)
