"""What a server or a tool said to a command, and which cluster it was said by. Each rule at its edges."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fake_world import FORBIDDEN, NAMESPACE, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.diagnosis.contexts import not_let_in, other_context, wrong_cluster
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


# which cluster


def config(path: Path, *servers: str, current: str = "c0", encoding: str = "utf-8") -> Path:
    document = {
        "current-context": current,
        "contexts": [{"name": f"c{at}", "context": {"cluster": f"k{at}"}} for at in range(len(servers))],
        "clusters": [{"name": f"k{at}", "cluster": {"server": server}} for at, server in enumerate(servers)],
    }
    path.write_text(yaml.safe_dump(document), encoding=encoding)
    return path


LAB, OTHER = "https://lab:6443", "https://other:6443"


@pytest.mark.parametrize(
    ("servers", "current", "rule"),
    [
        ([LAB], "c0", None),
        ([LAB + "/"], "c0", None),
        (["HTTPS://lab:6443"], "c0", None),
        ([OTHER], "c0", "other-cluster"),
        ([OTHER, LAB], "c0", "other-cluster"),
        ([OTHER, LAB], "c1", None),
        ([LAB], "c9", "no-kubeconfig"),
        ([LAB], "", "no-kubeconfig"),
        ([], "c0", "no-kubeconfig"),
    ],
)
async def test_the_shells_own_cluster(tmp_path, servers, current, rule):
    lab, own = config(tmp_path / "lab", LAB), config(tmp_path / "own", *servers, current=current)
    environment = {"KUBECONFIG": str(own)}
    finding = await wrong_cluster(asked(tmp_path, KIALI, lab=lab, environment=environment))
    assert told(finding) == (rule and (rule, f"export KUBECONFIG={lab}"))
    assert await wrong_cluster(asked(tmp_path, {"file": "x"}, lab=lab, environment=environment)) is None
    assert await wrong_cluster(asked(tmp_path, KIALI, environment=environment)) is None
    assert await wrong_cluster(asked(tmp_path, KIALI, lab=tmp_path / "none", environment=environment)) is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_a_kubeconfig_as_other_systems_write_it(tmp_path, encoding):
    lab, own = config(tmp_path / "lab", LAB), config(tmp_path / "own", LAB, encoding=encoding)
    assert await wrong_cluster(asked(tmp_path, KIALI, lab=lab, environment={"KUBECONFIG": str(own)})) is None


async def test_the_first_of_several_files_decides(tmp_path):
    lab, own = config(tmp_path / "lab", LAB), config(tmp_path / "own", OTHER)
    for named, rule in (
        (f":{lab}:{own}", None),
        (f"{own}:{lab}", "other-cluster"),
        (f"/none:{own}", "other-cluster"),
    ):
        finding = await wrong_cluster(asked(tmp_path, KIALI, lab=lab, environment={"KUBECONFIG": named}))
        assert (finding and finding.rule) == rule


@pytest.mark.parametrize("content", ["[1]", "{", "\x00", "contexts: x"])
async def test_a_kubeconfig_that_is_none(tmp_path, content):
    (tmp_path / "own").write_text(content)
    environment = {"KUBECONFIG": str(tmp_path / "own")}
    finding = await wrong_cluster(
        asked(tmp_path, KIALI, lab=config(tmp_path / "lab", LAB), environment=environment)
    )
    assert finding.rule == "no-kubeconfig"


@pytest.mark.parametrize(("more", "rule"), [(0, None), (1, "no-kubeconfig")])
async def test_a_kubeconfig_of_more_than_a_mebibyte_is_not_read(tmp_path, more, rule):
    own = config(tmp_path / "own", LAB)
    text = own.read_text() + "# "
    own.write_text(text + "x" * (1024 * 1024 - len(text) + more))
    finding = await wrong_cluster(
        asked(tmp_path, KIALI, lab=config(tmp_path / "lab", LAB), environment={"KUBECONFIG": str(own)})
    )
    assert (finding and finding.rule) == rule


async def test_the_file_of_the_home_folder_is_used_without_kubeconfig(tmp_path):
    (tmp_path / ".kube").mkdir()
    config(tmp_path / ".kube" / "config", OTHER)
    finding = await wrong_cluster(
        asked(tmp_path, KIALI, lab=config(tmp_path / "lab", LAB), environment={"HOME": str(tmp_path)})
    )
    assert finding.rule == "other-cluster"


SUDO = "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n"


@pytest.mark.parametrize(
    ("line", "said", "expected"),
    [
        ("sudo -E kubectl edit svc kiali", SUDO, ("sudo-without-kubeconfig", "kubectl edit svc kiali")),
        ("kubectl edit svc kiali", SUDO, None),
        ("sudo kubectl edit svc kiali", "edited\n", None),
        ("kubectl --context c1 edit svc kiali", "x\n", ("other-context", "kubectl edit svc kiali")),
        ("kubectl --context=c1 edit svc kiali", "x\n", ("other-context", "kubectl edit svc kiali")),
        ("kubectl --context 'c1' edit svc kiali", "x\n", ("other-context", "kubectl edit svc kiali")),
        ("kubectl --context c0 edit svc kiali", "x\n", None),
        ("kubectl --context c1 edit svc grafana", "x\n", None),
        ("kubectl --kubeconfig other edit svc kiali", "x\n", ("other-context", "kubectl edit svc kiali")),
        ("kubectl --kubeconfig lab edit svc kiali", "x\n", None),
        ("KUBECONFIG=other kubectl edit svc kiali", "x\n", ("other-context", "kubectl edit svc kiali")),
        ("KUBECONFIG=lab kubectl edit svc kiali", "x\n", None),
        ("kubectl edit svc kiali", "x\n", None),
        ("helm --kube-context c1 install kiali x", "x\n", ("other-context", "helm install kiali x")),
        ("kubectl --context c1 config view", "x\n", None),
        ("ls", "x\n", None),
    ],
)
async def test_a_command_that_was_sent_to_another_cluster(tmp_path, line, said, expected):
    config(tmp_path / "other", OTHER)
    lab = config(tmp_path / "lab", LAB, OTHER)
    environment = {"KUBECONFIG": str(lab)}
    finding = await other_context(asked(tmp_path, KIALI, (line, 1, said), lab=lab, environment=environment))
    assert told(finding) == expected
    if finding and finding.rule == "other-context":
        assert await other_context(asked(tmp_path, KIALI, (line, 1, said), environment=environment)) is None


REFUSED = "The connection to the server 10.0.0.1:6443 was refused\n"


@pytest.mark.parametrize(
    ("check", "ran", "rule"),
    [
        (KIALI, [("kubectl get pods", 1, REFUSED)], "server-refuses"),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("ls", 0, "")], "server-refuses"),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("kubectl get pods", 0, "")], None),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("kubectl version --client", 0, "")], "server-refuses"),
        (
            KIALI,
            [("kubectl get pods", 1, REFUSED), ("istioctl version --remote=false", 0, "")],
            "server-refuses",
        ),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("kubectl get --help", 0, "")], "server-refuses"),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("kubectl config view", 0, "")], "server-refuses"),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("kubectl", 0, "")], "server-refuses"),
        (KIALI, [("kubectl get pods", 1, REFUSED), ("kubectl get pods", 127, "")], "server-refuses"),
        (KIALI, [], None),
        ({"file": "x"}, [("kubectl get pods", 1, REFUSED)], None),
        ({"command": "kubectl get pods"}, [("kubectl get pods", 1, REFUSED)], "server-refuses"),
        ({"command": "ls"}, [("kubectl get pods", 1, REFUSED)], None),
    ],
)
async def test_a_command_that_was_not_let_in(tmp_path, check, ran, rule):
    finding = await not_let_in(asked(tmp_path, check, *ran))
    assert (finding and finding.rule) == rule
    assert not finding or (finding.evidence, finding.source) == (REFUSED.strip(), "kubectl get pods")


@pytest.mark.parametrize(
    ("line", "named", "rule"),
    [
        ("kubectl get pods", "lab", None),  # put right since
        ("kubectl get pods", "other", "no-kubeconfig"),
        ("kubectl --kubeconfig x get pods", "lab", "no-kubeconfig"),
        ("kubectl --context x get pods", "lab", "no-kubeconfig"),
        ("KUBECONFIG=x kubectl get pods", "lab", "no-kubeconfig"),
    ],
)
async def test_a_kubeconfig_that_was_put_right_since(tmp_path, line, named, rule):
    lab = tmp_path / "lab"
    environment = {"KUBECONFIG": str(tmp_path / named)}
    finding = await not_let_in(asked(tmp_path, KIALI, (line, 1, SUDO), lab=lab, environment=environment))
    assert (finding and finding.rule) == rule
    assert (
        await not_let_in(asked(tmp_path, KIALI, (line, 1, SUDO), environment=environment))
    ).rule == "no-kubeconfig"
