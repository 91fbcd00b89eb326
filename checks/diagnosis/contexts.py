"""The learner's kubectl reaches no cluster, another cluster than the lab's, or is not authorized."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from checks.base import Finding, Ran
from checks.diagnosis.command_lines import Part
from checks.diagnosis.question import TALKING, Question, quoted
from checks.object_fields import mappings_at, text_at
from checks.phrase import Phrase, phrase

_MOST_READ = 1024 * 1024
_LOCAL = frozenset(
    ["config", "completion", "kustomize", "options", "help", "plugin", "profile", "repo", "api-versions"]
)
"""Verbs that don't contact a cluster."""
_WORD = r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])*"""
"""One shell word, with its quotes."""
_NO_CONFIG = (
    r"localhost:8080 was refused|http://(?:localhost|\[::1\]|127\.0\.0\.1):8080/"
    r"|no configuration has been provided|Missing or incomplete configuration info"
)


async def wrong_cluster(question: Question) -> Finding | None:
    """The shell's KUBECONFIG selects another cluster or none, judging by its environment and the files."""
    lab = question.world.workspace.kubeconfig
    wanted = _server(str(lab), "") if lab else ""
    if not lab or not wanted or not question.of_cluster:
        return None
    environment = question.world.workspace.environment
    now = environment.get("KUBECONFIG", "") or str(Path(environment.get("HOME", "~")) / ".kube" / "config")
    if _same_files(now, lab):
        return None
    server = _server(now, "")
    if server == wanted:
        return None
    back = phrase(
        "Switch back to the lab's cluster: {command}", command=f"export KUBECONFIG={shlex.quote(str(lab))}"
    )
    shown = f"KUBECONFIG={environment.get('KUBECONFIG', '')}"
    if not server:
        return Finding(
            "no-kubeconfig",
            phrase("kubectl finds no cluster: KUBECONFIG of this shell refers to none"),
            back,
            evidence=shown,
            source="KUBECONFIG",
        )
    return Finding(
        "other-cluster",
        phrase(
            "kubectl in this shell uses another cluster ({server}), not the lab's ({wanted})",
            server=server,
            wanted=wanted,
        ),
        back,
        evidence=shown,
        source="KUBECONFIG",
    )


async def other_context(question: Question) -> Finding | None:
    """The last command selected a context or file of its own, or sudo dropped the lab's."""
    asked = _last_talk(question)
    if asked is None:
        return None
    ran, part = asked
    lab = question.world.workspace.kubeconfig
    named, file = part.option("--context", "--kube-context"), part.option("--kubeconfig")
    file = file or part.variables.get("KUBECONFIG", "")
    if part.wrapped == "sudo" and re.search(_NO_CONFIG, ran.output):
        return Finding(
            "sudo-without-kubeconfig",
            phrase("With sudo the command ran as root, who has no kubeconfig here"),
            phrase("Type it without sudo: {command}", command=re.sub(r"\bsudo\s+(-\w+\s+)*", "", ran.line)),
            evidence=quoted(ran.output, _NO_CONFIG),
            source=ran.line,
        )
    if not (named or file) or lab is None or not question.concerns(ran, part):
        return None
    now = file or question.world.workspace.environment.get("KUBECONFIG", "")
    server, wanted = _server(str(ran.folder / now) if file else now, named), _server(str(lab), "")
    if server == wanted:
        return None
    plain = re.sub(rf"\s(--context|--kube-context|--kubeconfig)[ =]{_WORD}", "", f" {ran.line}").strip()
    return Finding(
        "other-context",
        phrase("This command used another cluster, not the lab's: {context}", context=named or file),
        phrase(
            "Type it without that option: {command}", command=re.sub(rf"^KUBECONFIG={_WORD}\s+", "", plain)
        ),
        evidence=named or file,
        source=ran.line,
    )


async def not_let_in(question: Question) -> Finding | None:
    """The last command that contacted a cluster got no answer, or was refused."""
    asked = _last_talk(question)
    if asked is None:
        return None
    ran, part = asked
    for rule, pattern, cause, remedy in _MEANINGS:
        found = re.search(pattern, ran.output)
        if found is None:
            continue
        if rule == "no-kubeconfig" and _uses_labs(question, part):
            return None  # KUBECONFIG was fixed since
        return Finding(rule, cause, remedy, evidence=quoted(ran.output, pattern), source=ran.line)
    return None


def meaning_of(output: str) -> tuple[Phrase, Phrase] | None:
    """The cause and the remedy where an output says that no cluster answered, or let nobody in; None where it does not."""
    for _, pattern, cause, remedy in _MEANINGS:
        if re.search(pattern, output):
            return cause, remedy
    return None


def _last_talk(question: Question) -> tuple[Ran, Part] | None:
    """The last command that contacted a cluster; None for checks of something else."""
    words = getattr(question.check, "command", "")
    if not question.of_cluster and not re.search(rf"\b({'|'.join(TALKING)})\b", str(words)):
        return None
    for ran, part in question.each(*TALKING):
        alone = (
            "--client" in part.arguments or "--remote=false" in part.arguments or "--help" in part.arguments
        )
        if part.verb and part.verb not in _LOCAL and not alone and ran.exit_code != 127:
            return ran, part
    return None


