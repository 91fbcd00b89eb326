"""A practice cluster that was stopped and is started again: what ran runs, what had ended stays so."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from runner.practice.authentication.authority import Authority
from runner.practice.containers.container_config import NoSuchContainer
from tests.practice.life.conftest import PATIENCE, living
from tests.practice.running.conftest import SPEED
from tests.practice.running.running_pods import RunningPods

MOUNT = {"volumeMounts": [{"name": "d", "mountPath": "/d"}]}


async def test_pods_live_on(tmp_path: Path) -> None:
    authority = Authority.of(tmp_path)
    options = {
        "speed": SPEED,
        "containers": True,
        "volumes": tmp_path / "volumes",
        "authority": authority,
    }
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "fs"}}]
    async with living(tmp_path / "state", **options) as world:
        pods = RunningPods(world)
        world.create(
            "persistentvolumeclaims",
            {
                "metadata": {"name": "fs", "namespace": "default"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            },
        )
        pods.create("web", "echo begun >> /d/log; sleep 1000", container=MOUNT, volumes=volumes)
        pods.create("done", "echo done", restartPolicy="Never")
        await pods.running("web")
        await pods.phase("done", "Succeeded")
        before = {name: pods.of(name) for name in ("web", "done")}
    async with living(tmp_path / "state", **options) as world:
        pods = RunningPods(world)

        async def runs() -> bool:
            with contextlib.suppress(NoSuchContainer):
                script = "while [ $(wc -l < /d/log) -lt 2 ]; do sleep 0.05; done"
                await pods.sh("web", script)
                return True
            return False

        async with asyncio.timeout(PATIENCE):
            while not await runs():
                await asyncio.sleep(0.05)
        assert await pods.sh("web", "cat /d/log") == "begun\nbegun\n"
        assert {name: pods.of(name) for name in ("web", "done")} == before
