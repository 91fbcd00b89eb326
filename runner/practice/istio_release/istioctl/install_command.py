"""install, uninstall and upgrade: what they do to the cluster, and the words they say."""

from __future__ import annotations

import re
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import yaml

from runner.practice.istio_release.istioctl.kubectl_cluster import (
    SYSTEM,
    Cluster,
    Failed,
    Object,
    only_unknown_kinds,
    pods,
    words,
)
from runner.practice.istio_release.release_objects import FILES, as_text, in_install_order, objects
from runner.practice.istio_release.release_revisions import named
from runner.practice.istio_release.release_settings import (
    EGRESS,
    INGRESS,
    ISTIOD,
    NEWEST_KUBERNETES,
    OLDEST_KUBERNETES,
    BadSetting,
    ReleaseSettings,
    of_minor,
    read_settings,
)

DEPLOYMENTS = {ISTIOD: "istiod", INGRESS: "istio-ingressgateway", EGRESS: "istio-egressgateway"}
STATE, KEPT = "installed-state", "install.istio.io/installed"
"""Names of an object, and of an annotation of istiod where there is no such kind any more."""
LAST_OPERATOR = 23
KINDS_SECONDS = 30.0


def settings_of(cluster: Cluster, asked: Namespace) -> ReleaseSettings:
    """Of the options of install and manifest. Raises Failed."""
    try:
        files = [
            sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
            for path in asked.filename
        ]
    except OSError as error:
        raise Failed(f"could not read the file: {error.filename}: {error.strerror}") from None
    given = [*asked.set, *([f"revision={asked.revision}"] if asked.revision else [])]
    try:
        settings = read_settings(cluster.version, given, files)
    except BadSetting as error:
        raise Failed(str(error)) from None
    for key in settings.value("components", default={}):
        if key not in ("base", "pilot", "ingressGateways", "egressGateways"):
            print(f"(practice stand-in: components.{key} is taken and changes nothing here)", file=sys.stderr)
    return settings


def install(cluster: Cluster, asked: Namespace) -> int:
    settings = settings_of(cluster, asked)
    minor = cluster.server_minor()
    if minor < of_minor(OLDEST_KUBERNETES, settings.minor):
        raise Failed(f"the Kubernetes version 1.{minor} is not supported by Istio {settings.version}")
    newest = NEWEST_KUBERNETES.get(settings.minor)
    if newest is not None and minor > newest:
        print(f"WARNING: Istio {settings.version} is not made for Kubernetes 1.{minor}.", file=sys.stderr)
    if not asked.skip_confirmation and not asked.dry_run and not agreed(question(settings)):
        return 1
    if asked.dry_run:
        print("\n".join(f"{obj['kind']}: {obj['metadata']['name']}" for one in settings.components
                        for obj in objects(one, settings)))  # fmt: skip
        return 0
    make_namespace(cluster)
    for component in settings.components:
        install_component(cluster, component, settings, asked.readiness_timeout)
    if settings.components:
        remember(cluster, settings)
    print("✔ Installation complete")
    thanks = "(practice stand-in: the same objects; the pods' network routes by real Envoy)"
    print(f"Thank you for installing Istio 1.{settings.minor}.  {thanks}")
    return 0


def question(settings: ReleaseSettings) -> str:
    """As that version asks before it installs."""
    start = f"This will install the Istio {settings.version}"
    if settings.minor >= 24:
        return f'{start} profile "{settings.profile}" into the cluster.'
    if settings.minor >= 19:
        listed = ", ".join(settings.components)
        return f'{start} "{settings.profile}" profile (with components: {listed}) into the cluster.'
    listed = " ".join(f'"{component}"' for component in settings.components)
    return f"{start} {settings.profile} profile with [{listed}] components into the cluster."


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


def install_component(cluster: Cluster, component: str, settings: ReleaseSettings, patience: str) -> None:
    """Apply a component's objects and wait for its Deployment. Raises Failed as istioctl ends."""
    progress(f"- Processing resources for {component}.")
    made = in_install_order(objects(component, settings))
    kinds = [one["metadata"]["name"] for one in made if one["kind"] == "CustomResourceDefinition"]
    apply(cluster, component, made)
    if kinds:
        await_kinds(cluster, component, kinds)
    deployment = DEPLOYMENTS.get(component, "")
    if deployment:
        deployment = named(deployment, settings.revision) if component == ISTIOD else deployment
        progress(f"- Processing resources for {component}. Waiting for Deployment/{SYSTEM}/{deployment}")
        await_deployment(cluster, component, deployment, patience)
    progress("")
    print(f"✔ {component} installed", flush=True)


