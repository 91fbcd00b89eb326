"""Rules that stay quiet, and the edges at which they begin to speak."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_world import FORBIDDEN, NAMESPACE, NOW, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran, Verdict
from checks.diagnosis.absent import is_slip
from checks.diagnosis.ages import SETTLED
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
IN = {"in": "istio-system"}


async def findings(check, *objects, history=(), **cluster):
    workspace = FakeWorkspace(Path("/nonexistent"))
    workspace.history = [Ran(line, 1, output, Path("/")) for line, output in history]
    world = FakeWorld(cluster=FakeCluster(objects, **cluster), workspace=workspace)
    outcome = await look(ANY.validate_python(check), world)
    assert outcome.verdict in (Verdict.FAILED, Verdict.PENDING), outcome
    return outcome.findings


async def rules(*args, **more):
    return [finding.rule for finding in await findings(*args, **more)]


# absent


@pytest.mark.parametrize(
    ("typed", "meant", "slip"),
    [
        ("kiali", "kiali", False),
        ("kialy", "kiali", True),  # another letter
        ("kali", "kiali", True),  # one is missing
        ("kiiali", "kiali", True),  # one is too many
        ("kailli", "kiali", False),
        ("kaili", "kiali", True),  # the wrong way round
        ("web-1", "web-2", False),  # names of a lab
        ("web1", "web", False),
        ("ab", "ac", False),  # too short
        ("abc", "abd", True),
        ("istio-egressgateway", "istio-ingressgateway", False),
        ("kialixx", "kiali", False),
        ("kia", "kiali", False),
        ("xiali", "kiali", True),
        ("kialx", "kiali", True),
        ("ikali", "kiali", True),
        ("xialy", "kiali", False),
        ("kialixy", "kiali", False),
        ("kixyali", "kiali", False),
        ("kiali1", "kiali", False),
        ("1kiali", "kiali", False),
    ],
)
def test_a_slip_of_the_key_is_one_key(typed, meant, slip):
    assert is_slip(typed, meant) is slip
    assert is_slip(meant, typed) is slip


def config(name, namespace="istio-system", **more):
    return make("ConfigMap", name, namespace, **more)


@pytest.mark.parametrize(
    ("objects", "rule"),
    [
        ([config("settigs")], "misspelled"),
        ([config("settigs", going=True)], ""),
        ([config("other")], ""),
        ([config("settings", "default")], "in-another-namespace"),
        ([make("Namespace", "istio-sytem", None), config("settings", "istio-sytem")], "in-another-namespace"),
        ([make("Namespace", "shop", None), config("settings", "shop")], ""),  # a colleague's
        ([make("Namespace", "istio-sytem", None), config("other", "istio-sytem")], ""),
    ],
)
async def test_what_was_made_elsewhere_or_under_a_wrong_name(objects, rule):
    check = {"resource": "ConfigMap", "name": "settings", **IN}
    assert await rules(check, NAMESPACE, *objects) == ([rule] if rule else [])


async def test_the_default_namespace_is_not_another_one_than_itself():
    check = {"resource": "ConfigMap", "name": "settings"}
    assert await rules(check, make("Namespace", "default", None)) == []
    home = make("Namespace", "kube-system", None), config("settings", "kube-system")
    assert await rules({**check, "in": "kube-systm"}, *home, make("Namespace", "kube-systm", None)) == []


async def test_other_namespaces_that_may_not_be_read_cost_no_verdict():
    check = {"resource": "ConfigMap", "name": "settings", **IN}
    assert await rules(check, config("x"), Namespace=FORBIDDEN) == []


@pytest.mark.parametrize(
    ("check", "objects", "rule"),
    [
        ({"namespace": "istio-system"}, [make("Namespace", "istio-sytem", None)], "misspelled"),
        ({"namespace": "istio-system"}, [make("Namespace", "shop", None)], ""),
        (
            {"namespace": "istio-system", "labels": {"a": "b"}},
            [NAMESPACE, make("Namespace", "istio-sytem", None)],
            "",
        ),
        (
            {"namespace": "istio-system", "absent": True},
            [NAMESPACE, make("Service", "web", spec={"type": "LoadBalancer"})],
            "still-open",
        ),
        ({"namespace": "istio-system", "absent": True}, [NAMESPACE], ""),
    ],
)
async def test_a_namespace_is_diagnosed_by_what_is_there(check, objects, rule):
    assert await rules(check, *objects) == ([rule] if rule else [])


# pods


def pod(containers=2, ready=True, **parts):
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return make(
        "Pod",
        "web",
        spec={"containers": [{"name": str(n)} for n in range(containers)]},
        status=status,
        **parts,
    )


@pytest.mark.parametrize(
    ("wanted", "there", "verdict"),
    [(2, 2, Verdict.PASSED), (2, 1, Verdict.FAILED), (2, 3, Verdict.FAILED), (1, 1, Verdict.PASSED)],
)
async def test_each_pod_has_so_many_containers(wanted, there, verdict):
    check = ANY.validate_python({"pods": 1, "containers": wanted, **IN})
    assert (await look(check, FakeWorld(NAMESPACE, pod(there)))).verdict is verdict


async def test_pods_with_all_their_containers_are_asked_why_they_are_not_ready():
    waits = pod(2, ready=False)
    waits["status"]["containerStatuses"] = [
        {
            "name": "0",
            "image": "a",
            "state": {"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}},
        }
    ]
    check = {"pods": 1, "containers": 2, **IN}
    assert await rules(check, NAMESPACE, waits) == ["image-not-found"]
    assert await rules({**check, "containers": 3}, NAMESPACE, waits) == []


# claims

OLD = "2026-01-01T11:00:00Z"


def storing(created=OLD):
    claims = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    made = make("Pod", "db", spec={"volumes": [{"name": "x"}, *claims]}, status={"phase": "Pending"})
    made["metadata"]["creationTimestamp"] = created
    return made


def claim(phase="Pending", **spec):
    return make("PersistentVolumeClaim", "data", spec=spec, status={"phase": phase})


def storage_class(name):
    return make("StorageClass", name, None)


def failed(reason):
    about = {"kind": "PersistentVolumeClaim", "name": "data"}
    return make("Event", "e", type="Warning", reason=reason, message="no quota", involvedObject=about)


VOLUME = make("PersistentVolume", "by-hand", None, spec={"storageClassName": "fast"})


@pytest.mark.parametrize(
    ("objects", "rule"),
    [
        ([], "claim-missing"),
        ([claim("Bound")], ""),
        ([claim(), storage_class("standard")], ""),  # on its way
        ([claim(storageClassName="fast"), storage_class("standard")], "storage-class-missing"),
        ([claim(storageClassName="fast"), storage_class("fast")], ""),
        (
            [claim(storageClassName="fast"), storage_class("standard"), VOLUME],
            "",
        ),  # made by hand, of a class by name alone
        ([claim(storageClassName=""), storage_class("standard")], ""),
        ([claim(), storage_class("standard"), failed("ProvisioningFailed")], "claim-not-provisioned"),
        ([claim(), storage_class("standard"), failed("FailedBinding")], "claim-not-provisioned"),
        ([claim(), storage_class("standard"), failed("Other")], ""),
        ([claim()], "no-storage-class"),
        ([claim(volumeName="pv")], ""),
    ],
)
async def test_a_claim_that_is_not_bound(objects, rule):
    kinds = [storage_class("gone"), VOLUME, claim()]  # so that the cluster knows them
    cluster = FakeCluster([NAMESPACE, storing(), *objects])
    cluster.kinds |= {each["kind"] for each in kinds}
    outcome = await look(ANY.validate_python({"pods": 1, **IN}), FakeWorld(cluster=cluster))
    assert [finding.rule for finding in outcome.findings] == ([rule] if rule else [])


async def test_a_claim_may_come_a_moment_after_its_pod():
    for seconds, expected in ((SETTLED - 0.5, []), (SETTLED, ["claim-missing"])):
        created = NOW.fromtimestamp(NOW.timestamp() - seconds, NOW.tzinfo).isoformat()
        cluster = FakeCluster([NAMESPACE, storing(created)])
        cluster.kinds |= {"PersistentVolumeClaim"}
        outcome = await look(ANY.validate_python({"pods": 1, **IN}), FakeWorld(cluster=cluster))
        assert [finding.rule for finding in outcome.findings] == expected
        if expected:
            assert outcome.findings[0].field == "spec.volumes[1].persistentVolumeClaim.claimName"


# what the server said

APPLY = "kubectl apply -f web.yaml -n istio-system"
SERVICE = {"service": "web", "type": "NodePort", **IN}
WEB = make("Service", "web", spec={"type": "ClusterIP"})


def no_kind(kind, api):
    return f'error: unable to recognize "web.yaml": no matches for kind "{kind}" in version "{api}"; service "web"\n'


@pytest.mark.parametrize(
    ("kind", "api", "version", "rule"),
    [
        ("PodDisruptionBudget", "policy/v1beta1", "1.25.0", "api-removed"),
        ("PodDisruptionBudget", "policy/v1beta1", "1.24.9", "kind-not-there-yet"),
        ("PodDisruptionBudget", "policy/v1beta1", "2.0", "kind-not-there-yet"),
        ("Ingress", "extensions/v1beta1", "1.22.0", "api-removed"),
        ("Gateway", "a/v1", "1.30.0", "kind-not-there-yet"),
    ],
)
async def test_a_kind_that_went_with_a_version(kind, api, version, rule):
    workspace = FakeWorkspace(Path("/nonexistent"))
    workspace.history = [Ran(APPLY, 1, no_kind(kind, api), Path("/"))]
    cluster = FakeCluster([NAMESPACE])

    async def text():
        return version

    cluster.version = text
    world = FakeWorld(cluster=cluster, workspace=workspace)
    outcome = await look(ANY.validate_python(SERVICE), world)
    assert [finding.rule for finding in outcome.findings] == [rule]


@pytest.mark.parametrize(
    ("line", "words", "objects", "rule"),
    [
        # create does not change what is there; what is there of another name is not meant
        (
            "kubectl create svc nodeport web",
            '(AlreadyExists): services "web" already exists',
            [WEB],
            "exists-already",
        ),
        ("kubectl create svc nodeport web", '(AlreadyExists): services "db" already exists', [WEB], ""),
        ("kubectl apply -f web.yaml", '(AlreadyExists): services "web" already exists', [WEB], ""),
        # looked for in another namespace
        ("kubectl patch svc web -p x", '(NotFound): services "web" not found', [WEB], "namespace-not-named"),
        (
            "kubectl patch svc web -p x -n shop",
            '(NotFound): services "web" not found',
            [WEB],
            "namespace-not-named",
        ),
        ("kubectl patch svc web -p x -n istio-system", '(NotFound): services "web" not found', [WEB], ""),
        ("kubectl patch svc web -p x", '(NotFound): services "web" not found', [], ""),
        # it is there all the same, and the words are about another object
        ("kubectl apply -f web.yaml", 'The Service "db" is invalid: spec.type: x; service/web ', [WEB], ""),
        ("kubectl patch svc web -p x", 'The Service "web" is invalid: spec.type: x', [WEB], "value-refused"),
        ("kubectl patch svc web -p x", 'the server doesn\'t have a resource type "svcc"', [WEB], "kind-typo"),
        ("kubectl patch svc web -p x", "patched", [WEB], ""),
    ],
)
async def test_what_the_server_reported_is_reported_where_it_is_about_this(line, words, objects, rule):
    found = await rules(SERVICE, NAMESPACE, *objects, history=[(line, f"{words}\n")])
    assert found == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("kubectl patch svc web -p x", "kubectl patch svc web -p x -n istio-system"),
        ("kubectl -n shop patch svc web -p x", "kubectl -n istio-system patch svc web -p x"),
        (
            "kubectl patch svc web --namespace=shop -p x",
            "kubectl patch svc web --namespace=istio-system -p x",
        ),
    ],
)
async def test_the_command_with_its_namespace(line, command):
    words = '(NotFound): services "web" not found\n'
    (finding,) = await findings(SERVICE, NAMESPACE, WEB, history=[(line, words)])
    assert finding.remedy.values["command"] == command


# objects of any kind whose status is not as wanted

LABELS = {"app": "web"}
WAITS = {
    "name": "web",
    "image": "own/shop:1.25",
    "state": {"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}},
}


def stuck_pod():
    status = {"phase": "Pending", "containerStatuses": [WAITS]}
    return make(
        "Pod", "web-1", labels=LABELS, spec={"containers": [{"image": "own/shop:1.25"}]}, status=status
    )


def owner(kind, **spec):
    return make(kind, "web", spec={"selector": {"matchLabels": LABELS}, **spec}, status={"conditions": []})


@pytest.mark.parametrize(
    ("check", "objects", "rule"),
    [
        ({"resource": "Deployment", "where": "status.availableReplicas >= `1`"}, [owner("Deployment")], "image-not-found"),
        ({"resource": "StatefulSet", "matches": {"status": {"readyReplicas": 1}}}, [owner("StatefulSet")], "image-not-found"),
        ({"resource": "Pod", "name": "web-1", "where": "status.phase == 'Running'"}, [], "image-not-found"),
        ({"resource": "Pod", "where": "[?status.phase == 'Running']"}, [], "image-not-found"),
        # a failing pod explains nothing else that it asks for
        ({"resource": "Deployment", "where": "spec.replicas == `3`"}, [owner("Deployment", replicas=1)], ""),
        ({"resource": "Deployment", "matches": {"spec": {"replicas": 3}}}, [owner("Deployment", replicas=1)], ""),
        ({"resource": "Deployment", "where": "metadata.labels.statuses"}, [owner("Deployment")], ""),
        ({"resource": "ConfigMap", "where": "status.a"}, [config("web")], ""),
        ({"resource": "PersistentVolumeClaim", "name": "data", "where": "status.phase == 'Bound'"},
         [claim(storageClassName="fast"), storage_class("slow")], "storage-class-missing"),
    ],
)  # fmt: skip
async def test_an_object_that_does_not_fare_as_wanted(check, objects, rule):
    named = {"name": "web"} if "name" not in check and check["resource"] != "Pod" else {}
    cluster = FakeCluster([NAMESPACE, stuck_pod(), *objects])
    cluster.kinds |= {"PersistentVolume"}
    outcome = await look(ANY.validate_python({**check, **named, **IN}), FakeWorld(cluster=cluster))
    assert outcome.verdict is Verdict.FAILED
    assert [finding.rule for finding in outcome.findings] == ([rule] if rule else [])
