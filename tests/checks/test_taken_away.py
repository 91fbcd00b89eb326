"""What was deleted, by whatever command, is reported as that; what was made again is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_world import FORBIDDEN, NOW, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
HOME = make("Namespace", "shop", None, status={"phase": "Active"})
WEB = make("Deployment", "web", "shop", spec={"replicas": 1})
DEPLOYMENT = {"deployment": "web", "in": "shop"}
GONE = ("k delete ns shop", 'namespace "shop" deleted\n')
MADE = ("kubectl create ns shop", "namespace/shop created\n")


def terminating(*conditions):
    """A namespace that was deleted at NOW."""
    going = make(
        "Namespace", "shop", None, going=True, status={"phase": "Terminating", "conditions": list(conditions)}
    )
    going["metadata"]["deletionTimestamp"] = NOW.replace(microsecond=0).isoformat()
    return going


async def found(check, objects, *ran, seconds=0.0, **cluster):
    workspace = FakeWorkspace(Path("/nonexistent"))
    workspace.history = [Ran(line, 0, output, Path("/")) for line, output in ran]
    world = FakeWorld(cluster=FakeCluster(objects, **cluster), workspace=workspace)
    world.now = lambda: NOW.fromtimestamp(NOW.timestamp() + seconds, NOW.tzinfo)
    return (await look(ANY.validate_python(check), world)).findings


async def rules(*args, **more):
    return [finding.rule for finding in await found(*args, **more)]


@pytest.mark.parametrize(
    "check",
    [
        {"namespace": "shop"},
        DEPLOYMENT,
        {"pods": 1, "in": "shop"},
        {"resource": "ConfigMap", "name": "a", "in": "shop"},
        {"resource": "ConfigMap", "in": "shop"},
        {"http": {"service": "web", "in": "shop", "port": 80}},
    ],
)
async def test_whose_namespace_was_deleted_is_reported_so_however_it_was_typed(check):
    for line in (
        GONE[0],
        "./reset.sh",
        "kubectl -n x delete namespace/shop --wait=false",
        "kc delete -f ns.yaml",
    ):
        (finding,) = await found(check, [], MADE, (line, GONE[1]))
        assert (finding.rule, finding.source, finding.evidence) == (
            "deleted-by-hand",
            line,
            'namespace "shop" deleted',
        )
        assert finding.remedy.values["command"] == "kubectl create namespace shop"


@pytest.mark.parametrize(
    ("objects", "ran"),
    [
        ([], [MADE]),
        ([], [GONE, MADE]),  # made again, and gone since by other means
        ([], [("kubectl delete ns other", 'namespace "other" deleted\n')]),
        ([], [("kubectl delete cm shop", 'configmap "shop" deleted\n')]),
        ([], [("kubectl delete ns shop", 'Error from server (NotFound): namespaces "shop" not found\n')]),
        ([], [("make again", GONE[1] + MADE[1])]),
        ([HOME], [GONE]),  # it is there
    ],
)
async def test_what_was_not_deleted_or_is_made_again_is_not_reported(objects, ran):
    assert "deleted-by-hand" not in await rules(DEPLOYMENT, objects, *ran)


@pytest.mark.parametrize(
    "message",
    [
        'deployment.apps "web" deleted',
        'deployment.apps "web" force deleted',
        'deployment.apps "web" deleted from shop namespace',
    ],
)
async def test_an_object_that_was_deleted_is_made_again_with_what_made_it(message):
    made = ("k create deploy web --image=nginx:1.27 -n shop", "deployment.apps/web created\n")
    deleted = ("k delete deploy --all -n shop", f"{message}\n")
    (finding,) = await found(DEPLOYMENT, [HOME], made, deleted)
    assert (finding.rule, finding.remedy.values["command"]) == ("deleted-by-hand", made[0])
    (finding,) = await found(DEPLOYMENT, [HOME], deleted)
    assert "command" not in finding.remedy.values
    assert await rules(DEPLOYMENT, [HOME], deleted, made) == []
    assert await rules(DEPLOYMENT, [HOME, WEB], made, deleted) == []
    (finding,) = await found(DEPLOYMENT, [HOME, make("Deployment", "web", "shop", going=True)], made, deleted)
    assert finding.object == "deployment/web in shop"
    other = ("kubectl delete deploy web2", 'deployment.apps "web2" deleted\n')
    assert await rules(DEPLOYMENT, [HOME], made, other) == []
    assert await rules({"service": "web", "in": "shop"}, [HOME], made, deleted) == []


async def test_an_object_that_went_with_its_namespace_is_reported_so_when_only_that_was_made_again():
    made = ("k create deploy web --image=nginx:1.27 -n shop", "deployment.apps/web created\n")
    (finding,) = await found(DEPLOYMENT, [HOME], made, GONE, MADE)
    assert (finding.rule, finding.source) == ("deleted-by-hand", GONE[0])
    assert finding.cause.values["namespace"] == "shop"
    assert finding.remedy.values["command"] == made[0]
    assert await rules(DEPLOYMENT, [HOME], GONE, MADE) == []  # it had never been there
    assert await rules(DEPLOYMENT, [HOME], made, GONE, MADE, made) == []
    other = ("k delete ns other", 'namespace "other" deleted\n')
    assert await rules(DEPLOYMENT, [HOME], made, other) == []


async def test_what_must_be_gone_is_not_reported_to_be_deleted():
    going = terminating()
    for check in ({"namespace": "shop", "absent": True}, {**DEPLOYMENT, "absent": True}):
        assert "deleted-by-hand" not in await rules(check, [going, WEB], GONE, seconds=60)


async def test_a_namespace_that_goes_is_reported_after_a_moment_without_anybodys_command():
    going = terminating()
    assert await rules({"namespace": "shop"}, [going], seconds=2) == []
    for check in ({"namespace": "shop"}, DEPLOYMENT):
        (finding,) = await found(check, [going], seconds=10)
        assert (finding.rule, finding.object) == ("namespace-terminating", "namespace/shop")
    stuck = {"type": "NamespaceContentRemaining", "status": "True", "message": "Some resources remain"}
    going = terminating(stuck)
    assert await rules(DEPLOYMENT, [going], seconds=10) == ["namespace-stuck"]
    (finding,) = await found(DEPLOYMENT, [going], GONE, seconds=10)
    assert finding.remedy.values["command"].startswith("kubectl wait --for=delete namespace/shop")


async def test_namespaces_that_may_not_be_read_are_taken_to_be_there():
    assert "deleted-by-hand" not in await rules({"pods": 1, "in": "shop"}, [], GONE, Namespace=FORBIDDEN)


async def test_what_is_in_no_namespace_and_is_not_there_is_looked_for_without_one(caplog):
    check = {"resource": "ClusterRole", "api": "rbac.authorization.k8s.io/v1", "name": "reader"}
    deleted = 'clusterrole.rbac.authorization.k8s.io "reader" deleted\n'
    assert "deleted-by-hand" not in await rules(check, [], GONE, MADE)
    assert await rules(check, [], ("kubectl delete clusterrole reader", deleted)) == ["deleted-by-hand"]
    assert not caplog.records, "no rule failed"
