"""dig. The form of its output is that of BIND 9.18."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.practice.containers.cluster_dns import Answer, Record
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError
from runner.practice.containers.network_programs.dns_questions import (
    TYPES,
    NoServer,
    ask,
    candidates,
    reverse_name,
    server_of,
)

VERSION = "9.18.28"
SOA = "ns.dns.cluster.local. hostmaster.cluster.local. 1767225600 7200 1800 86400 30"


@dataclass(slots=True)
class Asked:
    """The arguments of one call; `on` has the +options that are set."""

    questions: list[tuple[str, str]] = field(default_factory=list)
    server: str = ""
    on: set[str] = field(
        default_factory=lambda: {"answer", "question", "comments", "stats", "authority", "cmd", "additional"}
    )
    patience: float = 5.0
    tries: int = 3


def _asked(words: list[str]) -> Asked:
    asked, kind, rest = Asked(), "A", list(words)
    names: list[tuple[str, str]] = []
    while rest:
        word = rest.pop(0)
        if word.startswith("@"):
            asked.server = word[1:]
        elif word.startswith("+"):
            _set(asked, word[1:])
        elif word == "-x" and rest:
            names.append((reverse_name(rest.pop(0)), "PTR"))
        elif word == "-t" and rest:
            kind = rest.pop(0).upper()
        elif word in ("-p", "-c", "-b", "-f", "-k", "-y") and rest:
            rest.pop(0)
        elif word == "-q" and rest:
            names.append((rest.pop(0), ""))
        elif word.startswith("-"):
            continue
        elif word.upper() in TYPES:
            kind = word.upper()
        elif word.upper() != "IN":
            names.append((word, ""))
    asked.questions = [(name, own or kind) for name, own in names]
    return asked


def _set(asked: Asked, option: str) -> None:
    name, _, value = option.partition("=")
    if name == "all":
        asked.on |= {"answer", "question", "comments", "stats", "authority", "additional"}
    elif name == "noall":
        asked.on -= {"answer", "question", "comments", "stats", "authority", "additional", "cmd"}
    elif name in ("time", "timeout") and value.isdigit():
        asked.patience = float(value)
    elif name in ("tries", "retry") and value.isdigit():
        asked.tries = int(value) + (name == "retry")
    elif name.startswith("no"):
        asked.on.discard(name[2:])
    else:
        asked.on.add("search" if name == "showsearch" else name)


async def dig(call: Invocation) -> int:
    try:
        asked = _asked(list(call.argv[1:]))
    except ValueError:
        await call.error("dig: invalid IP address\n")
        return 1
    short = "short" in asked.on
    if "cmd" in asked.on and not short:
        words = " ".join(call.argv[1:])
        await call.out(f"\n; <<>> DiG {VERSION} <<>> {words}\n;; global options: +cmd\n")
    try:
        server = await server_of(call, asked.server)
    except ConnectError:
        await call.error(f"dig: couldn't get address for '{asked.server}': not found\n")
        return 10
    for name, kind in asked.questions or [(".", "NS")]:
        began = time.monotonic()
        try:
            answer = await _answer(call, asked, server, name, kind)
        except NoServer as error:
            why = "connection refused" if error.failure == "refused" else "timed out"
            lines = f";; communications error to {server}#53: {why}\n" * asked.tries
            await call.out(lines + ";; no servers could be reached\n")
            return 9
        taken = int((time.monotonic() - began) * 1000)
        await call.out(_short(answer) if short else _full(answer, kind, asked, server, taken))
    return 0


async def _answer(call: Invocation, asked: Asked, server: str, name: str, kind: str) -> Answer:
    names = candidates(call, name) if "search" in asked.on else [name]
    answer = Answer(name, "NXDOMAIN")
    for each in names:
        answer = await ask(call, server, each, kind, asked.patience * asked.tries)
        if answer.code == "NOERROR":
            break
    return answer


def _short(answer: Answer) -> str:
    return "".join(f"{record.data}\n" for record in answer.records)


def _full(answer: Answer, kind: str, asked: Asked, server: str, taken: int) -> str:
    sections = []
    authority = [Record("cluster.local", "SOA", SOA)] if answer.authoritative and not answer.records else []
    if "comments" in asked.on:
        sections.append(_head(answer, len(authority)))
    titled = "comments" in asked.on
    if "question" in asked.on:
        name = f"{answer.name.rstrip('.')}."
        question = (";; QUESTION SECTION:\n" if titled else "") + f";{name}{_tabs(name, 1)}IN\t{kind}\n"
        sections = [sections[0] + question] if titled else [question]
    for title, option, records in (
        ("ANSWER", "answer", answer.records),
        ("AUTHORITY", "authority", authority),
    ):
        if option in asked.on and records:
            lines = "".join(_record(record) for record in records)
            sections.append((f";; {title} SECTION:\n" if "comments" in asked.on else "") + lines)
    if "stats" in asked.on:
        now = time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime())
        size = message_size(answer.name, [*answer.records, *authority])
        sections.append(
            f";; Query time: {taken} msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {now}\n;; MSG SIZE  rcvd: {size}\n"
        )
    separator = "\n" if "comments" in asked.on or "stats" in asked.on else ""
    return separator.join(sections) + separator


HEADER, QUESTION, RECORD, EDNS = 12, 4, 10, 11
"""Bytes of a message besides names and data (RFC 1035, 4.1; RFC 6891 for what EDNS adds)."""


def message_size(name: str, records: Sequence[Record]) -> int:
    """Bytes of an answer on the wire; CoreDNS writes names in full."""
    size = HEADER + _wire(name) + QUESTION + EDNS
    return size + sum(_wire(each.name) + RECORD + _data_size(each) for each in records)


def _wire(name: str) -> int:
    """A byte of length before each label, and one at the end."""
    text = name.rstrip(".")
    return len(text) + 2 if text else 1


def _data_size(record: Record) -> int:
    words = record.data.split()
    match record.type:
        case "A":
            return 4
        case "AAAA":
            return 16
        case "SRV":
            return 6 + _wire(words[-1])
        case "SOA":
            return _wire(words[0]) + _wire(words[1]) + 20
        case "TXT":
            return len(record.data.strip('"')) + 1
        case "MX":
            return 2 + _wire(words[-1])
        case _:
            return _wire(record.data)


def _head(answer: Answer, authority: int) -> str:
    local = (
        ";; WARNING: .local is reserved for Multicast DNS\n"
        ";; You are currently testing what happens when an mDNS query is leaked to DNS\n"
        if answer.name.rstrip(".").endswith(".local")
        else ""
    )
    return (
        f";; Got answer:\n{local};; ->>HEADER<<- opcode: QUERY, status: {answer.code}, id: {random.randrange(65536)}\n"  # noqa: S311
        f";; flags: qr{' aa' if answer.authoritative else ''} rd; QUERY: 1, ANSWER: {len(answer.records)}, "
        f"AUTHORITY: {authority}, ADDITIONAL: 1\n;; WARNING: recursion requested but not available\n\n"
        ";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n"
    )


def _record(record: Record) -> str:
    name = f"{record.name.rstrip('.')}."
    return f"{name}{_tabs(name, 0)}{record.ttl}\tIN\t{record.type}\t{record.data}\n"


def _tabs(name: str, more: int) -> str:
    """What fills a name up to its column."""
    return "\t" * max(1, 3 - (len(name) + more) // 8) if len(name) < 24 else " "
