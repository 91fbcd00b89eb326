"""Calls of kubectl within a command, and what each of them brings about, as checks."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runner.authoring.imports import kinds

PLAIN = re.compile(r"[\w.:/@+=,-]+")
"""A word that is what it says: no variable, nothing of the shell's."""
_TYPES = re.compile(r"\b(LoadBalancer|NodePort|ClusterIP)\b")

Where = Callable[[str, str], "str | None"]
"""Gives the namespace of a kind's object, as far as it is known."""


@dataclass(slots=True)
class Kubectl:
    """A call of kubectl: its verb, its words, its options."""

    verb: str
    rest: list[str]
    options: dict[str, str]

    @property
    def namespace(self) -> str | None:
        return self.options.get("namespace")

    @classmethod
    def of(cls, words: list[str]) -> Kubectl | None:
        """None if the words call something else."""
        if not words or words[0].rpartition("/")[2] not in ("kubectl", "k", "kubecttl"):
            return None
        rest, options = list[str](), dict[str, str]()
        at = 1
        while at < len(words):
            word = words[at]
            name, given, value = word.lstrip("-").partition("=")
            if word == "--":
                break
            if not word.startswith("-") or word == "-":
                rest.append(word)
            elif given:
                options[_OPTIONS.get(name, name)] = value
            elif name in _TAKE_VALUE and at + 1 < len(words):
                options[_OPTIONS.get(name, name)] = words[at + 1]
                at += 1
            else:
                options[_OPTIONS.get(name, name)] = "true"
            at += 1
        return cls(rest[0], rest[1:], options) if rest else None


_OPTIONS = {
    "n": "namespace",
    "f": "filename",
    "p": "patch",
    "l": "selector",
    "o": "output",
    "k": "kustomize",
    "c": "container",
}
_TAKE_VALUE = frozenset(
    """
    n namespace f filename p patch l selector o output k kustomize c container image replicas port target-port name type
    context kubeconfig from-literal from-file tcp schedule min max cpu-percent clusterrole role user serviceaccount verb
    resource restart labels env command dry-run rule class group timeout for as
    """.split()  # noqa: SIM905  # a list of fifty quoted words reads worse
)


def calls(command: str) -> Iterator[list[str]]:
    """The words of each simple command of a line; nothing of what can't be split."""
    for part in re.split(r"&&|\|\|?|;|\n(?=\S)", command.split("<<", maxsplit=1)[0].replace("\\\n", " ")):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        while words and (re.fullmatch(r"[A-Za-z_]\w*=.*", words[0]) or words[0] == "sudo"):
            words = words[1:]
        if words:
            yield words


def _object(kubectl: Kubectl, words: list[str]) -> tuple[str, str] | None:
    """The kind and the name that `svc kiali` or `deployment/web` mean."""
    if not words:
        return None
    kind, slash, name = words[0].partition("/")
    if not slash:
        name = words[1] if len(words) > 1 else ""
    known = kinds.kind_of(kind)
    return (known, name) if known and name and PLAIN.fullmatch(name) else None


def _create(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    words = kubectl.rest
    if words[:1] in (["secret"], ["service"], ["svc"]) and len(words) > 2:
        words = [words[0], words[2]]
    about = _object(kubectl, words)
    if about is None:
        return
    more: dict[str, Any] = {}
    if about[0] == "Deployment" and kubectl.options.get("replicas", "").isdigit():
        more["replicas"] = int(kubectl.options["replicas"])
    yield kinds.check(*about, where(*about), **more)


def _run(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    if kubectl.rest and "rm" not in kubectl.options and PLAIN.fullmatch(kubectl.rest[0]):
        yield kinds.check("Pod", kubectl.rest[0], where("Pod", kubectl.rest[0]))


def _expose(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None:
        return
    name = kubectl.options.get("name", about[1])
    more: dict[str, Any] = {"type": kubectl.options["type"]} if "type" in kubectl.options else {}
    if kubectl.options.get("port", "").isdigit():
        more["ports"] = [int(kubectl.options["port"])]
    yield kinds.check("Service", name, where("Service", name), **more)


def _scale(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    about, replicas = _object(kubectl, kubectl.rest), kubectl.options.get("replicas", "")
    if about and kinds.has_field(about[0], "replicas") and replicas.isdigit():
        yield kinds.check(*about, where(*about), replicas=int(replicas))


def _set(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    if kubectl.rest[:1] != ["image"]:
        return
    about = _object(kubectl, kubectl.rest[1:])
    image = next((word.partition("=")[2] for word in kubectl.rest[2:] if "=" in word), "")
    if about and kinds.has_field(about[0], "image") and image:
        yield kinds.check(
            *about, where(*about), image=re.escape(image).replace(r"\-", "-").replace(r"\.", ".")
        )


def _label(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None:
        return
    labels = dict(word.split("=", 1) for word in kubectl.rest[1:] if "=" in word)
    if about[0] == "Namespace" and labels:
        yield {"namespace": about[1], "labels": labels}
    elif labels:
        yield {**kinds.plain(*about, where(*about)), "matches": {"metadata": {"labels": labels}}}


def _patch(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None:
        return
    try:
        patch = json.loads(kubectl.options.get("patch", ""))
    except (ValueError, RecursionError):
        return
    spec = patch.get("spec") if isinstance(patch, dict) else None
    if about[0] == "Service" and isinstance(spec, dict) and set(patch) == {"spec"} and set(spec) == {"type"}:
        yield kinds.check("Service", about[1], where(*about), type=spec["type"])
    elif isinstance(patch, dict) and patch:
        yield {**kinds.plain(*about, where(*about)), "matches": patch}


def _edit(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None or about[0] != "Service":
        return
    changed = next((each for each in keys if re.match(r":%?s/", each)), "")
    types = _TYPES.findall(changed)
    if types:
        yield kinds.check("Service", about[1], where(*about), type=types[-1])


def _delete(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    if not kubectl.rest or "all" in kubectl.options:
        return
    kind, slash, _ = kubectl.rest[0].partition("/")
    names = [word.partition("/")[2] for word in kubectl.rest] if slash else kubectl.rest[1:]
    known = kinds.kind_of(kind)
    for name in names:
        if known and name and PLAIN.fullmatch(name):
            yield kinds.check(known, name, where(known, name), absent=True)


def _rollout(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest[1:]) if kubectl.rest[:1] == ["status"] else None
    if about and kinds.has_field(about[0], "ready"):
        yield kinds.check(*about, where(*about))


_VERBS: dict[str, Callable[[Kubectl, Sequence[str], Where], Iterator[dict[str, Any]]]] = {
    "create": _create,
    "run": _run,
    "expose": _expose,
    "scale": _scale,
    "set": _set,
    "label": _label,
    "patch": _patch,
    "edit": _edit,
    "delete": _delete,
    "rollout": _rollout,
}


def brought(kubectl: Kubectl, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
    """Checks for what the call brought about; `keys` were typed into the editor that it opened."""
    by_verb = _VERBS.get(kubectl.verb)
    if by_verb is not None and "dry-run" not in kubectl.options:
        yield from by_verb(kubectl, keys, where)
