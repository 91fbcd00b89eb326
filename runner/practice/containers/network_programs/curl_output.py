"""What curl prints besides the body: the progress meter, what -v shows, and the variables of -w."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any
from urllib.parse import urljoin

from runner.practice.containers.network_messages import header
from runner.practice.containers.network_programs.curl_options import CurlError
from runner.practice.containers.network_programs.web_client import (
    Exchange,
    Url,
    request_head,
    response_head,
)

METER_HEAD = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)
VERSION_TEXT = """curl VERSION (x86_64-pc-linux-gnu) libcurl/VERSION OpenSSL/3.0.15 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4
Protocols: http https telnet
Features: alt-svc AsynchDNS HSTS HTTPS-proxy IPv6 Largefile SSL threadsafe UnixSockets
"""
HELP = """Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -s, --silent               Silent mode
 -T, --upload-file <file>   Transfer local FILE to destination
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit

This is not the full help, this menu is stripped into categories.
Use "--help category" to get an overview of all categories.
For all options use the manual or "--help all".
"""


def meter_line(received: int, sent: int, seconds: float, *, done: bool) -> str:
    """One state of the meter, without what moves to the line's beginning."""
    elapsed = max(seconds, 0.001)
    down, up, both = (int(number / elapsed) if done else 0 for number in (received, sent, received + sent))
    shares = [100 if done and number else 0 for number in (received + sent, received, sent)]
    return (
        f"{shares[0]:3} {_size(received + sent)}  {shares[1]:3} {_size(received)}  {shares[2]:3} {_size(sent)}  "
        f"{_size(down)}  {_size(up)} --:--:-- {_clock(seconds)} --:--:-- {_size(both)}"
    )


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:2}:{whole // 60 % 60:02}:{whole % 60:02}" if whole else "--:--:--"


def _size(number: int) -> str:
    """In five places: 98765, 123k, 12.3M."""
    if number < 100_000:
        return f"{number:5}"
    if number < 10_000 * 1024:
        return f"{number // 1024:4}k"
    if number < 100 * 1024**2:
        return f"{number / 1024**2:4.1f}M"
    return f"{number // 1024**2:4}M"


def warning(text: str) -> str:
    """A warning as curl breaks it into lines."""
    return "".join(f"Warning: {line}\n" for line in textwrap.wrap(text, 70))


def write_out(
    template: str, made: Exchange, url: Url, error: CurlError | None, redirects: int, output: str, number: int
) -> tuple[str, str]:
    """(for standard output, for standard error): what -w asks for."""
    values = variables(made, url, error, redirects, output, number)
    texts = {"stdout": "", "stderr": ""}
    stream = "stdout"
    position = 0
    for found in re.finditer(r"%\{([\w-]+)\}|%header\{([^}]*)\}|%%|\\([nrt\\])", template):
        texts[stream] += template[position : found.start()]
        position = found.end()
        if found[1]:
            if found[1] in texts:
                stream = found[1]
            elif found[1] == "onerror":
                if error is None:
                    return texts["stdout"], texts["stderr"]
            elif found[1] == "json":
                texts[stream] += json.dumps(values, separators=(",", ":"))
            elif found[1] in values:
                texts[stream] += str(values[found[1]])
            else:
                texts["stderr"] += f"curl: unknown --write-out variable: '{found[1]}'\n"
        elif found[2] is not None:
            texts[stream] += header(made.response.headers, found[2])
        elif found[3]:
            texts[stream] += {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[found[3]]
        else:
            texts[stream] += "%"
    texts[stream] += template[position:]
    return texts["stdout"], texts["stderr"]


def variables(
    made: Exchange, url: Url, error: CurlError | None, redirects: int, output: str, number: int
) -> dict[str, Any]:
    """The variables of -w by name, as text. Times are in seconds with six places."""
    response, request = made.response, made.request
    answered = made.answered > 0
    total = made.before + (made.answered or made.now())
    leads_to = header(response.headers, "Location") if answered and response.status // 100 == 3 else ""
    received = len(response.body) if answered else 0
    head = len(response_head(response)) if answered else 0
    sent = len(request.body)

    def seconds(value: float) -> str:
        return f"{value:.6f}"

    status = f"{response.status if answered else 0:03}"
    return {
        "content_type": header(response.headers, "Content-Type") if answered else "",
        "errormsg": error.message if error else "",
        "exitcode": error.code if error else 0,
        "filename_effective": output,
        "http_code": status,
        "http_connect": "000",
        "http_version": "1.1" if answered else "0",
        "local_ip": made.local[0],
        "local_port": made.local[1],
        "method": request.method,
        "num_connects": 1 if made.connected else 0,
        "num_headers": len(response.headers) if answered else 0,
        "num_redirects": redirects,
        "proxy_ssl_verify_result": 0,
        "redirect_url": urljoin(url.text, leads_to) if leads_to else "",
        "referer": header(request.headers, "Referer"),
        "remote_ip": made.address if made.connected else "",
        "remote_port": url.port if made.connected else 0,
        "response_code": status,
        "scheme": url.scheme.upper(),
        "size_download": received,
        "size_header": head,
        "size_request": len(request_head(request)) + sent if answered else 0,
        "size_upload": sent,
        "speed_download": int(received / max(total, 0.001)),
        "speed_upload": int(sent / max(total, 0.001)),
        "ssl_verify_result": made.verify_result,
        "time_appconnect": seconds(made.connected if url.scheme == "https" else 0),
        "time_connect": seconds(made.connected),
        "time_namelookup": seconds(made.resolved),
        "time_pretransfer": seconds(made.connected),
        "time_redirect": seconds(made.before),
        "time_starttransfer": seconds(made.answered),
        "time_total": seconds(total),
        "url": url.text,
        "url_effective": url.text,
        "urlnum": number,
    }
