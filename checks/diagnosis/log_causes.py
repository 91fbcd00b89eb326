"""Causes that a program's own log names: a host that nobody has, a variable that is missing, files that it may not write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from posixpath import dirname

from checks.base import CannotRead, Finding, LogRequest, Object, World
from checks.diagnosis.ages import seconds_since
from checks.diagnosis.evidence import Container, commanded, containers, ref
from checks.diagnosis.likeness import nearest
from checks.diagnosis.program_settings import origin, spec_of, user_of, variables
from checks.object_fields import at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

LINES = 12
"""The last ones of a log: programs name the cause, and then print what follows from it."""
LONGEST = 1000
"""Characters of a line that are read."""
SETTLED = 10.0
"""Seconds: until then a program may only be early."""
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
_UNKNOWN_HOST = tuple(
    re.compile(each.replace("HOST", f"({NAME})"), re.IGNORECASE)
    for each in (
        r"(?:could not|couldn't|unable to) resolve host(?: address)?:? ['\"‘]?HOST",
        r"unknown (?:mysql |mariadb )?server host '?HOST",
        r"host not found in upstream \"HOST",
        r"bad address '?HOST",
        r"could not translate host name \"?HOST",
        r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) HOST",
        r"lookup HOST(?: on \S+)?: (?:no such host|server misbehaving)",
        r"UnknownHostException: HOST",
        r"can't find HOST: NXDOMAIN",
        r"HOST'?\"?(?::\d+)?: (?:nodename nor servname provided|name or service not known|"
        r"temporary failure in name resolution|name does not resolve)",
    )
)
_VARIABLE = r"\$?\{?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{4,})\b\}?"
_MISSING = tuple(
    re.compile(each.replace("VARIABLE", _VARIABLE))
    for each in (
        r"(?:must|need to) (?:specify|set|provide|define) VARIABLE",
        r"as an environment variable:? - VARIABLE",
        r"VARIABLE['\"`]?:? (?:must be set|parameter not set|unbound variable|parameter null or not set)",
        r"VARIABLE['\"`]?(?: environment variable| env var)?(?: is| was)?(?: not set| not defined| required| missing)",
        r"(?:[Ee]nvironment|env) (?:variable|var)s?:? ['\"`]?VARIABLE['\"`]? (?:is |was )?(?:not set|required|missing)",
        r"[Mm]issing (?:required )?(?:environment|env) (?:variable|var)s?:? ['\"`]?VARIABLE",
        r"KeyError: 'VARIABLE'",
        r"required key VARIABLE missing value",
        r"Could not resolve placeholder 'VARIABLE'",
    )
)
_READ_ONLY, _DENIED = "Read-only file system", "Permission denied"
_SEARCHED = re.compile(r"(\.svc)?\.cluster\.local$")
"""What a resolver adds to a name."""


async def named_in_log(
    world: World, pod: Object, container: Container, lines: Sequence[str]
) -> Finding | None:
    """The cause that the last lines of its log name."""
    lines = [line[:LONGEST] for line in lines]
    return (
        await unknown_host(world, pod, container, lines)
        or _variable_missing(pod, container, lines)
        or _not_writable(pod, container, lines)
    )


async def waits_for_a_host(world: World, pod: Object) -> Finding | None:
    """A container that runs, is not ready, and says that it does not find a host: an init container that waits, too."""
    for container in containers(pod):
        running = text_at(container.status, "state", "running", "startedAt")
        ready = at(container.status, "ready") is True or (container.init and not running)
        if ready or not running or seconds_since(world, running) < SETTLED:
            continue
        namespace = text_at(pod, "metadata", "namespace")
        try:
            log = await world.cluster.logs(LogRequest(name_of(pod), namespace, container.name, LINES))
        except CannotRead:
            continue
        found = await unknown_host(world, pod, container, [line[:LONGEST] for line in log.splitlines()])
        if found is not None:
            return found
    return None


async def unknown_host(
    world: World, pod: Object, container: Container, lines: Sequence[str]
) -> Finding | None:
    """A name without a Service. None where there is one by now, and for hosts outside the cluster."""
    for line in reversed(lines):
        match = next((found for each in _UNKNOWN_HOST if (found := each.search(line))), None)
        if match is None:
            continue
        own = text_at(pod, "metadata", "namespace")
        host = _SEARCHED.sub("", match[1].rstrip(".")).removesuffix(f".{own}")
        name, _, namespace = host.partition(".")
        namespace = namespace.partition(".")[0] or own
        if "." in host and host.partition(".")[2] not in (namespace, f"{namespace}.svc"):
            return None
        try:
            services = [name_of(each) for each in await world.cluster.list("v1", "Service", namespace)]
            if name in services or ("." in host and not await _is_namespace(world, namespace)):
                return None
            return await _no_service(world, pod, container, host, namespace, services, line)
        except CannotRead:
            return None
    return None


async def _is_namespace(world: World, name: str) -> bool:
    """Else the host may be one outside the cluster, as in example.com."""
    return await world.cluster.get("v1", "Namespace", name) is not None


async def _no_service(
    world: World,
    pod: Object,
    container: Container,
    host: str,
    namespace: str,
    services: Sequence[str],
    line: str,
) -> Finding:
    near = nearest(host.partition(".")[0], services)
    variable = await origin(world, pod, container.name, host)
    listing = f"kubectl get services -n {namespace}"
    if variable is not None and near:
        remedy = phrase(
            "Correct the variable {variable}: the Service is called {near}.", variable=variable, near=near
        )
    elif variable is not None:
        remedy = phrase(
            "Correct the variable {variable}, or create the Service. Those of the namespace: {command}",
            variable=variable,
            command=listing,
        )
    elif near:
        remedy = phrase("Correct the name where the program has it: the Service is called {near}.", near=near)
    else:
        remedy = phrase(
            "Create the Service, or correct the name where the program has it. Those of the namespace: {command}",
            command=listing,
        )
    return _finding(
        "host-unknown",
        phrase(
            "The program does not find the host {host}: there is no Service of that name in the namespace {namespace}",
            host=host,
            namespace=namespace,
        ),
        remedy,
        pod,
        container,
        line,
    )


def _variable_missing(pod: Object, container: Container, lines: Sequence[str]) -> Finding | None:
    text = re.sub(r"\s*\n\s*", " ", "\n".join(lines))
    match = next((found for each in _MISSING if (found := each.search(text))), None)
    if match is None:
        return None
    name, there = match[1], variables(pod, container.name)
    if there.get(name):
        return None
    near = nearest(name, [each for each in there if each != name], 0.75)
    if near:
        remedy = phrase(
            "Rename the variable {near}, which the container has, to {name}.", near=near, name=name
        )
    else:
        remedy = phrase(
            "Set it under env of the container, or for a first try: {command}",
            command=f"kubectl set env {commanded(pod)} -n {text_at(pod, 'metadata', 'namespace')} -c {container.name} {name}=…",
        )
    line = next((each for each in lines if name in each and not each.startswith("-")), match[0])
    cause = phrase(
        "The program needs the environment variable {name}, which the container does not have", name=name
    )
    return _finding("variable-missing", cause, remedy, pod, container, line)


def _not_writable(pod: Object, container: Container, lines: Sequence[str]) -> Finding | None:
    for line in reversed(lines):
        kind = _READ_ONLY if _READ_ONLY in line else _DENIED if _DENIED.lower() in line.lower() else ""
        paths = (
            re.findall(r"/[\w.+-]+(?:/[\w.+-]+)*", line[: line.lower().find(kind.lower())]) if kind else []
        )
        if not paths:
            continue
        path = paths[-1]
        folder = dirname(path) or "/"
        if (
            kind == _READ_ONLY
            and at(spec_of(pod, container.name), "securityContext", "readOnlyRootFilesystem") is True
        ):
            return _finding(
                "root-read-only",
                phrase(
                    "The program writes to {path}, but the container's root file system is read-only",
                    path=path,
                ),
                phrase("Mount an emptyDir at {folder}, or leave out readOnlyRootFilesystem.", folder=folder),
                pod,
                container,
                line,
            )
        user = user_of(pod, container.name)
        if kind == _DENIED and user:
            return _finding(
                "user-may-not",
                phrase("The program runs as user {user}, who may not use {path}", user=user, path=path),
                phrase(
                    "Use an image that is made for users other than root, or mount an emptyDir at {folder}.",
                    folder=folder,
                ),
                pod,
                container,
                line,
            )
    return None


def _finding(
    rule: str, cause: Phrase, remedy: Phrase, pod: Object, container: Container, line: str
) -> Finding:
    evidence = quotation(line.strip())
    return Finding(rule, cause, remedy, ref(pod), evidence, source=f"log of container {container.name}")
