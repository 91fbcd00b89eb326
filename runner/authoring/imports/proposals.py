"""Checks for commands that somebody ran, from the commands and from what they printed.

A proposal says what a command brought about, not that it was typed. Where the words do not tell (a variable in a name, a
namespace that is nowhere said) nothing is proposed.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from checks.registry import CHECKS
from runner.authoring.imports import kinds
from runner.authoring.lint.checks import never_fails

MOST_CHECKS = 20
"""Of one step."""

_CHANGED = re.compile(
    r"^(?:persistentvolumeclaim|[a-z]+(?:\.[a-z0-9.-]+)?)/(?P<name>[A-Za-z0-9][\w.:-]*) (?P<what>created|configured|unchanged|"
    r"edited|exposed|scaled|patched|labeled|annotated|image updated|env updated|serverside-applied)\b"
)
_GONE = re.compile(r'^(?P<kind>[a-z]+(?:\.[a-z0-9.-]+)?) "(?P<name>[\w.:-]+)" (?:force )?deleted\b')
_LISTED = re.compile(r"^(?P<kind>[a-z]+(?:\.[a-z0-9.-]+)?)/(?P<name>[A-Za-z0-9][\w.:-]*)\s")
_POD_SUFFIX = re.compile(r"-[a-z0-9]{8,10}-[a-z0-9]{5}$")
_PLAIN = re.compile(r"[\w.:/@+=,-]+")
_DOWNLOADED = re.compile(r"(?:downloaded|extracted|installed) into the (\S+) folder", re.IGNORECASE)
_ISTIO_PARTS = (
    (re.compile(r"[✓✔]\s*Istiod installed"), "istiod"),
    (re.compile(r"[✓✔]\s*Ingress gateways installed"), "istio-ingressgateway"),
    (re.compile(r"[✓✔]\s*Egress gateways installed"), "istio-egressgateway"),
)
_EXPORT = re.compile(r"^\s*export\s+([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_LOAD_BALANCER = re.compile(r"\b(LoadBalancer|NodePort|ClusterIP)\b")
_REDIRECT = re.compile(r"(?<![\d&])>\s*([^\s;&|<>]+)")


@dataclass(slots=True)
class Done:
    """A command that was run, what it printed, and what was typed into it."""

    command: str
    output: Sequence[str] = ()
    keys: Sequence[str] = ()


@dataclass(slots=True)
class Seen:
    """What is known of the cluster and the shell from what was printed, before and after."""

    namespaces: dict[str, set[str]] = field(default_factory=dict)
    """The namespaces in which something of a name was listed: `service/kiali` -> istio-system."""
    current: str | None = None
    """The namespace that the context has."""

    def of(self, kind: str, name: str) -> str | None:
        """The one namespace in which it was seen."""
        keys = [f"{kind}/{name}"] if kind == "Service" else [f"{kind}/{name}", f"Pod/{name}"]
        found = {each for key in keys for each in self.namespaces.get(key, ())}
        return next(iter(found)) if len(found) == 1 else None


def look(everything: Iterable[Done]) -> Seen:
    """What all the commands of a transcript tell about namespaces."""
    seen = Seen()
    for done in everything:
        for words in _calls(done.command):
            kubectl = _Kubectl.of(words)
            if kubectl is None or kubectl.verb != "get" or not kubectl.namespace:
                continue
            kind = kinds.kind_of(kubectl.rest[0]) if kubectl.rest else None
            for line in done.output:
                listed = _LISTED.match(f"{line.strip()} ")
                if listed:
                    of = kinds.kind_of(listed["kind"])
                    name = _POD_SUFFIX.sub("", listed["name"]) if of == "Pod" else listed["name"]
                elif kind and line.split() and line.split()[0] != "NAME":
                    of, name = kind, line.split()[0]
                else:
                    continue
                if of:
                    seen.namespaces.setdefault(f"{of}/{name}", set()).add(kubectl.namespace)
    return seen


def checks_of(commands: Sequence[str]) -> list[dict[str, Any]]:
    """Checks for commands of which nobody has the output."""
    return proposed([Done(command) for command in commands], Seen())


def proposed(done: Sequence[Done], seen: Seen) -> list[dict[str, Any]]:
    """Checks for the commands of a step, each once, what a later one takes back left out."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in done:
        for proposal in _of(each, seen):
            if not valid(proposal):
                continue
            key = _about(proposal)
            before = found.pop(key, {})
            found[key] = (
                proposal if proposal.get("absent") or before.get("absent") else {**before, **proposal}
            )
    return [check for check in found.values() if valid(check)][:MOST_CHECKS]


def valid(proposal: dict[str, Any]) -> bool:
    """Whether the loader takes it, and it can fail."""
    subject = next(key for key in proposal if key in CHECKS)
    try:
        return never_fails(CHECKS[subject].model_validate(proposal)) is None
    except ValidationError:
        return False


