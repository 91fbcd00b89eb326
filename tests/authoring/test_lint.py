"""What lint says of a lab that the loader takes, and that could be better."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from runner.authoring.lint.linter import RULES, lint
from runner.authoring.lint.quoting import unquoted
from runner.authoring.new_lab import new
from runner.labs import library
from runner.labs.lab_problems import LabErrors

LAB = """\
format: 1
title: {en: A small lab, ko: 작은 실습}
summary: {en: It is quite small., ko: 아주 작습니다.}
minutes: 5
level: beginner
steps:
  - id: first
    title: {en: The first step, ko: 첫 단계}
    text: {en: Do it., ko: 해 보세요.}
    run: [kubectl create namespace shop]
    checks: [{namespace: shop}]
    hints: [{en: Try again., ko: 다시 해 보세요.}]
"""


def write(folder: Path, lab: str) -> Path:
    (folder / "small").mkdir()
    (folder / "small" / "lab.yaml").write_text(lab)
    return folder / "small"


def rules(folder: Path) -> list[str]:
    return [problem.rule for problem in lint(folder)]


def with_check(check: str) -> str:
    return LAB.replace("{namespace: shop}", check)


def with_run(command: str) -> str:
    return LAB.replace("kubectl create namespace shop", command)


def test_nothing_is_reported_of_a_good_lab(tmp_path):
    assert rules(write(tmp_path, LAB)) == []


def test_nothing_is_reported_of_a_new_lab(tmp_path):
    assert rules(new(tmp_path / "my-lab").parent) == []


@pytest.mark.parametrize("entry", library.available(), ids=lambda entry: entry.id)
def test_nothing_is_reported_of_our_own_labs(entry):
    assert [problem.render() for problem in lint(entry.path)] == []


@pytest.mark.parametrize(
    "check",
    [
        "{command: kubectl get nodes || true}",
        "{command: 'kubectl get ns shop; exit 0'}",
        "{command: echo done}",
        "{command: ls, output: '.*'}",
        "{environment: PATH}",
        "{environment: SHOP, matches: '.*'}",
        "{file: .}",
        "{namespace: default}",
        "{resource: Node}",
        "{resource: Namespace, name: kube-system}",
        "{resource: Pod, where: 'length(@) >= `0`'}",
        "{service: kubernetes}",
        "{tool: bash}",
        "{deployment: web, image: '.*'}",
        "{quiz: Which?, id: q, answer: '.*'}",
        "{quiz: Which?, id: q, choices: [{id: a, text: A, correct: true}, {id: b, text: B, correct: true}]}",
    ],
)
def test_a_check_that_cannot_fail_is_reported(tmp_path, check):
    assert "check-cannot-fail" in rules(write(tmp_path, with_check(check)))


@pytest.mark.parametrize(
    "check",
    [
        "{command: test -f x || exit 1}",
        "{command: 'kubectl get ns shop >/dev/null && echo yes'}",
        "{command: echo done, contains: more}",
        "{environment: PATH, contains: istio}",
        "{environment: ISTIO_VERSION}",
        "{file: istio}",
        "{namespace: default, labels: {istio-injection: enabled}}",
        "{resource: Node, where: \"[?status.nodeInfo.architecture=='amd64']\"}",
        "{resource: Gateway, api: networking.istio.io/v1beta1}",
        "{service: kubernetes, in: shop}",
        "{tool: istioctl}",
        "{deployment: web, image: nginx}",
        "{quiz: Which?, id: q, answer: 'istio-system'}",
    ],
)
def test_a_check_that_can_fail_is_left_alone(tmp_path, check):
    assert "check-cannot-fail" not in rules(write(tmp_path, with_check(check)))


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        ("{resource: Deployment, absent: true}", True),  # in v1, where no cluster has it
        ("{resource: Deploment, api: apps/v1, absent: true}", True),
        ("{resource: Ingress, api: networking.k8s.io/v2}", True),
        ("{resource: Deployment, api: apps/v1, absent: true}", False),
        ("{resource: PodSecurityPolicy, api: policy/v1beta1, absent: true}", False),  # old clusters have it
        ("{resource: VirtualService, api: networking.istio.io/v1beta1, absent: true}", False),
    ],
)
def test_a_kind_that_no_cluster_has_is_reported(tmp_path, check, wrong):
    assert ("unknown-kind" in rules(write(tmp_path, with_check(check)))) is wrong


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        ("status.readyReplicas == `0`", True),
        ("`0` == status.readyReplicas", True),
        ("status.failed != `0`", True),
        ("status.replicas < `3`", True),
        ("`3` > status.replicas", True),
        ("status.replicas <= `0`", True),
        ("status.replicas >= `0`", True),
        ("spec.replicas == `0` && status.readyReplicas == `0`", True),
        ("[?status.failed == `0`]", True),
        ("@.status.failed == `0`", True),
        ("(status.readyReplicas || `0`) == `0`", False),
        ("status.readyReplicas == `3`", False),
        ("status.readyReplicas != `3`", False),
        ("status.readyReplicas > `0`", False),
        ("`1` <= status.readyReplicas", False),
        ("spec.replicas == `0`", False),
        ("status.phase == 'Bound'", False),
        ("status.readyReplicas == spec.replicas", False),
        ("length(status.conditions) == `0`", False),
    ],
)
def test_a_comparison_with_a_zero_that_is_left_out_is_reported(tmp_path, where, wrong):
    check = f'{{resource: Deployment, api: apps/v1, where: "{where}"}}'
    assert ("zero-left-out" in rules(write(tmp_path, with_check(check)))) is wrong


def test_a_lab_before_this_one_that_there_is_not(tmp_path):
    (found,) = lint(write(tmp_path, LAB + "after: istio-instal\n"))
    assert (found.rule, found.line) == ("after-no-lab", 13)
    assert "istio-install" in found.render()


def test_a_lab_before_this_one_is_found_beside_it_and_among_labgates_own(tmp_path):
    folder = write(tmp_path, LAB + "after: beside\n")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "lab.yaml").write_text(LAB + "after: istio-install\n")
    assert rules(folder) == []
    (tmp_path / "beside" / "lab.yaml").write_text(LAB + "after: small\n")
    assert rules(folder) == ["after-no-lab"]


@pytest.mark.parametrize(
    ("requires", "practice", "reported"),
    [
        ("1.20", "", True),  # that one alone
        (">=1.33", "", True),
        (">=1.20", "", False),
        ("1.20", 'practice: {kubernetes: "1.20"}\n', False),
        ("<1.25", 'practice: {kubernetes: "1.32"}\n', True),
        ("*", "", False),
    ],
)
def test_a_lab_that_its_practice_cluster_is_not_right_for(tmp_path, requires, practice, reported):
    folder = write(tmp_path, LAB + f'requires: {{kubernetes: "{requires}"}}\n' + practice)
    assert rules(folder) == (["practice-version"] if reported else [])


@pytest.mark.parametrize(
    ("command", "practice", "reported"),
    [
        ("kubectl top pods", "", True),
        ("kubectl autoscale deployment web --max=3", 'practice: {kubernetes: "1.32"}\n', True),
        ("kubectl top pods", "practice: {metrics_server: true}\n", False),
        ("kubectl apply -f metrics-server.yaml; kubectl top nodes", "", False),
        ("{command: kubectl top nodes, needs: real-cluster}", "", False),
        ("kubectl get pods", "", False),
    ],
)
def test_figures_that_nobody_measures(tmp_path, command, practice, reported):
    assert LAB.count("run: [kubectl create namespace shop]") == 1
    folder = write(
        tmp_path, LAB.replace("run: [kubectl create namespace shop]", f"run: [{command}]") + practice
    )
    assert ("no-metrics-server" in rules(folder)) is reported


X = "variables: {x: {default: shop, pattern: '.+'}}\n"
MUCH = "{spec: {nodeName: a-node-of-the-cluster, serviceAccountName: the-robot}}"
SECOND = """\
  - id: second
    title: {en: The second step, ko: 둘째 단계}
    text: {en: Go on., ko: 계속하세요.}
    run: [kubectl get ns]
    checks: [CHECK]
