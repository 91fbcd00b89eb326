"""host, and getent hosts: the addresses of a name in a line each."""

from __future__ import annotations

from runner.practice.containers.cluster_dns import Answer, Record
from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, ResolveError
from runner.practice.containers.network_programs.dns_questions import (
    NoServer,
    ask,
    candidates,
    reverse_name,
    server_of,
)
from runner.practice.containers.network_programs.web_client import is_address

WORDS = {"A": "has address", "AAAA": "has IPv6 address", "CNAME": "is an alias for", "SRV": "has SRV record",
         "PTR": "domain name pointer", "TXT": "descriptive text", "NS": "name server"}  # fmt: skip


async def host(call: Invocation) -> int:
    words, kind, operands = list(call.argv[1:]), "", []
    while words:
        word = words.pop(0)
        if word == "-t" and words:
            kind = words.pop(0).upper()
        elif word in ("-W", "-R", "-N", "-c") and words:
            words.pop(0)
        elif not word.startswith("-"):
            operands.append(word)
    if not operands:
        await call.error(
            "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            hostname [server]\n"
        )
        return 1
    name = operands[0]
    try:
        server = await server_of(call, operands[1] if len(operands) > 1 else "")
        answer = await _answer(call, server, name, kind)
    except ConnectError:
        await call.error(f"host: couldn't get address for '{operands[1]}': not found\n")
        return 1
    except NoServer:
        await call.out(";; connection timed out; no servers could be reached\n")
        return 1
    if answer.code == "NXDOMAIN":
        shown = f"{reverse_name(name)}." if is_address(name) else name
        await call.out(f"Host {shown} not found: 3(NXDOMAIN)\n")
        return 1
    if len(operands) > 1:
        await call.out(f"Using domain server:\nName: {operands[1]}\nAddress: {server}#53\nAliases: \n\n")
    await call.out(
        "".join(_line(record) for record in answer.records) or f"{answer.name} has no {kind or 'A'} record\n"
    )
    return 0


async def _answer(call: Invocation, server: str, name: str, kind: str) -> Answer:
    if is_address(name):
        return await ask(call, server, reverse_name(name), "PTR")
    answer = Answer(name, "NXDOMAIN")
    for each in candidates(call, name):
        answer = await ask(call, server, each, kind or "A")
        if answer.code == "NOERROR":
            break
    return answer


def _line(record: Record) -> str:
    return f"{record.name} {WORDS.get(record.type, 'has ' + record.type + ' record')} {record.data}\n"


async def getent(call: Invocation) -> int:
    """getent hosts|ahosts|ahostsv4 NAME…; passwd and group are read from their files."""
    database, names = (call.argv[1] if len(call.argv) > 1 else ""), list(call.argv[2:])
    if database in ("passwd", "group"):
        return await _entries(call, database, names)
    if database not in ("hosts", "ahosts", "ahostsv4"):
        await call.error(
            f"Unknown database: {database}\nTry `getent --help' or `getent --usage' for more information.\n"
        )
        return 1
    for name in names:
        try:
            found = await call.container.pod.network.resolve(call.container.pod, name)
        except ResolveError:
            return 2
        full = await _full_name(call, name)
        if database == "hosts":
            await call.out("".join(f"{address:<15} {full}\n" for address in found))
        else:
            for address in found:
                await call.out(f"{address:<15} STREAM {full}\n{address:<15} DGRAM  \n{address:<15} RAW    \n")
    return 0


async def _full_name(call: Invocation, name: str) -> str:
    """The name for which there are addresses."""
    if is_address(name):
        answer = await ask(call, await server_of(call, ""), reverse_name(name), "PTR")
        return answer.records[0].data.rstrip(".") if answer.records else name
    for each in candidates(call, name):
        answer = call.container.pod.network.dns.query(each)
        if answer.addresses:
            return answer.records[-1].name
    return name


async def _entries(call: Invocation, database: str, names: list[str]) -> int:
    lines = ContainerFiles(call.container).read_text(f"/etc/{database}").splitlines()
    found = [
        line for line in lines if not names or line.split(":")[0] in names or line.split(":")[2] in names
    ]
    await call.out("".join(f"{line}\n" for line in found))
    return 0 if found or not names else 2
