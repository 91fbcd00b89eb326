"""`labgate prove`: what it finds in labs that prove nothing, and that Labgate's own labs are proved."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from xml.etree import ElementTree as ET

import pytest

from runner.labs.library import available
from tests.schemas import conforms

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")

HEAD = """\
format: 1
title: {en: Shop, ko: 가게}
summary: {en: A shop., ko: 가게.}
minutes: 5
level: beginner
steps:
"""
SHOP = """\
  - id: shop
    title: {en: Make it, ko: 만들기}
    text: {en: Make it., ko: 만듭니다.}
    run:
      - kubectl create namespace shop
      - kubectl create configmap prices --from-literal=apple=1 -n shop
    checks:
      - namespace: shop
      - {resource: ConfigMap, api: v1, name: prices, in: shop, matches: {data: {apple: "1"}}}
"""
CLEANUP = """\
cleanup:
  title: {en: Tidy up, ko: 정리}
  text: {en: Away with it., ko: 지웁니다.}
  run: [kubectl delete namespace shop]
"""


@pytest.fixture
def prove(labgate, tmp_path):
    """Proves a lab of these steps; gives the process, and the report's faults by rule."""

    def run(steps: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], dict[str, dict]]:
        folder = tmp_path / "shop"
        folder.mkdir()
        (folder / "lab.yaml").write_text(HEAD + steps)
        report = tmp_path / "proof.json"
        done = labgate("prove", f"{folder}/", "--yes", "--report", f"json={report}", *arguments)
        message = json.loads(report.read_text()) if report.exists() else {"faults": []}
        if report.exists():
            conforms("proof", message)
        return done, {fault["rule"]: fault for fault in message["faults"]}

    return run


SHORTER_LOAD = {"zero-downtime": "seconds=20", "autoscaling": "seconds=25", "telemetry": "load=60"}
"""Enough for the checks, which look at shares and replicas."""


