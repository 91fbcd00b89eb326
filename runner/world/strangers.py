"""Somebody else's kubeconfig, read as data: what kubectl would do for one's own is not done for it.

A kubeconfig is a program as much as a file: it names commands that are run to sign in, files of the machine that it is
read on, and proxies that everything goes through. A grader reads those of hundreds of people.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checks.path_state import NotAFile, beginning, is_file
from runner.words import Phrase, UserError, phrase

MOST_BYTES, MOST_OF_OWN = 1024 * 1024, 16 * 1024 * 1024
"""Of a kubeconfig, and of a file that it names: a stranger's, and one's own. With all certificates in it it has some 10 kB."""
MOST_DEPTH = 30
MOST_VALUES = 20_000
MOST_TEXT = 64 * 1024
"""Characters of a token and the like."""

_CLUSTER = ("tls-server-name", "certificate-authority-data")
_USER = ("token", "username", "password", "as", "as-uid", "client-certificate-data", "client-key-data")
_PEM = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
}
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class AccessProblem(UserError):
    """A kubeconfig that can't be used; `message` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a kubeconfig may do to the machine that it is read on.

    `own`: it is the person's own, and everything is as kubectl does it. `plugins`: the programs that it names may be
    run to sign in (of one's own: always).
    """

    own: bool = True
    plugins: bool = False


OWN = Trust()
STRANGERS = Trust(own=False)
"""Nothing is run, nothing outside its folder is read, nothing is sent anywhere but to its API server."""


def content_of(file: Path, trust: Trust) -> bytes:
    """A kubeconfig's bytes; no more of a stranger's than one ever has. Raises AccessProblem and OSError."""
    if trust.own:  # which may be a pipe: the output of a program
        with file.open("rb") as stream:
            content = stream.read(MOST_OF_OWN + 1)
        if len(content) > MOST_OF_OWN:
            raise _too_large(file)
        return content
    try:
        content = beginning(file, MOST_BYTES + 1)
    except NotAFile as error:
        raise _too_large(file) from error
    if len(content) > MOST_BYTES:
        raise _too_large(file)
    return content


def measure(nodes: Iterable[tuple[int, bool]], file: Path, trust: Trust) -> None:
    """Look at what a kubeconfig is built of before that is done: each node's step (1 goes deeper, -1 comes back), and
    whether it is an alias. Raises AccessProblem if building it would not be harmless.
    """
    depth = 0
    for count, (step, alias) in enumerate(nodes, 1):
        depth += step
        if depth > MOST_DEPTH:  # libyaml's loader would end the whole program
            raise _too_large(file)
        if not trust.own and (alias or count > MOST_VALUES):
            raise _too_large(file)


def cluster_of(value: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Of a stranger's cluster entry what says which API server it is. Raises AccessProblem."""
    if value.get("proxy-url"):
        raise _refused(
            file,
            "proxy-url",
            phrase(
                "it would send everything through a proxy of its choice. Ask for one without a "
                "proxy; set a proxy that you need in HTTPS_PROXY."
            ),
        )
    cleaned: dict[str, Any] = {"server": _server(value.get("server"), file)}
    if (
        value.get("insecure-skip-tls-verify") is True
    ):  # at risk are that learner's credentials and result alone
        cleaned["insecure-skip-tls-verify"] = True
    cleaned |= _texts(value, _CLUSTER, file)
    cleaned |= _certificates(value, ("certificate-authority",), cleaned, file)
    return cleaned


def user_of(value: Mapping[str, Any], file: Path, trust: Trust) -> dict[str, Any]:
    """Of a stranger's user entry what signs in. Raises AccessProblem."""
    for name in ("exec", "auth-provider"):
        if value.get(name) and not (trust.plugins and name == "exec"):
            raise AccessProblem(
                phrase(
                    "This kubeconfig signs in with a program of its choice ({name}), which was not "
                    "run: {file}. If you trust it, add --allow-plugins. Better: ask for one with a "
                    "token.",
                    name=name,
                    file=str(file),
                )
            )
    if value.get("tokenFile"):  # whatever is in it would be sent: another learner's token, too
        raise _not_read("tokenFile", file)
    cleaned = _texts(value, _USER, file)
    cleaned |= _certificates(value, ("client-certificate", "client-key"), cleaned, file)
    groups = value.get("as-groups") or []
    if not isinstance(groups, list) or len(groups) > 100:
        raise _odd("as-groups", file)
    if groups:
        cleaned["as-groups"] = [_text(group, "as-groups", file) for group in groups]
    if value.get("exec"):
        cleaned["exec"] = _plugin(value["exec"], file)
    return cleaned


def name_of(value: object, field: str, file: Path) -> str:
    """A context's or a namespace's name, "" for none. Raises AccessProblem."""
    if value is None:
        return ""
    name = _text(value, field, file)
    if len(name) > 253 or (field == "namespace" and name and not _NAMESPACE.fullmatch(name)):
        raise _odd(field, file)
    return name


def shown(name: str) -> str:
    """A name chosen by a stranger, made safe for a message."""
    seen = _UNSEEN.sub("", name)
    return seen if len(seen) <= 100 else f"{seen[:99]}…"


def _server(value: object, file: Path) -> str:
    server = _text(value, "server", file).strip()
    try:
        parts = urlsplit(server)
        _ = parts.port  # raises where it is none
    except ValueError:
        raise _odd("server", file) from None
    if parts.scheme == "http":
        why = phrase("it is unencrypted (http), so anyone could respond. Ask for one with https.")
        raise _refused(file, shown(server), why)
    if parts.scheme != "https" or not parts.hostname or len(server) > 2000 or " " in server:
        raise _odd("server", file)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _odd("server", file)
    if _is_nobodys_cluster(parts.hostname):
        why = phrase("this is an address of this machine or its network, not of a cluster.")
        raise _refused(file, shown(server), why)
    return server.rstrip("/")


def _is_nobodys_cluster(host: str) -> bool:
    """Link-local addresses are those of cloud machines' metadata."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_link_local or address.is_multicast or address.is_unspecified


def _texts(value: Mapping[str, Any], names: tuple[str, ...], file: Path) -> dict[str, Any]:
    return {name: _text(value[name], name, file) for name in names if value.get(name) not in (None, "")}


def _text(value: object, field: str, file: Path) -> str:
    most = MOST_BYTES if field.endswith("-data") else MOST_TEXT
    if not isinstance(value, str) or len(value) > most:
        raise _odd(field, file)
    text = re.sub(r"[\r\n]", "", value) if field.endswith("-data") else value.strip()  # base64 may be wrapped
    if _UNSEEN.search(text):
        raise _odd(field, file)
    return text


def _certificates(
    value: Mapping[str, Any], names: tuple[str, ...], known: Mapping[str, Any], file: Path
) -> dict[str, Any]:
    """The files beside the kubeconfig that it names, as data; the data wins, as in kubectl."""
    return {
        _PEM[name]: base64.b64encode(_beside(value[name], name, file)).decode("ascii")
        for name in names
        if value.get(name) and not known.get(_PEM[name])
    }


def _beside(value: object, field: str, file: Path) -> bytes:
    """A certificate or key in the kubeconfig's own folder, links followed. Raises AccessProblem."""
    path = file.parent / _text(value, field, file)
    try:
        real, folder = path.resolve(strict=True), file.parent.resolve(strict=True)
        if not real.is_relative_to(folder) or not is_file(real):
            raise _not_read(field, file)
        content = beginning(real, MOST_BYTES + 1)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ):  # is not there, or is a loop of links: nothing is reported which
        raise _not_read(field, file) from None
    if len(content) > MOST_BYTES or b"-----BEGIN " not in content:
        raise _not_read(field, file)
    return content


