"""Envoy's administration interface, as the one of a single pod's proxy: what is another pod's is left out, and prefixes go."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from runner.practice.containers.mesh.http_wire import MessageReader, request_bytes
from runner.practice.containers.mesh.pipe_streams import PIECE
from runner.practice.containers.network_messages import ConnectError, Request, Response

OF_PROXY = re.compile(r"\d+\.\d+\.\d+\.\d+;")
"""What the names of a proxy's resources begin with."""
OF_PIPE = re.compile(r"/(?:in|out|gw|app)-\d+\.\d+\.\d+\.\d+")
AS_ADDRESS = re.compile(r"[^\s:]*/(?:in|out|gw|app)-(\d+\.\d+\.\d+\.\d+)-(\d+)")
"""A pipe that stands for an address and a port."""
OWN = "xds-rest"
"""By which Envoy asks for its configuration."""


async def ask_envoy(admin: Path, request: Request) -> Response:
    """What Envoy's administration interface answers, for all pods. Raises ConnectError."""
    refused = ConnectError("refused", "127.0.0.1", 15000, "127.0.0.1")
    asked = Request(
        request.method, request.target, [("Host", "localhost"), ("Connection", "close")], request.body
    )
    try:
        reader, writer = await asyncio.open_unix_connection(admin)
    except OSError:
        raise refused from None
    try:
        writer.write(request_bytes(asked, "localhost"))
        messages = MessageReader()
        while True:
            piece = await reader.read(PIECE)
            messages.feed(piece)
            if (response := messages.response(request.method, ended=not piece)) is not None:
                return response
            if not piece:
                raise refused
    finally:
        writer.close()


async def ask_as_proxy(admin: Path, ip: str, request: Request) -> Response:
    """The same, of the proxy in the pod with that address. Raises ConnectError."""
    response = await ask_envoy(admin, request)
    if response.status == 200:
        response.body = _of_proxy(response.body.decode("utf-8", "replace"), ip).encode()
    kept = ("content-type", "cache-control", "x-content-type-options", "date", "server")
    response.headers = [pair for pair in response.headers if pair[0].lower() in kept]
    return response


def _of_proxy(text: str, ip: str) -> str:
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return text
        return json.dumps(_kept(found, f"{ip};"), indent=1).replace(f"{ip};", "")
    lines = [AS_ADDRESS.sub(r"\1:\2", line) for line in text.splitlines() if _is_of(line, f"{ip};")]
    return "".join(f"{line}\n" for line in lines).replace(f"{ip};", "")


def _is_of(text: str, prefix: str) -> bool:
    """Whether it is that proxy's, or nobody's."""
    found = OF_PROXY.search(text)
    if found is None:
        return not (OF_PIPE.search(text) or OWN in text)
    return text.startswith(prefix, found.start())


def _kept(value: Any, prefix: str) -> Any:
    """JSON without the resources of others: entries of lists whose name is theirs."""
    if isinstance(value, dict):
        return {key: _kept(each, prefix) for key, each in value.items()}
    if isinstance(value, list):
        return [_kept(each, prefix) for each in value if _is_of(_name(each), prefix)]
    return value


def _name(value: Any) -> str:
    """What an entry of a dump is called; "" where it is no resource."""
    if not isinstance(value, dict):
        return ""
    name = value.get("name") or value.get("cluster_name")
    if isinstance(name, str):
        return name
    for key in ("cluster", "listener", "route_config", "active_state", "endpoint_config", "secret"):
        if isinstance(value.get(key), dict) and (found := _name(value[key])):
            return found
    return ""
