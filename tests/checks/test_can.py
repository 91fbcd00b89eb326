"""Who may do what: the request that is made, the words, and why somebody may not."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, FakeCluster, FakeWorld, make
from pydantic import ValidationError

from checks.base import AccessRequest, Verdict
from checks.can import Can
from checks.registry import look
from runner.practice.cluster import PracticeCluster
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.world import LiveWorld

VIEWER = "system:serviceaccount:shop:viewer"
ACCOUNT = make("ServiceAccount", "viewer", "shop")
REASON = 'RBAC: allowed by RoleBinding "read/shop" of Role "reader" to ServiceAccount "viewer/shop"'


def can(action, **more):
    return Can.model_validate({"can": action, "as": VIEWER, **more})


def bound(name, namespace, subject, role, kind="RoleBinding"):
    return make(kind, name, namespace, subjects=[subject], roleRef={"kind": role[0], "name": role[1]})


def account(name="viewer", **more):
    return {"kind": "ServiceAccount", "name": name, **more}


GET_PODS = {"verb": "get", "resource": "pods", "in": "shop"}


async def test_a_service_account_is_asked_about_with_its_own_groups():
    world = FakeWorld(ACCOUNT)
    own = ("team", "system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated")
    world.cluster.allowed[AccessRequest(VIEWER, own, "get", "pods", "shop")] = REASON
    outcome = await look(can(GET_PODS, groups=["team"]), world)
    assert outcome.verdict is Verdict.PASSED
    assert REASON in outcome.found.render()
    assert outcome.expected.render() == f"{VIEWER} may get pods (namespace shop)"


@pytest.mark.parametrize(
    ("user", "groups"),
    [("dev", ("system:authenticated",)), ("system:anonymous", ("system:unauthenticated",))],
)
async def test_a_user_is_in_the_groups_of_all_who_sign_in(user, groups):
    world = FakeWorld()
    world.cluster.allowed[AccessRequest(user, groups, "get", path="/metrics")] = ""
    check = Can.model_validate({"can": {"verb": "get", "path": "/metrics"}, "as": user})
    assert (await look(check, world)).found.render() == "It is allowed"
    assert check.describe().render() == f"{user} may get /metrics"


async def test_one_object_and_no_namespace_are_reported():
    check = can({"verb": "get", "resource": "nodes", "name": "one"}, allowed=False)
    outcome = await look(check, FakeWorld(ACCOUNT))
    assert outcome.verdict is Verdict.PASSED
    assert outcome.expected.render() == f"{VIEWER} may not get nodes/one"
    assert outcome.found.render() == "It is not allowed"
    assert "(namespace shop)" in can(GET_PODS, allowed=False).describe().render()


async def test_what_is_allowed_and_must_not_be_names_the_binding():
    world = FakeWorld(ACCOUNT)
    check = can(GET_PODS, allowed=False)
    world.cluster.allowed[check._request()] = REASON
    outcome = await look(check, world)
    (finding,) = outcome.findings
    assert (outcome.verdict, finding.rule) == (Verdict.FAILED, "allowed-by-binding")
    assert finding.object == "rolebinding/read in shop"
    assert "kubectl edit role reader -n shop" in finding.remedy.render()
    world.cluster.allowed[check._request()] = "allowed by somebody else"
    assert (await look(check, world)).findings == ()


async def test_a_binding_for_the_whole_cluster_is_named_without_a_namespace():
    world, check = FakeWorld(ACCOUNT), can(GET_PODS, allowed=False)
    world.cluster.allowed[check._request()] = (
        'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "view" to User "x"'
    )
    (finding,) = (await look(check, world)).findings
    assert finding.object == "clusterrolebinding/all"
    assert finding.remedy.render().endswith("kubectl edit clusterrole view")


ROLE = make("Role", "reader", "shop")


@pytest.mark.parametrize(
    ("objects", "rule"),
    [
        ([], "no-service-account"),
        ([make("ServiceAccount", "viewr", "shop")], "misspelled"),
        ([make("ServiceAccount", "viewer", "other")], "no-service-account"),
        ([ACCOUNT], ""),
        ([ACCOUNT, bound("read", "shop", account(), ("Role", "reader"))], "role-missing"),
        ([ACCOUNT, ROLE, bound("read", "shop", account(), ("Role", "reader"))], ""),
        ([ACCOUNT, ROLE, bound("read", "other", account(), ("Role", "reader"))], ""),
        (
            [ACCOUNT, ROLE, bound("read", "shop", account(namespace="other"), ("Role", "gone"))],
            "",
        ),  # somebody else's
        (
            [
                ACCOUNT,
                make("Role", "reader", "other"),
                bound("read", "other", account(namespace="shop"), ("Role", "reader")),
            ],
            "bound-in-another-namespace",
        ),
        (
            [
                ACCOUNT,
                bound("all", None, account(namespace="shop"), ("ClusterRole", "x"), "ClusterRoleBinding"),
            ],
            "role-missing",
        ),
    ],
)
async def test_why_a_service_account_may_not(objects, rule):
    outcome = await look(can(GET_PODS), FakeWorld(*objects))
    assert outcome.verdict is Verdict.FAILED
    assert [finding.rule for finding in outcome.findings] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("subject", "rule"),
    [
        ({"kind": "User", "name": "dev"}, ["role-missing"]),
        ({"kind": "User", "name": "ops"}, []),
        ({"kind": "Group", "name": "team"}, ["role-missing"]),
        ({"kind": "Group", "name": "dev"}, []),
    ],
)
async def test_why_a_user_may_not(subject, rule):
    check = Can.model_validate({"can": GET_PODS, "as": "dev", "groups": ["team"]})
    world = FakeWorld(bound("read", "shop", subject, ("Role", "gone")))
    assert [each.rule for each in (await look(check, world)).findings] == rule


async def test_bindings_that_cannot_be_read_leave_the_verdict():
    world = FakeWorld(cluster=FakeCluster([ACCOUNT], RoleBinding=FORBIDDEN))
    outcome = await look(can(GET_PODS), world)
    assert (outcome.verdict, outcome.findings) == (Verdict.FAILED, ())


@pytest.mark.parametrize(
    "action",
    [
        {"verb": "get"},
        {"verb": "get", "resource": "pods", "path": "/x"},
        {"verb": "get", "path": "/x", "in": "shop"},
        {"verb": "get", "path": "/x", "name": "a"},
        {"verb": "Get", "resource": "pods"},
        {"verb": "get", "resource": "Pod"},
        {"verb": "get", "path": "x"},
    ],
)
def test_what_makes_no_sense_is_refused(action):
    with pytest.raises(ValidationError):
        can(action)


async def test_on_a_practice_cluster(tmp_path):
    async with (
        PracticeCluster("can", "1.32", folder=tmp_path / "state") as practice,
        LiveCluster(Access.from_kubeconfig(practice.kubeconfig(tmp_path / "kubeconfig"))) as live,
    ):
        world = LiveWorld(live, None, None, {})
        admin = Can.model_validate({"can": GET_PODS, "as": "root", "groups": ["system:masters"]})
        assert (await look(admin, world.look())).verdict is Verdict.PASSED
        nobody = await look(can({**GET_PODS, "in": "default"}), world.look())
        assert nobody.verdict is Verdict.FAILED
        assert [each.rule for each in nobody.findings] == ["no-service-account"]
        unknown = await look(can({"verb": "get", "resource": "deployment"}, allowed=False), world.look())
        assert unknown.verdict is Verdict.ERROR
