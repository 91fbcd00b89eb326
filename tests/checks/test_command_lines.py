"""Lines taken apart, and which commands a question is about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_world import FORBIDDEN, NAMESPACE, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.diagnosis.at_work import changes_something
from checks.diagnosis.command_lines import Part, parts, without_heredocs
from checks.diagnosis.question import Question, elsewhere, is_istios, quoted
from checks.registry import AnyCheck

ANY = TypeAdapter(AnyCheck)
KIALI = {"service": "kiali", "in": "istio-system"}
HERE = Path("/nowhere")


def question(check, *ran, objects=(NAMESPACE,), root=HERE, **error_of) -> Question:
    """`ran`: a line, or (line, exit code, output[, ended])."""
    workspace = FakeWorkspace(root)
    rows = [(each, 0, "") if isinstance(each, str) else each for each in ran]
    workspace.history = [Ran(line, code, output, root, *ended) for line, code, output, *ended in rows]
    world = FakeWorld(cluster=FakeCluster(objects, **error_of), workspace=workspace)
    return Question(world, ANY.validate_python(check), workspace.history)


# options and words


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("kubectl get pods", ""),
        ("kubectl -n a get pods", "a"),
        ("kubectl -na get pods", "a"),
        ("kubectl -n=a get pods", "a"),
        ("kubectl --namespace a get pods", "a"),
        ("kubectl --namespace=a get pods", "a"),
        ("kubectl -n a get pods -n b", "b"),
        ("kubectl --namespaces=a get pods", ""),
        ("kubectl -nope", "ope"),
        ("kubectl --no", ""),
        ("kubectl get pods -n", ""),
    ],
)
def test_the_value_of_an_option(line, value):
    assert parts(line)[0].option("-n", "--namespace") == value


def test_all_the_values_of_an_option():
    assert parts("kubectl apply -f a -f=b --filename c --filename=d")[0].options("-f", "--filename") == [
        "a",
        "b",
        "c",
        "d",
    ]


@pytest.mark.parametrize(
    ("line", "words", "verb"),
    [
        ("kubectl -n a get pods -o wide web", ["get", "pods", "web"], "get"),
        ("kubectl get pods -A web", ["get", "pods", "web"], "get"),
        ("kubectl apply -f -", ["apply"], "apply"),
        ("tar -xzf x -", ["x", "-"], "x"),
        ("kubectl", [], ""),
    ],
)
def test_the_words_of_a_command(line, words, verb):
    (part,) = parts(line)
    assert (part.words, part.verb) == (words, verb)


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ("a; b && c || d | e & f", ["a", "b", "c", "d", "e", "f"]),
        ("a\nb", ["a", "b"]),
        ("a \\\n b", ["a"]),
        ("(a; b)", ["a", "b"]),
        ("for x in 1; do a; done", ["for", "a", "done"]),
        ("if ! a; then b; fi", ["a", "b", "fi"]),
        ("nohup time a", ["a"]),
        ("watch -n 2 kubectl get pods", ["kubectl"]),
        ("xargs -n 1 a", ["a"]),
        ("sudo -u root a", ["root"]),
        ("/usr/bin/k get pods", ["kubectl"]),
        ("minikube kubectl -- get pods", ["kubectl"]),
        ("minikube start", ["minikube"]),
        ("microk8s kubectl get pods", ["kubectl"]),
        ("A=1 B=2", []),
        ("sudo", []),
        ("echo 'open", []),
        ("", []),
        ("a # b", ["a"]),
    ],
)
def test_the_programs_of_a_line(line, programs):
    assert [part.name for part in parts(line)] == programs


def test_what_stands_before_a_command():
    (part,) = parts("A=1 sudo -E B=2 kubectl get pods")
    assert (part.variables, part.wrapped, part.words) == ({"A": "1", "B": "2"}, "sudo", ["get", "pods"])
    assert parts("sudo time a")[0].wrapped == "sudo"
    assert parts("time a")[0].wrapped == ""
    assert parts("minikube kubectl -- get -- x")[0].arguments == ("get", "--", "x")
    assert parts("minikube kubectl get -- x")[0].arguments == ("get", "--", "x")
    assert Part("x").wrapped == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <<EOF\nx y\nEOF\nb", "a \nb"),
        ("a <<'EOF'\nx ' y\nEOF\nb", "a \nb"),
        ("a <<-EOF\n\tx\n\tEOF\nb", "a \nb"),
        ("a <<EOF\n\tEOF\nb\nEOF", "a "),
        ("a <<A <<B\n1\nA\n2\nB\nb", "a  \nb"),
        ("a <<<EOF\nb", "a <<<EOF\nb"),
        ("a\nb", "a\nb"),
    ],
)
def test_a_heredoc_is_no_part_of_the_line(text, left):
    assert without_heredocs(text) == left


# what runs now


@pytest.mark.parametrize(
    ("running", "changes"),
    [
        ("", False),
        ("vi kiali.yaml", False),
        ("/usr/bin/less x", False),
        ("sleep 5; make", True),
        ("kubectl get pods -w", False),
        ("kubectl -n x apply -f a", True),
        ("kubectl", False),
        ("/usr/bin/python /opt/bin/istioctl install", True),
        ("python -u istioctl install", True),
        ("python a b istioctl", True),
        ("istioctl dashboard kiali", False),
        ("helm list", False),
        ("helm install x", True),
        ("python x y kubectl get pods", True),
    ],
)
def test_whether_what_runs_changes_something(running, changes):
    assert changes_something(running) is changes


# which commands are about a check


@pytest.mark.parametrize(
    ("check", "line", "concerns"),
    [
        (KIALI, "kubectl edit svc kiali", True),
        (KIALI, "kubectl edit svc/kiali", True),
        (KIALI, "kubectl edit svc grafana", False),
        (KIALI, "kubectl set selector svc kiali app=x", True),
        (KIALI, "kubectl set kiali x", False),
        (KIALI, "kubectl create namespace kiali", False),
        ({"namespace": "shop"}, "kubectl create namespace shop", True),
        ({"namespace": "shop"}, "kubectl create ns shop", True),
        ({"namespace": "shop"}, "kubectl create ns other", False),
        ({"service": "shop", "in": "x"}, "kubectl create ns shop", False),
        (KIALI, "kubectl create service clusterip kiali --tcp=80", True),
        ({"namespace": "shop"}, "kubectl label namespace shop a=b", True),
        (KIALI, "istioctl install", True),
        ({"service": "web", "in": "shop"}, "istioctl install", False),
        ({"service": "istio-gateway", "in": "shop"}, "istioctl install", True),
        (
            {"resource": "CustomResourceDefinition", "api": "apiextensions.k8s.io/v1", "name": "a.istio.io"},
            "istioctl install",
            True,
        ),
        ({"namespace": "istio-system"}, "istioctl install", True),
        (KIALI, "helm install kiali repo/x", True),
        (KIALI, "helm install other repo/x", False),
        (KIALI, "kubectl apply -f none.yaml", False),
        ({"file": "x"}, "kubectl edit svc kiali", False),
        ({"resource": "Service", "in": "istio-system"}, "kubectl apply -f none.yaml", True),
    ],
)
def test_what_a_command_is_about(check, line, concerns):
    asked = question(check, line)
    ran, part = asked.newest()
    assert asked.concerns(ran, part) is concerns


@pytest.mark.parametrize(
    ("text", "concerns"),
    [
        ("metadata:\n  name: kiali\n", True),
        ("metadata: {name: kiali, a: b}\n", True),
        ('{"metadata": {"name": "kiali"}}', True),
        ("metadata:\n  name: kiali-server\n", False),
        ("metadata:\n  name: grafana\n", False),
        ("# kiali\n", False),
    ],
)
def test_a_file_is_read_for_what_it_is_about(tmp_path, text, concerns):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.yaml").write_text("kind: X\n")
    for file in (tmp_path / "one.yaml", tmp_path / "folder" / "b.yaml"):
        file.write_text(text)
    for line in (
        "kubectl apply -f one.yaml",
        "kubectl apply -f folder",
        "kubectl apply -k folder",
        "kubectl apply -f b.yaml",
    ):
        asked = question(KIALI, line, root=tmp_path)
        assert asked.concerns(*asked.newest()) is concerns, line
    piped = question(KIALI, f"kubectl apply -f - <<EOF\n{text}EOF")
    assert piped.concerns(*piped.newest()) is concerns


@pytest.mark.parametrize(
    ("output", "concerns"),
    [
        ('services "kiali" not found\n', True),
        ("service/kiali created\n", True),
        ("service/kiali-x created\n", False),
        ('the path "none.yaml" does not exist\n', True),
        ('the path "other.yaml" does not exist\n', False),
        ("kiali\n", False),
    ],
)
def test_what_was_said_tells_what_a_file_was_about(output, concerns):
    asked = question(KIALI, ("kubectl apply -f none.yaml", 1, output))
    assert asked.concerns(*asked.newest()) is concerns


def test_a_path_that_is_there_is_about_what_is_in_it(tmp_path):
    (tmp_path / "none.yaml").write_text("x\n")
    asked = question(
        KIALI, ("kubectl apply -f none.yaml", 1, 'the path "none.yaml" does not exist\n'), root=tmp_path
    )
    assert not asked.concerns(*asked.newest())


# the last change

EDIT = "kubectl edit svc kiali -n istio-system"
ENDED = datetime(2026, 1, 1, 11, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("check", "ran", "line"),
    [
        (KIALI, [EDIT, "kubectl get svc kiali"], EDIT),
        (KIALI, [EDIT, "ls"], EDIT),
        (KIALI, ["kubectl edit svc grafana"], None),
        ({**KIALI, "absent": True}, [EDIT], None),
        ({"file": "x"}, [EDIT], None),
        (KIALI, [EDIT, ("make up", 1, 'error: services "kiali" is wrong\n')], "make up"),
        (KIALI, [EDIT, ("make up", 1, 'error: services "web" is wrong\n')], EDIT),
        (KIALI, [EDIT, ("make up", 1, 'services "kiali" is wrong\n')], EDIT),
        (KIALI, [EDIT, ("cat x", 1, 'error: services "kiali" is wrong\n')], EDIT),
        (KIALI, [EDIT, ("make up; kubectl get x", 1, 'error: services "kiali" is wrong\n')], EDIT),
        (KIALI, [("./up.sh", 1, 'The Service "kiali" is invalid: x\n')], "./up.sh"),
        (KIALI, [("./up.sh", 1, 'Error from server (NotFound): "kiali"\n')], "./up.sh"),
    ],
)
async def test_the_last_command_that_was_to_change_it(check, ran, line):
    change = await question(check, *ran).change()
    assert (change and change[0].line) == line


@pytest.mark.parametrize(
    ("changed", "ended", "counts"),
    [
        ("2026-01-01T11:00:02Z", ENDED, True),
        ("2026-01-01T11:00:03Z", ENDED, False),
        ("2026-01-01T10:00:00Z", ENDED, True),
        ("2026-01-01T11:30:00Z", 0.0, True),  # not known when it ended
    ],
)
async def test_a_change_by_other_means_is_the_later_one(changed, ended, counts):
    there = make("Service", "kiali")
    there["metadata"]["creationTimestamp"] = changed
    asked = question(KIALI, (EDIT, 1, "", ended), objects=[NAMESPACE, there])
    assert (await asked.change() is not None) is counts


async def test_the_object_and_its_namespace():
    there = make("Service", "kiali")
    assert await question(KIALI, objects=[there]).found() == there
    assert await question(KIALI).found() is None
    assert await question(KIALI, objects=[there], Service=FORBIDDEN).found() is None
    assert await question({"resource": "Service", "in": "istio-system"}, objects=[there]).found() is None
    assert await question({"file": "x"}).found() is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.yaml", "a.yaml"),
        ("./b.yaml", "x/b.yaml"),
        ("c.yaml", "x/y/c.yaml"),
        ("d.yaml", None),
        ("y/c.yaml", "x/y/c.yaml"),
        ("x/y/", "x/y"),
        ("/a.yaml", None),
        ("~/a.yaml", None),
        ("http://x/a.yaml", None),
        ("*.yaml", None),
        ("../a.yaml", None),
        ("./", None),
    ],
)
def test_where_a_path_is_in_the_labs_folder(tmp_path, name, found):
    (tmp_path / "x" / "y" / "z").mkdir(parents=True)
    for each in ("a.yaml", "x/b.yaml", "x/y/c.yaml", "x/y/z/d.yaml"):
        (tmp_path / each).write_text("")
    assert elsewhere(name, tmp_path) == (found and tmp_path / found)


def test_the_last_line_that_fits_is_quoted():
    assert quoted("a 1\nb\na 2\n", "a") == "a 2"
    assert quoted("b", "a") == ""


@pytest.mark.parametrize(
    ("name", "istios"),
    [
        ("istiod", True),
        ("istio-ingressgateway", True),
        ("a.istio.io", True),
        ("web", False),
        ("myistio", False),
    ],
)
def test_what_istios_own_installation_makes(name, istios):
    assert is_istios(question({"service": name, "in": "x"}).wanted) is istios
