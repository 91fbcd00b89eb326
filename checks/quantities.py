"""Quantities as the API server reads them: `1024Mi` and `1Gi`, `0.5` and `500m` are the same, and it stores one of them."""

from __future__ import annotations

import re
from decimal import Decimal

_WRITTEN = re.compile(
    r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,2}))?"
)
_UNITS = {
    **{unit: Decimal(10) ** power for unit, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}  # fmt: skip
"""After k8s.io/apimachinery/pkg/api/resource."""
HOLDING = frozenset(
    [
        "limits",
        "requests",
        "capacity",
        "allocatable",
        "hard",
        "used",
        "default",
        "defaultRequest",
        "min",
        "max",
    ]
)
"""Mappings of Kubernetes whose values are quantities."""


def quantity(value: object) -> Decimal | None:
    """The number that is meant; None if it is no quantity."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _WRITTEN.fullmatch(str(value)[:90])
    if found is None:
        return None
    return Decimal(found[1]) * (_UNITS[found[2]] if found[2] else Decimal(10) ** int(found[3] or 0))


def same_quantity(one: object, other: object) -> bool:
    """Whether both are quantities, and of the same amount."""
    first = quantity(one)
    return first is not None and first == quantity(other)
