"""Warnings of kinds that are deprecated with nothing to end them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.api.deprecation import deprecation


@pytest.mark.parametrize(
    ("version", "resource", "warning"),
    [
        ("1.20", "componentstatuses", ["v1 ComponentStatus is deprecated in v1.19+"]),
        ("1.32", "endpoints", []),
        (
            "1.33",
            "endpoints",
            ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
        ),
        ("1.33", "pods", []),
    ],
)
def test_warnings(version, resource, warning):
    registry = registry_of(version)
    call: Any = SimpleNamespace(resource=registry.by_key(resource), version="v1", api_version="v1")
    assert deprecation(call, registry) == warning
