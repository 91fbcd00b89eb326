"""Files that are too large for a container: said, and nothing else is lost."""

from __future__ import annotations

import io
import tarfile

import pytest

from runner.practice.containers import container_limits as limits
from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom, Started


async def _extract(room: ContainerRoom, container: Started, *sizes: int) -> tuple[int, str]:
    """As kubectl cp does it; the files are f0, f1, …"""
    made, written = io.BytesIO(), bytearray()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number, size in enumerate(sizes):
            member = tarfile.TarInfo(f"f{number}")
            member.size = size
            archive.addfile(member, io.BytesIO(bytes(size)))

    async def write(data: bytes) -> None:
        written.extend(data)

    source = Pipe()
    await source.write(made.getvalue())
    await source.close()
    code = await room.runtime.exec(
        container.id, ["tar", "-xmf", "-", "-C", "/tmp"], Streams(source, write, write)
    )
    return code, written.decode()


async def test_one_that_is_too_large_leaves_the_others_whole(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    most = limits.LARGEST_FILE_IN_MEMORY
    code, said = await _extract(room, started, most, most + 1, 5)
    assert (code, said.splitlines()[0]) == (
        2, "tar: f1: Cannot open: File too large (a file has at most 10,000,000 bytes)",
    )  # fmt: skip
    assert await room.sh(started, "cd /tmp; stat -c '%n %s' *") == f"f0 {most}\nf2 5\n"


async def test_an_archive_that_is_too_large(room: ContainerRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.practice.containers.tar_command.MOST_IN_AN_ARCHIVE", 100_000)
    started = await room.run("busybox", "sleep", "3600")
    code, said = await _extract(room, started, 50_000, 60_000)
    assert (code, said.splitlines()[0]) == (
        2, "tar: the archive has more than 100,000 bytes: copy it in parts",
    )  # fmt: skip
    assert await room.sh(started, "ls /tmp") == ""
