"""What becomes of a wanted number of replicas: stabilised over time, and within the bounds and rates of the autoscaler
(k8s.io/kubernetes, pkg/controller/podautoscaler/horizontal.go).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.practice.machinery.store import Object

STABILIZATION = 300.0
"""Seconds for which a lower number is put off (--horizontal-pod-autoscaler-downscale-stabilization)."""
Condition = tuple[str, str, str, str]
"""(type, status, reason, message)"""
_STABLE = ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size")
_HIGHER = "recent recommendations were higher than current one, applying the highest recent recommendation"
_LOWER = "recent recommendations were lower than current one, applying the lowest recent recommendation"
_MORE = "the desired replica count is more than the maximum replica count"
_LESS = "the desired replica count is less than the minimum replica count"
_UP_RATE = "the desired replica count is increasing faster than the maximum scale rate"
_DOWN_RATE = "the desired replica count is decreasing faster than the maximum scale rate"
_WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
Limited = tuple[int, str, str]
"""(replicas, reason, message)"""


@dataclass(slots=True)
class ScalingHistory:
    """What one autoscaler recommended and did; moments are seconds of a real cluster."""

    recommendations: list[tuple[float, int]] = field(default_factory=list)
    ups: list[tuple[float, int]] = field(default_factory=list)
    downs: list[tuple[float, int]] = field(default_factory=list)

    def limited(self, spec: Object, current: int, wanted: int, now: float) -> tuple[int, list[Condition]]:
        """(the replicas that it may have now, the conditions that say why)."""
        if not self.recommendations:
            self.recommendations.append((now, current))
        behavior = spec.get("behavior")
        stable, condition = self._stabilized(behavior, current, wanted, now)
        self.recommendations.append((now, wanted))
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if behavior is None:
            allowed, reason, message = _by_default(current, stable, least, most)
        else:
            allowed, reason, message = self._by_rates(behavior, current, stable, least, most, now)
        limited = "False" if allowed == stable else "True"
        return allowed, [condition, ("ScalingLimited", limited, reason, message)]

    def scaled(self, before: int, after: int, now: float) -> None:
        if after > before:
            self.ups.append((now, after - before))
        else:
            self.downs.append((now, before - after))

    def _stabilized(
        self, behavior: Object | None, current: int, wanted: int, now: float
    ) -> tuple[int, Condition]:
        up = wanted >= current and behavior is not None
        windows = {
            side: float(usual if (given := _window(behavior, side)) is None else given)
            for side, usual in (("scaleUp", 0.0), ("scaleDown", STABILIZATION))
        }
        self.recommendations = [
            each for each in self.recommendations if each[0] >= now - max(windows.values())
        ]
        window = windows["scaleUp" if up else "scaleDown"]
        recent = [count for moment, count in self.recommendations if moment > now - window]
        stable = min([wanted, *recent]) if up else max([wanted, *recent])
        if stable == wanted:
            return stable, _STABLE
        side, why = ("ScaleUpStabilized", _LOWER) if up else ("ScaleDownStabilized", _HIGHER)
        return stable, ("AbleToScale", "True", side, why)

    def _by_rates(
        self, behavior: Object, current: int, wanted: int, least: int, most: int, now: float
    ) -> Limited:
        if wanted > current:
            rate = max(current, self._rate(behavior.get("scaleUp") or {}, current, now, up=True))
            if most > rate:
                most, why = rate, ("ScaleUpLimit", _UP_RATE)
            else:
                why = ("TooManyReplicas", _MORE)
            if wanted > most:
                return most, *why
        elif wanted < current:
            rate = min(current, self._rate(behavior.get("scaleDown") or {}, current, now, up=False))
            if least < rate:
                least, why = rate, ("ScaleDownLimit", _DOWN_RATE)
            else:
                why = ("TooFewReplicas", _LESS)
            if wanted < least:
                return least, *why
        return wanted, *_WITHIN

    def _rate(self, rules: Object, current: int, now: float, *, up: bool) -> int:
        """As far as the policies let it go from what there was at the beginning of their periods."""
        choice = rules.get("selectPolicy", "Max")
        if choice == "Disabled":
            return current
        limits = []
        for policy in rules.get("policies") or ():
            since = now - float(policy["periodSeconds"])
            changed = sum(change for moment, change in (self.ups if up else self.downs) if moment > since)
            begun = current - changed if up else current + changed
            value = policy["value"]
            if policy["type"] == "Pods":
                limits.append(begun + value if up else begun - value)
            elif up:
                limits.append(math.ceil(begun * (1 + value / 100)))
            else:
                limits.append(int(begun * (1 - value / 100)))
        furthest: Callable[[list[int]], int] = max if (choice == "Max") == up else min
        return furthest(limits) if limits else current


def _window(behavior: Object | None, side: str) -> float | None:
    found: float | None = ((behavior or {}).get(side) or {}).get("stabilizationWindowSeconds")
    return found


def _by_default(current: int, wanted: int, least: int, most: int) -> Limited:
    """Without a behavior: at most twice as many at a time, or four."""
    rate = max(2 * current, 4)
    if most > rate:
        most, why = rate, ("ScaleUpLimit", _UP_RATE)
    else:
        why = ("TooManyReplicas", _MORE)
    if wanted < least:
        return least, "TooFewReplicas", _LESS
    if wanted > most:
        return most, *why
    return wanted, *_WITHIN
