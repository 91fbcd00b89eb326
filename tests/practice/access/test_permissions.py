"""Role-based access control: whoever is not the learner may do what roles say, and nothing else."""

from __future__ import annotations

import time

from runner.practice.authorization.bootstrap import bootstrap_policy
from runner.practice.authorization.escalation import uncovered
from runner.practice.authorization.rbac import allows
from runner.practice.kinds import registry_of
from runner.practice.machinery.request_attributes import Attributes, asked_for
from runner.practice.machinery.users import ADMIN, User

RBAC = "/apis/rbac.authorization.k8s.io/v1"
MAPS = "/api/v1/namespaces/default/configmaps"


def test_what_a_request_asks_for():
    def asked(method, path, **query):
        return asked_for(method, path, query, registry_of().scope)

    pods = "/api/v1/namespaces/a/pods"
    assert asked("GET", pods) == Attributes("list", "", "pods", "", "a")
    assert asked("GET", pods, watch="1") == Attributes("watch", "", "pods", "", "a")
    assert asked("GET", pods, fieldSelector="metadata.name=x") == Attributes("list", "", "pods", "", "a", "x")
    assert asked("GET", f"{pods}/x/log") == Attributes("get", "", "pods", "log", "a", "x")
    assert asked("DELETE", pods) == Attributes("deletecollection", "", "pods", "", "a")
    assert asked("PATCH", "/apis/apps/v1/namespaces/a/deployments/x/scale") == Attributes(
        "patch", "apps", "deployments", "scale", "a", "x"
    )
    assert asked("GET", "/api/v1/namespaces/a") == Attributes("get", "", "namespaces", "", "a", "a")
    assert asked("PUT", "/api/v1/namespaces/a/finalize") == Attributes(
        "update", "", "namespaces", "finalize", "a", "a"
    )
    assert asked("GET", "/api/v1/nodes") == Attributes("list", "", "nodes")
    for path in ("/", "/api", "/api/v1", "/apis/apps", "/apis/apps/v1", "/healthz", "/openapi/v2"):
        assert asked("GET", path) == Attributes("get", path=path)


def test_what_one_rule_allows():
    rule = {"apiGroups": ["", "apps"], "resources": ["pods", "*/scale"], "verbs": ["get", "list"]}
    assert allows(rule, Attributes("get", "", "pods", "", "a", "x"))
    assert allows(rule, Attributes("get", "apps", "deployments", "scale", "a", "x"))
    assert not allows(rule, Attributes("get", "apps", "deployments", "", "a", "x"))
    assert not allows(rule, Attributes("get", "", "pods", "log", "a", "x"))
    assert not allows(rule, Attributes("delete", "", "pods", "", "a", "x"))
    assert not allows(rule, Attributes("get", "batch", "pods", "", "a", "x"))
    assert not allows(rule, Attributes("get", path="/pods"))
    named = {**rule, "resourceNames": ["x"]}
    assert allows(named, Attributes("get", "", "pods", "", "a", "x"))
    assert not allows(named, Attributes("get", "", "pods", "", "a", "y"))
    assert not allows(named, Attributes("list", "", "pods", "", "a"))
    paths = {"nonResourceURLs": ["/healthz", "/healthz/*"], "verbs": ["get"]}
    assert allows(paths, Attributes("get", path="/healthz/ping"))
    assert not allows(paths, Attributes("get", path="/healthzx"))
    assert not allows(paths, Attributes("post", path="/healthz"))
    assert not allows(paths, Attributes("get", "", "pods", "", "a", "x"))


