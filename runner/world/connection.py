"""The connections to one API server: TLS, certificates, proxies."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.base import CannotRead
from runner.words import phrase
from runner.world.bodies import clean
from runner.world.certificates import CertificateProblem, authorities, load_pair
from runner.world.credentials import Credentials
from runner.world.kubeconfig import decoded
from runner.world.kubeconfig_access import Access
from runner.world.proxies import Proxy, proxy_of, wrong
from runner.world.refusals import leads_elsewhere

if TYPE_CHECKING:
    import aiohttp

BUFFER = 256 * 1024
"""Bytes of a connection that wait to be read."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What requests to one API server go through. `server_name`: whom its certificate must be for; None: its own host."""

    session: aiohttp.ClientSession
    server_name: str | None
    proxy: str | None

    async def close(self) -> None:
        await self.session.close()


def connections(access: Access, who: Credentials) -> Connections:
    """Connections as `who`; none is opened yet. Raises CannotRead."""
    from aiohttp import ClientSession, DummyCookieJar, TCPConnector

    context = _tls(access, who)
    server_name = access.cluster.get("tls-server-name") or None
    proxy = _proxy(access)
    connector: aiohttp.BaseConnector
    if proxy is not None and proxy.is_socks:
        from runner.world.socks import connector as through

        connector = through(proxy.url, context, server_name)
    else:
        connector = TCPConnector(limit=0, ssl=context)  # each watch holds a connection: no limit
    session = ClientSession(
        connector=connector,
        trust_env=False,  # else the passwords in ~/.netrc go to whoever says that the host is theirs
        cookie_jar=DummyCookieJar(),
        read_bufsize=BUFFER,
        trace_configs=[_no_redirects(access)],
    )
    return Connections(session, server_name, proxy.url if proxy is not None and not proxy.is_socks else None)


def _no_redirects(access: Access) -> aiohttp.TraceConfig:
    """Refuses every redirect that aiohttp would follow by itself, as it does for a WebSocket: who we are is told to one
    server only. Whoever follows a redirect on purpose sends a request of its own."""
    from aiohttp import ClientSession, TraceConfig, TraceRequestRedirectParams

    async def refuse(_session: ClientSession, _context: object, of: TraceRequestRedirectParams) -> None:
        raise CannotRead("server", leads_elsewhere(access, clean(of.response.headers.get("Location", ""))))

    traced = TraceConfig()
    traced.on_request_redirect.append(refuse)
    return traced


def _tls(access: Access, who: Credentials) -> ssl.SSLContext:
    """As Go has it: any certificate that is named is trusted, and the subject's own name says nothing. Raises CannotRead."""
    try:
        named = str(access.cluster.get("certificate-authority-data") or "")
        context = ssl.create_default_context(cadata=authorities(decoded(named)) if named else None)
        if access.cluster.get("insecure-skip-tls-verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # many clusters' own CAs lack key identifiers
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.hostname_checks_common_name = False
        if who.certificate:
            load_pair(context, who.certificate, who.key)
    except (ValueError, OSError, CertificateProblem) as error:  # ssl.SSLError is an OSError
        why = error.message if isinstance(error, CertificateProblem) else str(error)
        raise CannotRead(
            "unauthorized",
            phrase(
                "The certificates of context {context} can't be used: {reason}.",
                context=access.context,
                reason=why,
            ),
        ) from error
    return context


def _proxy(access: Access) -> Proxy | None:
    """The proxy that leads to the server; None: none. Raises CannotRead."""
    proxy = proxy_of(access.server, access.cluster)
    if proxy is None:
        return None
    if problem := wrong(proxy):
        raise CannotRead(
            "unreachable",
            phrase(
                "The proxy address in {source} can't be used: {proxy}: {why}. Correct it or remove it.",
                source=proxy.source,
                proxy=proxy.shown,
                why=problem,
            ),
        )
    return proxy
