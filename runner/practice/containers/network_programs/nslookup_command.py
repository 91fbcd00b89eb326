"""nslookup, in the form of BusyBox (that of 1.28 and the newer one) and in that of BIND's utilities."""

from __future__ import annotations

from dataclasses import dataclass

from runner.practice.containers.cluster_dns import Answer, Record
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError
from runner.practice.containers.network_programs.dns_questions import (
    NoServer,
    ask,
    candidates,
    configuration,
    reverse_name,
    server_of,
)
from runner.practice.containers.network_programs.image_tools import busybox_version, is_busybox
from runner.practice.containers.network_programs.web_client import is_address

TIMED_OUT = ";; connection timed out; no servers could be reached\n\n"
WORDS = {"CNAME": "canonical name = ", "PTR": "name = ", "SRV": "service = ", "TXT": "text = ", "NS": "nameserver = ",
         "MX": "mail exchanger = "}  # fmt: skip


@dataclass(slots=True)
class Asked:
    """What the arguments mean."""

    name: str
    server: str = ""
    type: str = ""
    patience: float = 5.0
    search: bool = True


def _asked(words: list[str]) -> Asked | None:
    operands, options = [], {}
    for word in words:
        if word.startswith("-"):
            key, _, value = word.lstrip("-").partition("=")
            options[key.lower()] = value
        else:
            operands.append(word)
    if not operands:
        return None
    kind = next(
        (
            value
            for key, value in options.items()
            if value and key in ("type", "querytype", "query", "q", "t")
        ),
        "",
    )
    patience = options.get("timeout", options.get("time", ""))
    return Asked(
        operands[0],
        operands[1] if len(operands) > 1 else "",
        kind.upper(),
        float(patience) if patience.isdigit() else 5.0,
        "nosearch" not in options,
    )


async def nslookup(call: Invocation) -> int:
    asked = _asked(list(call.argv[1:]))
    busybox = is_busybox(call)
    if asked is None:
        await call.error("BusyBox v1.36.1 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n"
                         if busybox else "> ")  # fmt: skip
        return 1
    try:
        server = await server_of(call, asked.server)
    except ConnectError:
        await call.error(f"nslookup: bad address '{asked.server}'\n" if busybox
                         else f"nslookup: couldn't get address for '{asked.server}': not found\n")  # fmt: skip
        return 1
    try:
        if busybox and busybox_version(call) < (1, 29):
            return await _old_busybox(call, asked, server)
        return await (_busybox if busybox else _bind)(call, asked, server)
    except NoServer as error:
        refused = (
            f";; communications error to {server}#53: connection refused\n"
            if error.failure == "refused"
            else ""
        )
        await call.out(refused + TIMED_OUT)
        return 1


async def _old_busybox(call: Invocation, asked: Asked, server: str) -> int:
    """busybox 1.28 and older: by the C library, with the names of the addresses."""
    await call.out(f"Server:    {server}\nAddress 1: {server}{await _name_of(call, server)}\n\n")
    addresses, name = [], asked.name
    if is_address(asked.name):
        addresses = [asked.name]
    else:
        for name in candidates(call, asked.name):
            addresses = (await ask(call, server, name, "A", asked.patience)).addresses
            if addresses:
                break
    if not addresses:
        await call.error(f"nslookup: can't resolve '{asked.name}'\n")
        return 1
    lines = [
        f"Address {number}: {each}{await _name_of(call, each)}" for number, each in enumerate(addresses, 1)
    ]
    await call.out(f"Name:      {asked.name}\n" + "\n".join(lines) + "\n")
    return 0


async def _name_of(call: Invocation, address: str) -> str:
    answer = await ask(call, await server_of(call, ""), reverse_name(address), "PTR")
    return f" {answer.records[0].data.rstrip('.')}" if answer.records else ""


async def _busybox(call: Invocation, asked: Asked, server: str) -> int:
    """The search list is for names without a dot alone, and each of its answers is shown."""
    await call.out(f"Server:\t\t{server}\nAddress:\t{server}:53\n\n")
    if is_address(asked.name):
        names, types = [reverse_name(asked.name)], ["PTR"]
    else:
        search = configuration(call).search if "." not in asked.name else ()
        names = [f"{asked.name}.{domain}" for domain in search] or [asked.name.rstrip(".")]
        types = [asked.type] if asked.type else ["A", "AAAA"]
    code = 0
    for name in names:
        for kind in types:
            answer = await ask(call, server, name, kind, asked.patience)
            if answer.code == "NXDOMAIN":
                await call.out(f"** server can't find {name}: NXDOMAIN\n\n")
                code = 1
            else:
                await call.out(_of_busybox(answer) + "\n")
    return code


def _of_busybox(answer: Answer) -> str:
    return "".join(
        f"Name:\t{record.name}\nAddress: {record.data}\n" if record.type in ("A", "AAAA") else _line(record)
        for record in answer.records
    )


async def _bind(call: Invocation, asked: Asked, server: str) -> int:
    await call.out(f"Server:\t\t{server}\nAddress:\t{server}#53\n\n" if not is_address(asked.name) else "")
    if is_address(asked.name):
        reverse = reverse_name(asked.name)
        answer = await ask(call, server, reverse, "PTR", asked.patience)
        if not answer.records:
            await call.out(f"** server can't find {reverse}: NXDOMAIN\n\n")
            return 1
        await call.out("".join(_line(record) for record in answer.records) + "\n")
        return 0
    kind = asked.type or "A"
    names = candidates(call, asked.name) if asked.search else [asked.name.rstrip(".")]
    answer = Answer(asked.name, "NXDOMAIN")
    for name in names:
        answer = await ask(call, server, name, kind, asked.patience)
        if answer.code == "NOERROR":
            break
    if answer.code == "NXDOMAIN":
        await call.out(f"** server can't find {asked.name}: NXDOMAIN\n\n")
        return 1
    note = "" if answer.authoritative else "Non-authoritative answer:\n"
    if not answer.records:
        await call.out(f"*** Can't find {answer.name}: No answer\n\n")
        return 0
    await call.out(note + _of_busybox(answer) + "\n")
    return 0


def _line(record: Record) -> str:
    return f"{record.name}\t{WORDS.get(record.type, '')}{record.data}\n"