def _uses_labs(question: Question, part: Part) -> bool:
    lab = question.world.workspace.kubeconfig
    if lab is None or part.option("--kubeconfig", "--context") or part.variables.get("KUBECONFIG"):
        return False
    return _same_files(question.world.workspace.environment.get("KUBECONFIG", ""), lab)


def _same_files(named: str, lab: Path) -> bool:
    return next((part for part in named.split(os.pathsep) if part), "") == str(lab)


def _server(named: str, context: str) -> str:
    """The server of a context (the current one if none is named); "" if there is none."""
    documents = [_document(part) for part in named.split(os.pathsep) if part]
    chosen = context or next((text_at(each, "current-context") for each in documents if each), "")
    for document in documents:
        for entry in mappings_at(document, "contexts"):
            if chosen and entry.get("name") == chosen:
                cluster = text_at(entry, "context", "cluster")
                scheme, colon, rest = _address(documents, cluster).partition("://")
                return scheme.lower() + colon + rest
    return ""


def _address(documents: list[Mapping[str, Any]], cluster: str) -> str:
    for document in documents:
        for entry in mappings_at(document, "clusters"):
            if entry.get("name") == cluster:
                return text_at(entry, "cluster", "server").rstrip("/")
    return ""


def _document(path: str) -> Mapping[str, Any]:
    file = Path(path).expanduser()
    try:
        message = file.stat()
        return _read(str(file), message.st_mtime_ns, message.st_size)
    except OSError:
        return {}


@lru_cache(maxsize=32)
def _read(path: str, _changed: int, size: int) -> Mapping[str, Any]:
    """Cached while the file is unchanged: it is needed at every evaluation of every check."""
    if size > _MOST_READ:
        return {}
    try:
        content = Path(path).read_bytes()
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        document = next(
            yaml.safe_load_all(content.decode(encoding, "replace")), None
        )  # kubectl reads the first
    except (OSError, yaml.YAMLError, RecursionError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


_MEANINGS: tuple[tuple[str, str, Phrase, Phrase], ...] = (
    (
        "no-kubeconfig",
        _NO_CONFIG,
        phrase("kubectl found no kubeconfig, so it tried this machine (localhost:8080)"),
        phrase(
            "Set KUBECONFIG, or copy the kubeconfig to ~/.kube/config. The current value: {command}",
            command="echo $KUBECONFIG",
        ),
    ),
    (
        "no-such-context",
        r'context was not found for specified context|no context exists with the name|context "[^"]*" does not exist',
        phrase("The kubeconfig has no context with that name"),
        phrase("Choose one of its contexts: {command}", command="kubectl config get-contexts"),
    ),
    (
        "no-kubeconfig-file",
        r"^error: stat \S+: no such file or directory",
        phrase("The specified kubeconfig does not exist"),
        phrase(
            "Remove --kubeconfig, or specify an existing file. The current value: {command}",
            command="echo $KUBECONFIG",
        ),
    ),
    (
        "credentials-refused",
        r"You must be logged in to the server|\(Unauthorized\)|asked for the client to provide credentials|: Unauthorized",
        phrase("The cluster did not accept the credentials: they have expired, or belong to another cluster"),
        phrase(
            "Sign in again as your provider says "
            "(aws eks update-kubeconfig, gcloud container clusters get-credentials, az aks get-credentials)."
        ),
    ),
    (
        "sign-in-failed",
        r"getting credentials: |exec plugin|executable \S+ not found",
        phrase("The program that signs you in to the cluster failed"),
        phrase("Run it alone to see its message, then sign in to your provider again."),
    ),
    (
        "certificate-expired",
        r"x509: certificate has expired",
        phrase("A certificate has expired, or this machine's clock is wrong"),
        phrase("Get a new kubeconfig for the cluster, and compare the clock: {command}", command="date"),
    ),
    (
        "certificate-unknown",
        r"x509: |certificate signed by unknown authority|certificate is valid for",
        phrase("The certificate of the API server is not the one that the kubeconfig expects"),
        phrase("The cluster was recreated, or a proxy is in between. Get a new kubeconfig for it."),
    ),
    (
        "server-name-unknown",
        r"no such host|Temporary failure in name resolution|server misbehaving",
        phrase("DNS can't resolve the name of the API server"),
        phrase("Check the network and the VPN, and whether the cluster still exists."),
    ),
    (
        "server-refuses",
        r"connection to the server \S+ was refused|connect: connection refused",
        phrase(
            "Nothing listens at the address of the API server: the cluster is stopped, or its address has changed"
        ),
        phrase("Start the cluster (minikube start, docker start, …), or get a new kubeconfig for it."),
    ),
    (
        "server-silent",
        r"i/o timeout|TLS handshake timeout|context deadline exceeded \(Client\.Timeout|no route to host"
        r"|network is unreachable|net/http: request canceled",
        phrase("The API server does not answer: a firewall, a VPN that is off, or a machine that is down"),
        phrase(
            "Check the network and the cluster's machine, then try: {command}",
            command="kubectl get nodes",
        ),
    ),
)
"""Messages of client-go and kubectl, and what they mean; the first match is reported."""
