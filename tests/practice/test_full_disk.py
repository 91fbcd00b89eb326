"""The practice cluster's store on a disk that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.disk import DiskLost
from runner.practice.machinery.store import Store


def configmap(name: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "a"},
        "data": {"a": "x" * 5000},
    }


def test_what_can_not_be_kept_did_not_happen(tmp_path: Path) -> None:
    store = Store(tmp_path, registry_of())
    message: list[DiskLost] = []
    store.lost = message.append
    assert store._disk is not None
    pages = store._disk._db.execute("pragma page_count").fetchone()[0]
    store._disk._db.execute(f"pragma max_page_count = {pages + 10}")
    made = []
    with pytest.raises(DiskLost, match=r"objects\.sqlite: database or disk is full"):
        for number in range(1000):
            store.create("configmaps", configmap(f"c{number}"))
            made.append(f"c{number}")
    assert 0 < len(made) < 1000
    assert len(message) == 1
    names = [obj["metadata"]["name"] for obj in store.list("configmaps", "a")]
    store.close()
    again = Store(tmp_path, registry_of())
    assert (
        sorted(names)
        == sorted(made)
        == sorted(obj["metadata"]["name"] for obj in again.list("configmaps", "a"))
    )
    again.close()
