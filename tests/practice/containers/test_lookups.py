"""nslookup, dig, host, getent and ping in pods."""

from __future__ import annotations

import re

import pytest

from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import Web, web

FULL = "order.default.svc.cluster.local"


async def with_order(room: ContainerRoom, image: str) -> Web:
    """A client with that image, and a Service `order`."""
    made = await web(room, image)
    room.serve([8080], order=made.server)
    return made


async def test_nslookup_of_bind(room: ContainerRoom) -> None:
    made = await with_order(room, "debian")
    server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n"
    assert await made.run("nslookup", "order") == (0, f"{server}Name:\t{FULL}\nAddress: 10.96.1.1\n\n", "")
    assert await made.run("nslookup", "nothing") == (
        1,
        f"{server}** server can't find nothing: NXDOMAIN\n\n",
        "",
    )
    assert (await made.run("nslookup", "10.96.1.1"))[1] == f"1.1.96.10.in-addr.arpa\tname = {FULL}.\n\n"
    assert f"{FULL}\tservice = 0 100 8080 {FULL}.\n" in (await made.run("nslookup", "-type=srv", FULL))[1]


async def test_nslookup_of_busybox_takes_names_with_a_dot_as_full_ones(room: ContainerRoom) -> None:
    made = await with_order(room, "busybox")
    server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
    assert await made.run("nslookup", FULL) == (0, f"{server}Name:\t{FULL}\nAddress: 10.96.1.1\n\n\n", "")
    code, text, _ = await made.run("nslookup", "order.default")
    assert (code, text) == (1, server + "** server can't find order.default: NXDOMAIN\n\n" * 2)
    assert f"Name:\t{FULL}\nAddress: 10.96.1.1\n" in (await made.run("nslookup", "order"))[1]


async def test_nslookup_of_busybox_1_28_uses_the_search_list(room: ContainerRoom) -> None:
    made = await with_order(room, "busybox:1.28")
    server = "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\n"
    assert await made.run("nslookup", "order.default") == (
        0, f"{server}Name:      order.default\nAddress 1: 10.96.1.1 {FULL}\n", "",
    )  # fmt: skip
    assert await made.run("nslookup", "nothing") == (1, server, "nslookup: can't resolve 'nothing'\n")


async def test_dig(room: ContainerRoom) -> None:
    made = await with_order(room, "debian")
    assert await made.run("dig", "+short", FULL) == (0, "10.96.1.1\n", "")
    assert (await made.run("dig", "+search", "+short", "order"))[1] == "10.96.1.1\n"
    assert (await made.run("dig", "+short", "order"))[1] == ""
    assert (await made.run("dig", "+noall", "+answer", FULL))[1] == f"{FULL}. 30\tIN\tA\t10.96.1.1\n"
    text = (await made.run("dig", "SRV", FULL))[1]
    assert "status: NOERROR" in text
    assert f";; ANSWER SECTION:\n{FULL}. 30\tIN\tSRV\t0 100 8080 {FULL}.\n\n;; Query time: " in text
    assert ";; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)\n" in text
    assert "status: NXDOMAIN" in (await made.run("dig", "nothing.default.svc.cluster.local"))[1]
    code, text, _ = await made.run("dig", "@10.96.7.7", "+time=0", "+tries=1", FULL)
    assert code == 9
    assert text.endswith(
        ";; communications error to 10.96.7.7#53: timed out\n;; no servers could be reached\n"
    )


async def test_host_and_getent(room: ContainerRoom) -> None:
    made = await with_order(room, "debian")
    assert await made.run("host", "order") == (0, f"{FULL} has address 10.96.1.1\n", "")
    assert await made.run("host", "nothing") == (1, "Host nothing not found: 3(NXDOMAIN)\n", "")
    assert await made.run("getent", "hosts", "order") == (0, f"10.96.1.1       {FULL}\n", "")
    assert await made.run("getent", "hosts", "nothing") == (2, "", "")


@pytest.mark.parametrize(
    ("image", "head", "line", "summary"),
    [
        ("debian", "PING IP (IP) 56(84) bytes of data.", r"64 bytes from IP: icmp_seq=1 ttl=63 time=0\.\d{3} ms",
         "2 packets transmitted, 2 received, 0% packet loss, time "),
        ("busybox", "PING IP (IP): 56 data bytes", r"64 bytes from IP: seq=0 ttl=63 time=0\.\d{3} ms",
         "2 packets transmitted, 2 packets received, 0% packet loss"),
    ],
)  # fmt: skip
async def test_ping(room: ContainerRoom, image: str, head: str, line: str, summary: str) -> None:
    made = await with_order(room, image)
    address = made.server.ip
    code, text, _ = await made.run("ping", "-c", "2", "-i", "0.01", address)
    lines = text.splitlines()
    assert (code, lines[0]) == (0, head.replace("IP", address))
    assert re.fullmatch(line.replace("IP", re.escape(address)), lines[1])
    assert f"--- {address} ping statistics ---\n{summary}" in text
    code, text, _ = await made.run("ping", "-c1", "-W", "0.01", "order")
    assert code == 1
    assert "100% packet loss" in text
    assert (await made.run("ping", "-c1", "nothing"))[2] in (
        "ping: nothing: Name or service not known\n",
        "ping: bad address 'nothing'\n",
    )
