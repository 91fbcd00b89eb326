"""What is one command of a text of bash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.authoring.imports import home
from runner.authoring.imports.logical import commands
from runner.authoring.imports.positions import Document


@pytest.mark.parametrize(
    "command",
    [
        "kubectl run x \\\n  --image=nginx",
        "cat <<EOF > a.yaml\na: 'x\nEOF",
        "cat <<-'END'\n\tx\n\tEND",
        "for i in 1 2; do\n  echo $i\ndone",
        "if [ -f x ]; then\n  echo a\nelse\n  echo b\nfi",
        "f() {\n  echo x\n}",
        "case $x in\n a) echo 1;;\n b) echo 2;;\nesac",
        "x=$(kubectl get pod \\\n -o name)",
        "(cd a\n ls)",
        'echo "a\nb" && \\\n ls',
        "a |\n b",
        "awk '{print $1}' x",
        'kubectl patch svc x -p \'{"spec":{"type":"LoadBalancer"}}\'',
        "kubectl get pods | while read l; do\n echo $l; done",
        "echo done",
        "[[ -f x ]] && echo hi",
    ],
)
def test_it_is_one_and_what_follows_is_another(command):
    found = list(commands(f"# first\n\n{command}\nls -l\n"))
    assert [each.text for each in found] == [command, "ls -l"]
    assert found[0].line == 3


@given(st.text(alphabet="ab \n\\'\"`$(){}<>|&;#EOF", max_size=80))
def test_nothing_is_lost_and_nothing_raises(text):
    kept = "".join("".join(each.text.split()) for each in commands(text))
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    assert set(kept) <= set("".join(text.split()))
    assert bool(kept) == any(line.strip() for line in lines) or "\\" in text or kept


@pytest.mark.parametrize(
    ("written", "near", "far"),
    [
        ("cat ~/x.yaml", "cat ./x.yaml", 'cat "$LABGATE_WORKSPACE"/x.yaml'),
        ("cd ~", 'cd "$LABGATE_WORKSPACE"', 'cd "$LABGATE_WORKSPACE"'),
        ("ls /root/a", "ls ./a", 'ls "$LABGATE_WORKSPACE"/a'),
        ('echo "$HOME/x"', 'echo "./x"', 'echo "$LABGATE_WORKSPACE/x"'),
        ("cat ~/.kube/config", "cat ~/.kube/config", "cat ~/.kube/config"),
        ("ls a/root/b", "ls a/root/b", "ls a/root/b"),
    ],
)
def test_the_home_folder_is_the_workspace(written, near, far):
    assert (home.relative(written), home.absolute(written)) == (near, far)


def test_the_lines_of_json(tmp_path):
    document = Document('{\n"a": [1,\n {"b": 2}],\n "c": {"d": "x:,{y"}\n}', tmp_path)
    assert [document.line("a", 0), document.line("a", 1, "b"), document.line("c", "d")] == [2, 3, 4]
    assert document.line("c", "nothing") == 4
