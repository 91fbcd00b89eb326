"""Calls webhooks over TLS with the configuration's own authority, within time and size limits.

Admission is synchronous, because the store is; a webhook takes time. So a write that needs an answer which is not there
yet breaks off with `Unanswered`; who began it fetches the answer without holding anything up, and begins it again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import ssl
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

Object = dict[str, Any]
Key = tuple[str, ...]

LARGEST = 3 * 1024 * 1024
"""Bytes of an answer."""
MOST_CALLS = 200
"""Of one write: a configuration may have many webhooks, but not without end."""


def write_key(operation: str, resource: str, meta: Object) -> Key:
    """The key under which the answers of one write are kept; `meta` is the object's metadata."""
    owners = meta.get("ownerReferences") or ()
    owner = next((each.get("uid", "") for each in owners if each.get("controller")), "")
    name = meta.get("generateName") or meta.get("name") or ""
    return operation, resource, str(meta.get("namespace") or ""), str(owner), str(name)


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One POST. `address` is (host, port) where it is to go instead of the url's own; `authority` is PEM in base64."""

    url: str
    body: Object
    seconds: float
    authority: str = ""
    address: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """`problem` is why there is none, in the words of Go's HTTP client; `uid` that of the review that was sent."""

    body: Any = None
    problem: str = ""
    uid: str = ""


class Unanswered(Exception):
    """A write needs the answer of a webhook that is being asked."""

    def __init__(self, url: str, asking: asyncio.Task[None]) -> None:
        super().__init__(f"{url} has not answered yet")
        self._asking = asking

    async def fetch(self) -> None:
        """Wait until the answer is kept for the next try. Who stops waiting doesn't end it for others."""
        await asyncio.shield(self._asking)


@dataclass(slots=True)
class WebhookAnswers:
    """The webhooks' answers so far, by request."""

    known: dict[Key, WebhookAnswer] = field(default_factory=dict)
    _asking: dict[Key, asyncio.Task[None]] = field(default_factory=dict)

    def get(self, key: Key, call: WebhookCall) -> WebhookAnswer:
        """Raises Unanswered if there is no answer yet; it is asked at most once, however many tries wait for it."""
        found = self.known.get(key)
        if found is not None:
            return found
        if len(self.known) >= MOST_CALLS:
            return WebhookAnswer(problem="context deadline exceeded")
        # Begun here and not by who waits: between the two another try could have been answered and made the write.
        if key not in self._asking:
            self._asking[key] = asyncio.get_running_loop().create_task(self._ask(key, call))
        raise Unanswered(call.url, self._asking[key])

    async def _ask(self, key: Key, call: WebhookCall) -> None:
        try:
            self.known[key] = replace(await post(call), uid=call.body["request"]["uid"])
        finally:
            del self._asking[key]

    def forget(self, prefix: Key) -> None:
        """Drop the answers of a finished write, whose keys have this prefix."""
        for key in [key for key in self.known if key[: len(prefix)] == prefix]:
            del self.known[key]


async def post(call: WebhookCall) -> WebhookAnswer:
    """The answer, whatever happens. Redirections are not followed, proxies not used."""
    import aiohttp

    url = f"{call.url}{'&' if urlsplit(call.url).query else '?'}timeout={call.seconds:g}s"
    message = f'Post "{url}": '
    try:
        context = _context(call.authority)
    except (ValueError, ssl.SSLError):
        return WebhookAnswer(problem="unable to load root certificates: unable to parse bytes as PEM block")
    try:
        async with asyncio.timeout(call.seconds):
            return await _answer(call, url, context)
    except TimeoutError:
        return WebhookAnswer(problem=f"{message}context deadline exceeded")
    except aiohttp.ClientConnectorCertificateError as error:
        return WebhookAnswer(problem=f"{message}{_certificate_words(error.certificate_error)}")
    except aiohttp.ClientConnectorDNSError as error:
        return WebhookAnswer(problem=f"{message}dial tcp: lookup {error.host}: no such host")
    except aiohttp.ClientConnectorError as error:
        host, port = call.address or (error.host, error.port)
        why = (
            "connection refused"
            if isinstance(error.os_error, ConnectionRefusedError)
            else str(error.os_error)
        )
        return WebhookAnswer(problem=f"{message}dial tcp {host}:{port}: connect: {why}")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return WebhookAnswer(problem=f"{message}{error or 'EOF'}")


async def _answer(call: WebhookCall, url: str, context: ssl.SSLContext) -> WebhookAnswer:
    import aiohttp

    headers = {"Accept": "application/json", "User-Agent": "kube-apiserver-admission"}
    parts = urlsplit(url)
    server_name = parts.hostname
    if call.address is not None:
        headers["Host"] = parts.netloc
        host, port = call.address
        url = parts._replace(netloc=f"[{host}]:{port}" if ":" in host else f"{host}:{port}").geturl()
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
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


def _context(authority: str) -> ssl.SSLContext:
    """Trusts the configuration's own authority, where it has none those of the system."""
    if not authority:
        return ssl.create_default_context()
    try:
        pem = base64.b64decode(authority).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("no certificate") from None
    return ssl.create_default_context(cadata=pem)


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
