"""install and uninstall: what they do to the cluster, and the words they say."""

from __future__ import annotations

import re
import shutil
import sys
import time
from argparse import Namespace
from typing import Any, Dict, List

from cluster import SYSTEM, Cluster, Failed, only_unknown_kinds, pods, words
from objects import FILES, PROFILES, VERSION, Manifest, as_text, in_install_order, manifests

DEPLOYMENTS = {
    "Istiod": "istiod",
    "Ingress gateways": "istio-ingressgateway",
    "Egress gateways": "istio-egressgateway",
}
STATE = "installed-state"
OLDEST_KUBERNETES = 17
KINDS_SECONDS = 30.0


def install(cluster: Cluster, asked: Namespace) -> int:
    settings = read_settings(asked.set)
    components = PROFILES[settings["profile"]]
    minor = cluster.server_minor()
    if minor < OLDEST_KUBERNETES:
        raise Failed(f"the Kubernetes version 1.{minor} is not supported by Istio {VERSION}")
    listed = " ".join(f'"{component}"' for component in components)
    question = (
        f"This will install the Istio {VERSION} {settings['profile']} profile with [{listed}] components"
        " into the cluster."
    )
    if not asked.skip_confirmation and not agreed(question):
        return 1
    make_namespace(cluster)
    for component in components:
        install_component(cluster, component, settings, asked.readiness_timeout)
    if components:
        remember(cluster, settings)
    print("✔ Installation complete")
    print("Thank you for installing Istio 1.11.  (practice stand-in: the same objects, no real mesh)")
    return 0


def read_settings(given: List[str]) -> Dict[str, str]:
    """profile, hub and tag out of the --set options. Raises Failed for what can't be."""
    settings = {"profile": "default", "hub": "docker.io/istio", "tag": VERSION}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise Failed(f"bad argument for --set: {one} (wanted: name=value)")
        short = key.replace("values.global.", "", 1)
        if short in settings:
            settings[short] = value
        else:
            print(f"(practice stand-in: --set {one} is taken and changes nothing here)", file=sys.stderr)
    if settings["profile"] not in PROFILES:
        known = ", ".join(PROFILES)
        raise Failed(f"unknown profile: {settings['profile']} (the practice stand-in has: {known})")
    return settings


def agreed(question: str) -> bool:
    """Ask on standard output. Only y or yes agrees; an empty line or the end of the input does not."""
    print(f"{question} Proceed? (y/N) ", end="", flush=True)
    answer = sys.stdin.readline()
    if answer.strip().lower() in ("y", "yes"):
        return True
    print("Cancelled.")
    return False


def make_namespace(cluster: Cluster) -> None:
    for namespace in cluster.get("namespace", SYSTEM):
        if namespace.get("status", {}).get("phase") == "Terminating":
            raise Failed(f"unable to create new content in namespace {SYSTEM} because it is being terminated")
        return
    done = cluster.run("create", "namespace", SYSTEM)
    if done.returncode != 0 and "AlreadyExists" not in done.stderr:
        raise Failed(words(done.stderr))


def install_component(cluster: Cluster, component: str, settings: Dict[str, str], patience: str) -> None:
    """Apply a component's objects and wait for its Deployment. Raises Failed as istioctl ends."""
    progress(f"- Processing resources for {component}.")
    objects = in_install_order(manifests(component, settings["hub"], settings["tag"]))
    kinds = [one for one in objects if one.kind == "CustomResourceDefinition"]
    apply(cluster, component, objects)
    if kinds:
        await_kinds(cluster, component, [one.name for one in kinds])
    deployment = DEPLOYMENTS.get(component)
    if deployment:
        progress(f"- Processing resources for {component}. Waiting for Deployment/{SYSTEM}/{deployment}")
        await_deployment(cluster, component, deployment, patience)
    progress("")
    print(f"✔ {component} installed", flush=True)


def apply(cluster: Cluster, component: str, objects: List[Manifest]) -> None:
    done = cluster.run("apply", "--validate=false", "-f", "-", stdin=as_text(objects))
    if done.returncode == 0:
        return
    unknown = re.search(r'no matches for kind "(\w+)" in version "([^"]+)"', done.stderr)
    reason = words(done.stderr)
    if unknown:
        name = next((one.name for one in objects if one.kind == unknown[1]), "")
        reason = (
            f"failed to update resource with server-side apply for obj {unknown[1]}/{SYSTEM}/{name}: "
            f'no matches for kind "{unknown[1]}" in version "{unknown[2]}"'
        )
    broken_off(component, reason)


