"""A cluster that was saved: its authority, its tokens, and the roles of the server itself."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import aiohttp
import pytest

from runner.practice.authentication.authority import CA, Authority
from runner.practice.authorization.bootstrap import bootstrap_policy
from runner.practice.authorization.rbac import CLUSTER_BINDINGS, CLUSTER_ROLES
from runner.practice.authorization.reconciliation import reconcile_policy
from runner.practice.cluster import PracticeCluster
from runner.practice.kinds import registry_of
from runner.practice.machinery.store import Key, Store
from tests.practice.edits import edit

VIEW = Key(CLUSTER_ROLES, "", "system:aggregate-to-view")
DISCOVERY = Key(CLUSTER_BINDINGS, "", "system:discovery")


@pytest.fixture
def store() -> Store:
    made = Store(None, registry_of("1.32"))
    reconcile_policy(made, 32)
    return made


def test_what_is_complete_is_left_alone(store):
    before = store.revision
    reconcile_policy(store, 32)
    assert store.revision == before


def test_what_is_missing_comes_back(store):
    store.delete(DISCOVERY)
    more = {"apiGroups": ["x"], "resources": ["y"], "verbs": ["get"]}
    edit(store, VIEW, lambda role: {**role, "rules": [more]})
    reconcile_policy(store, 32)
    assert store.get(DISCOVERY)["subjects"]
    wanted = next(obj for _, obj in bootstrap_policy(32) if obj["metadata"]["name"] == VIEW.name)
    assert store.get(VIEW)["rules"] == [more, *wanted["rules"]]


def test_subjects_are_added_and_others_stay(store):
    other = {"kind": "User", "name": "ann", "apiGroup": "rbac.authorization.k8s.io"}
    edit(store, DISCOVERY, lambda binding: {**binding, "subjects": [other]})
    reconcile_policy(store, 32)
    assert [subject["name"] for subject in store.get(DISCOVERY)["subjects"]] == [
        "ann",
        "system:authenticated",
    ]


def test_autoupdate_false_means_no(store):
    off = {"rbac.authorization.kubernetes.io/autoupdate": "false"}

    def own(role):
        return {**role, "rules": [], "metadata": {**role["metadata"], "annotations": off}}

    edit(store, VIEW, own)
    reconcile_policy(store, 32)
    assert store.get(VIEW)["rules"] == []


async def _get(cluster: PracticeCluster, path: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with (
        aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as http,
        http.get(path) as answer,
    ):
        return answer.status


async def test_tokens_stay_true(tmp_path: Path):
    async with PracticeCluster("kept", folder=tmp_path) as cluster:
        account = cluster.store.get(Key("serviceaccounts", "default", "default"))
        token = cluster.tokens.issue(account, ["https://kubernetes.default.svc.cluster.local"], 600, None)
        assert await _get(cluster, "/api/v1/pods", token) == 403
    async with PracticeCluster("kept", folder=tmp_path) as cluster:
        assert await _get(cluster, "/api/v1/pods", token) == 403


async def test_the_authority_that_pods_are_reported_is_the_cluster_s(tmp_path: Path):
    """A cluster of an earlier version of this program has none, and is given one."""
    async with PracticeCluster("kept", folder=tmp_path) as cluster:
        old = cluster.authority.certificate
    (tmp_path / CA).unlink()
    key = Key("configmaps", "kube-system", "kube-root-ca.crt")
    async with PracticeCluster("kept", folder=tmp_path, speed=50) as cluster:
        new = Authority.of(tmp_path).certificate
        end = time.monotonic() + 20
        while cluster.store.get(key)["data"]["ca.crt"] != new:
            assert time.monotonic() < end
            await _get(cluster, "/version", "")
        assert new != old
        edit(cluster.store, key, lambda found: {**found, "data": {"ca.crt": base64.b64encode(b"x").decode()}})
        while cluster.store.get(key)["data"]["ca.crt"] != new:
            assert time.monotonic() < end
            await _get(cluster, "/version", "")
