"""Alerts: when a condition has held long enough (Prometheus' and Grafana's Normal, Pending, Firing)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.practice.containers.telemetry.label_pairs import Labels

State = Literal["inactive", "pending", "firing"]


@dataclass(slots=True)
class Alert:
    """One element that fulfils a condition."""

    value: float
    active_since: float
    """Seconds since 1970."""
    is_firing: bool = False


@dataclass(slots=True)
class AlertStates:
    """The alerts of one rule by their labels. `hold`: for how many seconds the condition must be fulfilled."""

    hold: float
    alerts: dict[Labels, Alert] = field(default_factory=dict)

    def update(self, fulfilled: Mapping[Labels, float], now: float) -> None:
        """After an evaluation."""
        for labels in list(self.alerts):
            if labels not in fulfilled:
                del self.alerts[labels]
        for labels, value in fulfilled.items():
            alert = self.alerts.setdefault(labels, Alert(value, now))
            alert.value = value
            alert.is_firing = alert.is_firing or now - alert.active_since >= self.hold

    @property
    def state(self) -> State:
        if any(alert.is_firing for alert in self.alerts.values()):
            return "firing"
        return "pending" if self.alerts else "inactive"
