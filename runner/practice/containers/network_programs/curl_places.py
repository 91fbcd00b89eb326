"""Where curl's requests go: URLs as it reads them, files, --connect-to, proxies and sockets."""

from __future__ import annotations

import re

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.network_programs.curl_options import CurlError, Settings
from runner.practice.containers.network_programs.web_client import Url, parse_url

PROXY_PORT = 1080
"""That of a proxy without one."""
SCHEMES = ("http", "https", "telnet", "file")


def wanted_url(wanted: Settings, text: str) -> Url:
    """A URL with what -G and --url-query add to it. Raises CurlError."""
    if "://" not in text:
        text = f"{wanted.values.get('proto-default', 'http')}://{text}"
    scheme = text.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise CurlError(1, f'Protocol "{scheme}" not supported or disabled in libcurl')
    try:
        url = parse_url(text)
    except ValueError:
        raise CurlError(3, "URL using bad/illegal format or missing URL") from None
    more = list(wanted.query)
    if wanted.on("get") and wanted.body:
        more.append(wanted.body.decode("utf-8", "replace"))
    return parse_url(url.text + ("&" if "?" in url.text else "?") + "&".join(more)) if more else url


def file_content(files: ContainerFiles, url: Url) -> bytes:
    """What file:///PATH has. Raises CurlError."""
    try:
        return files.read(url.target)
    except OSError:
        raise CurlError(37, f"Couldn't open file {url.target}") from None


def other_place(wanted: Settings, url: Url, *, newer: bool) -> tuple[str, int] | None:
    """Host and port to which the connection goes, if not to the URL's. Raises CurlError."""
    if "unix-socket" in wanted.values or "abstract-unix-socket" in wanted.values:
        why = "Could not" if newer else "Couldn't"
        raise CurlError(
            7, f"Failed to connect to {url.host} port {url.port} after 0 ms: {why} connect to server"
        )
    for host, port, other, other_port in wanted.connect_to:
        if host in ("", url.host.lower()) and port in ("", str(url.port)):
            return other or url.host, int(other_port or url.port)
    proxy = wanted.values.get("proxy", "")
    if not proxy or wanted.values.get("noproxy", "") in ("*", url.host):
        return None
    place = parse_url(proxy)
    return place.host, place.port if re.search(r":\d+/?$", proxy) else PROXY_PORT
