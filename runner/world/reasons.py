"""Why an API server was not reached: errors of aiohttp, TLS, DNS and proxies as a cause and a remedy."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp

from checks.base import CannotRead
from runner.words import Phrase, phrase
from runner.world.bodies import clean
from runner.world.certificates import out_of_time
from runner.world.kubeconfig_access import Access
from runner.world.proxies import Proxy, proxy_of

_EXPIRED, _NOT_YET_VALID = 10, 9
_SELF_SIGNED, _UNKNOWN = 18, (2, 7, 19, 20, 21)
_OTHER_NAME = (62, 64)
"""X509_V_ERR_… (openssl/x509_vfy.h): host name, IP address."""
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_GET_NEW = phrase("Get a new kubeconfig for the cluster from your provider or administrator.")


def reason_of(error: BaseException, access: Access, certificate: str = "") -> CannotRead | None:
    """What an error of the network means; None for errors of another kind.

    `certificate`: the client certificate (PEM) that was signed in with.
    """
    if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientProxyConnectionError):
        return CannotRead("timeout", _late(access))
    if not isinstance(error, aiohttp.ClientError | OSError) and not _is_of_socks(error):
        return None
    words = _by_proxy(error, access) or _by_tls(error, access, certificate)
    return CannotRead("unreachable", words or _by_network(error, access, certificate))


def _is_of_socks(error: BaseException) -> bool:
    return type(error).__module__.startswith(("aiohttp_socks", "python_socks"))


def _late(access: Access) -> Phrase:
    return phrase(
        "The API server does not respond in time: {server}. Check the network, the firewall, the "
        "VPN, and that the cluster's machine is running.",
        server=access.server,
    )


def _by_proxy(error: BaseException, access: Access) -> Phrase | None:
    proxy = proxy_of(access.server, access.cluster)
    if proxy is None:
        return None
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _refused_by(proxy, access, error.status, clean(error.message))
    if (
        isinstance(error, aiohttp.ClientProxyConnectionError)
        or type(error).__name__ == "ProxyConnectionError"
    ):
        return phrase(
            "The proxy does not respond: {proxy} (from {source}). Start it, or correct {source}: {reason}",
            proxy=proxy.shown,
            source=proxy.source,
            reason=in_short(error),
        )
    if _is_of_socks(error):
        if re.search(r"auth|username|password", str(error), re.IGNORECASE):
            return _refused_by(proxy, access, 407, "")
        return _refused_by(proxy, access, 0, in_short(error))
    return None


def _refused_by(proxy: Proxy, access: Access, status: int, message: str) -> Phrase:
    if status == 407:
        return phrase(
            "The proxy requires a user name and a password: {proxy} (from {source}). Add them to its "
            "address: {example}",
            proxy=proxy.shown,
            source=proxy.source,
            example="http://USER:PASSWORD@HOST:PORT",
        )
    return phrase(
        "The proxy {proxy} (from {source}) did not connect to {server}: {reason}. Ask the proxy's "
        "administrator, or connect without it.",
        proxy=proxy.shown,
        source=proxy.source,
        server=access.server,
        reason=f"{status or ''} {message}".strip(),
    )


def _by_tls(error: BaseException, access: Access, certificate: str) -> Phrase | None:
    chain = [each for each in _chain(error) if isinstance(each, ssl.SSLError)]
    if not chain:
        return None
    tls = chain[-1]  # aiohttp's own stand for it, and know less
    if isinstance(tls, ssl.SSLCertVerificationError):
        return _by_certificate(tls, access)
    reason = tls.reason or ""
    if reason in _NOT_TLS:
        return phrase(
            "{server} does not use TLS (https). Check the port. If it is meant to be unencrypted, "
            "the address starts with http://",
            server=access.server,
        )
    if "ALERT" in reason and re.search("CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED", reason):
        return _not_accepted(
            access, out_of_time(certificate) or phrase("{reason}", reason=reason.lower().replace("_", " "))
        )
    return phrase(
        "Could not make an encrypted connection to the API server: {server}: {reason}. A proxy or "
        "firewall may be in between.",
        server=access.server,
        reason=in_short(tls),
    )


def _not_accepted(access: Access, why: Phrase) -> Phrase:
    return phrase(
        "The API server does not accept the client certificate of context {context}: {server}: {reason}. {next}",
        context=access.context,
        server=access.server,
        reason=why,
        next=_GET_NEW,
    )


def _by_certificate(error: ssl.SSLCertVerificationError, access: Access) -> Phrase:
    why, then = _certificate(error, access)
    return phrase(
        "The API server's certificate is not trusted: {server}: {reason}. {next}",
        server=access.server,
        reason=why,
        next=then,
    )


def _certificate(error: ssl.SSLCertVerificationError, access: Access) -> tuple[Phrase, Phrase]:
    code, cluster = error.verify_code, access.cluster
    clock = phrase(
        "This machine's clock says {now}. Check that it is correct.",
        now=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )
    if code == _EXPIRED:
        return phrase("it has expired"), phrase(
            "{clock} If the clock is correct, the cluster's administrator must renew the certificate.",
            clock=clock,
        )
    if code == _NOT_YET_VALID:
        return phrase("it is not valid yet"), clock
    if code in _OTHER_NAME:
        return _other_name(access)
    if code == _SELF_SIGNED and not cluster.get("certificate-authority-data"):
        return phrase(
            "it is self-signed, and the kubeconfig has no certificate-authority-data for it"
        ), _GET_NEW
    if code == _SELF_SIGNED or code in _UNKNOWN:
        return phrase("it is signed by an authority that is not in the kubeconfig"), phrase(
            "The cluster was recreated, or something is in between (a proxy, a hotel network). Get a "
            "new kubeconfig."
        )
    return phrase("{message}", message=error.verify_message or in_short(error)), _GET_NEW


def _other_name(access: Access) -> tuple[Phrase, Phrase]:
    name = access.cluster.get("tls-server-name")
    if name:
        return phrase("it is not for the name in tls-server-name ({name})", name=name), phrase(
            "Correct tls-server-name in the kubeconfig, or remove it."
        )
    host = urlsplit(access.server).hostname or ""
    return phrase("it is not for the name {host}", host=host), phrase(
        "Use one of its names as the server, or set one as tls-server-name. To list its names: {command}",
        command=f"openssl s_client -connect {urlsplit(access.server).netloc} </dev/null | openssl x509 -noout -text",
    )


def _by_network(error: BaseException, access: Access, certificate: str) -> Phrase:
    host = urlsplit(access.server).hostname or ""
    numbers = {number for each in _chain(error) for number in _errnos(each)}
    if isinstance(error, aiohttp.ClientConnectorDNSError) or any(
        isinstance(e, socket.gaierror) for e in _chain(error)
    ):
        return phrase(
            "The API server can't be reached: {server}. DNS does not know the name {host}. Check the "
            "network, the VPN, and whether the cluster still exists.",
            server=access.server,
            host=host,
        )
    if errno.ECONNREFUSED in numbers:
        return phrase(
            "The API server can't be reached: {server}. The connection was refused: the cluster is "
            "stopped, or its address has changed. Start the cluster (minikube start, docker start, "
            "…), or get a new kubeconfig.",
            server=access.server,
        )
    if numbers & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}:
        return phrase(
            "The API server can't be reached: {server}. There is no route to it from this network. "
            "Check the network and the VPN.",
            server=access.server,
        )
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError | aiohttp.ClientOSError):
        why = out_of_time(certificate) if certificate else None
        return _not_accepted(access, why) if why else _hung_up(error, access)
    return phrase(
        "The API server can't be reached: {server}. Check that the cluster is running, and the network: {reason}",
        server=access.server,
        reason=in_short(error),
    )


def _hung_up(error: BaseException, access: Access) -> Phrase:
    if access.server.startswith("http://"):
        return phrase(
            "The API server can't be reached: {server}. It closed the connection without a response. "
            "API servers use https: check whether the address must start with https://",
            server=access.server,
        )
    return phrase(
        "The API server can't be reached: {server}. It closed the connection without a response: it "
        "is still starting, or a proxy or firewall is in between. {reason}",
        server=access.server,
        reason=in_short(error),
    )


def _errnos(error: BaseException) -> Iterator[int]:
    """Several addresses that were tried are one error, with the numbers in its text."""
    if isinstance(error, OSError):
        if error.errno:
            yield error.errno
        yield from (int(number) for number in re.findall(r"\[Errno (\d+)\]", str(error)))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        for inner in (getattr(error, "certificate_error", None), getattr(error, "os_error", None)):
            if isinstance(inner, BaseException):
                yield inner
        error = error.__cause__ or error.__context__


def in_short(error: BaseException) -> str:
    """An error in one line; those about bad HTTP quote all of it."""
    lines = clean(str(error)).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
