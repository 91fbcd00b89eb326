"""The cluster, through the kubectl that the learner's PATH finds."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from typing import Any

Object = dict[str, Any]

SYSTEM = "istio-system"
NO_KUBECTL = "the practice stand-in of istioctl needs kubectl on the PATH, and found none"
NOT_A_COMPLAINT = re.compile(r"Warning:|[EWI]\d{4} ")  # warnings, and lines of kubectl's own log


class Failed(Exception):
    """Something went wrong that the learner must read; the words are for standard error."""


class Cluster:
    """Runs kubectl; `options` are the --kubeconfig and --context that istioctl was given."""

    def __init__(self, options: Sequence[str], version: str, system: str = SYSTEM) -> None:
        self._options = options
        self.version, self.system = version, system
        """Of istioctl; the namespace of the control plane."""
        self._kept: dict[tuple[str, ...], list[Object]] = {}

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """kubectl with these arguments. Raises Failed where there is no kubectl."""
        try:
            return subprocess.run(
                ["kubectl", *self._options, *arguments],
                input=stdin,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        except FileNotFoundError:
            raise Failed(NO_KUBECTL) from None

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """kubectl with these arguments, while it goes on. Raises Failed where there is no kubectl."""
        try:
            return subprocess.Popen(
                ["kubectl", *self._options, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
        except FileNotFoundError:
            raise Failed(NO_KUBECTL) from None

    def get(self, *arguments: str, stdin: str = "") -> list[Object]:
        """The objects of `kubectl get`, none where there is nothing of that name or kind. Raises Failed."""
        done = self.run("get", *arguments, "--ignore-not-found", "-o", "json", stdin=stdin)
        if done.returncode != 0 and not only_unknown_kinds(done.stderr):
            raise Failed(words(done.stderr))
        if not done.stdout.strip():
            return []
        found = json.loads(done.stdout)
        return list(found["items"]) if found["kind"].endswith("List") else [found]

    def once(self, *arguments: str) -> list[Object]:
        """As `get`, read once for all who ask. Raises Failed."""
        if arguments not in self._kept:
            self._kept[arguments] = self.get(*arguments)
        return self._kept[arguments]

    def server_minor(self) -> int:
        """The server's minor version. Raises Failed with the words of istioctl where it does not answer."""
        done = self.run("version", "-o", "json")
        version = json.loads(done.stdout or "{}").get("serverVersion") if done.stdout else None
        if not version:
            raise Failed("failed to get the Kubernetes version: " + words(done.stderr))
        return int("".join(letter for letter in version["minor"] if letter.isdigit()))

    def namespace(self) -> str:
        """The namespace of the context in use."""
        done = self.run("config", "view", "--minify", "-o", "jsonpath={..namespace}")
        return done.stdout.strip() or "default"


def words(stderr: str) -> str:
    """What kubectl complained of, without its own prefixes and without warnings."""
    lines = complaints(stderr)
    kept = [line[len("error: ") :] if line.lower().startswith("error: ") else line for line in lines]
    return "; ".join(kept) or "kubectl gave no reason"


def complaints(stderr: str) -> list[str]:
    lines = [line.strip() for line in stderr.splitlines()]
    return [line for line in lines if line and not NOT_A_COMPLAINT.match(line)]


def only_unknown_kinds(stderr: str) -> bool:
    """Whether all that kubectl complained of are kinds that the server does not have."""
    lines = complaints(stderr)
    known = (
        "no matches for kind",
        "ensure CRDs are installed first",
        "the server doesn't have a resource type",
    )
    return bool(lines) and all(any(part in line for part in known) for line in lines)


def pods(cluster: Cluster, selector: str | None = None) -> list[Object]:
    """Pods of istio-system with these labels; pods of the whole cluster without any."""
    where = ["-n", cluster.system, "-l", selector] if selector else ["--all-namespaces"]
    return cluster.get("pods", *where)


def is_running(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def proxy_container(pod: Object) -> Object | None:
    """The container istio-proxy, among the init containers where it is a native sidecar."""
    spec = pod["spec"]
    every = [*spec["containers"], *(spec.get("initContainers") or ())]
    return next((each for each in every if each["name"] == "istio-proxy"), None)


def image_tag(container: Object | None) -> str:
    return str(container["image"]).partition("@")[0].rpartition(":")[2] if container else ""


def with_proxy(all_pods: list[Object]) -> list[Object]:
    return [pod for pod in all_pods if is_running(pod) and proxy_container(pod)]
