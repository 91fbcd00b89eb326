from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import HISTORY, Change, Key, Store
from tests.practice.edits import edit

DEPLOYMENTS = "deployments.apps"
WEB = Key(DEPLOYMENTS, "default", "web")


def deployment(name: str = "web", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default"}, "spec": spec}


def pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "namespace": "default"}, "spec": spec}


@pytest.fixture
def store() -> Store:
    return Store(registry=registry_of())


def test_create_gives_an_identity(store: Store) -> None:
    made = store.create(DEPLOYMENTS, deployment(replicas=1))
    meta = made["metadata"]
    assert meta["uid"] and meta["creationTimestamp"].endswith("Z")
    assert (meta["resourceVersion"], meta["generation"]) == ("1", 1)
    with pytest.raises(ApiError, match=r'deployments.apps "web" already exists'):
        store.create(DEPLOYMENTS, deployment())


def test_update_counts_generations_of_the_spec_alone(store: Store) -> None:
    store.create(DEPLOYMENTS, deployment(replicas=1))
    edit(store, WEB, lambda obj: {**obj, "metadata": {**obj["metadata"], "labels": {"a": "b"}}})
    assert store.get(WEB)["metadata"]["generation"] == 1  # type: ignore[index]
    edit(store, WEB, lambda obj: {**obj, "spec": {"replicas": 2}})
    assert store.get(WEB)["metadata"]["generation"] == 2  # type: ignore[index]
    edit(store, WEB, lambda obj: {**obj, "status": {"replicas": 2}, "spec": {}}, status=True)
    kept = store.get(WEB)
    assert kept is not None
    assert (kept["spec"], kept["status"], kept["metadata"]["generation"]) == (
        {"replicas": 2},
        {"replicas": 2},
        2,
    )


def test_update_of_the_object_keeps_the_status(store: Store) -> None:
    store.create(DEPLOYMENTS, {**deployment(), "status": {"replicas": 3}})
    changed = store.update(DEPLOYMENTS, {**deployment(replicas=1), "status": {"replicas": 0}})
    assert changed["status"] == {"replicas": 3}


def test_update_of_an_old_version_is_a_conflict(store: Store) -> None:
    old = store.create(DEPLOYMENTS, deployment())
    edit(store, WEB, lambda obj: {**obj, "spec": {"replicas": 2}})
    with pytest.raises(ApiError, match="the object has been modified; please apply your changes") as refused:
        store.update(DEPLOYMENTS, old)
    assert refused.value.code == 409


def test_no_change_makes_no_revision(store: Store) -> None:
    made = store.create(DEPLOYMENTS, deployment())
    assert store.update(DEPLOYMENTS, made) == made
    assert edit(store, WEB, lambda obj: None) == made
    assert store.revision == 1


def test_dry_runs_store_nothing(store: Store) -> None:
    store.create(DEPLOYMENTS, deployment("other"), dry_run=True)
    store.create(DEPLOYMENTS, deployment())
    store.update(DEPLOYMENTS, deployment(replicas=7), dry_run=True)
    store.delete(WEB, dry_run=True)
    assert store.revision == 1
    assert store.get(WEB)["spec"] == {}  # type: ignore[index]


def test_finalizers_hold_an_object(store: Store) -> None:
    store.create(DEPLOYMENTS, deployment())
    message: list[str] = []
    store.subscribe(lambda change: message.append(change.type))
    store.delete(WEB, propagation="Foreground")
    held = store.get(WEB)
    assert held is not None
    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    edit(store, WEB, lambda obj: {**obj, "metadata": {**obj["metadata"], "finalizers": []}})
    assert store.get(WEB) is None
    assert message == ["MODIFIED", "DELETED"]


def test_pods_wait_for_their_kubelet(store: Store) -> None:
    key = Key("pods", "default", "p")
    store.create("pods", pod(nodeName="n", terminationGracePeriodSeconds=7))
    store.delete(key)
    waiting = store.get(key)
    assert waiting is not None
    assert waiting["metadata"]["deletionGracePeriodSeconds"] == 7
    store.delete(key, grace=0)
    assert store.get(key) is None
    store.create("pods", pod())
    store.delete(key)
    assert store.get(key) is None  # nobody runs it


def test_a_namespace_goes_when_its_content_is_gone(store: Store) -> None:
    key = Key("namespaces", "", "x")
    store.create("namespaces", {"metadata": {"name": "x"}, "spec": {"finalizers": ["kubernetes"]}})
    store.delete(key)
    assert store.get(key)["status"]["phase"] == "Terminating"  # type: ignore[index]
    edit(store, key, lambda obj: {**obj, "spec": {}})
    assert store.get(key) is None


def test_changes_since(store: Store) -> None:
    for number in range(3):
        store.create(DEPLOYMENTS, deployment(f"d{number}"))
    assert [change.revision for change in store.changes(1)] == [2, 3]
    store.compact()
    with pytest.raises(ApiError) as refused:
        store.changes(1)
    assert (refused.value.code, refused.value.reason) == (410, "Expired")
    assert store.changes(3) == []


def test_the_history_is_bounded(store: Store) -> None:
    store.create("configmaps", {"metadata": {"name": "x", "namespace": "d"}})
    for number in range(HISTORY + 5):
        edit(store, Key("configmaps", "d", "x"), lambda obj, n=number: {**obj, "data": {"n": str(n)}})
    assert len(store.changes(store.revision - HISTORY)) == HISTORY
    with pytest.raises(ApiError):
        store.changes(store.revision - HISTORY - 1)


def test_snapshots_undo_what_came_later(store: Store) -> None:
    store.create(DEPLOYMENTS, deployment("a"))
    store.create(DEPLOYMENTS, deployment("b"))
    then = store.revision
    store.delete(Key(DEPLOYMENTS, "default", "a"))
    store.create(DEPLOYMENTS, deployment("c"))
    edit(store, Key(DEPLOYMENTS, "default", "b"), lambda obj: {**obj, "spec": {"replicas": 9}})
    found = store.snapshot(DEPLOYMENTS, None, then)
    assert [(obj["metadata"]["name"], obj["spec"]) for obj in found] == [("a", {}), ("b", {})]


def test_listeners_see_changes_in_order(store: Store) -> None:
    seen: list[int] = []

    def meddle(change: Change) -> None:
        if change.type == "ADDED":
            edit(store, change.key, lambda obj: {**obj, "spec": {"replicas": 5}})

    store.subscribe(meddle)
    unsubscribe = store.subscribe(lambda change: seen.append(change.revision))
    store.create(DEPLOYMENTS, deployment())
    assert seen == [1, 2]
    unsubscribe()
    store.delete(WEB)
    assert seen == [1, 2]


KILLED = """
import os, signal, sys
from pathlib import Path
from runner.practice.kinds import registry_of
from runner.practice.machinery.store import Key, Store
store = Store(Path(sys.argv[1]), registry_of())
for number in range(20):
    store.create("configmaps", {"metadata": {"name": f"c{number}", "namespace": "d"}})
store.delete(Key("configmaps", "d", "c3"))
print("done", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


async def test_state_survives_a_kill(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    out, _ = await process.communicate()
    assert (out, process.returncode) == (b"done\n", -9)
    store = Store(tmp_path, registry_of())
    assert (len(store.list("configmaps")), store.revision) == (19, 21)
    with pytest.raises(ApiError):
        store.changes(5)  # watchers of the old life list again
    assert (tmp_path / "objects.sqlite").stat().st_mode & 0o077 == 0
    store.close()
