"""What the platforms put in for a host, a port or an address: on the learner's own machine that is localhost, or nothing.

Killercoda's `{{TRAFFIC_HOST1_80}}`, Katacoda's `https://[[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]].environments.katacoda.com`
and `[[HOST_IP]]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from runner.words import Phrase, phrase

ReportNote = Callable[[int, Phrase, Phrase | None], None]
"""Takes a line, what is the matter, and what to do."""

TRAFFIC = re.compile(r"\{\{\s*TRAFFIC_(?:HOST(\d+)_(\d+)|(\w+))\s*\}\}")
_KATACODA = re.compile(
    r"https?://[\w.-]*\[\[(?:HOST|CLIENT)(\d*)_SUBDOMAIN\]\]-(\d+)-\[\[KATACODA_HOST\]\]\.environments\.katacoda\.com"
)
_ADDRESS = re.compile(r"\[\[(HOST|CLIENT)(\d*)_(?:IP|SUBDOMAIN)\]\]|\[\[KATACODA_(?:HOST|DOMAIN)\]\]")
SELECTOR = "{{TRAFFIC_SELECTOR}}"

_PORT_HINT = phrase(
    "forward the port (kubectl port-forward), or add a console to the step: {example}",
    example="console: {service: …, in: …, port: …, title: …}",
)


def replaced(text: str, line: int, report: ReportNote) -> tuple[str, bool]:
    """`text` with localhost for the scenario's first host; and whether it needs another host.

    `line` is that of its beginning.
    """
    elsewhere = False

    def at(found: re.Match[str]) -> int:
        return line + text.count("\n", 0, found.start())

    def traffic(found: re.Match[str]) -> str:
        nonlocal elsewhere
        host, port, other = found[1], found[2], found[3]
        if other is not None:
            report(
                at(found),
                phrase("a link to the list of ports, which a lab does not have"),
                phrase("remove it"),
            )
            return "localhost"
        return address(found, host, port)

    def address(found: re.Match[str], host: str, port: str) -> str:
        nonlocal elsewhere
        if host not in ("", "1", "01"):
            elsewhere = True
            report(at(found), phrase("a page of host {host}, port {port}", host=host, port=port), _PORT_HINT)
            return f"http://host{host}:{port}"
        where = phrase(
            "a page of the scenario's host, port {port}: replaced by {url}",
            port=port,
            url=f"http://localhost:{port}",
        )
        report(at(found), where, _PORT_HINT)
        return f"http://localhost:{port}"

    def ip(found: re.Match[str]) -> str:
        nonlocal elsewhere
        if found[2] not in (None, "", "1", "01"):
            elsewhere = True
            what = phrase("the address of another host: {written}", written=found[0])
            report(at(found), what, phrase("a lab has one machine: the learner's"))
            return f"host{found[2]}"
        what = phrase("replaced {written} by localhost", written=found[0])
        report(at(found), what, phrase("make sure that it is correct on the learner's machine"))
        return "localhost"

    text = TRAFFIC.sub(traffic, text)
    text = _KATACODA.sub(lambda found: address(found, found[1], found[2]), text)
    return _ADDRESS.sub(ip, text), elsewhere
