from __future__ import annotations

import pytest

from runner.practice.containers.script_structure import fed_commands, kept_apart


@pytest.mark.parametrize(
    ("script", "fed"),
    [
        ("cat", set()),
        ("echo hi | cat; echo x", {"cat"}),
        ("cat | grep x", {"grep"}),
        ("echo a | cat; cat", set()),
        ("while read x; do df | grep $x; done", {"grep"}),
        ("while read x; do df | grep $x; done < /tmp/f", {"read", "df", "grep"}),
        ("seq 3 | while read x\ndo\n  df | grep $x\ndone\nread y", {"df", "grep"}),
        ("seq 3 |\nwhile read x; do cat; done", {"read", "cat"}),
        ("if true; then cat; fi <<< text", {"true", "cat"}),
        ("{ cat; } 2>/dev/null", set()),
        ("(cat; wc) < f", {"cat", "wc"}),
        ("echo $(cat)", set()),
        ("echo $(cat) < f", {"echo"}),
        ("case $x in a) cat;; b) wc <f;; esac | sort", {"wc", "sort"}),
        ("for i in cat wc; do sort; done <f", {"sort"}),
        ("f() { cat; }; echo a | f", set()),
        ("sort <<E\ncat\nE", {"sort"}),
        ("A=1 read x < f", {"read"}),
        ("/bin/cat <f >g; echo 'cat", set()),
    ],
)
def test_what_reads_from_elsewhere(script: str, fed: set[str]) -> None:
    found = fed_commands(script) - {"seq", "echo"} if "seq" in script else fed_commands(script)
    assert found == fed


READERS = frozenset({"cat", "read", "grep"})


@pytest.mark.parametrize(
    ("script", "apart"),
    [
        ("echo a | cat", "echo a | cat"),
        ("while read x; do echo $x | cat; done", "while read x; do __nothing | echo $x | cat; done"),
        ("read x; cat | wc; A=1 df|wc|sort", "read x; cat | wc; __nothing | A=1 df|wc|sort"),
        ("read x; if ! echo a | grep b; then (df | cat); fi",
         "read x; if ! __nothing | echo a | grep b; then (__nothing | df | cat); fi"),
        ("read x; y=$(date | cat); echo '| a | b' | cat",
         "read x; y=$(__nothing | date | cat); __nothing | echo '| a | b' | cat"),
        ("read x <<E\necho a | cat\nE", "read x <<E\necho a | cat\nE"),
        ("read x\n# it's | a comment\necho a |\n  cat", "read x\n# it's | a comment\n__nothing | echo a |\n  cat"),
        ("read x; { df; ls; } | cat || echo a", "read x; { df; ls; } | cat || echo a"),
        ("read x; [ $((1 < 2 | 1)) ] && echo a | cat", "read x; [ $((1 < 2 | 1)) ] && __nothing | echo a | cat"),
    ],
)  # fmt: skip
def test_pipelines_leave_the_input_to_the_loop(script: str, apart: str) -> None:
    assert kept_apart(script, READERS) == apart
