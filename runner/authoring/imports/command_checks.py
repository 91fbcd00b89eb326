"""Derives checks from the commands in a text and their output.

A proposal says what a command brought about, not that it was typed. If the text does not show it (a variable in a
name, an unknown namespace), nothing is proposed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from checks.registry import CHECKS
from runner.authoring.imports import kinds
from runner.authoring.imports.generated import generated
from runner.authoring.imports.home import WORKSPACE
from runner.authoring.imports.kubectl import PLAIN, Kubectl, brought, calls

MOST_CHECKS = 20
"""Of one step."""

_CHANGED = re.compile(
    r"^(?:persistentvolumeclaim|[a-z]+(?:\.[a-z0-9.-]+)?)/(?P<name>[A-Za-z0-9][\w.:-]*) (?P<what>created|configured|unchanged|"
    r"edited|exposed|scaled|patched|labeled|annotated|image updated|env updated|serverside-applied)\b"
)
_GONE = re.compile(r'^(?P<kind>[a-z]+(?:\.[a-z0-9.-]+)?) "(?P<name>[\w.:-]+)" (?:force )?deleted\b')
_LISTED = re.compile(r"^(?P<kind>[a-z]+(?:\.[a-z0-9.-]+)?)/(?P<name>[A-Za-z0-9][\w.:-]*)\s")
_POD_SUFFIX = re.compile(r"-[a-z0-9]{8,10}-[a-z0-9]{5}$")
_DOWNLOADED = re.compile(r"(?:downloaded|extracted|installed) into the (\S+) folder", re.IGNORECASE)
_ISTIO_PARTS = (
    (re.compile(r"[✓✔]\s*Istiod installed"), "istiod"),
    (re.compile(r"[✓✔]\s*Ingress gateways installed"), "istio-ingressgateway"),
    (re.compile(r"[✓✔]\s*Egress gateways installed"), "istio-egressgateway"),
)
_POD_ROW = re.compile(r"^(?:pod/)?[a-z0-9][\w.-]*\s+(?P<ready>\d+)/(?P<all>\d+)\s+(?P<status>[A-Z]\w+)\s+\d+")
_ADDRESS_ROW = re.compile(
    r"^(?:service/)?(?P<name>[a-z0-9][\w-]*)\s+(?:\S+\s+)?LoadBalancer\s+\S+\s+(?P<address>[\w-]+(?:\.[\w-]+)+)\s"
)
_EXPORT = re.compile(r"^\s*export\s+([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_REDIRECT = re.compile(r"(?<![\d&])>\s*([^\s;&|<>]+)")


_USUAL_FOLDERS = frozenset(
    {"/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "local/bin", ".local/bin"}
)


@dataclass(slots=True)
class Done:
    """A command that was run, what it printed, and what was typed into it."""

    command: str
    output: Sequence[str] = ()
    keys: Sequence[str] = ()
    folder: PurePosixPath | None = field(default_factory=PurePosixPath)
    """Its folder, relative to the workspace; None if unknown."""


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
    """What all the commands of a transcript show about namespaces."""
    seen = Seen()
    for done in everything:
        for words in calls(done.command):
            kubectl = Kubectl.of(words)
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


def proposed(done: Sequence[Done], seen: Seen) -> list[dict[str, Any]]:
    """Checks for the commands of a step, each once, what a later one takes back left out."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in done:
        for proposal in _of(each, seen):
            if proposal.pop("base", None) and not _place(proposal, each.folder):
                continue
            if not valid(proposal) or _made_anew(proposal):
                continue
            key = _about(proposal)
            before = found.pop(key, {})
            found[key] = (
                proposal if proposal.get("absent") or before.get("absent") else {**before, **proposal}
            )
    return [check for check in found.values() if valid(check)][:MOST_CHECKS]


def _made_anew(proposal: Mapping[str, Any]) -> bool:
    """Whether this is about a pod that a controller made: by another name it is made again, or by the same one."""
    if proposal.get("resource") != "Pod":
        return False
    name = str(proposal.get("name", ""))
    return bool(generated(name)) or (bool(proposal.get("absent")) and bool(re.search(r"-\d+$", name)))


def _place(proposal: dict[str, Any], folder: PurePosixPath | None) -> bool:
    """Name a file from the workspace; False if nobody knows where it is."""
    name = PurePosixPath(proposal["file"])
    if not name.is_absolute():
        if folder is None:
            return False
        proposal["file"] = posixpath.normpath(folder / name)
    return not proposal["file"].startswith("..")


def moved(folder: PurePosixPath | None, command: str) -> PurePosixPath | None:
    """The folder after a command that ran in `folder`; None if unknown."""
    for words in calls(command):
        if words[0] not in ("cd", "pushd"):
            continue
        to = words[1] if len(words) > 1 else "~"
        if to in ("~", ".", f"${WORKSPACE}"):
            folder = folder if to == "." else PurePosixPath()
        elif folder is None or not PLAIN.fullmatch(to) or to.startswith(("/", "-")):
            return None
        else:
            folder = PurePosixPath(posixpath.normpath(folder / to))
    return folder


