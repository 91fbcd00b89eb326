"""A port-forward that the learner runs counts, and only to this cluster's Service."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from runner.practice.cluster import PracticeCluster
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.typed_forwards import PROC, typed_forwards
from runner.world.web_requests import Web

SERVER = "https://127.0.0.1:6443"


@pytest.fixture
def kubectl(tmp_path):
    """A made-up /proc with one kubectl in it."""
    file = tmp_path / "config"
    file.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}],"
        f" clusters: [{{name: c, cluster: {{server: '{SERVER}'}}}}], users: [{{name: u, user: {{}}}}]}}"
    )

    def made(line: str):
        folder = tmp_path / "proc" / "12"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in line.split()))
        (folder / "environ").write_bytes(f"HOME=/nowhere\0KUBECONFIG={file}\0".encode())
        return tmp_path / "proc"

    return made


@pytest.mark.parametrize(
    ("line", "ports"),
    [
        ("kubectl port-forward svc/kiali 20001 -n mesh", (20001,)),
        ("/usr/bin/kubectl -n mesh port-forward service/kiali 8080:20001", (8080,)),
        (
            "kubectl port-forward --namespace=mesh --address 0.0.0.0 services/kiali 8080:20001 9090",
            (8080, 9090),
        ),
        ("kubectl port-forward -nmesh svc/kiali :20001", ()),
        ("kubectl port-forward svc/kiali 20001", ()),
        ("kubectl port-forward svc/grafana 3000 -n mesh", ()),
        ("kubectl port-forward deploy/kiali 20001 -n mesh", ()),
        ("kubectl get svc/kiali port-forward -n mesh", ()),
        ("vi port-forward svc/kiali 20001 -n mesh", ()),
        ("kubectl", ()),
    ],
)
def test_what_is_taken_for_one(kubectl, line, ports):
    assert typed_forwards("kiali", "mesh", SERVER, kubectl(line)) == ports
    assert typed_forwards("kiali", "mesh", "https://elsewhere:6443", kubectl(line)) == ()


@pytest.mark.skipif(shutil.which("kubectl") is None or not PROC.is_dir(), reason="needs kubectl and /proc")
async def test_one_that_really_runs_counts_while_it_runs(tmp_path, unused_tcp_port):
    async with PracticeCluster("typed", folder=tmp_path / "state", speed=50) as practice:
        environment = {
            **os.environ,
            "KUBECONFIG": str(practice.kubeconfig(tmp_path / "k")),
            "HOME": str(tmp_path),
        }

        async def kubectl(*arguments):
            return await asyncio.create_subprocess_exec("kubectl", *arguments, env=environment)

        for line in ("create deployment web --image=nginx:1.21", "expose deployment web --port=80"):
            assert await (await kubectl(*line.split())).wait() == 0
        assert await (await kubectl("rollout", "status", "deployment/web")).wait() == 0
        async with LiveCluster(Access.from_kubeconfig(environment["KUBECONFIG"])) as cluster:
            web = Web(cluster)
            assert await web.forwarded("web", "default") == ""
            forward = await kubectl("port-forward", "service/web", f"{unused_tcp_port}:80")
            try:
                async with asyncio.timeout(60):
                    while await web.forwarded("web", "default") != f"127.0.0.1:{unused_tcp_port}":
                        assert forward.returncode is None
            finally:
                forward.terminate()
                await forward.wait()
            assert await web.forwarded("web", "default") == ""
