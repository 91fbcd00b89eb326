"""Mutated manifests: a practice cluster accepts what the real API server accepts, and refuses what it refuses."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

COUNT = int(os.environ.get("LABGATE_MUTANTS", "600"))
"""How many cases are tried: 2,500 are the whole measure."""
SAME = 0.98


def _beside(name: str) -> ModuleType:
    known = sys.modules.get(f"control_plane_{name}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(
        f"control_plane_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


both_servers, mutations = _beside("both_servers"), _beside("mutations")


@pytest.mark.timeout(600)
def test_same_answer(tmp_path: Path) -> None:
    """Servers of its own: an API server without controllers, which would go on with what the cases make."""
    planes = _beside("control_plane")
    binaries = planes.assets()
    if binaries is None:
        pytest.skip("no real API server to compare with: set KUBEBUILDER_ASSETS")
    with planes.ControlPlane(tmp_path / "plane", binaries, controllers=False) as plane:
        results = both_servers.compare_all(plane.kubeconfig, tmp_path, range(COUNT), mutations.SEED)
    message = "\n".join([both_servers.summary(results), *(str(one) for one in results if not one.same)])
    assert not [one for one in results if one.practice.code >= 500], message
    assert sum(one.same for one in results) >= SAME * len(results), message
