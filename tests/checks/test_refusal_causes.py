"""What a server or a tool said to a command. Each rule at its edges."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.diagnosis.installs import refused
from checks.diagnosis.question import Question
from checks.registry import AnyCheck

ANY = TypeAdapter(AnyCheck)
KIALI = {"service": "kiali", "in": "istio-system"}
APPLY = "kubectl apply -f kiali.yaml"
THERE = make("Service", "kiali", spec={"type": "ClusterIP"})


@pytest.fixture
def root(tmp_path):
    (tmp_path / "kiali.yaml").write_text("metadata:\n  name: kiali\n")
    return tmp_path


def asked(
    root, check, *ran, objects=(NAMESPACE,), version="1.22.0", environment=None, lab=None, **error_of
) -> Question:
    made = FakeWorkspace(root, environment=environment)
    made.kubeconfig = lab
    made.history = [Ran(line, code, output, root) for line, code, output in ran]
    cluster = FakeCluster(objects, **error_of)

    async def told() -> str:
        if isinstance(version, Exception):
            raise version
        return version

    cluster.version = told  # type: ignore[method-assign]
    return Question(FakeWorld(cluster=cluster, workspace=made), ANY.validate_python(check), made.history)


def told(finding):
    return finding and (finding.rule, finding.remedy.values.get("command", ""))


def no_kind(kind="PodDisruptionBudget", api="policy/v1beta1"):
    return f'no matches for kind "{kind}" in version "{api}"\n'


# a kind that went


@pytest.mark.parametrize(
    ("line", "said", "version", "rule"),
    [
        ("istioctl install -y", no_kind(), "1.25.0", "istio-too-old"),
        ("istioctl install -y", no_kind(), "v1.32.1+k3s", "istio-too-old"),
        ("istioctl install -y", no_kind(), "1.24.9", "kind-not-there-yet"),
        ("istioctl install -y", no_kind(), "1.26.0", "istio-too-old"),
        ("istioctl install -y", no_kind(), "unknown", "kind-not-there-yet"),
        ("istioctl install -y", no_kind(), "", "kind-not-there-yet"),
        ("istioctl install -y", no_kind(), FORBIDDEN, "kind-not-there-yet"),
        (APPLY, no_kind(), "1.25.0", "api-removed"),
        (APPLY, no_kind("HorizontalPodAutoscaler", "autoscaling/v2beta2"), "1.25.0", "kind-not-there-yet"),
        (APPLY, no_kind("HorizontalPodAutoscaler", "autoscaling/v2beta2"), "1.26.0", "api-removed"),
        (APPLY, no_kind("HorizontalPodAutoscaler", "autoscaling/v2beta1"), "1.24.0", "kind-not-there-yet"),
        (APPLY, no_kind("HorizontalPodAutoscaler", "autoscaling/v2beta1"), "1.25.0", "api-removed"),
        (APPLY, no_kind("CronJob", "batch/v1beta1"), "1.24.0", "kind-not-there-yet"),
        (APPLY, no_kind("CronJob", "batch/v1beta1"), "1.25.0", "api-removed"),
        (APPLY, no_kind("PodSecurityPolicy", "policy/v1beta1"), "1.24.0", "kind-not-there-yet"),
        (APPLY, no_kind("PodSecurityPolicy", "policy/v1beta1"), "1.25.0", "api-removed"),
        *(
            (APPLY, no_kind(kind, api), version, rule)
            for kind, api in (
                ("CustomResourceDefinition", "apiextensions.k8s.io/v1beta1"),
                ("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1beta1"),
                ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1beta1"),
                ("ClusterRole", "rbac.authorization.k8s.io/v1beta1"),
                ("ClusterRoleBinding", "rbac.authorization.k8s.io/v1beta1"),
                ("Ingress", "networking.k8s.io/v1beta1"),
                ("Ingress", "extensions/v1beta1"),
            )
            for version, rule in (("1.21.14", "kind-not-there-yet"), ("1.22.0", "api-removed"))
        ),
        (APPLY, no_kind("Deployment", "extensions/v1beta1"), "1.15.0", "kind-not-there-yet"),
        (APPLY, no_kind("Deployment", "extensions/v1beta1"), "1.16.0", "api-removed"),
        (APPLY, no_kind("Kiali", "kiali.io/v1alpha1"), "1.32.0", "kind-not-there-yet"),
    ],
)
async def test_a_kind_that_the_cluster_does_not_have(root, line, said, version, rule):
    check = {"deployment": "istiod", "in": "istio-system"} if line.startswith("istioctl") else KIALI
    finding = await refused(asked(root, check, (line, 1, said + '"kiali"'), version=version))
    assert finding.rule == rule
    assert finding.cause.values.get("version", version) == version


# what was said

TIMED_OUT = "✘ Istiod: resources not ready after 5m0s: timed out\n"


@pytest.mark.parametrize(
    ("said", "rule", "command"),
    [
        (
            TIMED_OUT + "  Deployment/istio-system/istiod (containers with unready status: [discovery])\n",
            "install-timed-out",
            "kubectl describe pods -n istio-system -l app=istiod",
        ),
        (
            "✘ Istiod: resources not ready after 5m0s: timed out\n",
            "install-timed-out",
            "kubectl get pods -n istio-system",
        ),
        ("Error: IST0141 x\n", "command-forbidden", "kubectl auth can-i --list"),
        ("error: (Forbidden) x\n", "command-forbidden", "kubectl auth can-i --list"),
    ],
)
async def test_an_installation_that_was_refused(root, said, rule, command):
    check = {"deployment": "istiod", "in": "istio-system"}
    finding = await refused(asked(root, check, ("istioctl install -y", 1, said)))
    assert told(finding) == (rule, command)


@pytest.mark.parametrize(
    ("unready", "reason"),
    [
        ("(container failed to start: ImagePullBackOff: Back-off)", "ImagePullBackOff"),
        ("(container failed to start: ImagePullBackOff)", "ImagePullBackOff"),
        ("(containers with unready status)", "containers with unready status"),
    ],
)
async def test_what_an_installation_waited_for(root, unready, reason):
    said = f"x: resources not ready after 90s: timed out\n  Deployment/istio-system/istiod {unready}\n"
    finding = await refused(
        asked(root, {"deployment": "istiod", "in": "istio-system"}, ("istioctl install -y", 1, said))
    )
    assert (finding.cause.values["time"], finding.cause.values["name"], finding.cause.values["reason"]) == (
        "90s",
        "istiod",
        reason,
    )


@pytest.mark.parametrize(
    ("line", "said", "objects", "rule", "command"),
    [
        (APPLY, 'namespaces "istio-system" not found\n', [], "namespace-missing", ""),
        (APPLY, 'namespaces "istio-system" not found\n', [NAMESPACE], "apply-again", APPLY),
        (APPLY, 'namespaces "shop" not found\n', [], "namespace-mistyped", APPLY),
        (
            "kubectl -n shop edit svc kiali",
            'namespaces "shop" not found\n',
            [],
            "namespace-mistyped",
            "kubectl -n istio-system edit svc kiali",
        ),
        (
            "kubectl -nshop edit svc kiali",
            'namespaces "shop" not found\n',
            [],
            "namespace-mistyped",
            "kubectl -nistio-system edit svc kiali",
        ),
    ],
)
async def test_a_namespace_that_was_not_there(root, line, said, objects, rule, command):
    finding = await refused(asked(root, KIALI, (line, 1, said + '"kiali"'), objects=objects))
    assert told(finding) == (rule, command)


async def test_a_namespace_of_the_learners_own_is_to_be_made(root):
    check = {"service": "kiali", "in": "shop"}
    finding = await refused(asked(root, check, (APPLY, 1, 'namespaces "shop" not found\n')))
    assert told(finding) == ("namespace-missing", "kubectl create namespace shop")
    unread = await refused(
        asked(root, check, (APPLY, 1, 'namespaces "shop" not found\n'), Namespace=FORBIDDEN)
    )
    assert unread.rule == "namespace-missing"


NOT_FOUND = 'Error from server (NotFound): services "kiali" not found\n'


@pytest.mark.parametrize(
    ("line", "said", "objects", "command"),
    [
        ("kubectl edit svc kiali", NOT_FOUND, [THERE], "kubectl edit svc kiali -n istio-system"),
        ("kubectl edit svc kiali -n default", NOT_FOUND, [THERE], "kubectl edit svc kiali -n istio-system"),
        (
            "kubectl edit svc kiali --namespace=x",
            NOT_FOUND,
            [THERE],
            "kubectl edit svc kiali --namespace=istio-system",
        ),
        ("kubectl edit svc kiali -n istio-system", NOT_FOUND, [THERE], None),
        ("kubectl edit svc kiali", NOT_FOUND, [], None),
        ("kubectl edit svc kiali", NOT_FOUND.replace("kiali", "other"), [THERE], None),
    ],
)
async def test_an_object_in_another_namespace_than_was_looked_in(root, line, said, objects, command):
    finding = await refused(asked(root, KIALI, (line, 1, said), objects=objects))
    assert told(finding) == (command and ("namespace-not-named", command))


EXISTS = 'Error from server (AlreadyExists): error when creating "x": services "kiali" already exists\n'


@pytest.mark.parametrize(
    ("line", "said", "told_of"),
    [
        ("kubectl create service clusterip kiali --tcp=80", EXISTS, True),
        (
            "kubectl create service clusterip kiali --tcp=80",
            EXISTS.replace('services "kiali"', 'services "other"'),
            False,
        ),
        ("kubectl replace -f kiali.yaml", EXISTS, False),
        ("kubectl expose deployment kiali", EXISTS.replace('error when creating "x": ', ""), False),
    ],
)
async def test_an_object_that_was_there_already(root, line, said, told_of):
    finding = await refused(asked(root, KIALI, (line, 1, said), objects=[NAMESPACE, THERE]))
    assert (finding and finding.rule) == ("exists-already" if told_of else None)


@pytest.mark.parametrize(
    ("line", "said", "rule"),
    [
        (
            APPLY,
            'error: unknown field "portz"\n',
            None,
        ),  # it was made all the same: the words are about another
        (APPLY, 'The Service "kiali" is invalid: spec.type: Unsupported value: "X"\n', "value-refused"),
        (APPLY, 'The Service "other" is invalid: spec.type: Unsupported value: "X"\n', None),
        ("kubectl patch svc kiali -p x", 'error: unknown field "portz"\n', "unknown-field"),
        ("kubectl edit svcc kiali", 'error: the server doesn\'t have a resource type "svcc"\n', "kind-typo"),
        ("kubectl edit svc kiali", "service/kiali edited\n", None),
        ("kubectl get svc kiali", 'error: unknown field "portz"\n', None),
    ],
)
async def test_what_was_said_of_an_object_that_is_there(root, line, said, rule):
    finding = await refused(asked(root, KIALI, (line, 1, said), objects=[NAMESPACE, THERE]))
    assert (finding and finding.rule) == rule
    assert not finding or (finding.evidence, finding.source) == (said.strip(), line)
