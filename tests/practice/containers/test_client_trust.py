"""Whom clients in pods trust, and what curl measures."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest_asyncio

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.containers.image_programs.webhook_certgen import certificates
from runner.practice.containers.network_messages import Listener
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import Web, answer, web

UNKNOWN = "curl: (60) SSL certificate problem: unable to get local issuer certificate\n"


@dataclass
class Secure:
    """A Service `web` at whose port 443 a certificate for `web` answers; at 6443 one of an authority of its own (`ca`)."""

    made: Web
    ca: bytes
    name: str = "web"

    async def run(self, *argv: str) -> tuple[int, str, str]:
        return await self.made.run(*argv)


@pytest_asyncio.fixture
async def secure(room: ContainerRoom) -> Secure:
    made = await web(room)
    room.serve([443, 6443], web=made.server, other=made.server)
    own = certificates(["web", "*.example.org"])
    container = room.runtime.container(made.server.id)
    signed = Listener(http=answer, tls=True, certificate=own["key"] + own["cert"])
    container.pod.listen(container, 443, signed)
    container.pod.listen(container, 6443, Listener(http=answer, tls=True, authority=own["ca"].decode()))
    files = VolumeConfig("ca", {"ca.crt": own["ca"], "web.crt": own["cert"], "not.crt": b"no certificate\n",
                                "other.crt": certificates(["web"])["ca"]})  # fmt: skip
    made.client = await room.run(
        "debian", name="client", command=["sleep", "infinity"], volumes=[files], mounts=[Mount("ca", "/ca")]
    )
    return Secure(made, own["ca"])


async def test_an_authority_counts_that_signed_the_certificate(secure: Secure) -> None:
    for url in ("https://web/", "https://web:6443/"):
        assert await secure.run("curl", "-sS", "--cacert", "/ca/ca.crt", url) == (0, "hello\n", "")
        assert (await secure.run("curl", "-sS", url))[2].startswith(UNKNOWN)
        code, text, error = await secure.run("curl", "-sS", "--cacert", "/ca/other.crt", url)
        assert (code, text, error.startswith(UNKNOWN)) == (60, "", True)
        assert await secure.run("curl", "-sSk", url) == (0, "hello\n", "")
        assert (await secure.run("curl", "-sS", "--capath", "/ca", url))[0] == 0
    assert (await secure.run("curl", "-sS", "--cacert", "/ca/web.crt", "https://web/"))[0] == 0


async def test_a_file_that_is_none_is_an_error_of_its_own(secure: Secure) -> None:
    for name in ("/nowhere", "/ca/not.crt", "/etc/hosts"):
        code, _, error = await secure.run("curl", "-sS", "--cacert", name, "https://web/")
        assert (code, error) == (77, f"curl: (77) error setting certificate file: {name}\n")


async def test_a_certificate_is_for_its_names(secure: Secure) -> None:
    code, _, error = await secure.run("curl", "-sS", "--cacert", "/ca/ca.crt", "https://other/")
    assert code == 60
    assert error.startswith(
        "curl: (60) SSL: no alternative certificate subject name matches target host name 'other'\n"
    )
    resolve = ("--resolve", f"a.example.org:443:{secure.made.server.ip}", "https://a.example.org/")
    assert (await secure.run("curl", "-sS", "--cacert", "/ca/ca.crt", *resolve))[0] == 0


async def test_what_curl_says_of_it(secure: Secure) -> None:
    argv = ("curl", "-sv", "-o", "/dev/null", "-w", "%{ssl_verify_result}", "https://web/")
    _, number, error = await secure.run(*argv, "--cacert", "/ca/ca.crt")
    assert number == "0"
    assert "*  CAfile: /ca/ca.crt\n" in error
    assert "*  SSL certificate verify ok.\n" in error
    assert "*  issuer: O=nil1\n" in error
    _, number, error = await secure.run(*argv, "-k")
    assert number == "20"
    assert (
        "*  SSL certificate verify result: unable to get local issuer certificate (20), continuing anyway.\n"
        in error
    )


async def test_the_environment_names_authorities(secure: Secure) -> None:
    room, client = secure.made.room, secure.made.client
    assert await room.sh(client, "CURL_CA_BUNDLE=/ca/ca.crt curl -sS https://web/") == "hello\n"
    assert await room.sh(client, "SSL_CERT_FILE=/ca/ca.crt curl -sS https://web/") == "hello\n"
    bundle = "mkdir -p /etc/ssl/certs; cp /ca/ca.crt /etc/ssl/certs/ca-certificates.crt"
    assert await room.sh(client, f"{bundle}; curl -sS https://web/") == "hello\n"


async def test_wget_and_http_check_it_too(secure: Secure) -> None:
    code, _, error = await secure.run("wget", "-qO-", "https://web/")
    assert code == 5
    assert error.startswith("ERROR: cannot verify web's certificate, issued by 'O=nil1':\n")
    assert (await secure.run("wget", "-qO-", "--ca-certificate=/ca/ca.crt", "https://web/"))[:2] == (
        0,
        "hello\n",
    )
    assert (await secure.run("wget", "-qO-", "--ca-certificate=/ca/other.crt", "https://web/"))[0] == 5
    code, _, error = await secure.run("http", "https://web/")
    assert (code, "CERTIFICATE_VERIFY_FAILED" in error) == (1, True)
    assert (await secure.run("http", "--verify=no", "https://web/"))[:2] == (0, "hello\n")
    assert (await secure.run("http", "--verify=/ca/ca.crt", "https://web/"))[:2] == (0, "hello\n")
    assert "Hostname mismatch" in (await secure.run("http", "--verify=/ca/ca.crt", "https://other/"))[2]
    room = secure.made.room
    busybox = await room.run("busybox", "sleep", "3600", name="small")
    assert await room.exec(busybox, "wget", "-qO-", "https://web/") == (
        0,
        "wget: note: TLS certificate validation not implemented\nhello\n",
    )
    alpine = await room.run("alpine", "sleep", "3600", name="small")
    assert (await room.exec(alpine, "wget", "-qO-", "https://web/"))[1].startswith(
        "ssl_client: web: certificate verification failed: unable to get local issuer certificate\n"
    )


async def test_curl_measures_what_happens(room: ContainerRoom) -> None:
    made = await web(room)
    form = "%{time_namelookup} %{time_connect} %{time_starttransfer} %{time_total} %{local_ip} %{local_port} %{size_request}\\n"

    async def measured(*argv: str) -> list[str]:
        return (await made.run("curl", "-s", "-o", "/dev/null", "-w", form, *argv))[1].split()

    first, second = await measured("AT"), await measured("AT")
    times = [float(each) for each in first[:4]]
    assert times == sorted(times)
    assert times[-1] > 0
    assert first[4] == made.client.ip
    assert 32768 <= int(first[5]) < int(second[5]) < 61000
    request = f"GET / HTTP/1.1\r\nHost: {made.at}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
    assert int(first[6]) == len(request)
    assert (await measured("-d", "abcd", "AT"))[6] != first[6]
    container = room.runtime.container(made.client.id)
    container.pod.listen(container, 9090, Listener(http=answer))
    assert (await measured("http://localhost:9090/"))[4] == "127.0.0.1"
    redirect = (await made.run("curl", "-s", "-w", "%{redirect_url} %{time_redirect}", "AT/moved"))[1]
    assert re.fullmatch(rf"http://{made.at}/ 0\.000000", redirect)
    followed = (
        await made.run("curl", "-sL", "-o", "/dev/null", "-w", "%{time_redirect} %{time_total}", "AT/moved")
    )[1]
    before, total = (float(each) for each in followed.split())
    assert 0 < before < total


async def test_wget_measures_its_speed(room: ContainerRoom) -> None:
    made = await web(room)
    error = (await made.run("wget", "-O", "/dev/null", "AT"))[2]
    assert re.search(r"^     0K \. +100% [\d.]+[KMG]?=\S+s$", error, re.MULTILINE)
    assert re.fullmatch(
        rf'\S+ \S+ URL:http://{made.at} \[6/6\] -> "out" \[1\]\n',
        (await made.run("wget", "-nv", "-O", "out", "AT"))[2],
    )
    assert (await made.run("wget", "-q", "--max-redirect=0", "AT/moved"))[0] == 8
    assert re.search(r"\([\d.]+ [KMG]?B/s\) - '/dev/null' saved \[6/6\]", error)