def apply(cluster: Cluster, component: str, found: list[Object]) -> None:
    done = cluster.run("apply", "--validate=false", "-f", "-", stdin=as_text(found))
    if done.returncode == 0:
        return
    unknown = re.search(r'no matches for kind "(\w+)" in version "([^"]+)"', done.stderr)
    reason = words(done.stderr)
    if unknown:
        name = next((one["metadata"]["name"] for one in found if one["kind"] == unknown[1]), "")
        reason = (
            f"failed to update resource with server-side apply for obj {unknown[1]}/{SYSTEM}/{name}: "
            f'no matches for kind "{unknown[1]}" in version "{unknown[2]}"'
        )
    broken_off(component, reason)


def await_kinds(cluster: Cluster, component: str, names: list[str]) -> None:
    """Wait until the server serves the new kinds: one list for all of them, where kubectl wait asks for each."""
    until = time.monotonic() + KINDS_SECONDS
    while time.monotonic() < until:
        established = {crd["metadata"]["name"] for crd in cluster.get("crd") if is_established(crd)}
        if established.issuperset(names):
            return
        time.sleep(0.1)
    broken_off(component, "failed to wait for resource: the custom resource definitions are not established")


def is_established(crd: Object) -> bool:
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


def remember(cluster: Cluster, settings: ReleaseSettings) -> None:
    """What istioctl keeps of what it installed; verify-install and uninstall read it."""
    kept = {"profile": settings.profile, "hub": settings.hub, "tag": settings.tag, **settings.spec}
    meta: dict[str, Any] = {"name": state_name(settings.revision), "namespace": SYSTEM}
    obj: Object = {
        "apiVersion": "install.istio.io/v1alpha1",
        "kind": "IstioOperator",
        "metadata": meta,
        "spec": kept,
    }
    if settings.minor > LAST_OPERATOR:  # without a kind of its own it keeps it on the control plane
        words_of_it = yaml.safe_dump(kept, default_flow_style=True, width=10**6).strip()
        where = ["annotate", "deployment", named("istiod", settings.revision), "-n", SYSTEM, "--overwrite"]
        done = cluster.run(*where, f"{KEPT}={words_of_it}")
        if done.returncode != 0 and "not found" not in done.stderr:
            raise Failed(words(done.stderr))
        return
    done = cluster.run("apply", "--validate=false", "-f", "-", stdin=as_text([obj]))
    if done.returncode != 0:
        raise Failed(words(done.stderr))


def installed(cluster: Cluster) -> list[ReleaseSettings]:
    """What was installed with this istioctl's version. Raises Failed."""
    specs = [each["spec"] for each in cluster.get("istiooperators.install.istio.io", "-n", SYSTEM)]
    for each in cluster.get("deployments", "-n", SYSTEM, "-l", "app=istiod"):
        if text := (each["metadata"].get("annotations") or {}).get(KEPT):
            specs.append(yaml.safe_load(text))
    return [read_settings(cluster.version, [], [yaml.safe_dump({"spec": spec})]) for spec in specs]


def state_name(revision: str) -> str:
    return named(STATE, revision)


def uninstall(cluster: Cluster, asked: Namespace) -> int:
    if not asked.purge and not asked.revision and not asked.filename:
        raise Failed("at least one of the --revision (or --filename) or --purge flags must be set")
    cluster.server_minor()
    every = installed(cluster) or [read_settings(cluster.version, ["profile=demo"])]
    if asked.revision:
        every = [each for each in every if (each.revision or "default") == asked.revision]
        if not every:
            raise Failed(f"could not find target revision {asked.revision}")
    print("All Istio resources will be pruned from the cluster")
    if not asked.skip_confirmation and not agreed(""):
        return 1
    for settings in every:
        components = FILES if asked.purge else [ISTIOD]
        found = [each for component in components for each in objects(component, settings)]
        cluster.run("delete", f"istiooperators.install.istio.io/{state_name(settings.revision)}", "-n", SYSTEM,
                    "--ignore-not-found")  # fmt: skip
        kinds = [one for one in found if one["kind"] == "CustomResourceDefinition"]
        for part in ([one for one in found if one not in kinds], kinds):
            if part:
                remove(cluster, part)
    print("✔ Uninstall complete")
    return 0


def remove(cluster: Cluster, found: list[Object]) -> None:
    text = as_text(found)
    there = {(each["kind"], each["metadata"]["name"]) for each in cluster.get("-f", "-", stdin=text)}
    done = cluster.run("delete", "-f", "-", "--ignore-not-found", "--wait=false", stdin=text)
    if done.returncode != 0 and not only_unknown_kinds(done.stderr):
        raise Failed(words(done.stderr))
    for one in found:
        if (one["kind"], one["metadata"]["name"]) in there:
            print(
                f"  Removed {one['kind']}:{one['metadata'].get('namespace', '')}:{one['metadata']['name']}."
            )


def progress(line: str) -> None:
    """The line that is overwritten while waiting; only where somebody can see it."""
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - 1  # a line that wraps could not be overwritten
        print(f"\r\x1b[K{line[:room]}", end="", flush=True)
