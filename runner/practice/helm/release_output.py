"""What helm prints about releases, charts and repositories (helm 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runner.practice.helm.release import Release

Row = Sequence[object]


def table(header: Row, rows: Sequence[Row]) -> str:
    """Columns with a tab behind each, as wide as their longest value."""
    lines = [[str(each) for each in row] for row in (header, *rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    return "\n".join(
        "\t".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )


def listed(releases: Sequence[Release]) -> str:
    header = ("NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION")
    return table(
        header,
        [
            (
                each.name,
                each.namespace,
                each.revision,
                _go_time(each.changed),
                each.status,
                each.chart_name,
                each.chart.get("appVersion", ""),
            )
            for each in releases
        ],
    )


def history(releases: Sequence[Release]) -> str:
    header = ("REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION")
    return table(
        header,
        [
            (each.revision, _long_time(each.changed), each.status, each.chart_name, each.chart.get("appVersion", ""),
             each.description)
            for each in releases
        ],
    )  # fmt: skip


def status(release: Release) -> str:
    notes = f"\nNOTES:\n{release.notes.rstrip()}" if release.notes else ""
    return (
        f"NAME: {release.name}\nLAST DEPLOYED: {_long_time(release.changed)}\nNAMESPACE: {release.namespace}\n"
        f"STATUS: {release.status}\nREVISION: {release.revision}\nTEST SUITE: None{notes}"
    )


def _long_time(text: str) -> str:
    return f"{_time(text):%a %b %e %H:%M:%S %Y}"


def _go_time(text: str) -> str:
    """As Go prints a time."""
    return f"{_time(text):%Y-%m-%d %H:%M:%S.%f %z %Z}"


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0).astimezone()
