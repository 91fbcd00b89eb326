"""Kubeconfigs: which clusters they name, and how to reach exactly one of them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from checks.path_state import exists, is_dir
from runner.paths import write_private
from runner.words import Phrase, phrase
from runner.world import kubeconfig as files
from runner.world import proxies, strangers
from runner.world.kubeconfig import Entry
from runner.world.strangers import OWN, AccessProblem, Trust

__all__ = ["Access", "AccessProblem", "ContextInfo", "Pinned", "contexts", "pinned_kubeconfig"]

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
        cluster, user = merged.parts_of(name, entry)
        if not trust.own:
            return cls._of_a_stranger(name, entry, cluster, user, trust)
        _can_be_used(name, cluster)
        return cls(
            context=name,
            server=address(str(cluster.value["server"])),
            namespace=str(entry.value.get("namespace") or "default"),
            cluster=_self_contained(cluster),
            user=_self_contained(user) if user else {},
        )

    @classmethod
    def _of_a_stranger(
        cls, name: str, entry: Entry, cluster: Entry, user: Entry | None, trust: Trust
    ) -> Access:
        """Copy only fields that are known to be harmless."""
        file = entry.file
        cleaned = strangers.cluster_of(cluster.value, file)
        signs_in = strangers.user_of(user.value, file, trust) if user else {}
        return cls(
            context=strangers.name_of(name, "context", file),
            server=address(cleaned["server"]),
            namespace=strangers.name_of(entry.value.get("namespace"), "namespace", file) or "default",
            cluster=cleaned,
            user=_self_contained(Entry(signs_in, file)),
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
    """Every context of a kubeconfig, sorted by name; none if the default kubeconfig isn't there.

    Raises AccessProblem if a file can't be read, or the one that was named isn't there.
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


@dataclass(slots=True)
class _Merged:
    """Several kubeconfig files as one: the first that sets something wins, as kubectl merges them."""

    current: str = ""
    contexts: dict[str, Entry] = field(default_factory=dict)
    clusters: dict[str, Entry] = field(default_factory=dict)
    users: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, named: Path | str | None, trust: Trust = OWN) -> _Merged:
        merged = cls()
        for path in _paths(named):
            if named is None and not exists(path):
                continue
            merged.add(files.read(path, trust), path.absolute())
        return merged

    def add(self, document: dict[str, Any], file: Path) -> None:
        self.current = self.current or str(document.get("current-context") or "")
        known = {"contexts": self.contexts, "clusters": self.clusters, "users": self.users}
        for plural, there in known.items():
            for name, entry in files.entries(document, plural, file):
                there.setdefault(name, entry)

    def parts_of(self, name: str, context: Entry) -> tuple[Entry, Entry | None]:
        """The cluster and the user of a context; no user where it names none. Raises AccessProblem."""
        cluster = self.clusters.get(context.value.get("cluster") or "")
        if cluster is None or not address(str(cluster.value.get("server") or "")):
            raise AccessProblem(
                phrase(
                    "Context {context} refers to a cluster without a server in the kubeconfig: "
                    "{file}. To see it: kubectl config view",
                    context=strangers.shown(name),
                    file=str(context.file),
                )
            )
        wanted = context.value.get("user") or ""
        user = self.users.get(wanted)
        if wanted and user is None:
            raise AccessProblem(
                phrase(
                    "Context {context} refers to a user that is not in the kubeconfig ({user}): "
                    "{file}. Create a new kubeconfig, or inspect it with: kubectl config view",
                    context=strangers.shown(name),
                    user=strangers.shown(wanted),
                    file=str(context.file),
                )
            )
        return cluster, user

    def choose(self, context: str | None) -> str:
        """The context of that name, or the only one. Raises AccessProblem."""
        names = sorted(self.contexts)
        if context is not None and context not in self.contexts:
            raise AccessProblem(
                phrase(
                    "The kubeconfig has no context named {context}. Available contexts: {names}",
                    context=context,
                    names=_few(names) or phrase("none"),
                )
            )
        if not names:
            raise AccessProblem(
                phrase("No kubeconfig with a context was found. Specify one with --kubeconfig.")
            )
        if context is None and len(names) > 1:
            raise AccessProblem(
                phrase(
                    "The kubeconfig has several contexts, and a lab must not run on the wrong one. "
                    "Choose one with --context: {names}",
                    names=_few(names),
                )
            )
        return context if context is not None else names[0]


