"""What the learner typed is understood however they typed it, and gives way to what runs or happened since."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_world import NAMESPACE, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.diagnosis.at_work import changes_something
from checks.diagnosis.command_lines import parts
from checks.registry import AnyCheck, look

KIALI = {"service": "kiali", "in": "istio-system", "type": "LoadBalancer"}
FIELD = 'error: error validating "STDIN": error validating data: ValidationError(Service): unknown field "portz" in x\n'
REFUSED = 'The Service "kiali" is invalid: spec.type: Unsupported value: "Balancer"\n'
THERE = make("Service", "kiali", spec={"type": "ClusterIP"})
ENDED = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


async def rules(tmp_path, *ran, check=KIALI, objects=(NAMESPACE, THERE), running=""):
    workspace = FakeWorkspace(tmp_path)
    workspace.history = [Ran(line, code, output, tmp_path, ENDED) for line, code, output in ran]
    workspace.running = running
    outcome = await look(
        TypeAdapter(AnyCheck).validate_python(check), FakeWorld(*objects, workspace=workspace)
    )
    return [finding.rule for finding in outcome.findings]


HEREDOC = "kubectl apply -f - <<'EOF'\nkind: Service\nmetadata:\n  name: kiali  # it's one\nEOF"


@pytest.mark.parametrize(
    ("line", "message", "rule"),
    [
        ("kubectl patch svc kiali -n istio-system -p '{}'", REFUSED, "value-refused"),
        ("kubectl -n istio-system patch svc kiali -p '{}'", REFUSED, "value-refused"),
        ("kubectl --namespace=istio-system patch service/kiali -p '{}'", REFUSED, "value-refused"),
        ("k patch -p '{}' svc kiali -n istio-system", REFUSED, "value-refused"),
        ("sudo -E kubectl patch svc kiali -p '{}'", REFUSED, "value-refused"),
        ("minikube kubectl -- patch svc kiali -p '{}'", REFUSED, "value-refused"),
        ("oc patch svc kiali -p '{}'", REFUSED, "value-refused"),
        ("kc patch svc kiali -p '{}'", REFUSED, "value-refused"),  # an alias of theirs
        ("./open.sh", REFUSED, "value-refused"),
        ("make open", REFUSED, "value-refused"),
        ("for s in kiali grafana; do kubectl patch svc kiali -p '{}'; done", REFUSED, "value-refused"),
        ("if true; then kubectl patch svc kiali -p '{}'; fi", REFUSED, "value-refused"),
        ("cat kiali.yaml | kubectl apply -f -", REFUSED, "value-refused"),
        (HEREDOC, FIELD, "unknown-field"),
        ("kubectl apply -f - <<-EOF\n\tname: kiali\n\tEOF", FIELD, "unknown-field"),
        ("echo 'name: kiali' | kubectl create -f -", FIELD, "unknown-field"),
        ("cat <<EOF | kubectl apply -f -\nname: grafana\nEOF", FIELD, ""),
        ("./open.sh", REFUSED.replace("kiali", "grafana"), ""),
        ("less kiali.txt", REFUSED, ""),
        (
            "kubectl get svc kiali; echo done",
            'Error from server (NotFound): services "kiali" not found\n',
            "",
        ),
    ],
)
async def test_a_refusal_is_read_however_it_was_typed(tmp_path, line, message, rule):
    objects = (NAMESPACE,) if rule == "unknown-field" else (NAMESPACE, THERE)
    assert await rules(tmp_path, (line, 1, message), objects=objects) == ([rule] if rule else [])


def changed(when, manager="kubectl-edit"):
    obj = make("Service", "kiali", spec={"type": "ClusterIP"})
    obj["metadata"]["creationTimestamp"] = "2026-01-01T11:00:00Z"
    obj["metadata"]["managedFields"] = [{"manager": manager, "time": when}]
    return obj


@pytest.mark.parametrize(
    ("obj", "reported"),
    [
        (changed("2026-01-01T11:30:00Z"), True),
        (changed("2026-01-01T12:00:01Z"), True),  # clocks differ by so much
        (changed("2026-01-01T12:00:10Z"), False),  # in another terminal
        (changed("2026-01-01T12:00:10Z", "kube-controller-manager"), True),
    ],
)
async def test_what_was_changed_since_is_not_explained_by_what_came_before(tmp_path, obj, reported):
    ran = ("kubectl patch svc kiali -n istio-system -p '{}'", 1, REFUSED)
    assert await rules(tmp_path, ran, objects=(NAMESPACE, obj)) == (["value-refused"] if reported else [])


@pytest.mark.parametrize(
    ("running", "reported"),
    [
        ("", True),
        ("kubectl get pods -w", True),
        ("vi kiali.yaml", True),
        ("kubectl port-forward svc/kiali 1:1", True),
        ("kubectl edit svc kiali -n istio-system", False),
        ("python3 /opt/lab/bin/istioctl install -y", False),
        ("bash ./open.sh", False),
        ("kubectl delete svc kiali", False),
    ],
)
async def test_what_runs_now_may_put_it_right(tmp_path, running, reported):
    ran = ("kubectl patch svc kiali -n istio-system -p '{}'", 1, REFUSED)
    assert await rules(tmp_path, ran, running=running) == (["value-refused"] if reported else [])
    assert changes_something(running) is not reported


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("kubectl create deploy web \\\n  --image nginx --replicas 2", [["create", "deploy", "web"]]),
        ("kubectl get ns -o name | xargs -n1 kubectl delete", [["get", "ns"], ["delete"]]),
        ("watch -n 2 kubectl get po", [["get", "po"]]),
        ("k create ns a\nk create ns b", [["create", "ns", "a"], ["create", "ns", "b"]]),
        ("echo 'a\nb' \"\" c", [["a\nb", "", "c"]]),
        ("cat <<< hi", [["<<<", "hi"]]),
        ("cat <<A; cat <<B\nit's\nA\nnot\nB\nk get po", [[], [], ["get", "po"]]),
    ],
)
def test_lines_of_every_shape_are_taken_apart(line, words):
    assert [part.words for part in parts(line)] == words
