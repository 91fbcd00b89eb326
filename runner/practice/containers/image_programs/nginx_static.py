"""Files that nginx serves: root and alias, index, try_files, autoindex."""

from __future__ import annotations

import html
import posixpath
import re
import time
from collections.abc import Sequence
from urllib.parse import quote

from runner.practice.containers.image_programs.http_dates import http_date
from runner.practice.containers.image_programs.media_types import media_type
from runner.practice.containers.image_programs.nginx_config import Directive, arguments
from runner.practice.containers.image_programs.nginx_exchange import Exchange
from runner.practice.containers.image_programs.nginx_locations import Location
from runner.practice.containers.image_programs.nginx_output import error_page
from runner.practice.containers.image_programs.nginx_state import NginxState
from runner.practice.containers.network_messages import Response

Blocks = Sequence[Directive]


async def static(
    server: NginxState, location: Location | None, blocks: Blocks, at: Exchange
) -> Response | str:
    """The file, or the URI of an internal redirection."""
    tried = arguments(blocks[:2], "try_files") if location else blocks[0].first("try_files")
    if tried:
        turned = _tried(server, location, blocks, at, tried)
        if not isinstance(turned, str) or turned.startswith("@"):
            return turned
        if turned != at.uri:
            at.uri = turned
            if turned == at.filled(tried[-1]).partition("?")[0]:
                return turned
    path = _path(location, blocks, at, at.uri)
    if at.uri.endswith("/"):
        return await _folder(server, location, blocks, at, path)
    if server.files.is_folder(path):
        port = "" if at.request.port in (80, 443) else f":{at.request.port}"
        made = error_page(301, server.version)
        to = f"{at.request.scheme}://{at.host}{port}{quote(at.uri)}/" + (f"?{at.args}" if at.args else "")
        return Response(301, [("Content-Type", "text/html"), ("Location", to)], made.body)
    return await _file(server, blocks, at, path)


def _path(location: Location | None, blocks: Blocks, at: Exchange, uri: str) -> str:
    own = location.blocks[0] if location else None
    alias = own.first("alias") if own else None
    if location and alias:
        to = at.filled(alias[0])
        return to if location.matches is not None else to + uri[len(location.pattern) :]
    root = at.filled((arguments(blocks, "root") or ["html"])[0])
    at.values["document_root"] = root = posixpath.join("/etc/nginx", root)
    at.values["request_filename"] = root + uri
    return root + uri


def _tried(
    server: NginxState, location: Location | None, blocks: Blocks, at: Exchange, tried: Sequence[str]
) -> Response | str:
    for each in tried[:-1]:
        uri = at.filled(each)
        path = _path(location, blocks, at, uri)
        if (
            server.files.is_folder(path)
            if uri.endswith("/")
            else server.files.exists(path) and not server.files.is_folder(path)
        ):
            return uri
    last = at.filled(tried[-1])
    return error_page(int(last[1:]), server.version) if last.startswith("=") else last


async def _folder(
    server: NginxState, location: Location | None, blocks: Blocks, at: Exchange, path: str
) -> Response | str:
    names = arguments(blocks, "index") or ["index.html"]
    for name in names:
        if server.files.exists(posixpath.join(path, at.filled(name))):
            uri = at.uri + at.filled(name)
            own = posixpath.join(path, at.filled(name))
            at.uri = uri
            return await _file(server, blocks, at, own)
    if not server.files.is_folder(path):
        await server.logs.error(at, f'"{path}{names[0]}" is not found (2: No such file or directory)')
        return error_page(404, server.version)
    if (arguments(blocks, "autoindex") or ["off"])[0] == "on":
        return _listing(server, at, path)
    await server.logs.error(at, f'directory index of "{path}" is forbidden')
    return error_page(403, server.version)


async def _file(server: NginxState, blocks: Blocks, at: Exchange, path: str) -> Response:
    try:
        info = server.files.stat(path)
        body = server.files.read(path)
    except OSError:
        await server.logs.error(at, f'open() "{path}" failed (2: No such file or directory)')
        return error_page(404, server.version)
    if not info["mode"] & 0o444:
        await server.logs.error(at, f'open() "{path}" failed (13: Permission denied)')
        return error_page(403, server.version)
    if at.request.method not in ("GET", "HEAD"):
        return error_page(405, server.version)
    kind = media_type(path, (arguments(blocks, "default_type") or ["text/plain"])[0])
    tag = f'"{int(info["modified"]):x}-{len(body):x}"'
    changed = http_date(info["modified"])
    if at.request.header("if-none-match") == tag or at.request.header("if-modified-since") == changed:
        return Response(304, [("Last-Modified", changed), ("ETag", tag)])
    headers = [("Content-Type", kind), ("Last-Modified", changed), ("ETag", tag), *added(blocks, at)]
    return _part(at, headers, body) or Response(200, [*headers, ("Accept-Ranges", "bytes")], body)


def _part(at: Exchange, headers: list[tuple[str, str]], body: bytes) -> Response | None:
    """What a Range header with one range asks for (RFC 9110, 14.2); None for all of it."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", at.request.header("range"))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    begin = int(first) if first else max(len(body) - int(last), 0)
    end = min(int(last), len(body) - 1) if first and last else len(body) - 1
    if begin > end:
        return Response(416, [("Content-Type", "text/html"), ("Content-Range", f"bytes */{len(body)}")])
    place = ("Content-Range", f"bytes {begin}-{end}/{len(body)}")
    return Response(206, [*headers, place], body[begin : end + 1])


def added(blocks: Blocks, at: Exchange) -> list[tuple[str, str]]:
    """What add_header of the innermost block that has one adds."""
    for block in blocks:
        found = [(each.args[0], at.filled(each.args[1])) for each in block.all("add_header")]
        if found:
            return [pair for pair in found if pair[1]]
    return []


def _listing(server: NginxState, at: Exchange, path: str) -> Response:
    title = f"Index of {html.escape(at.uri)}"
    lines = [
        f'<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1><hr><pre><a href="../">../</a>\r\n'
    ]
    for name in server.files.names(path):
        info = server.files.stat(posixpath.join(path, name))
        is_folder = info["file_type"] == "directory"
        shown = f"{name}/" if is_folder else name
        when = time.strftime("%d-%b-%Y %H:%M", time.gmtime(info["modified"]))
        size = "-" if is_folder else str(info["size"])
        gap = " " * max(1, 51 - len(shown))
        lines.append(f'<a href="{quote(shown)}">{html.escape(shown)}</a>{gap}{when} {size:>19}\r\n')
    lines.append("</pre><hr></body>\r\n</html>\r\n")
    return Response(200, [("Content-Type", "text/html")], "".join(lines).encode())