@pytest.mark.timeout(620)  # what runs in its pods takes its real time
@pytest.mark.parametrize("lab", [entry.id for entry in available() if entry.built_in])
def test_labgates_own_labs_are_proved(labgate, lab):
    settings = ["--set", SHORTER_LOAD[lab]] if lab in SHORTER_LOAD else []
    done = labgate("prove", lab, *settings, seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Proved: {lab}" in done.stdout


def test_a_lab_that_is_as_it_should_be(prove):
    done, faults = prove(SHOP + CLEANUP)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not faults


def test_a_check_that_cannot_fail_is_named(prove):
    done, faults = prove(SHOP.replace("- namespace: shop", "- namespace: default") + CLEANUP)
    assert done.returncode == 1
    message = faults["holds-before"]
    assert (message["line"], message["path"]) == (14, ["steps", 0, "checks", 0])
    assert "shop/lab.yaml:14:9: passes before anything is done: Namespace default" in done.stdout


def test_what_an_earlier_step_made_may_be_taken_away(prove):
    later = """\
  - id: close
    title: {en: Close, ko: 닫기}
    text: {en: Close., ko: 닫기.}
    run: [kubectl delete configmap prices -n shop]
    checks: [{resource: ConfigMap, api: v1, name: prices, in: shop, absent: true}]
"""
    shop = SHOP.replace('apple: "1"}}}', 'apple: "1"}}, once: true}')
    done, faults = prove(shop + later + CLEANUP)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not faults


def test_what_a_step_starts_from_may_hold_before_and_must(prove):
    step = SHOP.replace("- namespace: shop", "- {namespace: default, given: true}")
    assert prove(step + CLEANUP)[0].returncode == 0


def test_what_is_reported_to_be_given_and_is_not(prove):
    _, faults = prove(SHOP.replace("- namespace: shop", "- {namespace: shop, given: true}") + CLEANUP)
    assert list(faults) == ["given-does-not-hold"]


def test_a_check_that_does_not_hold_after_the_work(prove):
    done, faults = prove(SHOP.replace('apple: "1"', 'apple: "2"') + "    within: 1s\n" + CLEANUP)
    assert done.returncode == 1
    assert faults["fails-after"]["line"] == 15


def test_a_command_that_fails(prove):
    _, faults = prove(
        SHOP.replace("namespace shop\n", "namespace shop --colour=red\n", 1) + "    within: 1s\n"
    )
    assert faults["command-failed"]["path"] == ["steps", 0, "run", 0]
    assert "unknown flag: --colour" in faults["command-failed"]["message"]


def test_a_step_that_is_done_without_being_done(prove):
    again = """\
  - id: again
    title: {en: More, ko: 더}
    text: {en: More., ko: 더.}
    run: [kubectl create configmap more -n shop]
    checks: [{resource: ConfigMap, api: v1, name: prices, in: shop}]
"""
    _, faults = prove(SHOP + again + CLEANUP)
    assert faults["step-holds-before"]["path"] == ["steps", 1]
    assert "ConfigMap more in shop" in faults["unnoticed"]["message"]
    assert not faults["unnoticed"]["grave"]


def test_a_step_that_breaks_an_earlier_one(prove):
    later = """\
  - id: dearer
    title: {en: Dearer, ko: 인상}
    text: {en: Dearer., ko: 인상.}
    run: ["kubectl patch configmap prices -n shop -p '{\\"data\\": {\\"apple\\": \\"2\\"}}'"]
    checks: [{resource: ConfigMap, api: v1, name: prices, in: shop, matches: {data: {apple: "2"}}}]
"""
    _, faults = prove(SHOP + later + CLEANUP)
    assert faults["broken-later"]["path"] == ["steps", 0, "checks", 1]
    assert "after step dearer" in faults["broken-later"]["message"]


def test_a_later_step_may_break_an_earlier_one_while_its_work_comes_up(prove):
    restart = """\
  - id: restart
    title: {en: Restart, ko: 다시 시작}
    text: {en: Restart., ko: 다시 시작합니다.}
    run:
      - kubectl delete configmap prices -n shop
      - (sleep 3; kubectl create configmap prices -n shop --from-literal=apple=1) > later.txt 2>&1 &
    checks: [{command: test -e "$LABGATE_WORKSPACE/later.txt"}]
"""
    done, faults = prove(SHOP + restart + CLEANUP)
    assert done.returncode == 0 and not faults, done.stdout + done.stderr


def test_a_check_that_would_notice_nothing(prove):
    extra = "      - {pods: 0, in: shop, selector: app=nobody}\n"
    _, faults = prove(SHOP + extra + CLEANUP)
    assert any(fault["path"] == ["steps", 0, "checks", 2] for fault in faults.values())


def test_a_clean_up_that_leaves_something(prove):
    _, faults = prove(SHOP + CLEANUP.replace("delete namespace shop", "delete configmap prices -n shop"))
    assert "Namespace shop" in faults["left-behind"]["message"]


def test_a_clean_up_that_takes_too_much(prove):
    steps = SHOP + CLEANUP.replace("namespace shop]", "namespace shop kube-node-lease]")
    assert "Namespace kube-node-lease" in prove(steps)[1]["taken-too-much"]["message"]


CHALLENGE = SHOP.replace("    run:", "    solution:")


def test_a_step_that_has_only_a_solution_is_proved_by_it(prove):
    done, faults = prove(CHALLENGE + CLEANUP)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not faults


def test_a_lab_with_both_kinds_of_steps_is_proved_by_commands_and_by_solutions(prove):
    later = """\
  - id: dear
    title: {en: Dearer, ko: 인상}
    text: {en: Dearer., ko: 인상.}
    run: [kubectl create configmap dear -n shop]
    checks: [{resource: ConfigMap, api: v1, name: dear, in: shop}]
    within: 1s
    solution: [kubectl create configmap dearer -n shop]
"""
    _, faults = prove(CHALLENGE + later + CLEANUP)
    assert faults["fails-after"]["path"] == ["steps", 1, "checks", 0]
    assert faults["fails-after"]["hint"] == "the work belongs to step 2 (dear), solution"


def test_a_step_that_nobody_shows_how_to_do(prove):
    steps = SHOP[: SHOP.index("    run:")] + SHOP[SHOP.index("    checks:") :]
    began = time.monotonic()
    _, faults = prove(steps + "    within: 60s\n" + CLEANUP)
    assert "neither run nor solution" in faults["fails-after"]["hint"]
    assert time.monotonic() - began < 50, "nothing was done that could come right in a minute"


def test_where_nothing_is_checked_nothing_is_proved(prove):
    done, faults = prove(SHOP[: SHOP.index("    checks:")] + CLEANUP)
    assert done.returncode == 1
    assert faults["nothing-checked"]["grave"]


def test_what_the_setup_made_is_no_steps_work(prove):
    setup = "setup: [kubectl create namespace shop, kubectl create configmap given -n shop]\n"
    shop = SHOP.replace("      - kubectl create namespace shop\n", "").replace(
        "      - namespace: shop\n", ""
    )
    done, faults = prove(shop + CLEANUP + setup, "--strict")
    assert (done.returncode, faults) == (0, {}), done.stdout


PODS = """\
  - id: pod
    title: {en: A pod, ko: 파드}
    text: {en: A pod., ko: 파드.}
    run: [kubectl run one --image=nginx:1.27 -n IN, kubectl wait pod one -n IN --for=condition=Ready]
    checks: [{pods: 1, in: IN}]
"""


def test_a_step_that_fails_does_not_end_it_and_what_comes_of_it_is_reported(prove):
    broken = SHOP.replace("namespace shop\n", "namespace shop --colour=red\n", 1)
    other = PODS.replace("id: pod", "id: beside").replace("IN", "default")
    done, faults = prove(broken + PODS.replace("IN", "shop") + other)
    assert "steps reached: 3 of 3" in done.stdout
    assert "✗ 1. shop" in done.stdout
    assert "✗ 2. pod" in done.stdout
    assert "✓ 3. beside" in done.stdout
    of_pod = faults["command-failed"]  # the last of this rule
    assert of_pod["path"] == ["steps", 1, "run", 0]
    assert of_pod["because"] == "shop"
    assert "step 1 (shop)" in of_pod["hint"]


def test_a_check_may_look_into_a_container(prove):
    inside = (
        PODS.replace("IN", "default")
        .replace("]\n", ", {command: kubectl exec one -- ls}]\n")
        .replace("=Ready, {command: kubectl exec one -- ls}]", "=Ready]")
    )
    _, faults = prove(SHOP + inside + "    within: 60s\n" + CLEANUP)
    assert "fails-after" not in faults


@pytest.mark.parametrize(
    "command",
    [
        "kubectl label namespace shop checked=yes --overwrite",
        "kubectl delete configmap prices -n shop --ignore-not-found || true",
        "kubectl create configmap looked -n shop || true",
        'kubectl patch configmap prices -n shop -p \'{"data": {"pear": "3"}}\'',
    ],
)
def test_a_check_that_changes_the_cluster_is_named(prove, command):
    check = f"      - command: |\n          {command}\n"
    _, faults = prove(SHOP + check + CLEANUP)
    assert faults["changes-the-cluster"]["path"] == ["steps", 0, "checks", 2]


def test_a_check_that_only_looks_by_a_command_is_no_fault(prove):
    dry = "kubectl create configmap dry -n shop --dry-run=server"
    check = f"      - command: kubectl get configmap prices -n shop && {dry}\n"
    _, faults = prove(SHOP + check + CLEANUP)
    assert "changes-the-cluster" not in faults


LATER = """\
  - id: stall
    title: {en: A stall, ko: 노점}
    text: {en: A stall., ko: 노점.}
    run: [kubectl create configmap stall -n shop]
    checks: [{resource: ConfigMap, api: v1, name: stall, in: shop}]
cleanup:
  title: {en: Tidy up, ko: 정리}
  text: {en: Away with it., ko: 지웁니다.}
  run: [kubectl delete configmap stall -n shop]
after: market
"""


def test_the_lab_before_this_one_is_worked_through_first(prove, tmp_path, labgate):
    (tmp_path / "market").mkdir()
    market = tmp_path / "market" / "lab.yaml"
    market.write_text(HEAD + CHALLENGE + CLEANUP)
    done, faults = prove(LATER)
    assert (done.returncode, faults) == (0, {}), done.stdout + done.stderr
    assert "market" in done.stdout

    done = labgate("grade", "./shop", "--run", "--practice", "--yes")
    assert "Comes after market: its steps (1) were worked through" in done.stdout
    assert "Passed. Steps: 1 of 1." in done.stdout
    again = labgate(
        "grade", "./shop", "--run", "--practice", "--yes", "--step", "stall"
    )  # on the same cluster
    assert "Comes after market, whose work is on this practice cluster already." in again.stdout


def test_a_lab_before_this_one_that_fails_is_no_step_of_this_one(prove, tmp_path):
    (tmp_path / "market").mkdir()
    market = tmp_path / "market" / "lab.yaml"
    market.write_text(HEAD + SHOP.replace('apple: "1"', 'apple: "2"') + "    within: 1s\n")
    done, faults = prove(LATER)
    assert (done.returncode, list(faults)) == (1, ["earlier-lab"])
    assert "shop comes after market, and that could not be worked through: shop: " in done.stdout


def test_a_solution_is_worked_through_as_well(prove):
    _, faults = prove(SHOP + "    within: 1s\n    solution: [kubectl create namespace shop]\n" + CLEANUP)
    assert faults["fails-after"]["path"] == ["steps", 0, "checks", 1]
    assert "solution" in faults["fails-after"]["hint"]


def test_an_answer_that_the_question_reports(prove):
    quiz = "      - {quiz: 'What does an apple cost? (It is 1.)', id: apple, answer: '1'}\n"
    assert prove(SHOP + quiz + CLEANUP)[1]["answer-readable"]["path"][:4] == ["steps", 0, "checks", 2]


def test_words_of_a_hidden_check_in_a_hint(prove):
    hidden = "      - {namespace: shop, hidden: true, message: {en: No such shop, ko: 가게가 없습니다}}\n"
    hints = "    hints: [{en: 'You may read: No such shop.', ko: 힌트}]\n"
    assert "hidden-readable" in prove(SHOP + hidden + hints + CLEANUP)[1]


def test_strict_takes_what_nobody_notices_for_a_fault(prove):
    step = SHOP.replace("      - {resource: ConfigMap", "      # {resource: ConfigMap")
    assert prove(step + CLEANUP, "--strict")[0].returncode == 1


def test_a_cluster_that_does_not_answer_is_no_fault_of_the_lab(prove, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "gone", "cluster": {"server": "http://127.0.0.1:9"}}],
                "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": ""}}],
            }
        )
    )
    done, _ = prove(SHOP, "--kubeconfig", str(kubeconfig), "--context", "gone")
    assert done.returncode == 3, done.stdout + done.stderr


def test_the_junit_report_has_a_case_for_each_check(prove, tmp_path):
    xml = tmp_path / "proof.xml"
    done, _ = prove(
        SHOP.replace("namespace: shop\n", "namespace: default\n", 1) + CLEANUP, "--report", f"junit={xml}"
    )
    assert done.returncode == 1
    root = ET.parse(xml).getroot()
    assert root.get("failures") == "1"
    assert [case.find("failure") is not None for case in root.iter("testcase")] == [True, False, False, False]
