"""Short forms that tables use: ages, labels, selectors, lists that are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"
SHOWN = 3
"""Members of a list that a cell shows before it says how many more there are."""


def moment(stamp: str | None) -> datetime | None:
    """An RFC 3339 time (with or without parts of a second); None if there is none."""
    if not stamp:
        return None
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def ago(elapsed: timedelta) -> str:
    """A duration in the two units at most that kubectl shows: 45s, 2m5s, 14m, 3h10m, 2d4h, 400d."""
    seconds = int(elapsed.total_seconds())
    if seconds < 0:
        return "<invalid>" if seconds < -1 else "0s"
    minutes, hours = seconds // 60, seconds // 3600
    days, years = hours // 24, hours // 24 // 365
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if years < 2:
        return f"{days}d"
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def labels(found: Mapping[str, Any] | None) -> str:
    """`a=b,c=d`, sorted; <none> where empty."""
    return ",".join(f"{key}={found[key]}" for key in sorted(found)) if found else NONE


def selector(found: Mapping[str, Any] | None) -> str:
    """A label selector as its text: `app=web,tier in (a,b),!old`; <none> where it selects everything."""
    if not found:
        return NONE
    parts = [(key, f"{key}={value}") for key, value in (found.get("matchLabels") or {}).items()]
    parts += [(one["key"], _expression(one)) for one in found.get("matchExpressions") or ()]
    return ",".join(text for _, text in sorted(parts, key=lambda part: part[0])) or NONE


def _expression(one: Mapping[str, Any]) -> str:
    key, values = str(one["key"]), ",".join(sorted(one.get("values") or ()))
    forms: dict[str, str] = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return forms.get(one.get("operator", ""), "<invalid>")


def cut(members: Sequence[str], *, empty: str, count: int | None = None) -> str:
    """The first members, and how many more: `a,b,c + 2 more...`; `count` is their number if not all are given."""
    if not members:
        return empty
    total = len(members) if count is None else count
    text = ",".join(members[:SHOWN])
    return f"{text} + {total - SHOWN} more..." if total > SHOWN else text


def boolean(value: bool | None) -> str:
    """`True`, `False`, or <unset>."""
    return UNSET if value is None else str(bool(value))


def containers(spec: Mapping[str, Any] | None) -> tuple[str, str]:
    """(names, images) of a pod spec's containers."""
    found = (spec or {}).get("containers") or ()
    return ",".join(c.get("name", "") for c in found), ",".join(c.get("image", "") for c in found)
