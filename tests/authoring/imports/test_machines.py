"""What scenarios take for granted on the platform's own machine: made to work, or left out and reported."""

from __future__ import annotations

import pytest

from runner.authoring.imports import machines, scenario_scripts
from tests.authoring.imports.scenarios import lab_of, run_of, scenario, solution_of


@pytest.mark.parametrize(
    ("command", "here"),
    [
        ("k get pods", "kubectl get pods"),
        (
            "k -n blue get pods | grep web && k get ns",
            "kubectl -n blue get pods | grep web && kubectl get ns",
        ),
        ("export X=$(k get ns blue -o name)", "export X=$(kubectl get ns blue -o name)"),
        ("sudo kubectl get pods", "kubectl get pods"),
        ("sudo k get pods", "kubectl get pods"),
        (
            "cat <<EOF | k apply -f -\nsudo k is text\nEOF",
            "cat <<EOF | kubectl apply -f -\nsudo k is text\nEOF",
        ),
        ("echo ask k for it", "echo ask k for it"),
        ("kubectl get pod k", "kubectl get pod k"),
        ("kubectl run web --image=nginx", "kubectl run web --image=nginx"),
        ("mkdir -p /tmp/x && echo a > /tmp/x/a", "mkdir -p /tmp/x && echo a > /tmp/x/a"),
        ("kubectl get events > /dev/null", "kubectl get events > /dev/null"),
        (
            "kubectl config set-context --current --namespace=blue",
            "kubectl config set-context --current --namespace=blue",
        ),
        ("kubectl exec web -- cat /etc/hosts", "kubectl exec web -- cat /etc/hosts"),
    ],
)
def test_what_works_here(command, here):
    assert machines.fitted(command).command == here


@pytest.mark.parametrize(
    "command",
    [
        "sudo systemctl restart kubelet",
        "systemctl status kubelet",
        "sudo apt-get install -y jq",
        "apt update && apt install -y nfs-common",
        "vi /etc/kubernetes/manifests/kube-apiserver.yaml",
        "mv /etc/kubernetes/manifests/kube-scheduler.yaml /tmp",
        "ETCDCTL_API=3 etcdctl snapshot save /tmp/x.db",
        "kubeadm token create --print-join-command",
        "crictl ps",
        "kubectl config use-context cluster1",
        "kubectl --context=cluster1 get pods",
        "export KUBECONFIG=/tmp/other",
        "echo answer > /opt/answer.txt",
        "kubectl get pods -o name | tee /opt/pods.txt",
        "sudo mv istioctl /usr/local/bin/",
        "rm -rf /var/lib/etcd",
        "scp a.yaml node01:/tmp",
    ],
)
def test_what_is_never_run_on_the_learners_machine(tmp_path, command):
    lab, notes = lab_of(tmp_path, f"`{command}`{{{{exec}}}}\n\n`kubectl get pods`{{{{exec}}}}\n")
    assert run_of(lab) == ["kubectl get pods"]
    assert command in lab.steps[0].text["en"]
    assert any(note.startswith("1.md:1:") and command.split()[-1] in note for note in notes)


def test_what_runs_on_another_node_does_not_run_here(tmp_path):
    page = "```bash\nkubectl get nodes\nssh node01\ncat x\nrm -rf y\nexit\nkubectl get pods\n```{{exec}}"
    lab, notes = lab_of(tmp_path, page)
    assert run_of(lab) == ["kubectl get nodes", "kubectl get pods"]
    assert any(note.startswith("1.md:4: this runs on node01: cat x") for note in notes)
    assert any(note.startswith("1.md:3: this connects to another machine") for note in notes)


def test_the_first_node_is_where_the_learner_is(tmp_path):
    lab, _ = lab_of(tmp_path, "```bash\nssh controlplane\nkubectl get nodes\n```{{exec}}")
    assert run_of(lab) == ["kubectl get nodes"]


def test_a_node_by_name_is_reported(tmp_path):
    lab, notes = lab_of(tmp_path, "`kubectl label node node01 disk=ssd`{{exec}}")
    assert run_of(lab) == ["kubectl label node node01 disk=ssd"]
    assert any("a node of the platform's cluster" in note and "node01" in note for note in notes)


def test_the_alias_and_short_words_are_there(tmp_path):
    page = "<details><summary>Solution</summary>\n\n```bash\nk run one --image=nginx $do > one.yaml\n```\n</details>"
    lab, notes = lab_of(tmp_path, page)
    assert [each.command for each in lab.setup] == [
        "alias k=kubectl",
        'export do="--dry-run=client -o yaml"',
    ]
    assert solution_of(lab) == ["kubectl run one --image=nginx $do > one.yaml"]
    assert any("the platform has the alias k for kubectl" in note for note in notes)


@pytest.mark.parametrize(
    "line",
    [
        "set -euo pipefail",
        "if [[ -f x ]]; then",
        "for i in {1..3}; do",
        "a=(1 2)",
        "cat <<< x",
        "source x",
        "x=${y//a/b}",
        "[ a == b ]",
    ],
)
def test_a_script_for_sh_that_needs_bash_is_reported(tmp_path, line):
    text = f"#!/bin/sh\n\n{line}\n"
    assert scenario_scripts.needs_bash(text) == 3
    folder = scenario(tmp_path / "from", "Text.", files={"v.sh": text + "kubectl get ns\n"}, verify="v.sh")
    assert scenario_scripts.call("v.sh", (folder / "v.sh").read_text()).startswith(
        'cd "$LABGATE_WORKSPACE" && bash '
    )


def test_a_script_for_sh_that_sh_can_run_is_not_reported():
    assert (
        scenario_scripts.needs_bash("#!/bin/sh\nset -eu\n# [[ a comment ]]\n[ -f x ] && echo $((1 + 1))\n")
        == 0
    )
    assert scenario_scripts.needs_bash("#!/bin/bash\nset -o pipefail\n") == 0


def test_scripts_with_line_ends_of_windows(tmp_path):
    lab, _ = lab_of(
        tmp_path, "Text.", files={"v.sh": "#!/bin/bash\r\nkubectl get ns blue\r\n"}, verify="v.sh"
    )
    assert b"\r" not in (lab.folder / "scripts" / "step-1-verify.sh").read_bytes()
