"""Fenced blocks: what is a command, what is output, and how either is cut or folded."""

from __future__ import annotations

import pytest

from runner.tui.widgets.anchors import places
from runner.tui.widgets.fences import Part, parts
from runner.tui.widgets.prose import prose
from runner.tui.widgets.rows import Block


def plain(blocks: list[Block], width: int) -> list[str]:
    return [line.plain.rstrip() for block in blocks for line in block.lines(width) if line.plain.strip()]


def pressable(markdown: str, width: int, commands: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    lines = [line for block in prose(markdown, commands) for line in block.lines(width)]
    return [(anchor.kind, anchor.about) for anchor in places(lines)]


SCRIPT = """\
# first the folder
cd istio

kubectl apply -f - <<EOF
kind: Pod
EOF
kubectl get pods \\
  -A
"""
SESSION = """\
$ kubectl get ns
NAME   STATUS
shop   Active
$ for i in 1 2; do
> echo $i; done
1
2
"""


def test_a_script_has_a_command_on_every_line_or_on_several():
    assert parts("bash", SCRIPT) == [
        Part("# first the folder", command=False),
        Part("cd istio", command=True),
        Part("kubectl apply -f - <<EOF\nkind: Pod\nEOF", command=True),
        Part("kubectl get pods \\\n  -A", command=True),
    ]


@pytest.mark.parametrize("info", ["console", "sh", "shell-session", ""])
def test_a_session_has_commands_behind_the_prompt_and_their_output(info):
    assert parts(info, SESSION) == [
        Part("kubectl get ns", command=True),
        Part("NAME   STATUS\nshop   Active", command=False),
        Part("for i in 1 2; do\necho $i; done", command=True),
        Part("1\n2", command=False),
    ]


def test_without_a_language_it_is_output_unless_all_of_it_is_the_step_s():
    known = ("kubectl get ns", "cd a\nls")
    assert parts("", "kubectl get ns", known) == [Part("kubectl get ns", command=True)]
    assert parts("", "kubectl get ns\ncd a\n", known) == [
        Part("kubectl get ns", command=True),
        Part("cd a", command=True),
    ]
    assert parts("", "cd a\nls\n", known) == [Part("cd a\nls", command=True)]
    assert parts("", "kubectl get pods", known) == [Part("kubectl get pods", command=False)]
    assert parts("yaml", "kind: Pod\n") == [Part("kind: Pod", command=False)]


OUTPUT = "```\nNAME            TYPE           CLUSTER-IP\nservice/kiali   LoadBalancer   10.100.154.114\n```"


def test_output_is_cut_with_an_arrow_and_never_folded():
    assert plain(prose(OUTPUT), 30) == ["▏NAME            TYPE        →", "▏service/kiali   LoadBalance →"]
    assert plain(prose(OUTPUT), 60) == [f"▏{line}" for line in OUTPUT.split("\n")[1:-1]]
    whole = "\n".join(OUTPUT.split("\n")[1:-1])
    assert pressable(OUTPUT, 30) == [("output", whole)]
    assert pressable(OUTPUT, 60) == []  # there is nothing more to be seen


def test_wide_letters_are_cut_where_they_have_no_room():
    for width in range(4, 40):
        lines = [line for block in prose("```\n파드 이름 web-1 실행 중\n```") for line in block.lines(width)]
        assert all(line.cell_length <= width for line in lines)


def test_a_diagram_stays_as_it_was_drawn():
    drawn = "```diagram\n  ┌───┐   ┌───┐\n  │ A │──▶│ B │\n  └───┘   └───┘\n```"
    assert plain(prose(drawn), 40) == [" ┌───┐   ┌───┐", " │ A │──▶│ B │", " └───┘   └───┘"]
    assert all(line.endswith("→") for line in plain(prose(drawn), 10))


def test_a_command_is_whole_marked_and_hangs_where_it_folds():
    text = "```sh\nkubectl create deployment web --image=nginx:1.25 -n basics\n```"
    assert plain(prose(text), 40) == [" $ kubectl create deployment web", "     --image=nginx:1.25 -n basics"]
    assert pressable(text, 40) == [("command", "kubectl create deployment web --image=nginx:1.25 -n basics")]


def test_the_same_command_twice_is_two_places():
    text = "```sh\nls\n```\n\nagain\n\n```sh\nls\n```"
    assert pressable(text, 40) == [("command", "ls"), ("command", "ls")]
