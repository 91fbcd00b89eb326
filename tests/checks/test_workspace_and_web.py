"""Commands, files, tools, the environment, web pages, questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_world import FORBIDDEN, UNREACHABLE, FakeCluster, FakeWeb, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter, ValidationError

from checks.base import CannotRead, CommandResult, Reply, Verdict
from checks.file import PIECE
from checks.phrase import phrase
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)


async def expect(check, world, verdict, message=""):
    outcome = await look(ANY.validate_python(check), world)
    found = outcome.found.render()
    assert (outcome.verdict, message in found) == (verdict, True), found


@pytest.mark.parametrize(
    ("check", "result", "verdict", "message"),
    [
        ({}, CommandResult(0, "hi", "", 0.1), Verdict.PASSED, "exit code 0"),
        ({}, CommandResult(1, "", "refused", 0.1), Verdict.FAILED, "exit code 1: refused"),
        ({}, CommandResult(None, "", "", 5), Verdict.PENDING, "Still running after 5 s"),
        ({}, CommandResult(127, "", "nope: command not found", 0), Verdict.FAILED, "was not found"),
        ({"exit_code": 1}, CommandResult(1, "", "", 0.1), Verdict.PASSED, ""),
        ({"exit_code": 1}, CommandResult(0, "", "", 0.1), Verdict.FAILED, "exit code 0"),
        ({"contains": "No issues"}, CommandResult(0, "", "✔ No issues found", 0.1), Verdict.PASSED, ""),
        ({"contains": "No issues"}, CommandResult(0, "bad", "", 0.1), Verdict.FAILED, "printed: bad"),
        ({"contains": "x"}, CommandResult(0, "", "", 0.1), Verdict.FAILED, "printed: nothing"),
        ({"output": "^v1\\.\\d+$"}, CommandResult(0, "a\nv1.22\n", "", 0.1), Verdict.PASSED, ""),
        ({"output": "^v2"}, CommandResult(0, "v1", "", 0.1), Verdict.FAILED, "v1"),
        ({"not_contains": "Error"}, CommandResult(0, "fine", "", 0.1), Verdict.PASSED, ""),
        ({"not_contains": "Error"}, CommandResult(0, "Error!", "", 0.1), Verdict.FAILED, "Error!"),
        ({"not_contains": "Error"}, CommandResult(1, "fine", "", 0.1), Verdict.FAILED, "exit code 1"),
    ],
)
async def test_command(tmp_path, check, result, verdict, message):
    workspace = FakeWorkspace(tmp_path, {"probe": result})
    await expect(
        {"command": "probe", "timeout": "5s", **check}, FakeWorld(workspace=workspace), verdict, message
    )


LONG = CommandResult(0, "x" * 100, "", 0.1, cut=True)


@pytest.mark.parametrize(
    ("check", "result", "verdict"),
    [
        ({"not_contains": "Error"}, replace(LONG, printed=frozenset(["Error"])), Verdict.FAILED),
        ({"not_contains": "Error"}, LONG, Verdict.PASSED),
        ({"contains": "Done"}, replace(LONG, printed=frozenset(["Done"])), Verdict.PASSED),
        ({"contains": "Done"}, LONG, Verdict.FAILED),
        ({"output": "^x+$"}, LONG, Verdict.PASSED),
        ({"output": "^y+$"}, LONG, Verdict.ERROR),  # it may stand in what was not kept
        ({"output": "^y+$"}, replace(LONG, cut=False), Verdict.FAILED),
    ],
)
async def test_a_command_that_printed_more_than_is_kept(tmp_path, check, result, verdict):
    workspace = FakeWorkspace(tmp_path, {"probe": result})
    await expect({"command": "probe", **check}, FakeWorld(workspace=workspace), verdict)


async def test_a_long_file_is_looked_through(files, monkeypatch):
    (files.root / "long").write_bytes(b"x" * (PIECE - 3) + "한글".encode() + b"y" * PIECE)
    world = FakeWorld(workspace=files)
    await expect({"file": "long", "contains": "한글"}, world, Verdict.PASSED)
    await expect({"file": "long", "contains": "글한"}, world, Verdict.FAILED, "not in the file")
    monkeypatch.setattr("checks.file.MOST_READ", PIECE)
    await expect({"file": "long", "contains": "글한"}, world, Verdict.ERROR, "longer than the check reads")


async def test_a_link_that_leads_nowhere_is_there(files):
    (files.root / "link").symlink_to("nothing")
    await expect({"file": "link", "absent": True}, FakeWorld(workspace=files), Verdict.FAILED, "Still there")
    await expect({"file": "link"}, FakeWorld(workspace=files), Verdict.FAILED, "Does not exist")


@pytest.fixture
def files(tmp_path):
    tool = tmp_path / "istio-1.11.3" / "bin" / "istioctl"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho 1.11.3\n")
    tool.chmod(0o755)
    (tmp_path / "notes.txt").write_text("Kiali is up")
    return FakeWorkspace(tmp_path, environment={"HOME": str(tmp_path), "EMPTY": ""})


@pytest.mark.parametrize(
    ("check", "verdict", "message"),
    [
        ({"file": "istio-1.11.3/bin/istioctl", "executable": True}, Verdict.PASSED, ""),
        ({"file": "istio-1.11.3", "folder": True}, Verdict.PASSED, ""),
        ({"file": "istio-1.11.3/bin/istioctl", "folder": True}, Verdict.FAILED, "A file, not a folder"),
        ({"file": "istio-1.11.3", "folder": False}, Verdict.FAILED, "A folder, not a file"),
        ({"file": "istio-1.11.3", "executable": True}, Verdict.FAILED, "A folder, not a file"),
        ({"file": "notes.txt", "executable": True}, Verdict.FAILED, "not executable"),
        ({"file": "notes.txt", "contains": "Kiali"}, Verdict.PASSED, ""),
        ({"file": "notes.txt", "contains": "Jaeger"}, Verdict.FAILED, "not in the file"),
        ({"file": "~/notes.txt"}, Verdict.PASSED, ""),
        ({"file": "$HOME/notes.txt"}, Verdict.PASSED, ""),
        ({"file": "${HOME}/notes.txt"}, Verdict.PASSED, ""),
        ({"file": "$NOT_SET/notes.txt"}, Verdict.FAILED, "not set"),
        ({"file": "$NOT_SET/notes.txt", "absent": True}, Verdict.FAILED, "not set"),
        ({"file": "nothing"}, Verdict.FAILED, "Does not exist:"),
        ({"file": "notes.txt/below"}, Verdict.FAILED, "Does not exist:"),
        ({"file": "nothing", "absent": True}, Verdict.PASSED, ""),
        ({"file": "notes.txt", "absent": True}, Verdict.FAILED, "Still there"),
        ({"file": "bin/istioctl", "base": "folder"}, Verdict.FAILED, "Does not exist"),
        ({"file": "x" * 300, "absent": True}, Verdict.ERROR, "can't be read"),
    ],
)
async def test_file(files, check, verdict, message):
    await expect(check, FakeWorld(workspace=files), verdict, message)


async def test_a_file_beside_the_learner(files):
    files.folder = files.root / "istio-1.11.3"
    await expect({"file": "bin/istioctl", "base": "folder"}, FakeWorld(workspace=files), Verdict.PASSED)


@pytest.mark.parametrize(
    ("version", "printed", "verdict", "message"),
    [
        (None, "", Verdict.PASSED, "/opt/istioctl"),
        (">=1.11,<1.12", "1.11.3\n", Verdict.PASSED, "version 1.11.3"),
        (">=1.11,<1.12", "client version: 1.12.0", Verdict.FAILED, "version 1.12.0"),
        (">=1.11", "no idea", Verdict.FAILED, "does not tell its version: no idea"),
    ],
)
async def test_tool(tmp_path, version, printed, verdict, message):
    results = {"istioctl version --remote=false": CommandResult(0, printed, "", 0.1)}
    workspace = FakeWorkspace(tmp_path, results, tools={"istioctl": Path("/opt/istioctl")})
    check = {"tool": "istioctl"} if version is None else {"tool": "istioctl", "version": version}
    await expect(check, FakeWorld(workspace=workspace), verdict, message)


async def test_a_tool_that_is_not_there():
    await expect({"tool": "istioctl"}, FakeWorld(), Verdict.FAILED, "Not found on the PATH: istioctl")


@pytest.mark.parametrize(
    ("check", "verdict", "message"),
    [
        ({"environment": "PATH"}, Verdict.PASSED, "PATH=/usr/bin:/lab/bin"),
        ({"environment": "PATH", "contains": "/lab/bin"}, Verdict.PASSED, ""),
        ({"environment": "PATH", "contains": "/istio"}, Verdict.FAILED, "/usr/bin"),
        ({"environment": "PATH", "matches": "^/usr.*bin$"}, Verdict.PASSED, ""),
        ({"environment": "PATH", "equals": "/usr/bin"}, Verdict.FAILED, ""),
        ({"environment": "NAME"}, Verdict.FAILED, "Not set: NAME"),
        ({"environment": "EMPTY"}, Verdict.FAILED, "Not set: EMPTY"),
        ({"environment": "EMPTY", "equals": ""}, Verdict.PASSED, ""),
    ],
)
async def test_environment(tmp_path, check, verdict, message):
    workspace = FakeWorkspace(tmp_path, environment={"PATH": "/usr/bin:/lab/bin", "EMPTY": ""})
    await expect(check, FakeWorld(workspace=workspace), verdict, message)


PAGE = {"http": {"service": "kiali", "in": "istio-system", "port": 20001, "path": "/kiali"}}
KIALI = make("Service", "kiali", spec={"ports": [{"name": "http", "port": 20001}]})


def page(status=200, body="<title>Kiali</title>", **more):
    return FakeWeb(Reply(status, body, "http://10.0.0.7:20001/kiali", "external", **more))


@pytest.mark.parametrize(
    ("check", "world", "verdict", "message"),
    [
        ({}, FakeWorld(KIALI, web=page()), Verdict.PASSED, "status 200 from http://10.0.0.7:20001/kiali"),
        ({"contains": "Kiali"}, FakeWorld(KIALI, web=page()), Verdict.PASSED, ""),
        ({"contains": "Jaeger"}, FakeWorld(KIALI, web=page()), Verdict.FAILED, "not on the page"),
        ({}, FakeWorld(KIALI, web=page(404, "no")), Verdict.FAILED, "status 404"),
        ({}, FakeWorld(KIALI, web=page(503, "no")), Verdict.PENDING, "status 503"),
        ({"status": 503}, FakeWorld(KIALI, web=page(503)), Verdict.PASSED, ""),
        ({"status": 302}, FakeWorld(KIALI, web=page(redirect=302)), Verdict.PASSED, ""),
        ({"status": 301}, FakeWorld(KIALI, web=page(redirect=302)), Verdict.FAILED, "status 200"),
        ({}, FakeWorld(KIALI, web=page(redirect=302)), Verdict.PASSED, ""),
        (
            {"contains": "Jaeger"},
            FakeWorld(KIALI, web=page(cut=True)),
            Verdict.ERROR,
            "longer than the check reads",
        ),
        ({"contains": "Kiali"}, FakeWorld(KIALI, web=page(cut=True)), Verdict.PASSED, ""),
        ({}, FakeWorld(KIALI), Verdict.PENDING, "refused"),
        (
            {},
            FakeWorld(KIALI, web=FakeWeb(CannotRead("timeout", phrase("No response in time")))),
            Verdict.PENDING,
            "No response",
        ),
        ({}, FakeWorld(KIALI, web=FakeWeb(FORBIDDEN)), Verdict.ERROR, "does not allow"),
        ({}, FakeWorld(web=page()), Verdict.FAILED, "The namespace does not exist"),
        (
            {},
            FakeWorld(web=page(), cluster=FakeCluster(error=UNREACHABLE)),
            Verdict.ERROR,
            "can't be reached",
        ),
        (
            {"http": {"service": "kiali", "in": "istio-system", "port": 80}},
            FakeWorld(KIALI, web=page()),
            Verdict.FAILED,
            "ports: http:20001",
        ),
        ({"http": {"url": "https://example.test/x"}}, FakeWorld(web=page()), Verdict.PASSED, ""),
    ],
)
async def test_http(check, world, verdict, message):
    await expect({**PAGE, **check}, world, verdict, message)


QUIZ = {
    "quiz": {"en": "Where does a mesh work?", "ko": "메시는 어디에서 동작하나요?"},
    "id": "where",
    "choices": [
        {"id": "inside", "text": "inside", "correct": True},
        {"id": "edge", "text": "edge"},
        {"id": "both", "text": "between services", "correct": True},
    ],
}
WRITTEN = {"quiz": "Which port?", "id": "port", "answer": "20001|port 20001", "example": "20001"}


@pytest.mark.parametrize(
    ("check", "answer", "verdict"),
    [
        (QUIZ, ["both", "inside"], Verdict.PASSED),
        (QUIZ, ["inside"], Verdict.FAILED),
        (QUIZ, ["inside", "both", "edge"], Verdict.FAILED),
        (QUIZ, [], Verdict.FAILED),
        (WRITTEN, [" Port 20001 "], Verdict.PASSED),
        (WRITTEN, ["200011"], Verdict.FAILED),
    ],
)
async def test_quiz(check, answer, verdict):
    await expect(check, FakeWorld(answers={check["id"]: answer}), verdict)


def test_a_quiz_knows_its_solution():
    assert ANY.validate_python(QUIZ).solution() == ("inside", "both")
    assert ANY.validate_python(WRITTEN).solution() == ("20001",)


@pytest.mark.parametrize(
    "bad",
    [
        {**QUIZ, "choices": []},
        {**QUIZ, "choices": [{"id": "a", "text": "a"}, {"id": "b", "text": "b"}]},
        {**QUIZ, "choices": [{"id": "a", "text": "a", "correct": True}]},
        {**QUIZ, "choices": [{"id": "a", "text": "a", "correct": True}, {"id": "a", "text": "b"}]},
        {**QUIZ, "answer": "x"},
        {**WRITTEN, "example": "80"},
        {"quiz": "Which port?", "id": "port", "answer": r"\d+"},
        {"command": "x", "timeout": "5x"},
        {"command": "x", "output": "("},
        {"tool": "a/b"},
        {"tool": "a", "version": "about 2"},
        {"http": {"service": "kiali"}},
        {"http": {"url": "ftp://x"}},
        {"http": {"url": "http://x", "path": "/"}},
        {"file": "a", "folder": True, "executable": True},
        {"file": "a\0b"},
    ],
)
def test_checks_that_make_no_sense_are_refused(bad):
    with pytest.raises(ValidationError):
        ANY.validate_python(bad)
