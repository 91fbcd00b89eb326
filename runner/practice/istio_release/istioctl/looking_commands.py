"""The commands that only look: version, precheck, verify-install, proxy-status, profile."""

from __future__ import annotations

import sys
from argparse import Namespace

from runner.practice.istio_release.istioctl.install_command import installed
from runner.practice.istio_release.istioctl.kubectl_cluster import (
    Cluster,
    Failed,
    Object,
    image_tag,
    is_running,
    pods,
    proxy_container,
    with_proxy,
    words,
)
from runner.practice.istio_release.release_objects import MANIFESTS, all_objects, as_text
from runner.practice.istio_release.release_settings import LISTED, PROFILES, of_minor

CLIENT_LINE_SINCE = 24
NEEDED = ["namespaces", "clusterroles.rbac.authorization.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
          "deployments.apps", "services", "configmaps"]  # fmt: skip


def version(cluster: Cluster, asked: Namespace) -> int:
    """version: the client's, and where the cluster is asked the control plane's and the proxies'."""
    if not asked.remote:
        print(cluster.version)
        return 0
    newer = int(cluster.version.split(".")[1]) >= CLIENT_LINE_SINCE
    running = [pod for pod in pods(cluster, "app=istiod") if is_running(pod)]
    if not running:
        if newer:
            where = f'no running Istio pods in namespace "{cluster.system}"'
            print(f"Istio is not present in the cluster: {where}\nclient version: {cluster.version}")
            return 0
        print(f'no running Istio pods in "{cluster.system}"\n{cluster.version}')
        return 0
    print(f"client version: {cluster.version}")
    for one in sorted({image_tag(pod["spec"]["containers"][0]) for pod in running}):
        print(f"control plane version: {one}")
    proxies = with_proxy(pods(cluster))
    versions = sorted({image_tag(proxy_container(pod)) for pod in proxies})
    shown = []
    for one in versions:
        count = sum(1 for pod in proxies if image_tag(proxy_container(pod)) == one)
        shown.append(f"{one} ({count} {'proxy' if count == 1 else 'proxies'})")
    print(f"data plane version: {', '.join(shown) or 'none'}")
    return 0


def precheck(cluster: Cluster, asked: Namespace) -> int:
    cluster.server_minor()
    missing = []
    for resource in NEEDED:
        allowed = cluster.run("auth", "can-i", "create", resource, "--all-namespaces")
        if allowed.stdout.strip() == "no":
            missing.append(resource)
        elif allowed.returncode != 0:
            raise Failed(words(allowed.stderr))
    if not missing:
        found = "✔ No issues found when checking the cluster. Istio is safe to install or upgrade!"
        print(found, file=sys.stderr)
        print(
            "  To get started, check out https://istio.io/latest/docs/setup/getting-started/", file=sys.stderr
        )
        return 0
    for resource in missing:
        print(f"Error [IST0141] ({resource}) Missing required permission to create resource {resource}")
    raise Failed("Issues found when checking the cluster. Istio may not be safe to install or upgrade.")


def verify_install(cluster: Cluster, asked: Namespace) -> int:
    """verify-install, of the installation that istioctl remembers."""
    every = installed(cluster)
    print(
        f'{len(every)} Istio control planes detected, checking --revision "{asked.revision or "default"}" only'
    )
    settings = next(
        (each for each in every if (each.revision or "default") == (asked.revision or "default")), None
    )
    if settings is None:
        raise Failed("no Istio installation found")
    wanted = all_objects(settings)
    wrong = list(_verified(cluster, wanted))
    kinds = [one["kind"] for one in wanted]
    print(f"Checked {kinds.count('CustomResourceDefinition')} custom resource definitions")
    print(f"Checked {kinds.count('Deployment')} Istio Deployments")
    if wrong:
        for line in wrong:
            print(f"✘ {line}")
        raise Failed("Istio is not installed as it should be: " + str(len(wrong)) + " objects")
    print("✔ Istio is installed and verified successfully")
    return 0


def _verified(cluster: Cluster, wanted: list[Object]) -> list[str]:
    """Say what is right as it is found; gives what is not."""
    found = {
        (one["kind"], one["metadata"]["name"]): one for one in cluster.get("-f", "-", stdin=as_text(wanted))
    }
    wrong = []
    for one in wanted:
        kind, name = (
            one["kind"],
            f"{one['metadata']['name']}.{one['metadata'].get('namespace') or cluster.system}",
        )
        there = found.get((kind, one["metadata"]["name"]))
        if there is None:
            wrong.append(f"{kind}: {name}: not found")
        elif kind == "Deployment" and not there.get("status", {}).get("availableReplicas"):
            wrong.append(f"{kind}: {name}: no replica is available")
        else:
            print(f"✔ {kind}: {name} checked successfully")
    return wrong


def profile(cluster: Cluster, asked: Namespace) -> int:
    """profile list, profile dump NAME."""
    if asked.what == "list":
        print("Istio configuration profiles:")
        for name in of_minor(LISTED, int(cluster.version.split(".")[1])):
            print(f"    {name}")
        return 0
    name = asked.name or "default"
    if name not in PROFILES:
        raise Failed(f"unknown profile: {name} (the practice stand-in has: {', '.join(PROFILES)})")
    print((MANIFESTS / "profiles" / f"{name}.yaml").read_text(encoding="utf-8"), end="")
    return 0
