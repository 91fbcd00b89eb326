"""The Istio lab's stand-ins on a practice cluster, with the real kubectl and the real vi."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runner.practice.cluster import PracticeCluster
from tests.content.conftest import LABS, VERSION, Workspace
from tests.content.test_manifests import ADDON_ROWS, DEMO_ROWS

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")

INSTALL = "istioctl install --set profile=demo --set hub=docker.io/istio"
RESOURCES = {
    "ConfigMap": "configmap",
    "ClusterRole": "clusterrole.rbac.authorization.k8s.io",
    "ClusterRoleBinding": "clusterrolebinding.rbac.authorization.k8s.io",
    "Deployment": "deployment.apps",
    "Role": "role.rbac.authorization.k8s.io",
    "RoleBinding": "rolebinding.rbac.authorization.k8s.io",
    "Service": "service",
    "ServiceAccount": "serviceaccount",
}

Type = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]


@asynccontextmanager
async def learner(workspace: Workspace, version: str) -> AsyncIterator[Type]:
    """A quick practice cluster, and a function that types a command line for its learner."""
    async with PracticeCluster("content", version=version, speed=20) as cluster:
        workspace.environment["KUBECONFIG"] = str(cluster.kubeconfig(workspace.folder / "kubeconfig"))

        async def type_(command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
            return await asyncio.to_thread(workspace.run, command, typed)

        yield type_


@pytest.fixture
async def shell(with_istioctl: Workspace) -> AsyncIterator[Type]:
    async with learner(with_istioctl, "1.22") as type_:
        yield type_


async def test_install_look_and_uninstall(shell: Type) -> None:
    assert "✔ No issues found" in (await shell("istioctl x precheck")).stderr
    assert (await shell("istioctl version")).stdout == f'no running Istio pods in "istio-system"\n{VERSION}\n'
    done = await shell(INSTALL, "y\n")
    assert done.returncode == 0, done.stderr
    components = ("Istio core", "Istiod", "Ingress gateways", "Egress gateways")
    message = [line.split("(y/N) ")[-1] for line in done.stdout.splitlines()]
    assert message[:5] == [*(f"✔ {name} installed" for name in components), "✔ Installation complete"]
    crds = await shell("kubectl get crd -o name | grep -c 'istio.io$'")
    assert crds.stdout == "13\n"
    assert (await shell("istioctl version")).stdout == (
        f"client version: {VERSION}\ncontrol plane version: {VERSION}\ndata plane version: {VERSION} (2 proxies)\n"
    )
    again = await shell(f"{INSTALL} -y")
    assert again.returncode == 0, again.stderr
    verified = await shell("istioctl verify-install")
    assert verified.stdout.count("checked successfully") == len(DEMO_ROWS)
    assert verified.stdout.endswith("✔ Istio is installed and verified successfully\n")
    assert (await shell("istioctl proxy-status")).stdout.count("SYNCED") == 6
    gone = await shell("istioctl x uninstall --purge", "y\n")
    assert gone.returncode == 0, gone.stderr
    assert "  Removed Deployment:istio-system:istiod.\n" in gone.stdout
    assert "  Removed CustomResourceDefinition::gateways.networking.istio.io.\n" in gone.stdout
    left = await shell("kubectl get crd,deploy,svc,envoyfilters -A -o name | grep -c istio")
    assert left.stdout == "0\n"
    assert (await shell("istioctl verify-install")).returncode == 1


async def test_addons_and_the_lectures_edit(shell: Type, with_istioctl: Workspace) -> None:
    await shell("kubectl create namespace istio-system")
    done = await shell(f"cd istio-{VERSION} && kubectl apply -f samples/addons")
    assert done.stdout.splitlines() == [
        f"{RESOURCES[row['kind']]}/{row['name']} created" for row in ADDON_ROWS
    ]
    editor = with_istioctl.folder / "editor"
    editor.write_text("#!/bin/sh\nexec vi -es -c '%s/ClusterIP/LoadBalancer/g' -c 'wq!' \"$1\"\n")
    editor.chmod(0o755)
    with_istioctl.environment["KUBE_EDITOR"] = str(editor)
    for service in ("kiali", "tracing"):
        assert (
            await shell(f"kubectl edit svc {service} -n istio-system")
        ).stdout == f"service/{service} edited\n"
    types = "kubectl get svc kiali tracing zipkin -n istio-system -o jsonpath='{.items[*].spec.type}'"
    assert (await shell(types)).stdout == "LoadBalancer LoadBalancer ClusterIP"
    await shell(f"cd istio-{VERSION} && kubectl apply -f samples/addons")
    assert (await shell(types)).stdout == "LoadBalancer ClusterIP ClusterIP"  # as the text says
    deleted = await shell(f"cd istio-{VERSION} && kubectl delete -f samples/addons --ignore-not-found")
    assert deleted.returncode == 0, deleted.stderr


async def test_an_image_that_cannot_be_pulled_is_named(shell: Type) -> None:
    done = await shell(
        "istioctl install --set profile=demo --set hub=registry.invalid/x -y --readiness-timeout 2s"
    )
    assert done.returncode == 1
    assert "✔ Istio core installed" in done.stdout
    assert (
        "✘ Istiod encountered an error: failed to wait for resource: resources not ready after 2s"
        in done.stdout
    )
    assert "  Deployment/istio-system/istiod (container failed to start: " in done.stdout
    assert "ImagePull" in done.stdout
    assert done.stderr == "Error: failed to install manifests: errors occurred during operation\n"


async def test_kubernetes_1_25_has_no_policy_v1beta1(with_istioctl: Workspace) -> None:
    async with learner(with_istioctl, "1.25") as type_:
        done = await type_(f"{INSTALL} -y")
    assert done.returncode == 1
    assert 'no matches for kind "PodDisruptionBudget" in version "policy/v1beta1"' in done.stdout


def test_the_pages_are_read(tmp_path: Path) -> None:
    from runner.practice.network.pages import read

    pages = list(read(LABS / "kubernetes-basics" / "practice" / "pages"))
    assert pages
    assert all(page.redirect or (page.file and page.file.is_file()) for page in pages)
