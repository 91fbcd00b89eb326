"""Whose program it is that connects from this machine, where the system tells (Linux: /proc/net/tcp, see proc_net_tcp(5))."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

_ROOT = 0
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


def is_strangers(transport: asyncio.Transport) -> bool:
    """Whether another user of this machine is at the other end. False for other machines, and where it can't be reported.

    root may do everything anyway, and is who passes connections on into virtual machines and containers.
    """
    ours = _ours()
    if ours is None:
        return False
    return of_another(transport.get_extra_info("peername"), transport.get_extra_info("sockname"), ours)


def of_another(theirs: object, ours: object, users: Collection[int]) -> bool:
    """Whether the connection from address `theirs` to `ours` was made by none of these users, as far as it can be reported."""
    match theirs, ours:
        case (str(host), int(port), *_), (str(our_host), int(our_port), *_):
            user = owner((host, port), (our_host, our_port))
            return user is not None and user not in users
    return False


def owner(end: tuple[str, int], other: tuple[str, int]) -> int | None:
    """The user whose socket has `end` as its own address and is connected to `other`; None where there is none here."""
    try:
        wanted = {(one, two) for one in _written(*end) for two in _written(*other)}
    except ValueError:
        return None
    for fields in _sockets():
        if len(fields) > 7 and (fields[1], fields[2]) in wanted:
            return int(fields[7])
    return None


def _ours() -> set[int] | None:
    """The users whose connections are taken; None: everybody's. In a container root serves whoever has the host."""
    if not sys.platform.startswith("linux"):
        return None
    me = os.getuid()
    if me != _ROOT:
        return {me, _ROOT}
    sudo = os.environ.get("SUDO_UID", "")
    return {_ROOT, int(sudo)} if sudo.isdecimal() else None


def _sockets() -> Iterator[list[str]]:
    for table in _TABLES:
        try:
            yield from (line.split() for line in Path(table).read_text(encoding="ascii").splitlines())
        except OSError:
            continue


def _written(host: str, port: int) -> Iterator[str]:
    """An address as the tables have it: words of four bytes in the machine's order, and IPv4 within IPv6, too."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    forms = [address.packed]
    if address.version == 4:
        forms.append(b"\0" * 10 + b"\xff\xff" + address.packed)
    for packed in forms:
        words = (packed[at : at + 4] for at in range(0, len(packed), 4))
        yield "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words) + f":{port:04X}"
