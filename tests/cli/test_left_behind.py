"""What a run that is killed leaves on the disk: no kubeconfig and no key, once Labgate was started again."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import PROGRAM, Labgate

SECRET = "the-token-of-a-learner"
LEARNERS = 8


def holding(folder: Path) -> list[Path]:
    """The files below a folder that have a learner's token in them."""
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and SECRET in path.read_text(errors="replace"):
                found.append(path)
        except OSError:
            continue  # gone meanwhile
    return found


@pytest.fixture
async def silent() -> str:
    """A server that takes connections and says nothing."""
    server = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(3600), "127.0.0.1", 0)
    return f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_class_run_that_is_killed_leaves_no_kubeconfigs(
    environment: dict[str, str], labgate: Labgate, lab: Path, silent: str, tmp_path: Path
) -> None:
    roster = tmp_path / "class"
    roster.mkdir()
    document = {
        "clusters": [{"name": "c", "cluster": {"server": silent}}],
        "users": [{"name": "u", "user": {"token": SECRET}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    (roster / "kubeconfig").write_text(yaml.safe_dump(document))
    lines = [f"kim{number},kubeconfig" for number in range(LEARNERS)]
    (roster / "class.csv").write_text("\n".join(["id,kubeconfig", *lines]))
    data, temporary = Path(environment["LABGATE_HOME"]), tmp_path / "tmp"
    temporary.mkdir()
    command = [*PROGRAM, "grade", "letters", "--yes", "--roster", str(roster / "class.csv")]
    run = subprocess.Popen(
        command,
        env={**environment, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while len(holding(data)) < LEARNERS and time.monotonic() < until:
            assert run.poll() is None
            await asyncio.sleep(0.05)
        assert len(holding(data)) == LEARNERS, "they are being graded"
        assert not holding(temporary)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert holding(data), "a killed program can't tidy up"

    labgate("check", "letters", "write", "--yes", "--kubeconfig", "nowhere", TMPDIR=str(temporary))
    assert not holding(data)
    assert not list((data / "scratch").iterdir())
    assert not list(temporary.iterdir())


async def test_what_a_run_at_work_has_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from runner.paths import scratch, tidy

    monkeypatch.setenv("LABGATE_HOME", str(tmp_path))
    with scratch() as folder:
        (folder / "kubeconfig").write_text(SECRET)
        tidy()
        with scratch() as other:
            assert other != folder
        assert holding(tmp_path) == [folder / "kubeconfig"]
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not list((tmp_path / "scratch").iterdir())


async def test_links_in_the_scratch_folder_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.paths import tidy

    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "data"))
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "lock").touch()
    (tmp_path / "data" / "scratch").mkdir(parents=True)
    (tmp_path / "data" / "scratch" / "labgate-run-x").symlink_to(precious)
    tidy()
    assert (precious / "lock").exists()
