"""The same kubectl commands against a real cluster and a practice cluster, and what differs between the answers."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

LETTERS = "bcdfghjklmnpqrstvwxz2456789"
MENDED = (
    # A race within the real controller manager: two workers at one service.
    (r"(?m)^.*FailedToUpdateEndpoint.*\n", ""),
    # Real servers before 1.24 run without the plugin ServiceAccount here (control_plane.py): they mount no Secret with a token.
    (
        r"(?m)^ *volumeMounts:\n *- mountPath: /var/run/secrets/kubernetes\.io/serviceaccount\n *name: default-token-\w+\n"
        r" *readOnly: true\n",
        "",
    ),
    (
        r"(?m)^ *volumes:\n *- name: default-token-\w+\n *secret:\n *defaultMode: 420\n *secretName: default-token-\w+\n",
        "",
    ),
    (r"Events:\s*\n\s*Type\s.*\n\s*----\s.*\n?\Z", "Events: <none>"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} UTC", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "TIME"),
    (r"\bage=\d+", "age=N"),
    (rf"-[{LETTERS}]{{7,10}}-[{LETTERS}]{{5}}\b", "-HASH-ID"),
    (rf"-[{LETTERS}]{{8,10}}\b", "-HASH"),
    (rf"-[{LETTERS}]{{5}}\b", "-ID"),
    (rf"pod-template-hash: ?=?\"?[{LETTERS}]{{8,10}}\"?", "pod-template-hash: HASH"),
    (rf"pod-template-hash=[{LETTERS}]{{8,10}}", "pod-template-hash=HASH"),
    (r"\b(10|172|127)\.\d+\.\d+\.\d+\b", "IP"),
    (r"\b3[0-2]\d{3}\b", "NODEPORT"),
    (r"https://127.0.0.1:\d+|https://IP:\d+", "SERVER"),
    (r"\(x\d+ over [\w.]+\)", ""),
    (r"\b\d+(\.\d+)?[smh](\d+[smh])?\b", "AGE"),
    (r"<invalid>|<unknown>", "AGE"),
    (r"resourceVersion: ?\"?\d+\"?", "resourceVersion: N"),
    (r"docker.io/library/", ""),
    # Servers before 1.23 tell wrong types with the bytes around them, and decode in another order.
    (r"(cannot be handled as a \w+: )(?!strict|no kind)[^\n]*(\n\|[^\n]*)*", r"\1…"),
    (r"(?m)^\s*(Resource Version|UID): .*$", ""),
)


class Answer:
    """What one kubectl said: exit code, output, complaints."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def mended(self) -> str:
        return f"exit {self.code}\n{mended(self.out)}\n--- stderr\n{mended(self.err)}"


