"""What the learner's commands tell, in the words of several versions of kubectl; and what they must not tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from checks.base import Finding, Ran, Verdict
from checks.diagnosis.command_lines import parts
from checks.registry import AnyCheck, look
from tests.checks.fake_world import NAMESPACE, FakeWorkspace, FakeWorld, make

KIALI = {"service": "kiali", "in": "istio-system", "type": "LoadBalancer"}
APPLY = "kubectl apply -f kiali.yaml"
THERE = make("Service", "kiali", spec={"type": "ClusterIP"})


async def diagnosed(check, *objects, **world) -> tuple[Finding, ...]:
    outcome = await look(TypeAdapter(AnyCheck).validate_python(check), FakeWorld(*objects, **world))
    assert outcome.verdict is Verdict.FAILED, outcome
    return outcome.findings


def workspace(root: Path, *ran: tuple[str, int, str]) -> FakeWorkspace:
    (root / "kiali.yaml").write_text("kind: Service\nmetadata:\n  name: kiali\n")
    made = FakeWorkspace(root, tools={"vi": Path("/usr/bin/vi")})
    made.history = [Ran(line, code, output, root) for line, code, output in ran]
    return made


async def rules(root: Path, check, *ran: tuple[str, int, str], objects=(NAMESPACE,)) -> list[str]:
    return [found.rule for found in await diagnosed(check, *objects, workspace=workspace(root, *ran))]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "no-kubeconfig",
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
        ),
        (
            "no-kubeconfig",
            'couldn\'t get current server API group list: Get "http://localhost:8080/api?timeout=32s": dial tcp 127.0.0.1:8080',
        ),
        ("no-such-context", "Error in configuration: context was not found for specified context: nope"),
        ("no-such-context", 'error: context "nope" does not exist'),
        ("credentials-refused", "error: You must be logged in to the server (Unauthorized)"),
        ("credentials-refused", "error: the server has asked for the client to provide credentials"),
        (
            "sign-in-failed",
            "Unable to connect to the server: getting credentials: exec: executable aws not found",
        ),
        (
            "certificate-expired",
            "Unable to connect to the server: x509: certificate has expired or is not yet valid",
        ),
        (
            "certificate-unknown",
            "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
        (
            "server-name-unknown",
            "Unable to connect to the server: dial tcp: lookup nohost on 10.0.0.1:53: no such host",
        ),
        (
            "server-refuses",
            "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?",
        ),
        ("server-silent", "Unable to connect to the server: net/http: TLS handshake timeout"),
        ("server-silent", "Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout"),
        (
            "kind-not-there-yet",
            'error: unable to recognize "kiali.yaml": no matches for kind "A" in version "b/v1"',
        ),
        (
            "kind-not-there-yet",
            'error: resource mapping not found for name: "x" namespace: "" from "kiali.yaml": no matches for kind "A" in '
            'version "b/v1"\nensure CRDs are installed first',
        ),
        (
            "unknown-field",
            'error: error validating "kiali.yaml": error validating data: ValidationError(Service.spec): unknown field '
            '"portz" in io.k8s.api.core.v1.ServiceSpec; if you choose to ignore these errors, turn validation off with',
        ),
        (
            "unknown-field",
            'Error from server (BadRequest): error when creating "kiali.yaml": Service in version "v1" cannot be handled '
            'as a Service: strict decoding error: unknown field "spec.portz"',
        ),
        (
            "not-yaml",
            "error: error parsing kiali.yaml: error converting YAML to JSON: yaml: line 3: mapping values",
        ),
        ("value-refused", 'The Service "kiali" is invalid: spec.type: Unsupported value: "X"'),
        (
            "command-forbidden",
            'Error from server (Forbidden): error when creating "kiali.yaml": services is forbidden: User "jane" cannot create',
        ),
        (
            "namespace-terminating",
            'Error from server (Forbidden): error when creating "kiali.yaml": services "kiali" is forbidden: unable to create '
            "new content in namespace istio-system because it is being terminated",
        ),
    ],
)
async def test_a_refusal_is_read_in_the_words_of_each_version(tmp_path, rule, message):
    assert await rules(tmp_path, KIALI, (APPLY, 1, message + "\n")) == [rule]
    assert (
        await rules(tmp_path, KIALI, (APPLY, 1, message + "\n"), (APPLY, 0, "service/kiali created\n")) == []
    )
    other = {"service": "grafana", "in": "istio-system"}
    about_anything = rule in ("no-kubeconfig", "no-such-context") or rule.split("-")[0] in (
        "credentials",
        "sign",
        "certificate",
        "server",
    )
    assert (await rules(tmp_path, other, (APPLY, 1, message + "\n")) != []) is about_anything


async def test_a_timed_out_installation_is_reported_with_what_it_waited_for(tmp_path):
    message = (
        "✘ Istiod encountered an error: failed to wait for resource: resources not ready after 5m0s: timed out waiting for "
        "the condition\n  Deployment/istio-system/istiod (container failed to start: ImagePullBackOff: Back-off pulling)\n"
    )
    check = {"deployment": "istiod", "in": "istio-system"}
    (found,) = await diagnosed(
        check, NAMESPACE, workspace=workspace(tmp_path, ("istioctl install -y", 1, message))
    )
    assert found.rule == "install-timed-out"
    assert "ImagePullBackOff" in found.cause.render()
    assert "5m0s" in found.cause.render()


@pytest.mark.parametrize(
    "line",
    ["kubectl get svc kiali", "kubectl edit svc grafana -n istio-system", "cat kiali.yaml", "echo 'kubectl"],
)
async def test_commands_about_something_else_explain_nothing(tmp_path, line):
    message = 'Edit cancelled, no changes made.\nerror: unknown field "x"\n'
    assert await rules(tmp_path, KIALI, (line, 1, message), objects=(NAMESPACE, THERE)) == []


async def test_what_must_be_absent_is_not_explained_by_what_failed_to_be_made(tmp_path):
    message = "error: error parsing kiali.yaml: error converting YAML to JSON: yaml: line 3: x\n"
    check = {"service": "kiali", "in": "istio-system", "absent": True}
    assert await rules(tmp_path, check, (APPLY, 1, message), objects=(NAMESPACE, THERE)) == []


async def test_the_cluster_that_the_shell_uses_is_compared_with_the_labs(tmp_path):
    def written(name: str, server: str) -> Path:
        path = tmp_path / name
        path.write_text(
            f"current-context: c\ncontexts: [{{name: c, context: {{cluster: k}}}}]\n"
            f"clusters: [{{name: k, cluster: {{server: '{server}'}}}}]\n"
        )
        return path

    lab, same, other = (
        written("lab", "https://a:1"),
        written("same", "https://a:1/"),
        written("other", "https://b:1"),
    )
    for environment, expected in (
        ({"KUBECONFIG": str(lab)}, []),
        ({"KUBECONFIG": str(same)}, []),
        ({"KUBECONFIG": str(other)}, ["other-cluster"]),
        ({"KUBECONFIG": "/nowhere"}, ["no-kubeconfig"]),
        ({"HOME": str(tmp_path)}, ["no-kubeconfig"]),
    ):
        made = workspace(tmp_path)
        made.kubeconfig, made.environment = lab, environment
        found = await diagnosed(KIALI, NAMESPACE, workspace=made)
        assert [each.rule for each in found] == expected, environment


async def test_set_without_export(tmp_path):
    check = {"environment": "HUB", "equals": "x"}
    assert await rules(tmp_path, check, ("HUB=x", 0, "")) == ["not-exported"]
    assert await rules(tmp_path, check, ("HUB=x sh script", 0, "")) == []


def test_lines_are_taken_apart():
    line = "cd x && A=1 sudo kubectl -n ns edit svc/kiali --context=prod | tee 'a b'"
    cd, kubectl, tee = parts(line)
    assert (cd.name, tee.arguments) == ("cd", ("a b",))
    assert (kubectl.name, kubectl.wrapped, kubectl.variables) == ("kubectl", "sudo", {"A": "1"})
    assert (kubectl.verb, kubectl.words) == ("edit", ["edit", "svc/kiali"])
    assert (kubectl.option("-n", "--namespace"), kubectl.option("--context")) == ("ns", "prod")
    assert parts("echo 'open") == []


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("kubectl create service clusterip kiali --tcp=20001 -n istio", "-n istio-system"),
        ("kubectl create service clusterip kiali --tcp=20001 --namespace=istio", "--namespace=istio-system"),
        (APPLY, APPLY),  # it is the manifest that names it
    ],
)
async def test_a_mistyped_namespace_is_not_to_be_made(tmp_path, line, command):
    message = 'error: failed to create service: namespaces "istio" not found\n'
    (found,) = await diagnosed(KIALI, NAMESPACE, workspace=workspace(tmp_path, (line, 1, message)))
    assert found.rule == "namespace-mistyped"
    assert command in found.remedy.values["command"]
    assert "create namespace" not in found.remedy.render()
