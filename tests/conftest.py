"""For all tests: what a slow or busy machine must not change."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")
os.environ["LABGATE_TOUR"] = "0"  # its cards would stand over every first lab, and each test's lab is one


@pytest.fixture(autouse=True)
def agreed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test opens was agreed to, as the page or command before it would have asked; `unasked`: it was not."""
    if request.node.get_closest_marker("unasked") is None:
        monkeypatch.setattr("runner.session.trust.may_run", lambda _lab: True)