class Pair:
    """Runs commands in a namespace of its own on both sides."""

    def __init__(self, kubectl: str, real: Path, practice: Path, folder: Path, name: str) -> None:
        self.client = name
        self._kubectl, self._sides = kubectl, {"real": real, "practice": practice}
        self.folder = folder
        self.namespace = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50]
        self._differences: list[str] = []
        self._namespaced = False

    def write(self, name: str, text: str) -> Path:
        """A file for commands, in which {ns} is the namespace."""
        path = self.folder / name
        path.write_text(text.replace("{ns}", self.namespace))
        return path

    def apply(self, text: str, *more: str) -> None:
        self.run(f"apply -f {self.write('manifest.yaml', text)}", *more)

    def run(self, command: str, *more: str, stdin: str = "", **environment: str) -> dict[str, Answer]:
        """The same on both sides; a difference is kept for the end of the test."""
        found = {side: self._one(side, command, more, stdin, environment) for side in self._sides}
        self._compare(found, f"{command} {' '.join(more)}")
        return found

    def _compare(self, found: dict[str, Answer], reported: str) -> None:
        real, practice = (found[side].mended().splitlines() for side in ("real", "practice"))
        if real != practice:
            difference = "\n".join(difflib.unified_diff(real, practice, "real", "practice", lineterm="", n=2))
            self._differences.append(f"$ kubectl {reported}\n{difference}")

    def with_each(self, values: dict[str, str], command: str, option: str) -> dict[str, Answer]:
        """The same on both sides but for one option, in which {} is each side's own value: a token, a file."""
        found = {
            side: self._one(side, command, (option.format(values[side]),), "", {}) for side in self._sides
        }
        self._compare(found, f"{command} {option}")
        return found

    def quietly(self, command: str, *more: str) -> None:
        """On both sides, whatever it says."""
        for side in self._sides:
            self._one(side, command, more, "", {})

    def until(self, command: str, wanted: str, within: float = 60) -> None:
        """Ask on both sides until the answer contains `wanted`."""
        self._until(command, lambda answer: wanted in answer.out, f"never said {wanted!r}", within)

    def until_gone(self, command: str, unwanted: str, within: float = 60) -> None:
        """Ask on both sides until the answer no longer contains `unwanted`."""
        self._until(command, lambda answer: unwanted not in answer.out, f"went on with {unwanted!r}", within)

    def _until(self, command: str, holds: Callable[[Answer], bool], otherwise: str, within: float) -> None:
        for side in self._sides:
            end = time.monotonic() + within
            while not holds(answer := self._one(side, command, (), "", {})):
                if time.monotonic() > end:
                    self._differences.append(
                        f"$ kubectl {command}\n{side} {otherwise}; at last: {answer.out}{answer.err}"
                    )
                    return
                time.sleep(0.1)

    def finish(self) -> None:
        """Clear up; fail where anything differed."""
        if self._namespaced:
            self.quietly(f"delete namespace {self.namespace} --wait=false")
        if self._differences:
            raise AssertionError(
                f"{len(self._differences)} answers differ:\n\n" + "\n\n".join(self._differences)
            )

    def _one(
        self, side: str, command: str, more: tuple[str, ...], stdin: str, environment: dict[str, str]
    ) -> Answer:
        if not self._namespaced:
            self._namespaced = True
            for each in self._sides:
                self._one(each, f"create namespace {self.namespace}", (), "", {})
                self._account(each)
        words = [*shlex.split(command.replace("{ns}", self.namespace)), *more]
        if not {"-n", "-A", "--namespace"} & set(words):
            words = ["-n", self.namespace, *words]
        ran = subprocess.run(
            [self._kubectl, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={
                **os.environ,
                "KUBECONFIG": str(self._sides[side]),
                "HOME": str(self.folder / side),
                **environment,
            },
        )
        return Answer(ran.returncode, ran.stdout, ran.stderr)

    def _account(self, side: str) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self._one(side, "get serviceaccount default", (), "", {}).code:
            time.sleep(0.1)


def mended(text: str) -> str:
    """Text without what two clusters never have in common; objects without managedFields."""
    try:
        found = yaml.safe_load(text) if re.match(r"\s*(apiVersion:|\{)", text) else None
    except yaml.YAMLError:
        found = None
    if isinstance(found, dict):
        text = yaml.safe_dump(_plain(found), sort_keys=True, width=1000)
    for pattern, word in MENDED:
        text = re.sub(pattern, word, text)
    lines = [re.sub(r"[ \t]+", " ", line).rstrip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


DROPPED = (
    "managedFields",
    "selfLink",
    "endpoints.kubernetes.io/last-change-trigger-time",  # there or not, as updates fall together
    "resourceVersion",
    "containerID",
    "imageID",
    # The real one runs without the admission plugin ServiceAccount.
    "serviceAccount",
    "serviceAccountName",
)


EMPTIED = ("annotations", "volumes", "volumeMounts")
"""What may be empty on one side once that was dropped."""


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value if not _is_token(item)]
    if not isinstance(value, dict):
        return value
    found = {key: _plain(item) for key, item in value.items() if key not in DROPPED}
    return {key: item for key, item in found.items() if item or key not in EMPTIED}


def _is_token(item: Any) -> bool:
    return isinstance(item, dict) and str(item.get("name", "")).startswith("kube-api-access-")
