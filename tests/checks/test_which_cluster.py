"""Which cluster the learner's kubectl talks to, and whether it is let in. Each rule at its edges."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fake_world import NAMESPACE, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Ran
from checks.diagnosis.contexts import not_let_in, other_context, wrong_cluster
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
        assert finding.evidence == finding.cause.values["context"] == ("c1" if "c1" in line else "other")
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
