"""Kubeconfigs: which clusters there are, and how to reach exactly one of them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from checks.paths import exists, is_dir
from runner.paths import write_private
from runner.words import phrase
from runner.world import strangers
from runner.world.strangers import OWN, AccessProblem, Trust

__all__ = ["Access", "AccessProblem", "ContextInfo", "Pinned", "contexts", "pinned_kubeconfig"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_NAMES = 30
"""Contexts that are named where one has to be chosen."""
_INLINED = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
}


@dataclass(frozen=True, slots=True)
class ContextInfo:
    """A context as a person chooses it."""

    name: str
    server: str
    namespace: str
    cluster: str
    user: str
    current: bool
    file: Path


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one cluster as one user: self-contained, certificates and all.

    `cluster` and `user` are the kubeconfig's own mappings, files read in and relative paths made absolute.
    """

    context: str
    server: str
    namespace: str
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_kubeconfig(
        cls, path: Path | str | None = None, context: str | None = None, *, trust: Trust = OWN
    ) -> Access:
        """The access that a context describes. Without a name there must be exactly one context.

        `path` None: $KUBECONFIG (a list of files), or ~/.kube/config. `trust`: STRANGERS for somebody else's.
        Raises AccessProblem.
        """
        merged = _Merged.read(path, trust)
        name = merged.choose(context)
        entry = merged.contexts[name]
        cluster_name = str(entry.value.get("cluster", ""))
        cluster = merged.clusters.get(cluster_name)
        if cluster is None or not str(cluster.value.get("server", "")).startswith(("http://", "https://")):
            raise AccessProblem(
                phrase(
                    "Context {context} names a cluster that has no server in the kubeconfig: {file}. "
                    "Look at it with: kubectl config view",
                    context=name,
                    file=str(entry.file),
                )
            )
        user = merged.users.get(str(entry.value.get("user", "")))
        if not trust.own:
            return cls._of_a_stranger(name, entry, cluster, user, trust)
        return cls(
            context=name,
            server=str(cluster.value["server"]).rstrip("/"),
            namespace=str(entry.value.get("namespace") or "default"),
            cluster=_self_contained(cluster),
            user=_self_contained(user) if user else {},
        )

    @classmethod
    def _of_a_stranger(
        cls, name: str, entry: _Entry, cluster: _Entry, user: _Entry | None, trust: Trust
    ) -> Access:
        """Only what is known to be harmless is taken over."""
        file = entry.file
        cleaned = strangers.cluster_of(cluster.value, file)
        signs_in = strangers.user_of(user.value, file, trust) if user else {}
        return cls(
            context=strangers.name_of(name, "context", file),
            server=cleaned["server"],
            namespace=strangers.name_of(entry.value.get("namespace"), "namespace", file) or "default",
            cluster=cleaned,
            user=_self_contained(_Entry(signs_in, file)),
        )

    def kubeconfig(self) -> dict[str, Any]:
        """A kubeconfig that holds this one context."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self.context,
            "contexts": [
                {
                    "name": self.context,
                    "context": {
                        "cluster": self.context,
                        "user": self.context,
                        "namespace": self.namespace,
                    },
                }
            ],
            "clusters": [{"name": self.context, "cluster": dict(self.cluster)}],
            "users": [{"name": self.context, "user": dict(self.user)}],
        }


@dataclass(frozen=True, slots=True)
class Pinned:
    """A kubeconfig file that holds one context alone."""

    name: str
    server: str
    path: Path


def contexts(kubeconfig: Path | str | None = None) -> list[ContextInfo]:
    """Every context of a kubeconfig, sorted by name; none where the default kubeconfig isn't there.

    Raises AccessProblem where a file can't be read, or the one that was named isn't there.
    """
    merged = _Merged.read(kubeconfig)
    found = []
    for name, entry in sorted(merged.contexts.items()):
        cluster = merged.clusters.get(str(entry.value.get("cluster", "")))
        found.append(
            ContextInfo(
                name=name,
                server=str(cluster.value.get("server", "")) if cluster else "",
                namespace=str(entry.value.get("namespace") or "default"),
                cluster=str(entry.value.get("cluster", "")),
                user=str(entry.value.get("user", "")),
                current=name == merged.current,
                file=entry.file,
            )
        )
    return found


def pinned_kubeconfig(
    source: Path | str | None,
    context: str | None,
    target: Path,
    *,
    namespace: str = "",
    trust: Trust = OWN,
) -> Pinned:
    """Write a kubeconfig with that one context, readable by its owner only.

    `target` is the file to write, or a folder in which the file is named after the context and its server.
    `namespace` is put in where it is given. What is written of somebody else's kubeconfig (`trust`: STRANGERS) is
    harmless to kubectl, too. Raises AccessProblem as Access.from_kubeconfig does.
    """
    access = Access.from_kubeconfig(source, context, trust=trust)
    if namespace:
        access = replace(access, namespace=namespace)
    if is_dir(target):
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", access.context)[:40].strip("-.") or "context"
        digest = hashlib.sha256(f"{access.context}\n{access.server}".encode()).hexdigest()[:8]
        target = target / f"{readable}-{digest}.yaml"
    write_private(target, yaml.safe_dump(access.kubeconfig(), sort_keys=False))
    return Pinned(access.context, access.server, target)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A named part of a kubeconfig, and the file it is from: relative paths start there."""

    value: dict[str, Any]
    file: Path


