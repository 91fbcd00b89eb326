"""A practice cluster and the real kubectl."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster


def kubectls() -> list[str]:
    """The kubectl on the PATH, and those that LABGATE_KUBECTLS names."""
    found = [shutil.which("kubectl"), *os.environ.get("LABGATE_KUBECTLS", "").split(os.pathsep)]
    return [path for path in found if path]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Kubectl:
    """Runs one kubectl against one cluster."""

    program: str
    kubeconfig: Path

    async def __call__(self, *arguments: str, stdin: str = "", editor: str = "") -> Result:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.kubeconfig.parent),
            "KUBECONFIG": str(self.kubeconfig),
        }
        if editor:
            environment["KUBE_EDITOR"] = editor
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Result(process.returncode, out.decode(), err.decode())

    async def ok(self, *arguments: str, stdin: str = "", editor: str = "") -> str:
        """The output of a command that must succeed."""
        result = await self(*arguments, stdin=stdin, editor=editor)
        assert result.code == 0, result.err
        return result.out


@pytest.fixture
def version() -> str:
    return "1.32"


@pytest.fixture
async def cluster(version: str) -> AsyncIterator[PracticeCluster]:
    async with PracticeCluster("test", version=version, speed=50) as running:
        yield running


@pytest.fixture(
    params=kubectls() or [pytest.param("", marks=pytest.mark.skip(reason="no kubectl on the PATH"))]
)
def kubectl(request: pytest.FixtureRequest, cluster: PracticeCluster, tmp_path: Path) -> Kubectl:
    return Kubectl(request.param, cluster.kubeconfig(tmp_path / "kubeconfig"))


@pytest.fixture
async def http(cluster: PracticeCluster) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {cluster.token}", "User-Agent": "tests/1.0"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as session:
        yield session
