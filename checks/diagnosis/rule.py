"""Rules, and how their findings are reported: once per cause, the likeliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from checks.base import Finding, Object, World

Rule = Callable[[World, Object], Awaitable[Finding | None]]
"""Examines one object for one family of causes. None if it does not find one: a rule never guesses."""

MOST = 3
"""Findings that are reported at once: more are rarely different causes."""


async def first(rules: Sequence[Rule], world: World, obj: Object) -> Finding | None:
    """The finding of the first rule that has one. Rules are in causal order: a pod without a node can't be missing
    its image."""
    for rule in rules:
        finding = await rule(world, obj)
        if finding is not None:
            return finding
    return None


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each cause once, with the first object that shows it and the number of others.

    The most frequent cause comes first; ties keep their order.
    """
    found: dict[tuple[str, str, str], Finding] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        found.setdefault(finding.same, finding)
        counts[finding.same] += 1 + finding.others
    ranked = sorted(found, key=lambda same: -counts[same])
    return tuple(replace(found[same], others=counts[same] - 1) for same in ranked[:MOST])


def one(finding: Finding | None) -> tuple[Finding, ...]:
    """A finding that may be none."""
    return (finding,) if finding is not None else ()
