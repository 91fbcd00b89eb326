"""Calls webhooks over TLS with the configuration's own authority, within time and size limits."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from runner.practice.machinery.webhook_services import (
    InCluster,
    NothingKnown,
    NotReached,
    ServiceConnector,
    WrongServer,
)

Object = dict[str, Any]

LARGEST = 3 * 1024 * 1024
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One POST. `address` is (host, port) where it is to go instead of the url's own; `authority` is PEM in base64."""

    url: str
    body: Object
    seconds: float
    authority: str = ""
    address: tuple[str, int] | None = None
    service: InCluster | None = None


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """`problem` is why there is none, in the words of Go's HTTP client; `uid` that of the review that was sent."""

    body: Any = None
    problem: str = ""
    uid: str = ""
    unknown: bool = False
    """Nobody was asked: nothing is known of the program that should answer."""


async def post(call: WebhookCall) -> WebhookAnswer:
    """The answer, whatever happens. Redirections are not followed, proxies not used."""
    url = f"{call.url}{'&' if urlsplit(call.url).query else '?'}timeout={call.seconds:g}s"
    message = f'Post "{url}": '
    try:
        context = _context(call.authority)
        if call.service is not None:
            context.check_hostname = False  # the connector does, and words it as Go
    except (ValueError, ssl.SSLError):
        return WebhookAnswer(problem="unable to load root certificates: unable to parse bytes as PEM block")
    try:
        async with asyncio.timeout(call.seconds):
            return await _answer(call, url, context)
    except NothingKnown:
        return WebhookAnswer(unknown=True)
    except TimeoutError:
        return WebhookAnswer(problem=f"{message}context deadline exceeded")
    except aiohttp.ClientConnectorCertificateError as error:
        return WebhookAnswer(problem=f"{message}{_certificate_words(error.certificate_error)}")
    except aiohttp.ClientConnectorDNSError as error:
        return WebhookAnswer(problem=f"{message}dial tcp: lookup {error.host}: no such host")
    except aiohttp.ClientConnectorError as error:
        host, port = call.address or (error.host, error.port)
        return WebhookAnswer(problem=f"{message}dial tcp {host}:{port}: connect: {_why(error.os_error)}")
    except NotReached as error:
        where = call.service.address if call.service else ""
        return WebhookAnswer(problem=f"{message}dial tcp {where}: connect: {_why(error.cause)}")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(error, WrongServer):
            return WebhookAnswer(problem=f"{message}tls: failed to verify certificate: {error}")
        if isinstance(error.__cause__, ssl.SSLError):
            return WebhookAnswer(problem=f"{message}{_tls_words(error.__cause__)}")
        return WebhookAnswer(problem=f"{message}{error or 'EOF'}")


async def _answer(call: WebhookCall, url: str, context: ssl.SSLContext) -> WebhookAnswer:
    headers = {"Accept": "application/json", "User-Agent": "kube-apiserver-admission"}
    parts = urlsplit(url)
    server_name = parts.hostname
    if call.address is not None:
        headers["Host"] = parts.netloc
        host, port = call.address
        url = parts._replace(netloc=f"[{host}]:{port}" if ":" in host else f"{host}:{port}").geturl()
    async with (
        aiohttp.ClientSession(trust_env=False, connector=_connector(call, context)) as session,
        session.post(
            url,
            json=call.body,
            headers=headers,
            ssl=context,
            server_hostname=server_name,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as response,
    ):
        body = await response.content.read(LARGEST + 1)
        while len(body) <= LARGEST and (more := await response.content.read(LARGEST)):
            body += more
        if len(body) > LARGEST:
            return WebhookAnswer(problem=f"the answer is larger than {LARGEST} bytes")
        if response.status != 200:
            return WebhookAnswer(problem=_status_words(response.status, body))
        try:
            return WebhookAnswer(json.loads(body))
        except ValueError:
            return WebhookAnswer(
                problem=f"couldn't get version/kind; json parse error: {body[:200].decode(errors='replace')}"
            )


def _connector(call: WebhookCall, context: ssl.SSLContext) -> aiohttp.BaseConnector | None:
    return (
        ServiceConnector(call.service, context, urlsplit(call.url).hostname or "") if call.service else None
    )


def _why(error: OSError) -> str:
    return "connection refused" if isinstance(error, ConnectionRefusedError) else str(error)


def _context(authority: str) -> ssl.SSLContext:
    """Trusts the configuration's own authority, where it has none those of the system."""
    if not authority:
        return ssl.create_default_context()
    try:
        pem = base64.b64decode(authority).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("no certificate") from None
    return ssl.create_default_context(cadata=pem)


def _tls_words(error: ssl.SSLError) -> str:
    """Of a connection on which TLS did not come about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_words(error)
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "http: server gave HTTP response to HTTPS client"
    return f"remote error: tls: {(error.reason or 'handshake failure').lower().replace('_', ' ')}"


def _certificate_words(error: Exception) -> str:
    """As Go's crypto/x509 reports it."""
    message = str(error)
    if "Hostname mismatch" in message or "IP address mismatch" in message:
        return f"tls: failed to verify certificate: x509: certificate is not valid for it ({message})"
    if "expired" in message:
        return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority"


def _status_words(status: int, body: bytes) -> str:
    if status == 404:
        return "the server could not find the requested resource"
    if 300 <= status < 400:
        return f"the server answered with a redirection ({status}), which is not followed"
    message = body[:1000].decode(errors="replace").strip()
    if status >= 500:
        return f'an error on the server ("{message}") has prevented the request from succeeding'
    return f"the server rejected our request for an unknown reason ({status})"