def settle(steps: Sequence[list[Mapping[str, Any]]]) -> None:
    """Mark checks as `once` whose result a later step removes: all steps must pass at the end of the lab."""
    for index, checks in enumerate(steps):
        later = [each for step in steps[index + 1 :] for each in step]
        for at, check in enumerate(checks):
            if any(_takes_back(each, check) for each in later):
                checks[at] = {**check, "once": True}


def _takes_back(later: Mapping[str, Any], check: Mapping[str, Any]) -> bool:
    if later.get("absent") and "namespace" in later and later["namespace"] == check.get("in"):
        return True
    if later.get("absent") and "pods" in check and later.get("in") == check.get("in"):
        return True
    same = _about(later) == _about(check)
    return (same and any(later.get(key, check[key]) != check[key] for key in check)) or (
        same and bool(later.get("absent")) != bool(check.get("absent"))
    )


def valid(proposal: dict[str, Any]) -> bool:
    """Whether the loader takes it, and it can fail."""
    subject = next(key for key in proposal if key in CHECKS)
    try:
        return CHECKS[subject].model_validate(proposal).never_fails() is None
    except ValidationError:
        return False


def _about(proposal: Mapping[str, Any]) -> tuple[str, str, str]:
    subject = next(key for key in proposal if key in CHECKS)
    return (
        f"{subject}/{proposal.get('resource', '')}",
        str(proposal.get("name", proposal[subject])),
        str(proposal.get("in", "")),
    )


def _of(done: Done, seen: Seen) -> Iterator[dict[str, Any]]:
    namespace: str | None = None
    for words in calls(done.command):
        kubectl = Kubectl.of(words)
        if kubectl is not None:
            namespace = kubectl.namespace or namespace
            yield from brought(kubectl, done.keys, partial(_where, kubectl, seen))
        else:
            yield from _by_others(words, done)
    yield from _by_output(done, namespace, seen)
    yield from _files(done)


def _where(kubectl: Kubectl, seen: Seen, kind: str, name: str) -> str | None:
    return kubectl.namespace or seen.of(kind, name) or seen.current


def _by_output(done: Done, namespace: str | None, seen: Seen) -> Iterator[dict[str, Any]]:
    """What `kubectl apply` and others say that they made or removed, and what installers say."""
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
    yield from _listed(done)


def _installed(done: Done) -> Iterator[dict[str, Any]]:
    printed = "\n".join(done.output)
    parts = [name for pattern, name in _ISTIO_PARTS if pattern.search(printed)]
    if parts:
        yield {"namespace": "istio-system"}
    for name in parts:
        yield {"deployment": name, "in": "istio-system", "ready": True}
    into = _DOWNLOADED.search(printed)
    if into and PLAIN.fullmatch(into[1]):
        yield {"file": into[1], "folder": True}


def _listed(done: Done) -> Iterator[dict[str, Any]]:
    """What `kubectl get` shows to be so: pods that run, addresses that were given out."""
    kubectl = next((found for words in calls(done.command) if (found := Kubectl.of(words))), None)
    if kubectl is None or kubectl.verb != "get" or not kubectl.namespace:
        return
    pods = [_POD_ROW.match(line.strip()) for line in done.output]
    running = [each for each in pods if each]
    if running and all(each["ready"] == each["all"] and each["status"] == "Running" for each in running):
        yield {"pods": {"min": len(running)}, "in": kubectl.namespace}
    for line in done.output:
        address = _ADDRESS_ROW.match(line.strip())
        if address:
            yield {
                "service": address["name"],
                "in": kubectl.namespace,
                "type": "LoadBalancer",
                "external": True,
                "or_forwarded": True,
            }


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
        if named and PLAIN.fullmatch(named[0]):
            where = f" -n {namespace}" if namespace else ""
            yield {"command": f"helm status {named[0]}{where}", "contains": "STATUS: deployed"}
    elif program == "mkdir":
        yield from (
            {"file": name, "folder": True, "base": "folder"} for name in plain if PLAIN.fullmatch(name)
        )
    elif program == "rm":
        yield from (
            {"file": name, "absent": True, "base": "folder"} for name in plain if PLAIN.fullmatch(name)
        )
    elif program == "touch":
        yield from ({"file": name, "base": "folder"} for name in plain if PLAIN.fullmatch(name))
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
    if name not in ("", "-") and not name.startswith("/dev/") and PLAIN.fullmatch(name):
        yield {"file": name, "base": "folder"}


def _exported(command: str) -> Iterator[dict[str, Any]]:
    found = _EXPORT.match(command)
    if not found:
        return
    name, value = found[1], found[2].strip().strip("\"'")
    if name == "PATH":
        for part in value.split(":"):
            folder = re.sub(r"^[\"']*\$\{?\w+\}?/|[\"']", "", part)
            if "/" in folder and "$" not in folder and folder not in _USUAL_FOLDERS:
                yield {"environment": "PATH", "contains": folder}
        return
    plain = bool(value) and not any(sign in value for sign in "$`\n \"'")
    yield {"environment": name, "equals": value} if plain else {"environment": name}


def _files(done: Done) -> Iterator[dict[str, Any]]:
    """What `> file` writes."""
    first = done.command.split("\n", 1)[0]
    for name in _REDIRECT.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", first)):
        if not name.startswith(("/dev/", "&", "$", "(")) and PLAIN.fullmatch(name) and "$" not in name:
            yield {"file": name, "base": "folder"}
