"""Start-up files, hooks and traps that take back what the lab gave its shell: nothing goes to another cluster."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runner.shell import Shell, Uses, read_saved_state
from runner.shell.unmarked_prompt import is_unmarked
from runner.words import translate
from tests.shell.conftest import Bench, run, until

LAB = "/lab/kube'config"


def program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


async def started(bench: Bench, rc: str = "", **more: str) -> Shell:
    """A shell with a kubectl and a curl of its own, and a stand-in for curl. `rc`: its ~/.bashrc."""
    tools, standins = bench.home / "tools", bench.home.parent / "stand ins"
    program(tools / "kubectl", 'echo "[$KUBECONFIG]"')
    program(tools / "curl", "echo real curl")
    program(standins / "bin/curl", "echo stand-in")
    if rc:
        (bench.home / ".bashrc").write_text(rc + "\n")
    given = {
        "KUBECONFIG": LAB,
        "LABGATE_STANDINS": str(standins),
        "PATH": f"{standins}/bin:{tools}:{bench.environment['PATH']}",
        "KUBE_EDITOR": "vi",
    }
    return await bench.start(**(given | more))


TAKING = {
    "exported": "export KUBECONFIG=$HOME/other",
    "plain": "KUBECONFIG=other",
    "unexported": "export -n KUBECONFIG",
    "unset": "unset KUBECONFIG",
    "array": "unset KUBECONFIG; KUBECONFIG=(a b)",
    "integer": "declare -i KUBECONFIG=5",
    "nameref": "other=/x; unset KUBECONFIG; declare -n KUBECONFIG=other",
    "read-only": "readonly KUBECONFIG=other",
    "read-only, exported": "declare -rx KUBECONFIG=other; readonly PROMPT_COMMAND PS1 PS0",
    "every prompt": "hook() { export KUBECONFIG=other; }; PROMPT_COMMAND=hook",
    "every prompt, an array": "PROMPT_COMMAND=(true 'export KUBECONFIG=other')",
    "every prompt, read-only": "readonly PROMPT_COMMAND='export KUBECONFIG=other'",
    "debug trap": "trap 'KUBECONFIG=other' DEBUG",
    "debug trap, inherited": "set -T; trap '[[ $BASH_COMMAND != kubectl* ]] || export KUBECONFIG=other' DEBUG",
    "alias": "alias kubectl='KUBECONFIG=other kubectl'",
    "function": "kubectl() { KUBECONFIG=other command kubectl; }",
    "function, exported": "kubectl() { KUBECONFIG=other command kubectl; }; export -f kubectl",
    "function, read-only": "kubectl() { KUBECONFIG=other command kubectl; }; readonly -f kubectl",
    "posix": "set -o posix; export KUBECONFIG=other",
    "posix variable": "export POSIXLY_CORRECT=1 KUBECONFIG=other",
    "strict": "set -euo pipefail; export KUBECONFIG=other",
    "tracing": "set -x; export KUBECONFIG=other",
    "builtins off": "enable -n export declare printf unset; KUBECONFIG=other",
    "builtins taken": "export() { :; }; unset() { :; }; builtin() { :; }; declare() { :; }; KUBECONFIG=other",
    "a program elsewhere": "hash -p /bin/false kubectl",
    "ends": "export KUBECONFIG=other; exit 0",
    "returns": "export KUBECONFIG=other; return",
    "another shell": "export KUBECONFIG=other; exec dash",
    "another bash": 'export KUBECONFIG=other; [ -n "$TWICE" ] || { export TWICE=1; exec bash; }',
    "asks": "export KUBECONFIG=other; read -p 'Which cluster? ' x",
    "history": "readonly HISTFILE=~/h HISTCONTROL=ignoreboth HISTSIZE=10; shopt -s histappend; export KUBECONFIG=other",
}


@pytest.mark.parametrize("rc", TAKING.values(), ids=TAKING.keys())
async def test_no_command_goes_to_another_cluster(bench: Bench, rc: str) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    shell = await started(bench, rc)
    assert loop.time() - began < 10, "silence"
    for _ in range(3):
        assert (await run(shell, "kubectl")).text.endswith(f"[{LAB}]\r\n")
    assert (await run(shell, "sh -c kubectl; (kubectl)")).text.count(f"[{LAB}]\r\n") == 2
    if "set -e" not in rc:
        assert (await run(shell, "(exit 3)")).code == 3
    shell.type(b"kubectl get\r")  # typed by hand
    await until(lambda: shell.history[-1].line == "kubectl get")
    assert f"[{LAB}]" in shell.history[-1].output
    assert shell.saved.environment["KUBECONFIG"] == LAB
    await shell.close()
    state = read_saved_state(bench.state)
    assert state
    assert state.environment["KUBECONFIG"] == LAB


async def test_a_start_up_file_sourced_in_the_middle_of_a_command(bench: Bench) -> None:
    shell = await started(bench, "export KUBECONFIG=other")
    assert (await run(shell, "source ~/.bashrc; kubectl")).lines == [f"[{LAB}]"]
    assert (await run(shell, ". ~/.bashrc\nkubectl\n. ~/.bashrc && kubectl")).lines == [f"[{LAB}]"] * 2


CHOICES = ["export KUBECONFIG=other", "unset KUBECONFIG", "PROMPT_COMMAND+=('KUBECONFIG=other')"]


@pytest.mark.parametrize("line", CHOICES)
async def test_a_choice_made_at_the_prompt_is_not_for_what_is_typed_for_the_learner(
    bench: Bench, line: str
) -> None:
    shell = await started(bench)
    shell.type(line.encode() + b"\r")
    await until(lambda: len(shell.history) == 1)
    shell.type(b"kubectl\r")
    await until(lambda: len(shell.history) == 2)
    assert shell.history[-1].output in ("[other]\n", "[]\n"), "by hand it is obeyed"
    for _ in range(2):
        assert (await run(shell, "kubectl; KUBECONFIG=mine kubectl")).lines == [f"[{LAB}]", "[mine]"]
    message = [translate(remark, "en") for remark in shell.remarks()]
    assert ["set back to the lab's" in each for each in message].count(True) == 1
    shell.type(b"echo $KUBECONFIG\r")
    await until(lambda: shell.history[-1].line == "echo $KUBECONFIG")
    assert shell.history[-1].output == LAB + "\n"


@pytest.mark.parametrize("line", CHOICES)
async def test_a_choice_made_by_a_lab_is_for_its_line(bench: Bench, line: str) -> None:
    shell = await started(bench)
    await run(shell, line)
    assert (await run(shell, "kubectl; KUBECONFIG=mine kubectl")).lines == [f"[{LAB}]", "[mine]"]
    await run(shell, line)
    await shell.close()
    second = await started(bench)
    second.type(b"kubectl\r")
    await until(lambda: second.history[-1].line == "kubectl")
    assert second.history[-1].output == f"[{LAB}]\n"


@pytest.mark.parametrize(
    "line", ["readonly KUBECONFIG=other", "readonly -f kubectl", "readonly PATH=/usr/bin:/bin"]
)
async def test_where_it_cannot_be_kept_nothing_is_run(bench: Bench, line: str) -> None:
    shell = await started(bench)
    await run(shell, "kubectl() { echo mine; }; " + line)
    refused = await run(shell, "kubectl; echo ran > ran")
    assert (refused.code, refused.reason) == (None, "not-run")
    assert "can't be set" in refused.text
    assert not (bench.folder / "ran").exists()
    assert bench.shown.count(b"commands may use another cluster") == 1  # for who types by hand
    shell.type(b"exit\r")
    await bench.sees("The shell exited")
    assert (await run(shell, "kubectl")).lines == [f"[{LAB}]"]


async def test_the_file_and_line_are_reported(bench: Bench) -> None:
    shell = await started(bench, "# mine\n\nexport KUBECONFIG=~/other\nalias kubectl=kubecolor")
    message = [translate(remark, "en") for remark in shell.remarks()]
    assert len(message) == 2
    assert "(~/.bashrc:3)" in bench.shown.decode()
    assert "The alias kubectl is disabled" in bench.shown.decode()


PATHS = {
    "before": 'export PATH="$HOME/tools:/usr/bin:$PATH"',
    "anew": 'PATH="$HOME/tools:/usr/bin:/bin"',
    "every prompt": "PROMPT_COMMAND='PATH=\"$HOME/tools:$PATH\"'",
    "read-only": 'readonly PATH="$HOME/tools:/usr/bin:/bin"',
    "alias": "alias curl='curl -s'",
    "function": "function curl { echo mine; }",
}


@pytest.mark.parametrize("rc", PATHS.values(), ids=PATHS.keys())
async def test_the_stand_ins_come_first(bench: Bench, rc: str) -> None:
    shell = await started(bench, rc)
    assert (await run(shell, "curl; kubectl")).lines == ["stand-in", f"[{LAB}]"]
    program(bench.folder / "istio-1/bin/istioctl", "echo istio")
    await run(shell, "cd istio-1; export PATH=$PWD/bin:$PATH")  # as the lab itself has them do
    assert (await run(shell, "curl; istioctl; echo ${PATH%%:*}")).lines[:2] == ["stand-in", "istio"]
    await shell.close()
    second = await started(bench)
    assert (await run(second, "curl; istioctl; pwd")).lines == [
        "stand-in",
        "istio",
        str(bench.folder / "istio-1"),
    ]


async def test_what_is_the_learners_stays(bench: Bench) -> None:
    shell = await started(
        bench,
        "alias k=kubectl ll='ls -l'; mine() { echo mine; }; complete -F mine k; export KUBE_EDITOR=nano KUBERC=x\n"
        "export BASH_ENV=~/.bashrc HELM_KUBECONTEXT=prod",
        KUBERC="off",
    )
    assert (await run(shell, "k; mine; complete -p k")).lines == [f"[{LAB}]", "mine", "complete -F mine k"]
    assert (await run(shell, "alias ll")).code == 0
    assert (await run(shell, "echo $KUBE_EDITOR $KUBERC ${BASH_ENV-}${HELM_KUBECONTEXT-}")).lines == [
        "vi off"
    ]
    await run(shell, "export KUBE_EDITOR=emacs")
    assert (await run(shell, "echo $KUBE_EDITOR")).lines == ["emacs"]
    await shell.close()
    second = await started(bench)
    assert (await run(second, "echo $KUBE_EDITOR")).lines == ["emacs"]


async def test_what_was_read_only_goes_along_into_the_shell_that_takes_its_place(bench: Bench) -> None:
    rc = (
        "readonly PROMPT_COMMAND='seen=$((seen+1))' TMOUT=900 PS1='mine> '\n"
        'declare -A map=([a]="1\n2"); list=(x "y z"); alias ll=ls; shopt -s globstar; set -o vi; umask 027\n'
        "mine() { echo 'it is\nmine'; }; complete -W 'a b' mine; bind '\"\\C-g\": \"hello\"'; export OUT=$'a\\nb'\n"
        "export LABGATE_PROMPT=own"
    )
    shell = await started(bench, rc)
    asked = (
        'echo "${map[a]}" "${list[1]}" "$OUT"; mine; shopt -q globstar && shopt -qo vi && umask; '
        "complete -p mine; (TMOUT=1) 2>/dev/null || echo kept; alias ll; ((seen > 0)) && echo counted"
    )
    assert (await run(shell, asked)).lines == [
        "1", "2 y z a", "b", "it is", "mine", "0027", "complete -W 'a b' mine", "kept", "alias ll='ls'", "counted",
    ]  # fmt: skip
    assert "mine> " in bench.shown.decode()


async def test_a_nested_shell_is_kept_too(bench: Bench) -> None:
    shell = await started(bench, "export KUBECONFIG=other; alias kubectl=false")
    for nested in ("bash", "bash -l", "exec bash", "bash --norc"):
        (bench.home / ".bash_profile").write_text("export KUBECONFIG=profile\n")
        await run(shell, nested)
        assert (await run(shell, "sh -c 'echo $KUBECONFIG'; type -t kubectl")).lines == [LAB, "file"]


async def test_a_nested_shell_without_marks_is_given_them_or_left_alone(bench: Bench) -> None:
    shell = await started(bench, "export KUBECONFIG=other; PROMPT_COMMAND=true; PS1='# '")
    shell.type(b'env -i HOME=$HOME PATH="$PATH" bash\r')
    await until(lambda: is_unmarked(shell._bash))
    ran = await run(shell, "echo $KUBECONFIG")
    assert ran.lines[-1:] == [LAB]


async def test_aliases_that_ask_or_lead_elsewhere_do_not_stand_for_what_the_lab_types(bench: Bench) -> None:
    (bench.home / ".bashrc").write_text(
        "alias rm='rm -i' ls='ls --color=auto' k='kubectl --kubeconfig ~/other'; cp() { command cp -i \"$@\"; }\n"
    )
    uses = Uses(frozenset({"jq"}), frozenset({"rm", "ls", "cp"}))
    shell = Shell(bench.folder, bench.environment, bench.state, bench.transcript, uses=uses)
    bench.shells.append(shell)
    await shell.start()
    assert (await run(shell, "touch a b; cp a b; rm a; type -t rm cp ls")).lines == ["file", "file", "alias"]
    assert (await run(shell, "k")).code == 127


OWN = {
    "strict": "set -u; shopt -s failglob nullglob; IFS=$'\\n\\t'",
    "site policy": "readonly HISTTIMEFORMAT='%F %T ' HISTCONTROL=ignoreboth TMOUT=900; readonly PROMPT_COMMAND='history -a'",
    "installs itself": (  # as bash-preexec does
        "install() { [[ ${PROMPT_COMMAND[*]} == *before* ]] || "
        "PROMPT_COMMAND=$'before\\n'${PROMPT_COMMAND//install}$'\\nafter'; }\n"
        "before() { install; ((++befores)); }; after() { ((++afters)); }; PROMPT_COMMAND=install"
    ),
    "prepends itself": 'hook() { return $?; }; PROMPT_COMMAND="hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}"',
}


@pytest.mark.parametrize("rc", OWN.values(), ids=OWN.keys())
async def test_hooks_and_options_of_strangers(bench: Bench, rc: str) -> None:
    shell = await started(bench, rc)
    for number in range(5):
        assert (await run(shell, "kubectl")).lines == [f"[{LAB}]"]
        assert (await run(shell, "(exit 3)")).code == 3
        assert "again" not in shell._bash.prompt.kept, number
    before = len(shell.history)
    shell.type(b"kubectl typed\rkubectl typed\r")
    await until(lambda: len(shell.history) == before + 2)
    assert shell.history[-1].line == "kubectl typed"
    if "befores" in rc:
        counted = (await run(shell, "echo $befores $afters")).lines[0].split()
        assert int(counted[0]) == int(counted[1]) > 10
