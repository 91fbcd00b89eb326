"""The cluster, by kubectl: what the learner has anyway, with the context that their shell has."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.helm.helm_error import HelmError

SECONDS = 300


class NotFound(HelmError):
    """What was to be read or deleted does not exist."""


class Cluster:
    """`options` are --kubeconfig and --context, where they were given."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        self._options = options

    def run(self, *arguments: str, stdin: str = "", seconds: float = SECONDS) -> str:
        """What kubectl prints. Raises HelmError with its message."""
        try:
            done = subprocess.run(
                ["kubectl", *self._options, *arguments],
                input=stdin, capture_output=True, text=True, timeout=seconds, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            raise HelmError("kubectl is not installed, and the stand-in for helm uses it") from None
        except subprocess.TimeoutExpired:
            raise HelmError("timed out waiting for the condition") from None
        if done.returncode:
            message = done.stderr.strip().removeprefix("error: ")
            raise (NotFound if "(NotFound)" in message else HelmError)(message)
        return done.stdout

    def namespace(self) -> str:
        """That of the context."""
        found = self.run("config", "view", "--minify", "-o", "jsonpath={..namespace}").strip()
        return found or "default"

    def objects(self, resource: str, namespace: str | None, labels: str) -> list[Mapping[str, Any]]:
        where = ["-A"] if namespace is None else ["-n", namespace]
        listed = json.loads(self.run("get", resource, *where, "-l", labels, "-o", "json"))
        return list(listed["items"])

    def exists(self, kind: str, name: str, namespace: str = "") -> bool:
        try:
            self.run("get", kind, name, *(["-n", namespace] if namespace else []))
        except NotFound:
            return False
        return True

    def apply(self, objects: Sequence[Mapping[str, Any]]) -> None:
        self.run("apply", "-f", "-", stdin=_as_list(objects))

    def existing(self, objects: Sequence[Mapping[str, Any]]) -> list[str]:
        """Those that are there, as kubectl names them: `service/web`."""
        return self.run("get", "-f", "-", "--ignore-not-found", "-o", "name", stdin=_as_list(objects)).split()

    def delete(self, objects: Sequence[Mapping[str, Any]]) -> None:
        """In their order, without waiting for finalizers; those that are gone already don't matter."""
        if objects:
            self.run("delete", "-f", "-", "--ignore-not-found", "--wait=false", stdin=_as_list(objects))


def _as_list(objects: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
