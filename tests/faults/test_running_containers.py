"""Faults of programs that really run: the diagnosis names the cause from their logs, states and events."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from checks.base import Object
from tests.faults.manifests import deployment, service
from tests.faults.scene import Scene, check, on_practice

NGINX = "nginx:1.25"


def shell(script: str, **more: Any) -> dict[str, Any]:
    return {"command": ["sh", "-c", script], **more}


def app(name: str, image: str = "busybox:1.36", pod: Any = None, **container: Any) -> Object:
    return deployment(name, image=image, container=container, pod=pod or {})


def config_map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def from_key(name: str, key: str) -> Any:
    return [{"name": "DB_HOST", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}]


def probe(path: str, failures: int = 1) -> Any:
    return {"httpGet": {"path": path, "port": 80}, "periodSeconds": 1, "failureThreshold": failures}


CONNECTS = 'nc -z -w 1 "$DB_HOST" 5432 || { echo "no database at $DB_HOST" >&2; exit 1; }'
FAULTS: dict[str, tuple[str, str, str, list[Object]]] = {
    "no-database": ("host-unknown", "Unknown MySQL server host 'nowhere'", "nowhere", [
        app("no-database", "mysql:8.0", **shell("mysql -h nowhere -uroot -px -e 'select 1'"))]),
    "wrong-command": ("command-not-found", "/bin/servr", "wrong-command", [
        app("wrong-command", command=["/bin/servr"])]),
    "no-variable": ("variable-missing", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD", [app("no-variable", "postgres:16")]),
    "out-of-memory": ("out-of-memory", "OOMKilled", "memory limit", [
        app("out-of-memory", "polinux/stress", command=["stress", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"],
            resources={"limits": {"memory": "100Mi"}})]),
    "not-alive": ("liveness-fails", "statuscode: 404", "404", [
        app("not-alive", NGINX, livenessProbe=probe("/healthz"))]),
    "never-ready": ("probe-fails", "statuscode: 404", "404", [
        app("never-ready", NGINX, readinessProbe=probe("/ready", 3))]),
    "wrong-value": ("host-unknown", "databse", "databse", [
        config_map("settings", host="databse"), service("database"),
        app("wrong-value", **shell(CONNECTS, env=from_key("settings", "host")))]),
    "wrong-key": ("key-missing", "couldn't find key hosst", "hosst", [
        app("wrong-key", **shell("sleep 1000", env=from_key("settings", "hosst")))]),
    "read-only": ("root-read-only", "Read-only file system", "/var/cache/nginx", [
        app("read-only", NGINX, securityContext={"readOnlyRootFilesystem": True})]),
    "as-root": ("runs-as-root", "runAsNonRoot", "root", [app("as-root", NGINX, securityContext={"runAsNonRoot": True})]),
    "other-user": ("user-may-not", "Permission denied", "1000", [
        app("other-user", NGINX, securityContext={"runAsUser": 1000})]),
    "init-fails": ("variable-missing", "API_KEY", "API_KEY", [
        app("init-fails", **shell("sleep 1000"), pod={"initContainers": [
            {"name": "first", "image": "busybox:1.36", **shell(': "${API_KEY:?must be set}"')}]})]),
    "hook-fails": ("start-hook-fails", "PostStartHook", "hook-fails", [
        app("hook-fails", **shell("sleep 1000"), lifecycle={"postStart": {"exec": {"command": ["false"]}}})]),
}  # fmt: skip
"""By the Deployment: the rule, what is quoted, what the sentence names, and the objects."""
HEALTHY = [
    app("healthy", NGINX, readinessProbe=probe("/")),
    app("quiet", **shell("echo bad address nowhere; sleep 1000")),
    service("healthy"),
]


async def named(scene: Scene, name: str) -> str:
    """What is otherwise than expected of one fault; "" where nothing is."""
    rule, evidence, words, _ = FAULTS[name]
    outcome = await scene.until(
        check({"deployment": name, "ready": True}),
        lambda seen: any(each.rule == rule for each in seen.findings),
    )
    (finding,) = outcome.findings
    if evidence not in finding.evidence or words not in finding.cause.render():
        return f"{name}: {finding.evidence} / {finding.cause.render()}"
    return ""


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
async def test_faults_of_programs_are_named_from_what_they_say(tmp_path: Path) -> None:
    async with on_practice(tmp_path, "1.32", containers=True) as scene:
        await scene.apply(*HEALTHY, *(each for _, _, _, objects in FAULTS.values() for each in objects))
        assert [
            wrong for wrong in await asyncio.gather(*(named(scene, name) for name in FAULTS)) if wrong
        ] == []
        for name in ("healthy", "quiet"):
            outcome = await scene.until(check({"deployment": name, "ready": True}), lambda seen: seen.passed)
            assert outcome.findings == ()
        target = await scene.look(check({"deployment": "wrong-value", "ready": True}))
        assert "DB_HOST (key host of the ConfigMap settings)" in target.findings[0].remedy.render()
        assert "database" in target.findings[0].remedy.render()