def await_kinds(cluster: Cluster, component: str, names: List[str]) -> None:
    """Wait until the server serves the new kinds: one list for all of them, where kubectl wait asks for each."""
    until = time.monotonic() + KINDS_SECONDS
    while time.monotonic() < until:
        established = {crd["metadata"]["name"] for crd in cluster.get("crd") if is_established(crd)}
        if established.issuperset(names):
            return
        time.sleep(0.1)
    broken_off(component, "failed to wait for resource: the custom resource definitions are not established")


def is_established(crd: Dict[str, Any]) -> bool:
    conditions = crd.get("status", {}).get("conditions", [])
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def await_deployment(cluster: Cluster, component: str, deployment: str, patience: str) -> None:
    done = cluster.run("rollout", "status", f"deployment/{deployment}", "-n", SYSTEM, f"--timeout={patience}")
    if done.returncode == 0:
        return
    reason = "failed to wait for resource: resources not ready after "
    reason += f"{patience}: timed out waiting for the condition\n"
    reason += f"  Deployment/{SYSTEM}/{deployment} ({why_not_ready(cluster, deployment)})"
    broken_off(component, reason)


def broken_off(component: str, reason: str) -> None:
    progress("")
    print(f"✘ {component} encountered an error: {reason}", flush=True)
    raise Failed("failed to install manifests: errors occurred during operation")


def why_not_ready(cluster: Cluster, deployment: str) -> str:
    """What keeps a Deployment's pods from being ready, as istioctl puts it."""
    for pod in pods(cluster, f"app={deployment}"):
        status = pod.get("status", {})
        for container in status.get("containerStatuses", []):
            waiting = container.get("state", {}).get("waiting")
            if waiting and waiting.get("reason") not in ("ContainerCreating", "PodInitializing"):
                return f"container failed to start: {waiting.get('reason')}: {waiting.get('message', '')}"
        for condition in status.get("conditions", []):
            if condition.get("reason") == "Unschedulable":
                return f"unschedulable: {condition.get('message', '')}"
    return "containers not ready"


def remember(cluster: Cluster, settings: Dict[str, str]) -> None:
    """The object in which istioctl keeps what it installed; verify-install reads it."""
    text = (
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n"
        f"metadata:\n  name: {STATE}\n  namespace: {SYSTEM}\n"
        f"spec:\n  profile: {settings['profile']}\n  hub: {settings['hub']}\n  tag: {settings['tag']}\n"
    )
    done = cluster.run("apply", "--validate=false", "-f", "-", stdin=text)
    if done.returncode != 0:
        raise Failed(words(done.stderr))


def uninstall(cluster: Cluster, asked: Namespace) -> int:
    if not asked.purge:
        raise Failed("at least one of the --revision (or --filename) or --purge flags must be set")
    cluster.server_minor()
    print("All Istio resources will be pruned from the cluster")
    if not asked.skip_confirmation and not agreed(""):
        return 1
    objects = [one for component in FILES for one in manifests(component, "-", "-")]
    cluster.run("delete", f"istiooperators.install.istio.io/{STATE}", "-n", SYSTEM, "--ignore-not-found")
    kinds = [one for one in objects if one.kind == "CustomResourceDefinition"]
    for part in ([one for one in objects if one not in kinds], kinds):
        remove(cluster, part)
    print("✔ Uninstall complete")
    return 0


def remove(cluster: Cluster, objects: List[Manifest]) -> None:
    there = {
        (found["kind"], found["metadata"]["name"]) for found in cluster.get("-f", "-", stdin=as_text(objects))
    }
    done = cluster.run("delete", "-f", "-", "--ignore-not-found", "--wait=false", stdin=as_text(objects))
    if done.returncode != 0 and not only_unknown_kinds(done.stderr):
        raise Failed(words(done.stderr))
    for one in objects:
        if (one.kind, one.name) in there:
            print(f"  Removed {one.kind}:{one.namespace}:{one.name}.")


def progress(line: str) -> None:
    """The line that is overwritten while waiting; only where somebody can see it."""
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - 1  # a line that wraps could not be overwritten
        print(f"\r\x1b[K{line[:room]}", end="", flush=True)