def _about(proposal: dict[str, Any]) -> tuple[str, str, str]:
    subject = next(key for key in proposal if key in CHECKS)
    return (
        f"{subject}/{proposal.get('resource', '')}",
        str(proposal.get("name", proposal[subject])),
        str(proposal.get("in", "")),
    )


def _of(done: Done, seen: Seen) -> Iterator[dict[str, Any]]:
    namespace: str | None = None
    for words in _calls(done.command):
        kubectl = _Kubectl.of(words)
        if kubectl is not None:
            namespace = kubectl.namespace or namespace
            yield from _by_kubectl(kubectl, done, seen)
        else:
            yield from _by_others(words, done)
    yield from _by_output(done, namespace, seen)
    yield from _files(done)


@dataclass(slots=True)
class _Kubectl:
    """A call of kubectl: its verb, its words, its options."""

    verb: str
    rest: list[str]
    options: dict[str, str]

    @property
    def namespace(self) -> str | None:
        return self.options.get("namespace")

    @classmethod
    def of(cls, words: list[str]) -> _Kubectl | None:
        """None where the words call something else."""
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
    "n namespace f filename p patch l selector o output k kustomize c container image replicas port target-port name type "
    "context kubeconfig from-literal from-file tcp schedule min max cpu-percent clusterrole role user serviceaccount verb "
    "resource restart labels env command dry-run rule class group timeout for as".split()  # noqa: SIM905  # a list of fifty quoted words reads worse
)


def _calls(command: str) -> Iterator[list[str]]:
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


def _object(kubectl: _Kubectl, words: list[str]) -> tuple[str, str] | None:
    """The kind and the name that `svc kiali` or `deployment/web` mean."""
    if not words:
        return None
    kind, slash, name = words[0].partition("/")
    if not slash:
        name = words[1] if len(words) > 1 else ""
    known = kinds.kind_of(kind)
    return (known, name) if known and name and _PLAIN.fullmatch(name) else None


def _by_kubectl(kubectl: _Kubectl, done: Done, seen: Seen) -> Iterator[dict[str, Any]]:
    if "dry-run" in kubectl.options:
        return
    by_verb = _VERBS.get(kubectl.verb)
    if by_verb is None:
        return

    def where(kind: str, name: str) -> str | None:
        return kubectl.namespace or seen.of(kind, name) or seen.current

    yield from by_verb(kubectl, done, where)


Where = Callable[[str, str], "str | None"]


