"""The doctor on made-up machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.doctor import Health, examine, usable


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)


def healths(signs) -> dict[str, Health]:
    return {sign.name.render(): sign.health for sign in signs}


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Path:
    """A PATH of our own, on which everything is there."""
    folder = tmp_path / "bin"
    program(folder, "bash", 'echo "GNU bash, version 5.2.15(1)-release"')
    program(folder, "kubectl", """echo '{"clientVersion": {"gitVersion": "v1.32.4"}}'""")
    for name in ("vi", "curl", "tar"):
        program(folder, name, "true")
    monkeypatch.setenv("PATH", f"{folder}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return folder


async def test_a_good_machine(machine):
    signs = await examine()
    assert usable(signs)
    assert healths(signs)["Program kubectl"] is Health.GOOD
    assert healths(signs)["Kubeconfig"] is Health.NEUTRAL


@pytest.mark.parametrize(("name", "can"), [("bash", False), ("kubectl", False), ("vi", True), ("curl", True)])
async def test_what_is_missing_is_named_with_its_package(machine, name, can):
    (machine / name).unlink()
    signs = await examine()
    assert usable(signs) is can
    (sign,) = (sign for sign in signs if sign.name.render() == f"Program {name}")
    assert sign.health is (Health.LACKING if can else Health.MISSING)
    assert any(word in sign.remedy.render() for word in ("apt-get install", "brew install", "snap install"))


async def test_a_bash_that_is_too_old(machine):
    program(machine, "bash", 'echo "GNU bash, version 3.2.57(1)-release"')
    assert not usable(await examine())


async def test_a_program_that_hangs_is_not_waited_for(machine, monkeypatch):
    monkeypatch.setattr("runner.doctor.PATIENCE", 0.2)
    program(machine, "bash", "while :; do :; done")
    signs = await examine()
    assert healths(signs)["Program bash"] is Health.MISSING


async def test_a_data_folder_that_cannot_be_written(machine, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "file" / "data"))
    signs = await examine()
    assert not usable(signs)
    (sign,) = (sign for sign in signs if sign.name.render() == "Data folder")
    assert "LABGATE_HOME" in sign.remedy.render()


async def test_clusters_that_do_not_answer_are_reported_and_no_fault(machine, kubeconfig):
    signs = await examine(kubeconfig("one", "two"))
    assert usable(signs)
    assert healths(signs)["Cluster two"] is Health.NEUTRAL


async def test_a_broken_kubeconfig(machine, tmp_path):
    (tmp_path / "broken").write_text("contexts: [")
    signs = await examine(tmp_path / "broken")
    assert healths(signs)["Kubeconfig"] is Health.LACKING
    assert usable(signs)


def test_the_command(labgate):
    done = labgate("doctor")
    assert done.returncode in (0, 1)
    assert "kubectl" in done.stdout
    assert "Traceback" not in done.stderr


async def test_envoy_is_needed_for_the_traffic_of_a_mesh_alone(machine, monkeypatch):
    monkeypatch.setattr("runner.doctor.installed_envoy", lambda: None)
    signs = await examine()
    (sign,) = (sign for sign in signs if sign.name.render() == "Envoy")
    assert sign.health is Health.NEUTRAL
    assert "labgate[mesh]" in sign.remedy.render()
    program(machine, "envoy", 'echo "envoy  version: 9e5580933739775e/1.40.0/Clean/RELEASE/BoringSSL"')
    monkeypatch.setattr("runner.doctor.installed_envoy", lambda: str(machine / "envoy"))
    assert healths(await examine())["Envoy"] is Health.GOOD
    program(machine, "envoy", "exit 1")
    assert healths(await examine())["Envoy"] is Health.LACKING
    assert usable(await examine())