def test_what_is_not_covered():
    held = [
        {"apiGroups": [""], "resources": ["pods", "*/status"], "verbs": ["*"]},
        {"apiGroups": ["*"], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"]},
        {"nonResourceURLs": ["/x/*"], "verbs": ["get"]},
    ]
    assert not list(uncovered(held, [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "*"]}]))
    assert not list(uncovered(held, [{"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["get"]}]))
    assert not list(uncovered(held, [{"nonResourceURLs": ["/x/y"], "verbs": ["get"]}]))
    wanted = {
        "apiGroups": [""],
        "resources": ["pods", "secrets"],
        "resourceNames": ["a", "b"],
        "verbs": ["get"],
    }
    (missing,) = uncovered(held, [wanted])
    assert (missing["resources"], missing["resourceNames"]) == (["secrets"], ["b"])
    everything = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    assert list(uncovered(held, [everything])) == [everything]
    assert list(uncovered(held, [{"nonResourceURLs": ["/x"], "verbs": ["get"]}]))


def test_bootstrap_roles_add_up():
    policy = bootstrap_policy(32)
    roles = {obj["metadata"]["name"]: obj for kind, obj in policy if kind.startswith("clusterroles.")}
    assert len(roles) > 60
    for part, whole in (("view", "edit"), ("edit", "admin"), ("system:aggregate-to-view", "view")):
        assert all(rule in roles[whole]["rules"] for rule in roles[part]["rules"])
    assert not any("secrets" in rule.get("resources", ()) for rule in roles["view"]["rules"])
    names = {obj["metadata"]["name"] for _, obj in bootstrap_policy(20)}
    assert "system:controller:ttl-after-finished-controller" in set(roles) - names


async def test_somebody_else_may_do_nothing_until_a_role_says_so(people):
    code, status = await people.acting("ann", "GET", MAPS)
    assert (code, status["message"]) == (
        403,
        'configmaps is forbidden: User "ann" cannot list resource "configmaps" in API group "" in the namespace "default"',
    )
    await people.bound("view", kind="User", name="ann")
    assert (await people.acting("ann", "GET", MAPS))[0] == 200
    assert (await people.acting("ann", "GET", "/api/v1/configmaps"))[0] == 403
    assert (await people.acting("ann", "POST", MAPS, {"metadata": {"name": "a"}}))[0] == 403
    await people.bound("edit", kind="Group", name="editors")
    made = await people.acting("bob", "POST", MAPS, {"metadata": {"name": "a"}}, Impersonate_Group="editors")
    assert made[0] == 201


async def test_a_binding_s_account_without_namespace_is_of_its_own(people):
    await people.bound("view", kind="ServiceAccount", name="robot")
    assert (await people.acting("system:serviceaccount:default:robot", "GET", MAPS))[0] == 200
    assert (await people.acting("system:serviceaccount:other:robot", "GET", MAPS))[0] == 403


async def test_acting_as_somebody_needs_the_right(people):
    rules = [{"apiGroups": [""], "resources": ["users"], "resourceNames": ["ann"], "verbs": ["impersonate"]}]
    await people.made(f"{RBAC}/clusterroles", {"metadata": {"name": "actor"}, "rules": rules})
    reference = {"kind": "ClusterRole", "name": "actor"}
    subjects = [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}]
    bound = {"metadata": {"name": "actor"}, "roleRef": reference, "subjects": subjects}
    await people.made(f"{RBAC}/clusterrolebindings", bound)
    await people.bound("view", kind="User", name="ann")
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    token = (await people.made(path, {"spec": {}}))["status"]["token"]
    robot = {"Authorization": f"Bearer {token}"}
    assert (await people.ask("GET", MAPS, **robot, Impersonate_User="ann"))[0] == 200
    code, status = await people.ask("GET", MAPS, **robot, Impersonate_User="eve")
    assert (code, status["message"]) == (
        403,
        'users "eve" is forbidden: User "system:serviceaccount:default:default" cannot impersonate resource "users"'
        ' in API group "" at the cluster scope',
    )
    code, status = await people.ask(
        "GET", MAPS, **robot, Impersonate_User="ann", Impersonate_Group="system:masters"
    )
    assert (code, status["details"]["kind"]) == (403, "groups")
    code, status = await people.ask(
        "GET", MAPS, **robot, **{"Impersonate_User": "ann", "Impersonate_Extra_scopes": "all"}
    )
    assert 'userextras/scopes" in API group "authentication.k8s.io"' in status["message"]
    code, text = await people.admin("GET", MAPS, Impersonate_Group="x")
    assert (code, "without impersonating a user" in text) == (500, True)


async def test_nobody_grants_what_they_do_not_hold(people):
    await people.bound("admin", kind="User", name="ann")
    roles, bindings = (f"{RBAC}/namespaces/default/{kind}" for kind in ("roles", "rolebindings"))
    rules = [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]}]
    code, status = await people.acting("ann", "POST", roles, {"metadata": {"name": "a"}, "rules": rules})
    assert (code, status["message"]) == (
        403,
        'roles.rbac.authorization.k8s.io "a" is forbidden: user "ann" (groups=["system:authenticated"]) is attempting to'
        ' grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}',
    )
    subject = [{"kind": "User", "name": "bob"}]
    for role, expected in (("view", 201), ("cluster-admin", 403), ("nowhere", 404)):
        reference = {"kind": "ClusterRole", "name": role}
        body = {"metadata": {"name": role}, "roleRef": reference, "subjects": subject}
        assert (await people.acting("ann", "POST", bindings, body))[0] == expected, role
    rules[0]["resources"] = ["pods"]
    made = {"metadata": {"name": "a"}, "rules": rules}
    assert (await people.acting("ann", "POST", roles, made))[0] == 201
    made["rules"][0]["verbs"] = ["*"]
    assert (await people.acting("ann", "PUT", f"{roles}/a", made))[0] == 403


async def test_an_apply_that_creates_needs_the_right_to_create(people):
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch", "get"]}]
    await people.made(f"{RBAC}/clusterroles", {"metadata": {"name": "patcher"}, "rules": rules})
    await people.bound("patcher", kind="User", name="ann")
    path = f"{MAPS}/new?fieldManager=me"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}}
    apply = {"Content_Type": "application/apply-patch+yaml"}
    code, status = await people.acting("ann", "PATCH", path, body, **apply)
    assert (code, 'cannot create resource "configmaps"' in status["message"]) == (403, True)
    assert (await people.admin("PATCH", path, body, **apply))[0] == 201
    assert (await people.acting("ann", "PATCH", path, body, **apply))[0] == 200


async def test_a_sum_of_roles_follows_its_parts(people):
    path = f"{RBAC}/clusterroles"
    rule = {"apiGroups": ["x"], "resources": ["widgets"], "verbs": ["get"]}
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    await people.made(path, {"metadata": {"name": "widgets", "labels": label}, "rules": [rule]})
    asked = Attributes("get", "x", "widgets", "", "default")
    await people.bound("admin", kind="User", name="ann")
    authorizer = people.cluster._backend.authorizer
    for expected in (True, False):
        end = time.monotonic() + 20
        while authorizer.decide(User("ann"), asked).allowed is not expected:
            assert time.monotonic() < end
            await people.admin("GET", f"{path}/view")
        await people.admin("DELETE", f"{path}/widgets")


async def test_faults_are_switched_by_the_learner_only(people):
    code, _ = await people.acting("ann", "GET", "/practice/faults")
    assert code == 403
    code, _ = await people.acting("ann", "GET", "/practice/faults", Impersonate_Group="system:masters")
    assert code == 200


async def test_the_learner_is_decided_upon_without_a_look_at_roles(people):
    authorizer = people.cluster._backend.authorizer
    asked = Attributes("get", "", "pods", "", "default")
    authorizer._store = None  # is not touched
    assert authorizer.decide(ADMIN, asked).allowed