def _plugin(value: object, file: Path) -> dict[str, Any]:
    """What of an exec entry is passed on, for us and for kubectl."""
    if not isinstance(value, Mapping) or not value.get("command"):
        raise _odd("exec", file)
    args, env = value.get("args") or [], value.get("env") or []
    if not isinstance(args, list) or not isinstance(env, list) or len(args) + len(env) > 200:
        raise _odd("exec", file)
    plugin: dict[str, Any] = _texts(value, ("apiVersion", "command", "interactiveMode", "installHint"), file)
    plugin["args"] = [_text(each, "exec.args", file) for each in args]
    plugin["env"] = [
        {"name": _text(each.get("name"), "exec.env", file), "value": str(each.get("value") or "")[:MOST_TEXT]}
        for each in env
        if isinstance(each, Mapping)
    ]
    if value.get("provideClusterInfo") is True:
        plugin["provideClusterInfo"] = True
    return plugin


def _refused(file: Path, what: str, why: Phrase) -> AccessProblem:
    return AccessProblem(
        phrase("This kubeconfig was not used: {file}: {what}: {why}", file=str(file), what=what, why=why)
    )


def _not_read(name: str, file: Path) -> AccessProblem:
    return AccessProblem(
        phrase(
            "This kubeconfig refers to a file on this machine ({name}), which was not read: {file}. "
            "Ask for one that contains everything: kubectl config view --flatten --minify --raw",
            name=name,
            file=str(file),
        )
    )


def _odd(name: str, file: Path) -> AccessProblem:
    return AccessProblem(
        phrase(
            "This kubeconfig has an invalid value in {name}: {file}. Ask for one made with: kubectl "
            "config view --flatten --minify --raw",
            name=name,
            file=str(file),
        )
    )


def _too_large(file: Path) -> AccessProblem:
    return AccessProblem(
        phrase(
            "This kubeconfig is too large, is nested too deeply or contains aliases (*name), so it "
            "was not read: {file}. Ask for one with its own context only: kubectl config view "
            "--flatten --minify --raw",
            file=str(file),
        )
    )
