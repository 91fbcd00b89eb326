"""The command line's own manners: speed, help, wrong usage, errors."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from runner.cli import COMMANDS, cli
from runner.commands.help_texts import texts
from runner.words import translation

HEAVY = ("kubernetes", "textual", "aiohttp", "pexpect", "pydantic", "yaml", "rich", "checks.base")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from runner.cli import run; run(['--help']);"
        f" print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for name, (_, summary) in COMMANDS.items():
        assert name in done.stdout
        assert summary in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(labgate, name):
    done = labgate(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: labgate {name}")


@pytest.mark.parametrize("name", COMMANDS)
def test_summaries_are_the_commands_own_first_line(name):
    command = cli.get_command(None, name)
    assert command.help.partition("\n\n")[0] == COMMANDS[name][1]


def test_version(labgate):
    done = labgate("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("labgate ")


@pytest.mark.parametrize(
    "arguments",
    [["frobnicate"], ["grade"], ["grade", "letters", "--frob"], ["grade", "letters", "--language", "fr"]],
)
def test_wrong_usage(labgate, arguments):
    done = labgate(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_an_unforeseen_error_goes_to_a_log_file(labgate, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import runner.commands.labs_command as m\n"
        "def broken(): raise ZeroDivisionError('deep inside')\n"
        "m.library.available = broken\n"
    )
    path = f"{tmp_path}:{__import__('pathlib').Path(__file__).parents[2]}"
    done = labgate("labs", PYTHONPATH=path)
    assert done.returncode == 3
    assert "Traceback" not in done.stdout + done.stderr
    (log,) = (tmp_path / "data" / "logs").glob("*.log")
    assert str(log) in done.stderr
    assert "deep inside" in log.read_text()


def test_a_reader_that_goes_away_is_no_error(environment, tmp_path):
    code = "import runner.cli as c, sys; sys.argv=['labgate', 'labs']; c.main()"
    done = subprocess.run(
        f'{sys.executable} -c "{code}" | head -c 1',
        shell=True,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments", [["serve", "--token", "s3cret-token"], ["serve", "--token=s3cret-token"]]
)
def test_a_token_is_not_logged(tmp_path, monkeypatch, arguments):
    from runner.commands.failure import write_log

    monkeypatch.setenv("LABGATE_HOME", str(tmp_path))

    message = write_log(RuntimeError("fault"), arguments).read_text()
    assert "RuntimeError: fault" in message
    assert "s3cret" not in message


def test_the_help_is_in_the_language_of_the_environment(monkeypatch):
    for language, words in (
        ("ko", "먼저 실습의 명령을 실행합니다."),
        ("en", "Run the lab's commands first."),
    ):
        message = CliRunner().invoke(cli, ["grade", "--language", language, "--help"])
        assert words in message.output
    monkeypatch.setenv("LABGATE_LANGUAGE", "ko")
    monkeypatch.setattr(sys, "argv", ["labgate", "labs", "add", "-h"])
    message = CliRunner().invoke(cli, ["labs", "add", "-h"])
    assert "실습 출처를 추가합니다." in message.output
    assert "-h, --help" in message.output


def test_every_help_text_has_its_korean():
    assert [text for text in texts(cli) if translation(text, "ko") == text] == []
