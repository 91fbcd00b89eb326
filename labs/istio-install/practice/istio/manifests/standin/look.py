"""The commands that only look: version, precheck, verify-install, analyze, proxy-status, profile."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, Dict, List, Tuple

from cluster import SYSTEM, Cluster, Failed, is_running, pods, words
from install import STATE
from objects import ALL_PROFILES, PROFILES, VERSION, Manifest, as_text, manifests

NEEDED = ["namespaces", "clusterroles.rbac.authorization.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
          "deployments.apps", "services", "configmaps"]  # fmt: skip


def version(cluster: Cluster, asked: Namespace) -> int:
    if not asked.remote:
        print(VERSION)
        return 0
    running = [pod for pod in pods(cluster, "app=istiod") if is_running(pod)]
    if not running:
        print(f'no running Istio pods in "{SYSTEM}"')
        print(VERSION)
        return 0
    print(f"client version: {VERSION}")
    print(f"control plane version: {tag(running[0], 'discovery')}")
    proxies = with_proxy(pods(cluster))
    versions = sorted({tag(pod, "istio-proxy") for pod in proxies})
    for one in versions:
        count = sum(1 for pod in proxies if tag(pod, "istio-proxy") == one)
        print(f"data plane version: {one} ({count} {'proxy' if count == 1 else 'proxies'})")
    if not versions:
        print("data plane version: none")
    return 0


def tag(pod: Dict[str, Any], container: str) -> str:
    images = [one["image"] for one in pod["spec"]["containers"] if one["name"] == container]
    return images[0].rpartition(":")[2] if images else ""


def with_proxy(all_pods: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    return [pod for pod in all_pods if is_running(pod) and tag(pod, "istio-proxy")]


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
    states = cluster.get("istiooperators.install.istio.io", STATE, "-n", SYSTEM)
    if not states:
        print('0 Istio control planes detected, checking --revision "default" only')
        raise Failed("no Istio installation found")
    spec = states[0]["spec"]
    print('1 Istio control planes detected, checking --revision "default" only')
    objects = [
        one
        for component in PROFILES[spec["profile"]]
        for one in manifests(component, spec["hub"], spec["tag"])
    ]
    wrong = list(verify(cluster, objects))
    kinds = [one.kind for one in objects]
    print(f"Checked {kinds.count('CustomResourceDefinition')} custom resource definitions")
    print(f"Checked {kinds.count('Deployment')} Istio Deployments")
    if wrong:
        for line in wrong:
            print(f"✘ {line}")
        raise Failed("Istio is not installed as it should be: " + str(len(wrong)) + " objects")
    print("✔ Istio is installed and verified successfully")
    return 0


def verify(cluster: Cluster, objects: List[Manifest]) -> List[str]:
    """Tell what is right as it is found; give what is not."""
    found: Dict[Tuple[str, str], Dict[str, Any]] = {
        (one["kind"], one["metadata"]["name"]): one for one in cluster.get("-f", "-", stdin=as_text(objects))
    }
    wrong = []
    for one in objects:
        there = found.get((one.kind, one.name))
        if there is None:
            wrong.append(f"{one.kind}: {one.name}.{SYSTEM}: not found")
        elif one.kind == "Deployment" and not there.get("status", {}).get("availableReplicas"):
            wrong.append(f"{one.kind}: {one.name}.{SYSTEM}: no replica is available")
        else:
            print(f"✔ {one.kind}: {one.name}.{SYSTEM} checked successfully")
    return wrong


def analyze(cluster: Cluster, asked: Namespace) -> int:
    names = [] if asked.all_namespaces else [asked.namespace or cluster.namespace()]
    told = False
    for namespace in cluster.get("namespaces", *names):
        name, labels = namespace["metadata"]["name"], namespace["metadata"].get("labels", {})
        if name == SYSTEM or name.startswith("kube-") or {"istio-injection", "istio.io/rev"} & set(labels):
            continue
        told = True
        print(
            f"Info [IST0102] (Namespace {name}) The namespace is not enabled for Istio injection. "
            f"Run 'kubectl label namespace {name} istio-injection=enabled' to enable it, or "
            f"'kubectl label namespace {name} istio-injection=disabled' to explicitly mark it as not needing "
            "injection."
        )
    if not told:
        where = "all namespaces" if asked.all_namespaces else f"namespace: {names[0]}"
        print(f"✔ No validation issues found when analyzing {where}.", file=sys.stderr)
    return 0


def proxy_status(cluster: Cluster, asked: Namespace) -> int:
    control = [pod["metadata"]["name"] for pod in pods(cluster, "app=istiod") if is_running(pod)]
    if not control:
        raise Failed("unable to find any Istiod instances")
    rows = [["NAME", "CDS", "LDS", "EDS", "RDS", "ISTIOD", "VERSION"]]
    for pod in with_proxy(pods(cluster)):
        name = f"{pod['metadata']['name']}.{pod['metadata']['namespace']}"
        rows.append([name, "SYNCED", "SYNCED", "SYNCED", "NOT SENT", control[0], tag(pod, "istio-proxy")])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("     ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return 0


def profile(cluster: Cluster, asked: Namespace) -> int:
    if asked.what == "list":
        print("Istio configuration profiles:")
        for name in ALL_PROFILES:
            print(f"    {name}")
        return 0
    name = asked.name or "default"
    path = Path(__file__).resolve().parents[1] / "profiles" / f"{name}.yaml"
    if name not in PROFILES:
        raise Failed(f"unknown profile: {name} (the practice stand-in has: {', '.join(PROFILES)})")
    print(path.read_text(encoding="utf-8"), end="")
    return 0
