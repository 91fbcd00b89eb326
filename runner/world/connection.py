"""The connections to one API server: TLS, certificates, proxies."""

from __future__ import annotations

import ssl
from functools import partial
from typing import Any

from checks.base import CannotRead
from runner.words import phrase
from runner.world.certificates import CertificateProblem, authorities, load_pair
from runner.world.credentials import Credentials
from runner.world.kubeconfig import decoded
from runner.world.kubeconfig_access import Access
from runner.world.proxies import proxy_of, wrong

BUFFER = 256 * 1024
"""Bytes of a connection that wait to be read."""


def rest_client(access: Access, who: Credentials) -> Any:
    """The kubernetes package's HTTP client: TLS, proxies, connection pool. Raises CannotRead."""
    from aiohttp import DummyCookieJar
    from kubernetes.aio.client.configuration import Configuration
    from kubernetes.aio.client.rest import RESTClientObject

    settings = Configuration(host=access.server)
    settings.connection_pool_maxsize = 0  # each watch holds a connection: no limit
    settings.verify_ssl = not access.cluster.get("insecure-skip-tls-verify")
    settings.tls_server_name = access.cluster.get("tls-server-name") or None
    settings.disable_strict_ssl_verification = True  # as kubectl: many clusters' own CAs lack key identifiers
    settings.client_session_kwargs = {
        "trust_env": False,  # else the passwords in ~/.netrc go to whoever says that the host is theirs
        "cookie_jar": DummyCookieJar(),
        "read_bufsize": BUFFER,
    }
    try:
        if access.cluster.get("certificate-authority-data"):
            settings.ca_cert_data = authorities(decoded(str(access.cluster["certificate-authority-data"])))
        client = RESTClientObject(settings)
        # As in Go: any certificate that is named is trusted, and the subject's own name says nothing.
        client.ssl_context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        client.ssl_context.hostname_checks_common_name = False
        if who.certificate:
            load_pair(client.ssl_context, who.certificate, who.key)
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
    _go_by_proxy(client, access)
    return client


def _go_by_proxy(client: Any, access: Access) -> None:
    proxy = proxy_of(access.server, access.cluster)
    if proxy is None:
        return
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
    if proxy.is_socks:
        from runner.world.socks import connector

        client._create_connector = partial(
            connector, proxy.url, client.ssl_context, client.configuration.tls_server_name
        )
    else:
        client.proxy = proxy.url