"""


@pytest.mark.parametrize(
    ("lab", "rule"),
    [
        (LAB.replace("    checks: [{namespace: shop}]\n", ""), "step-without-check"),
        (LAB + SECOND.replace("CHECK", "{namespace: shop}"), "nothing-new"),
        (LAB + SECOND.replace("CHECK", "{service: web, absent: true}"), "absent-from-the-start"),
        (with_check("{command: kubectl get pods, contains: Running}"), "looks-at-output"),
        (LAB.replace("{en: Try again., ko: 다시 해 보세요.}", "Look at the pods once more."), "missing-language"),
        (LAB.replace("{en: Try again., ko: 다시 해 보세요.}", "파드를 다시 보세요."), "missing-language"),
        (LAB.replace("ko: 다시 해 보세요.", "ko: Look at the pods."), "not-translated"),
        (LAB.replace("en: Try again.", "en: 다시 해 보세요."), "not-translated"),
        (LAB.replace("[{en: Try again., ko: 다시 해 보세요.}]", "[{en: A b., ko: 가}, {en: a  b., ko: 나}]"), "repeated-hint"),
        (LAB.replace("en: Try again.", "en: the first step!"), "hint-says-nothing"),
        (with_run("kubectl create deployment web --image=nginx"), "unpinned-image"),
        (with_run("kubectl set image deploy/web web=ghcr.io/a/b:latest"), "unpinned-image"),
        (with_run("kubectl apply -f https://github.com/a/b/releases/latest/download/c.yaml"), "unpinned-download"),
        (with_run("{command: helm install web bitnami/nginx, timeout: 5m}"), "unpinned-download"),
        (with_run("ls $SHOP/x"), "unquoted-variable"),
        (with_run("kubectl get pods -wn shop"), "endless-command"),
        (with_run("kubectl get pods \u2013n shop"), "odd-characters"),
        (with_run('"kubectl create namespace {{x}}"') + X, "unsafe-variable"),
        (with_check("{command: kubectl label ns shop a=b}"), "check-changes-cluster"),
        (with_check("{resource: Pod, name: a, matches: " + MUCH + "}"), "matches-without-title"),
        (LAB.replace("run:", "solution:").replace("Do it.", "See `kubectl create namespace shop`."), "answer-in-text"),
        (with_check("{quiz: Who?, id: q, answer: robot}").replace("Try again.", "The robot."), "answer-in-text"),
        (with_run("kind create cluster"), "no-timeout"),
        (with_run("kubectl edit svc web"), "asks-in-vain"),
        (with_run("{command: istioctl install, timeout: 5m}"), "asks-in-vain"),
        (LAB + "    solution: [kubectl create namespace shop]\n", "empty-solution"),
        (LAB + "    solution: []\n", "empty-solution"),
    ],
)  # fmt: skip
def test_a_lab_that_could_be_better(tmp_path, lab, rule):
    found = lint(write(tmp_path, lab))
    assert [problem.rule for problem in found] == [rule]
    assert found[0].line
    assert found[0].col


def test_files_that_nothing_uses_are_reported(tmp_path):
    folder = write(tmp_path, with_run("kubectl apply -f manifests"))
    for name in ("manifests/shop.yaml", "README.md", "practice/bin/curl", "lab.yaml~", "text/old.en.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    assert [(problem.rule, problem.file.name) for problem in lint(folder)] == [
        ("stray-file", "lab.yaml~"),
        ("stray-file", "old.en.md"),
    ]


@pytest.mark.parametrize("where", ["same line", "line above"])
def test_a_comment_keeps_a_rule_quiet(tmp_path, where):
    line = "    run: [ls $SHOP]"
    comment = "# lint: allow unquoted-variable"
    kept = f"{line}  {comment}" if where == "same line" else f"    {comment}\n{line}"
    assert rules(write(tmp_path, LAB.replace("    run: [kubectl create namespace shop]", kept))) == []


def test_a_comment_that_allows_what_there_is_not_is_reported(tmp_path):
    (problem,) = lint(write(tmp_path, f"# lint: allow unquoted-variables\n{LAB}"))
    assert problem.rule == "unknown-rule"
    assert "unquoted-variable?" in problem.render()


def test_a_lab_that_cannot_be_read_is_reported_as_the_loader_reports_it(tmp_path):
    with pytest.raises(LabErrors):
        lint(write(tmp_path, LAB.replace("level: beginner", "level: easy")))


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("rm -r $DIR/x ${OTHER}", ["$DIR", "${OTHER}"]),
        ('cd "$DIR" && ls "a $B c"', []),
        ("export PATH=$PWD/bin:$PATH", []),
        ("A=$B C=${D} ls", []),
        ("echo '$NOT' \\$NOR # $THIS", []),
        ("[[ -z $A ]] || ls $B", ["$B"]),
        ("echo $(date) $?", []),
    ],
)
def test_which_variables_bash_would_split(command, names):
    assert list(unquoted(command)) == names


def test_every_rule_has_a_lab_that_breaks_it():
    source = "".join(file.read_text() for file in Path(__file__).parent.glob("test_lint*.py"))
    assert [name for name in RULES if f'"{name}"' not in source] == []


def test_what_is_still_to_be_written(tmp_path):
    lab = LAB.replace("{en: Do it., ko: 해 보세요.}", "text/first").replace("The first step", "TODO a title")
    lab = lab.replace("[kubectl create namespace shop]", "[\"echo '# TODO: no comment'\"]")
    folder = write(tmp_path, "# TODO: a picture\n" + lab)
    (folder / "text").mkdir()
    code = "Fill in `name: # TODO`:\n```\n# TODO: your name\n```\n"
    (folder / "text" / "first.en.md").write_text("Do it.\n\nTODO: say why.\n" + code)
    (folder / "text" / "first.ko.md").write_text("해 보세요.\n")
    found = lint(folder)
    assert {problem.rule for problem in found} == {"to-do"}
    assert [(problem.file.name, problem.line, problem.message.render()) for problem in found] == [
        ("lab.yaml", 1, "not written yet: a picture"),
        ("lab.yaml", 9, "not written yet: a title"),
        ("first.en.md", 3, "not written yet: say why."),
    ]


def test_a_text_in_a_file_that_nobody_translated(tmp_path):
    folder = write(tmp_path, LAB.replace("{en: Do it., ko: 해 보세요.}", "text/first"))
    (folder / "text").mkdir()
    (folder / "text" / "first.en.md").write_text("이렇게 하세요.\n")
    (folder / "text" / "first.ko.md").write_text("Do it in this way.\n")
    assert [(problem.file.name, problem.rule) for problem in lint(folder)] == [
        ("first.en.md", "not-translated"),
        ("first.ko.md", "not-translated"),
    ]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["{{ ", "` ", "``` a ", "```\n", "| ", "${a", "[a](", "; echo ", "https://"]
)
def test_a_text_and_a_command_made_to_take_long_take_no_time(piece: str, tmp_path: Path) -> None:
    folder = tmp_path / "long"
    (folder / "text").mkdir(parents=True)
    (folder / "text" / "a.en.md").write_text(piece * (400_000 // len(piece)))
    command = json.dumps("x " + piece * (9000 // len(piece)))
    (folder / "lab.yaml").write_text(
        "format: 1\ntitle: x\nsummary: x\nminutes: 1\nlevel: beginner\nsteps:\n"
        f"  - {{id: a, title: t, text: text/a, run: [{', '.join([command] * 20)}], checks: [{{namespace: x}}]}}\n"
    )
    began = time.process_time()
    lint(folder)
    assert time.process_time() - began < 30  # minutes, where each piece is looked at from each other


@pytest.mark.timeout(60)
def test_no_file_of_the_folder_holds_it_up(tmp_path):
    """A manifest or a script may be a file without end; a folder may have very many."""
    folder = write(tmp_path, with_run("bash look.sh"))
    for name in ("deployment.yaml", "look.sh", "more.json"):
        with (folder / name).open("wb") as file:
            file.truncate(1 << 40)
    assert lint(folder)


def test_a_picture_that_is_not_there_is_reported_where_it_is_named(tmp_path):
    lab = write(tmp_path, LAB.replace("text: {en: Do it., ko: 해 보세요.}", "text: text/first"))
    (lab / "text").mkdir()
    (lab / "mesh.svg").write_text("<svg/>")
    (lab / "text" / "pods.png").write_bytes(b"")
    there = "![a](mesh.svg) ![b](pods.png) ![c](https://example.com/x.png) `![d](code.png)`\n"
    (lab / "text" / "first.en.md").write_text(f"{there}```\n![e](block.png)\n```\n\n![f](gone.png)\n")
    (lab / "text" / "first.ko.md").write_text(f"해 보세요. {there}")
    found = [each for each in lint(lab) if each.rule == "missing-picture"]
    assert [each.message.values["file"] for each in found] == ["gone.png"]
    assert (found[0].file.name, found[0].line) == ("first.en.md", 6)


def test_a_picture_of_a_text_in_the_lab_itself_is_looked_for_too(tmp_path):
    lab = write(tmp_path, LAB.replace("en: Do it.", 'en: "Look: ![it](it.svg)"'))
    assert rules(lab) == ["missing-picture"]


@pytest.mark.parametrize(
    ("language", "line", "advised"),
    [
        ("diagram", "가" * 23 + "│", False),
        ("diagram", "가" * 24, True),
        ("diagram", "─" * 47 + "   ", False),
        ("text", "─" * 90, False),
    ],
)
def test_a_diagram_wider_than_its_place_beside_a_terminal_is_reported(tmp_path, language, line, advised):
    lab = write(tmp_path, LAB.replace("text: {en: Do it., ko: 해 보세요.}", "text: text/first"))
    (lab / "text").mkdir()
    (lab / "text" / "first.en.md").write_text(f"Do it.\n\n```{language}\n a ─▶ b\n{line}\n```\n")
    (lab / "text" / "first.ko.md").write_text("해 보세요.\n")
    found = [each for each in lint(lab) if each.rule == "wide-diagram"]
    assert [(each.file.name, each.line) for each in found] == ([("first.en.md", 5)] if advised else [])
