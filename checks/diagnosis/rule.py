"""What a rule is, and how findings are reported: once per cause, the likeliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from checks.base import Finding, Object, World

Rule = Callable[[World, Object], Awaitable[Finding | None]]
"""Looks at one object for one family of causes. None where it does not see one: a rule never guesses."""

MOST = 3
"""Findings that are reported at once: more are rarely other causes."""


async def first(rules: Sequence[Rule], world: World, obj: Object) -> Finding | None:
    """What the first rule that sees something says. Rules stand in the order in which causes come: a pod that
    has no node can't lack its image."""
    for rule in rules:
        finding = await rule(world, obj)
        if finding is not None:
            return finding
    return None


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each cause once, told of the first object that shows it and with how many others do.

    What most objects show comes first; where that is equal, what came first.
    """
    found: dict[tuple[str, str, str], Finding] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        found.setdefault(finding.same, finding)
        counts[finding.same] += 1 + finding.others
    ranked = sorted(found, key=lambda same: -counts[same])
    return tuple(replace(found[same], others=counts[same] - 1) for same in ranked[:MOST])
