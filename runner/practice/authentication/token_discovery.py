"""How others can check the cluster's tokens: OpenID Connect discovery, and the public keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from runner.practice.authentication.account_tokens import AccountTokens, discovery_of
from runner.practice.machinery.api.backend import Page
from runner.practice.machinery.api.output import encode

KEYS = "/openid/v1/jwks"


def token_pages(tokens: AccountTokens, address: Callable[[], str]) -> Mapping[str, Page]:
    """By path; `address` gives the API server's host and port."""

    async def keys(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "application/jwk-set+json"}
        return web.Response(body=encode(tokens.keys()), headers=headers)

    async def configuration(request: web.Request) -> web.StreamResponse:
        body = encode(discovery_of(f"https://{address()}{KEYS}"))
        return web.Response(body=body, headers={"Content-Type": "application/json"})

    return {KEYS: keys, "/.well-known/openid-configuration": configuration}
