"""How many requests are traced is in istiod's environment."""

from __future__ import annotations

import pytest

from runner.practice.mesh.view_of_store import _trace_sampling


@pytest.mark.parametrize(
    ("value", "expected"), [("100", 100.0), ("0.5", 0.5), ("250", 100.0), ("all", 1.0), (None, 1.0)]
)
def test_the_environment_of_istiod_says_it(value: str | None, expected: float) -> None:
    variable = {"name": "PILOT_TRACE_SAMPLING", **({"value": value} if value is not None else {})}
    pod = {
        "spec": {
            "containers": [{"name": "discovery", "env": [{"name": "REVISION", "value": "default"}, variable]}]
        }
    }
    assert _trace_sampling([pod]) == expected
    assert _trace_sampling([]) == 1.0
