"""A real control plane and a practice cluster of the same version, side by side."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType

import pytest

from runner.practice.cluster import PracticeCluster


def _beside(name: str) -> ModuleType:
    """A module of this folder (it is no package, so that several conftests may live side by side)."""
    found = sys.modules.get(f"control_plane_{name}")
    if found is not None:
        return found
    spec = importlib.util.spec_from_file_location(
        f"control_plane_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.control_plane)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a real control plane: one that runs already ($LABGATE_CONTROL_PLANE), or a new one."""
    running = os.environ.get("LABGATE_CONTROL_PLANE")
    if running:
        yield Path(running)
        return
    module = _beside("control_plane")
    binaries = module.assets()
    if binaries is None:
        pytest.skip(
            "no real control plane to compare with: set KUBEBUILDER_ASSETS to a folder with "
            f"{', '.join(module.PROGRAMS)}"
        )
    with module.ControlPlane(tmp_path_factory.mktemp("control-plane"), binaries) as started:
        yield started.kubeconfig


@pytest.fixture(scope="session")
def version(real: Path) -> str:
    """The Kubernetes version of the real control plane, as in 1.20.2."""
    output = subprocess.run(
        ["kubectl", "version", "--kubeconfig", str(real), "-o", "yaml"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"serverVersion:.*?gitVersion: v([\d.]+)", output, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="session")
def practice(version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a practice cluster of the same version, in a thread of this process."""
    path = tmp_path_factory.mktemp("practice") / "kubeconfig"
    loop, end = asyncio.new_event_loop(), asyncio.Event()
    ready: Future[None] = Future()

    async def run() -> None:
        try:
            async with PracticeCluster("compared", version=version, speed=4) as cluster:
                cluster.kubeconfig(path)
                ready.set_result(None)
                await end.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    ready.result(30)
    yield path
    loop.call_soon_threadsafe(end.set)
    thread.join(10)
    loop.close()


def _kubectls() -> list[str]:
    """The kubectl on PATH, the one of the assets, and those that $LABGATE_KUBECTLS adds."""
    found = [shutil.which("kubectl") or ""]
    if os.environ.get("KUBEBUILDER_ASSETS"):
        found.append(str(Path(os.environ["KUBEBUILDER_ASSETS"]) / "kubectl"))
    found += os.environ.get("LABGATE_KUBECTLS", "").split(os.pathsep)
    return list(dict.fromkeys(one for one in found if one and Path(one).exists())) or ["kubectl"]


def _name(kubectl: str) -> str:
    output = subprocess.run([kubectl, "version", "--client"], capture_output=True, text=True, check=False)
    found = re.search(r"v(\d+\.\d+\.\d+)", output.stdout)
    return found[1] if found else "none"


@pytest.fixture(scope="session", params=_kubectls(), ids=_name)
def kubectl(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def both(kubectl: str, real: Path, practice: Path, tmp_path: Path, request: pytest.FixtureRequest) -> object:
    """The same commands to both, and a list of what they answered differently: empty, or the test fails."""
    pair = _beside("pair").Pair(kubectl, real, practice, tmp_path, request.node.name)
    yield pair
    pair.finish()