@dataclass(slots=True)
class _Merged:
    """Several kubeconfig files as one: the first that sets something wins, as kubectl merges them."""

    current: str = ""
    contexts: dict[str, _Entry] = field(default_factory=dict)
    clusters: dict[str, _Entry] = field(default_factory=dict)
    users: dict[str, _Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, named: Path | str | None, trust: Trust = OWN) -> _Merged:
        merged = cls()
        for path in _paths(named):
            if named is None and not exists(path):
                continue
            merged.add(_read(path, trust), path.absolute())
        return merged

    def add(self, document: dict[str, Any], file: Path) -> None:
        self.current = self.current or str(document.get("current-context") or "")
        for plural, singular, known in (
            ("contexts", "context", self.contexts),
            ("clusters", "cluster", self.clusters),
            ("users", "user", self.users),
        ):
            for name, value in _named(document.get(plural), singular):
                known.setdefault(name, _Entry(value, file))

    def choose(self, context: str | None) -> str:
        """The context of that name, or the only one. Raises AccessProblem."""
        names = sorted(self.contexts)
        if context is not None and context not in self.contexts:
            raise AccessProblem(
                phrase(
                    "The kubeconfig has no context of this name: {context}. It has: {names}",
                    context=context,
                    names=_few(names) or phrase("none"),
                )
            )
        if not names:
            raise AccessProblem(
                phrase("No kubeconfig with a context was found. Say where it is with --kubeconfig.")
            )
        if context is None and len(names) > 1:
            raise AccessProblem(
                phrase(
                    "The kubeconfig has several contexts, and a lab must not run on the wrong one. "
                    "Say which one with --context: {names}",
                    names=_few(names),
                )
            )
        return context if context is not None else names[0]


def _few(names: list[str]) -> tuple[str, ...]:
    """The names to choose from; of very many the first ones."""
    told = [strangers.shown(name) for name in names[:MOST_NAMES]]
    return (*told, *(["…"] if len(names) > MOST_NAMES else []))


def _paths(named: Path | str | None) -> list[Path]:
    if named is not None:
        return [Path(named).expanduser()]
    listed = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [Path(part).expanduser() for part in listed] or [Path.home() / ".kube" / "config"]


def _read(path: Path, trust: Trust) -> dict[str, Any]:
    try:
        content = strangers.content_of(path, trust)
        document = yaml.load(content, _LOADER)  # noqa: S506 - a safe one
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise AccessProblem(
            phrase("The kubeconfig can't be read: {file}: {reason}", file=str(path), reason=reason)
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AccessProblem(
            phrase("The kubeconfig is not YAML: {file}{place}", file=str(path), place=_place(error))
        ) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise AccessProblem(phrase("This file is not a kubeconfig: {file}", file=str(path)))
    return document


def _place(error: BaseException) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""


def _named(entries: object, singular: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and "name" in entry:
            value = entry.get(singular)
            yield str(entry["name"]), value if isinstance(value, dict) else {}


def _self_contained(entry: _Entry) -> dict[str, Any]:
    folder = entry.file.parent
    value = dict(entry.value)
    for by_file, by_data in _INLINED.items():
        path = value.pop(by_file, None)
        if path and not value.get(by_data):  # the data wins, as in kubectl
            value[by_data] = base64.b64encode(_bytes(folder / str(path))).decode("ascii")
    if value.get("tokenFile"):  # kept a file: whoever wrote it there may replace it
        value["tokenFile"] = str(folder / str(value["tokenFile"]))
    plugin = value.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command", "")):
        value["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return value


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise AccessProblem(
            phrase(
                "A file that the kubeconfig names can't be read: {file}: {reason}",
                file=str(path),
                reason=reason,
            )
        ) from error
