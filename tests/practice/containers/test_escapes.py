"""Nothing in a container reaches the machine that it runs on: its files, its network, its processes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom

SECRET = "the machine's own"


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the machine, beside the folder of a volume."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("LABGATE_SECRET", SECRET)
    return tmp_path / "secret"


@pytest.fixture
async def container(room: ContainerRoom, outside: Path):
    return await room.run(
        "busybox",
        "sleep",
        "3600",
        mounts=[Mount("kept", "/kept")],
        volumes=[VolumeConfig("kept", folder=str(outside.parent / "volume"))],
    )


def _places(outside: Path) -> list[str]:
    name = str(outside)
    return [
        f"cat {name}",
        "cat /kept/../secret",
        "cat /kept/../../../../../../etc/hostname; cat /kept/../secret",
        f"cat /proc/self/root{name}",
        f"cat /proc/1/root{name}",
        f"ln -s {name} /kept/link; cat /kept/link",
        "ln -s ../secret /kept/link; cat /kept/link",
        f"ln -s {outside.parent} /kept/up; cat /kept/up/secret",
        f"ln {name} /kept/hard; cat /kept/hard",
        f"ln -s {name} /tmp/link; cat /tmp/link; cp /tmp/link /kept/copy; cat /kept/copy",
        "cd /kept; cd ..; cat secret",
        "cat /proc/1/environ /proc/self/environ; env",
        f"tar cf - {name} | tar xf - -O",
        f"find {outside.parent} -name secret -exec cat {{}} ';'",
        f"sed -n p {name}; awk 1 {name}; head {name}; grep . {name}; dd if={name}; . {name}; sh {name}; base64 -w0 {name}",
        f"curl -s file://{name}",
    ]


async def test_what_is_in_a_volume_is_read(room: ContainerRoom, container, outside: Path) -> None:
    (outside.parent / "volume" / "inside").write_text(SECRET)
    assert await room.exec(container, "cat", "/kept/inside") == (0, SECRET)


@pytest.mark.parametrize("number", range(16))
async def test_no_file_of_the_machine_is_read(
    room: ContainerRoom, container, outside: Path, number: int
) -> None:
    _code, output = await room.exec(container, "sh", "-c", _places(outside)[number])
    assert SECRET not in output


@pytest.mark.parametrize(
    "script",
    [
        "echo broken > {name}",
        "echo broken > /kept/../secret",
        "ln -s {name} /kept/link; echo broken > /kept/link",
        "ln -s ../secret /kept/link; echo broken > /kept/link",
        "ln -s {folder} /kept/up; echo broken > /kept/up/secret; rm -rf /kept/up/secret",
        "rm -rf {name} {folder} /kept/../secret; mv {name} /tmp/x; truncate -s 0 {name}",
        "echo broken > /tmp/secret; tar cf /tmp/t.tar -C /tmp secret; tar xf /tmp/t.tar -C /kept/..",
        "cp /etc/hostname {name}; tee {name} < /etc/hostname; dd if=/etc/hostname of={name}",
        "chmod 777 {name}; touch {name}",
    ],
)
async def test_no_file_of_the_machine_is_written(
    room: ContainerRoom, container, outside: Path, script: str
) -> None:
    before = outside.stat()
    await room.exec(container, "sh", "-c", script.format(name=outside, folder=outside.parent))
    assert outside.read_text() == SECRET
    assert (outside.stat().st_mode, outside.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert sorted(each.name for each in outside.parent.iterdir()) == ["secret", "volume"]


LINK = "cat /kept/link /kept/link/secret; echo broken > /kept/link; cp -r /kept /tmp/x; cat /tmp/x/link"


@pytest.mark.parametrize("target", ["{name}", "../secret", "{folder}"])
async def test_a_link_that_the_machine_has_in_a_volume_leads_nowhere(
    room: ContainerRoom, outside: Path, container, target: str
) -> None:
    link = outside.parent / "volume" / "link"
    link.symlink_to(target.format(name=outside, folder=outside.parent))
    _code, output = await room.exec(
        container,
        "sh",
        "-c",
        "cat /kept/link /kept/link/secret; echo broken > /kept/link; cp -r /kept /tmp/x; cat /tmp/x/link",
    )
    assert SECRET not in output
    assert outside.read_text() == SECRET


async def test_no_port_of_the_machine_is_reached(room: ContainerRoom, container) -> None:
    reached = []

    async def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for script in (
            f"curl -s -m 2 http://127.0.0.1:{port}/",
            f"wget -q -T 2 -O- http://localhost:{port}/",
            f"nc -z -w 1 127.0.0.1 {port}",
            f"exec 3<>/dev/tcp/127.0.0.1/{port}; echo x >&3",
        ):
            code, _output = await room.exec(container, "sh", "-c", script)
            assert code != 0, script
    assert reached == []


async def test_no_process_of_the_machine_is_signalled(room: ContainerRoom, container) -> None:
    sleeping = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        for number in ("9", "15", "19"):
            await room.exec(
                container,
                "sh",
                "-c",
                f"kill -{number} {sleeping.pid} {os.getpid()}; killall sleep python; pkill -{number} sleep",
            )
        assert sleeping.returncode is None
        state = Path(f"/proc/{sleeping.pid}/stat")
        assert not state.exists() or state.read_text().split(") ")[1][0] in "SR"
    finally:
        sleeping.kill()
        await sleeping.wait()