def _create(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
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


def _run(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    if kubectl.rest and "rm" not in kubectl.options and _PLAIN.fullmatch(kubectl.rest[0]):
        yield kinds.check("Pod", kubectl.rest[0], where("Pod", kubectl.rest[0]))


def _expose(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None:
        return
    name = kubectl.options.get("name", about[1])
    more: dict[str, Any] = {"type": kubectl.options["type"]} if "type" in kubectl.options else {}
    if kubectl.options.get("port", "").isdigit():
        more["ports"] = [int(kubectl.options["port"])]
    yield kinds.check("Service", name, where("Service", name), **more)


def _scale(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    about, replicas = _object(kubectl, kubectl.rest), kubectl.options.get("replicas", "")
    if about and about[0] in kinds.WORKLOADS and replicas.isdigit():
        yield kinds.check(*about, where(*about), replicas=int(replicas))


def _set(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    if kubectl.rest[:1] != ["image"]:
        return
    about = _object(kubectl, kubectl.rest[1:])
    image = next((word.partition("=")[2] for word in kubectl.rest[2:] if "=" in word), "")
    if about and about[0] in kinds.WORKLOADS and image:
        yield kinds.check(
            *about, where(*about), image=re.escape(image).replace(r"\-", "-").replace(r"\.", ".")
        )


def _label(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None:
        return
    labels = dict(word.split("=", 1) for word in kubectl.rest[1:] if "=" in word)
    if about[0] == "Namespace" and labels:
        yield {"namespace": about[1], "labels": labels}
    elif labels:
        yield {**_plain(about, where), "matches": {"metadata": {"labels": labels}}}


def _plain(about: tuple[str, str], where: Where) -> dict[str, Any]:
    """A `resource` check of an object, also of a kind that has a check type of its own."""
    namespace = where(*about)
    api = kinds.api_of(about[0])
    found: dict[str, Any] = {"resource": about[0], **({"api": api} if api != "v1" else {}), "name": about[1]}
    return {**found, **({"in": namespace} if namespace and kinds.is_namespaced(about[0]) else {})}


def _patch(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
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
        yield {**_plain(about, where), "matches": patch}


def _edit(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest)
    if about is None or about[0] != "Service":
        return
    changed = next((each for each in done.keys if re.match(r":%?s/", each)), "")
    types = _LOAD_BALANCER.findall(changed)
    if types:
        yield kinds.check("Service", about[1], where(*about), type=types[-1])


def _delete(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    if not kubectl.rest or "all" in kubectl.options:
        return
    kind, slash, _ = kubectl.rest[0].partition("/")
    names = [word.partition("/")[2] for word in kubectl.rest] if slash else kubectl.rest[1:]
    known = kinds.kind_of(kind)
    for name in names:
        if known and name and _PLAIN.fullmatch(name):
            yield kinds.check(known, name, where(known, name), absent=True)


def _rollout(kubectl: _Kubectl, done: Done, where: Where) -> Iterator[dict[str, Any]]:
    about = _object(kubectl, kubectl.rest[1:]) if kubectl.rest[:1] == ["status"] else None
    if about and about[0] in kinds.WORKLOADS:
        yield kinds.check(*about, where(*about))


_VERBS: dict[str, Callable[[_Kubectl, Done, Where], Iterator[dict[str, Any]]]] = {
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


def _by_output(done: Done, namespace: str | None, seen: Seen) -> Iterator[dict[str, Any]]:
    """What `kubectl apply` and others say that they made or took away, and what installers say."""
    for line in done.output:
        made, gone = _CHANGED.match(line.strip()), _GONE.match(line.strip())
        found = made or gone
        if found is None:
            continue
        kind = kinds.kind_of(gone["kind"] if gone else found[0].partition("/")[0])
        if kind is None or (
            made and kind in kinds.QUIET and made["what"] != "edited" and len(done.output) > 6
        ):
            continue
        where = namespace or seen.of(kind, found["name"]) or seen.current
        if gone:
            yield kinds.check(kind, found["name"], where, absent=True)
        elif found["what"] in ("created", "configured", "unchanged", "exposed", "serverside-applied"):
            yield kinds.check(kind, found["name"], where)
    yield from _installed(done)


def _installed(done: Done) -> Iterator[dict[str, Any]]:
    printed = "\n".join(done.output)
    parts = [name for pattern, name in _ISTIO_PARTS if pattern.search(printed)]
    if parts:
        yield {"namespace": "istio-system"}
    for name in parts:
        yield {"deployment": name, "in": "istio-system", "ready": True}
    into = _DOWNLOADED.search(printed)
    if into and _PLAIN.fullmatch(into[1]):
        yield {"file": into[1], "folder": True}


def _by_others(words: list[str], done: Done) -> Iterator[dict[str, Any]]:
    """helm, export, and what makes files."""
    program, rest = words[0].rpartition("/")[2], words[1:]
    plain = [word for word in rest if not word.startswith("-")]
    if program == "helm" and plain[:1] in (["install"], ["upgrade"]) and len(plain) > 2:
        namespace = next(
            (value for option, value in pairwise(rest) if option in ("-n", "--namespace")),
            "",
        )
        named = [word for word in plain[1:] if word != namespace]
        if named and _PLAIN.fullmatch(named[0]):
            where = f" -n {namespace}" if namespace else ""
            yield {"command": f"helm status {named[0]}{where}", "contains": "STATUS: deployed"}
    elif program == "mkdir":
        yield from (
            {"file": name, "folder": True, "base": "folder"} for name in plain if _PLAIN.fullmatch(name)
        )
    elif program == "touch":
        yield from ({"file": name, "base": "folder"} for name in plain if _PLAIN.fullmatch(name))
    elif program == "git" and plain[:1] == ["clone"] and len(plain) > 1:
        name = plain[2] if len(plain) > 2 else PurePosixPath(plain[1]).name.removesuffix(".git")
        yield {"file": name, "folder": True, "base": "folder"}
    elif program in ("curl", "wget"):
        yield from _download(program, rest, plain)
    elif program == "export":
        yield from _exported(done.command)


def _download(program: str, rest: list[str], plain: list[str]) -> Iterator[dict[str, Any]]:
    to = {"curl": ("-o", "--output"), "wget": ("-O", "--output-document")}[program]
    name = next((value for option, value in pairwise(rest) if option in to), "")
    url = next((word for word in plain if "://" in word), "")
    by_url = program == "wget" or any(re.fullmatch(r"-[a-zA-Z]*O|--remote-name", word) for word in rest)
    name = name or (PurePosixPath(url.partition("?")[0]).name if by_url else "")
    if name not in ("", "-") and not name.startswith("/dev/") and _PLAIN.fullmatch(name):
        yield {"file": name, "base": "folder"}


def _exported(command: str) -> Iterator[dict[str, Any]]:
    found = _EXPORT.match(command)
    if not found:
        return
    name, value = found[1], found[2].strip().strip("\"'")
    if name == "PATH":
        return
    plain = bool(value) and not any(sign in value for sign in "$`\n \"'")
    yield {"environment": name, "equals": value} if plain else {"environment": name}


def _files(done: Done) -> Iterator[dict[str, Any]]:
    """What `> file` writes."""
    first = done.command.split("\n", 1)[0]
    for name in _REDIRECT.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", first)):
        if not name.startswith(("/dev/", "&", "$", "(")) and _PLAIN.fullmatch(name) and "$" not in name:
            yield {"file": name, "base": "folder"}