def _few(names: list[str]) -> tuple[str, ...]:
    """The names to choose from; of very many the first ones."""
    message = [strangers.shown(name) for name in names[:MOST_NAMES]]
    return (*message, *(["…"] if len(names) > MOST_NAMES else []))


def _paths(named: Path | str | None) -> list[Path]:
    if named is not None:
        return [Path(named).expanduser()]
    listed = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [Path(part).expanduser() for part in listed] or [Path.home() / ".kube" / "config"]


def address(server: str) -> str:
    """A kubeconfig's server as the beginning of every URL; "" for what is none.

    As in client-go (rest.DefaultServerURL): without a scheme it is http, and what stands before :// may be in capitals.
    """
    try:
        parts = urlsplit(server if "://" in server else f"http://{server}")
        _ = parts.port  # raises where it is none
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or server != server.strip():
        return ""
    if "://" not in server and parts.path.strip("/"):
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _can_be_used(context: str, cluster: Entry) -> None:
    """What kubectl refuses before it connects. Raises AccessProblem."""
    value = cluster.value
    has_authority = value.get("certificate-authority") or value.get("certificate-authority-data")
    if value.get("insecure-skip-tls-verify") and has_authority:
        raise _refused(
            context,
            cluster,
            phrase(
                "it has both a certificate authority and insecure-skip-tls-verify. Remove one of the "
                "two; kubectl does not accept both"
            ),
        )
    if "@" in urlsplit(str(value["server"])).netloc:
        why = phrase("the server address contains a user name. Remove it; credentials belong under users")
        raise _refused(context, cluster, why)
    proxy = value.get("proxy-url")
    if proxy and (wrong := proxies.wrong_with(str(proxy))):
        raise _refused(
            context,
            cluster,
            phrase("proxy-url is {proxy}: {why}", proxy=strangers.shown(str(proxy)), why=wrong),
        )


def _refused(context: str, entry: Entry, why: Phrase) -> AccessProblem:
    return AccessProblem(
        phrase(
            "Context {context} in the kubeconfig can't be used ({file}): {why}.",
            context=strangers.shown(context),
            file=str(entry.file),
            why=why,
        )
    )


def _self_contained(entry: Entry) -> dict[str, Any]:
    folder = entry.file.parent
    value = dict(entry.value)
    for by_file, by_data in _INLINED.items():
        path = value.pop(by_file, None)
        if path and value.get(by_data):
            why = phrase(
                "it has both {field} and {data}. Remove one of the two; kubectl does not accept both",
                field=by_file,
                data=by_data,
            )
            raise AccessProblem(
                phrase("The kubeconfig can't be used: {file}: {why}.", file=str(entry.file), why=why)
            )
        if path:
            value[by_data] = base64.b64encode(_bytes(folder / str(path), by_file)).decode("ascii")
    if value.get("tokenFile"):  # kept a file: whoever wrote it there may replace it
        value["tokenFile"] = str(folder / str(value["tokenFile"]))
    plugin = value.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command", "")):
        value["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return value


def _bytes(path: Path, field: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise AccessProblem(
            phrase(
                "A file referenced by the kubeconfig can't be read: {file}: {reason}",
                file=str(path),
                reason=reason,
            )
        ) from error
    if not content.strip():
        raise AccessProblem(
            phrase(
                "A file referenced by the kubeconfig is empty ({field}): {file}", field=field, file=str(path)
            )
        )
    return content
