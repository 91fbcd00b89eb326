"""Programs, answers, folders and variables, as a shell shows them. Each rule at its edges."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_world import FakeWorkspace, FakeWorld, make
from shell_world import KIALI, asked, told

from checks.diagnosis import programs
from checks.diagnosis.folders import folder_gone, similar_path, typed_in_a_folder_that_is_gone, wrong_folder
from checks.diagnosis.programs import not_found, other_processor, unusable
from checks.diagnosis.prompts import declined
from checks.diagnosis.variable_causes import not_exported, wrong_on_path

# programs


def elf(path: Path, machine: int, order: str = "little", length: int = 64) -> Path:
    head = bytearray(b"\x7fELF" + bytes(14) + machine.to_bytes(2, order))
    head[5] = 1 if order == "little" else 2
    path.write_bytes((bytes(head) + bytes(44))[:length])
    return path


def on(monkeypatch, system: str, machine: str):
    monkeypatch.setattr(programs.os, "uname", lambda: SimpleNamespace(sysname=system, machine=machine))


@pytest.mark.parametrize(
    ("system", "here", "made_for", "told_of"),
    [
        ("Linux", "x86_64", 62, None),
        ("Linux", "amd64", 62, None),
        ("Linux", "x86_64", 3, None),  # runs there all the same
        ("Linux", "aarch64", 40, None),
        ("Linux", "x86_64", 999, None),
        ("Linux", "x86_64", 183, ("aarch64", "x86_64", "x86_64")),
        ("Linux", "aarch64", 62, ("x86_64", "aarch64", "arm64")),
        ("Linux", "i686", 62, ("x86_64", "386", "386")),
        ("Linux", "aarch64", 3, ("386", "aarch64", "arm64")),
        ("Linux", "x86_64", 40, ("arm", "x86_64", "x86_64")),
        ("Darwin", "arm64", 183, ("Linux aarch64", "macOS aarch64", "arm64")),
    ],
)
@pytest.mark.parametrize("order", ["little", "big"])
def test_a_program_for_another_processor(tmp_path, monkeypatch, system, here, made_for, told_of, order):
    on(monkeypatch, system, here)
    finding = other_processor(elf(tmp_path / "tool", made_for, order))
    values = finding and (
        finding.cause.values["made_for"],
        finding.cause.values["machine"],
        finding.remedy.values["arch"],
    )
    assert values == told_of


def test_what_is_no_whole_program_is_for_no_processor(tmp_path, monkeypatch):
    on(monkeypatch, "Linux", "x86_64")
    assert other_processor(elf(tmp_path / "short", 183, length=19)) is None
    assert other_processor(elf(tmp_path / "header", 183, length=20)) is not None
    assert other_processor(tmp_path / "none") is None
    (tmp_path / "script").write_text("#!/bin/sh\necho this is a script of some length\n")
    assert other_processor(tmp_path / "script") is None
    for magic in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        (tmp_path / "mac").write_bytes(magic + bytes(30))
        assert other_processor(tmp_path / "mac").cause.values["made_for"] == "macOS"
    on(monkeypatch, "Darwin", "x86_64")
    assert other_processor(tmp_path / "mac") is None


@pytest.mark.parametrize(("mode", "rule"), [(0o755, "not-on-path"), (0o644, "not-executable")])
@pytest.mark.parametrize(
    "place", ["istioctl", "bin/istioctl", "a/istioctl", "a/bin/istioctl", "a/b/bin/istioctl"]
)
def test_a_program_that_is_there_and_not_found(tmp_path, place, mode, rule):
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(mode)
    world = FakeWorld(workspace=FakeWorkspace(tmp_path))
    finding = unusable(world, "istioctl")
    command = f"chmod +x {file}" if rule == "not-executable" else f"export PATH={file.parent}:$PATH"
    assert (told(finding), finding.evidence) == ((rule, command), str(file))
    assert unusable(world, str(file)) is None


def test_a_program_deeper_down_is_not_looked_for(tmp_path):
    (tmp_path / "a" / "b" / "c" / "bin").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c" / "bin" / "istioctl").write_text("")
    (tmp_path / "istioctl").mkdir()  # no file
    assert unusable(FakeWorld(workspace=FakeWorkspace(tmp_path)), "istioctl") is None


def test_a_program_on_the_path_that_may_not_be_run(tmp_path):
    folder = tmp_path / "far" / "off" / "and" / "away"
    folder.mkdir(parents=True)
    (folder / "istioctl").write_text("")
    path = os.pathsep.join(["", "/nowhere", str(folder)])
    workspace = FakeWorkspace(tmp_path, environment={"PATH": path})
    assert unusable(FakeWorld(workspace=workspace), "istioctl").rule == "not-executable"


MISSING = "bash: {}: command not found\n"


@pytest.mark.parametrize(
    ("check", "line", "missing", "expected"),
    [
        (KIALI, "kubctl get svc kiali", "kubctl", ("command-typo", "kubectl get svc kiali")),
        (KIALI, "kubctl get svc grafana", "kubctl", None),
        (KIALI, "kubectl get svc kiali", "kubectl", ("program-missing", "")),
        (KIALI, "kubectl get svc kiali", "other", None),
        (KIALI, "frobnicate kiali", "frobnicate", None),
        ({"tool": "istioctl"}, "istoctl version", "istoctl", ("command-typo", "istioctl version")),
        ({"tool": "istioctl"}, "istioctl version", "istioctl", ("program-missing", "")),
        ({"tool": "helm"}, "istoctl version", "istoctl", None),
        ({"command": "helm list -A"}, "hlm list", "hlm", ("command-typo", "helm list")),
        ({"command": "helm list -A"}, "kubctl get pods", "kubctl", None),
        ({"file": "x"}, "kubctl get svc", "kubctl", None),
    ],
)  # fmt: skip
async def test_a_command_that_was_not_found(tmp_path, check, line, missing, expected):
    finding = await not_found(asked(tmp_path, check, (line, 127, MISSING.format(missing))))
    assert told(finding) == expected
    if finding:
        assert (finding.evidence, finding.source) == (MISSING.format(missing).strip(), line)


async def test_the_last_attempt_counts(tmp_path):
    wrong, right = (
        ("kubctl get svc kiali", 127, MISSING.format("kubctl")),
        ("kubectl get svc kiali", 0, "kiali\n"),
    )
    assert await not_found(asked(tmp_path, KIALI, wrong, right)) is None
    assert told(await not_found(asked(tmp_path, KIALI, right, wrong))) == (
        "command-typo",
        "kubectl get svc kiali",
    )
    assert told(await not_found(asked(tmp_path, KIALI, wrong, ("ls", 0, "")))) == (
        "command-typo",
        "kubectl get svc kiali",
    )


@pytest.mark.parametrize(
    ("line", "said", "tools", "rule"),
    [
        ("./istioctl version", "bash: ./istioctl: No such file or directory\n", {}, "program-missing"),
        ("bin/istoctl version", "bash: bin/istoctl: No such file or directory\n", {}, "command-typo"),
        ("istioctl version", "bash: istioctl: No such file or directory\n", {}, None),
        (
            "istioctl version",
            MISSING.format("istioctl"),
            {"istioctl": Path("/nowhere/istioctl")},
            None,
        ),  # it is by now
    ],
)
async def test_a_program_by_its_path(tmp_path, line, said, tools, rule):
    finding = await not_found(asked(tmp_path, {"tool": "istioctl"}, (line, 127, said), tools=tools))
    assert (finding and finding.rule) == rule


# an answer

INSTALL = "istioctl install"
ASKED = "This will install Istio. Proceed? (y/N) "
DEPLOYMENT = {"deployment": "istiod", "in": "istio-system"}


@pytest.mark.parametrize(
    ("line", "code", "said", "cause", "command", "evidence"),
    [
        (INSTALL, 1, ASKED + "n\nCancelled.\n", "not answered with y", "istioctl install -y", ASKED + "n Cancelled."),
        (INSTALL, 1, ASKED + "Cancelled.\n", "not answered with y", "istioctl install -y", (ASKED + "Cancelled.").strip()),
        (INSTALL, 1, ASKED + "n\nAborted!\n", "not answered with y", "istioctl install -y", ASKED + "n Aborted!"),
        (INSTALL, 130, ASKED + "^C\n", "interrupted", "istioctl install -y", ASKED + "^C"),
        (INSTALL, 130, ASKED + "n\nCancelled.\n", "interrupted", "istioctl install -y", ASKED + "n Cancelled."),
        ("istioctl  install </dev/null", 1, ASKED + "Cancelled.\n", "input ended", "istioctl install -y", ASKED + "Cancelled."),
        ("istioctl install --set 'a=b c' </dev/null 2>log", 1, ASKED + "Cancelled.\n", "input ended",
         "istioctl install --set 'a=b c' -y", ASKED + "Cancelled."),
        ("true | istioctl install", 1, ASKED + "Cancelled.\n", "input ended", "istioctl install -y", ASKED + "Cancelled."),
        ("istioctl install -y", 1, ASKED + "Cancelled.\n", "not answered", "istioctl install -y", ASKED + "Cancelled."),
    ],
)  # fmt: skip
async def test_a_question_that_was_not_answered_with_yes(
    tmp_path, line, code, said, cause, command, evidence
):
    finding = await declined(asked(tmp_path, DEPLOYMENT, (line, code, said)))
    assert told(finding) == ("answered-no", command)
    assert cause in finding.cause.render()
    assert (finding.evidence, finding.source) == (evidence.strip(), line)


@pytest.mark.parametrize(
    ("code", "said", "objects"),
    [
        (0, ASKED + "n\nCancelled.\n", ()),
        (1, "Cancelled.\n", ()),
        (1, ASKED + "y\nError: x\n", ()),
        (1, ASKED + "n\nCancelled.\n", (make("Deployment", "istiod"),)),
    ],
)
async def test_a_question_that_explains_nothing(tmp_path, code, said, objects):
    assert await declined(asked(tmp_path, DEPLOYMENT, (INSTALL, code, said), objects=objects)) is None
    assert await declined(asked(tmp_path, DEPLOYMENT, ("ls", 1, ASKED + "n\nCancelled.\n"))) is None


# folders


def no_path(name):
    return f'error: the path "{name}" does not exist\n'


@pytest.mark.parametrize(
    ("name", "there", "rule", "command"),
    [
        ("kiali.yaml", "a/kiali.yaml", "wrong-folder", "cd {root}/a"),
        ("./x/kiali.yaml", "a/x/kiali.yaml", "wrong-folder", "cd {root}/a"),
        ("x/", "a/b/x/one.yaml", "wrong-folder", "cd {root}/a/b"),
        ("kiali.yml", "here/kiali.yaml", "path-typo", "kubectl apply -f kiali.yaml -n istio-system # kiali"),
        (
            "sub/kiali.yml",
            "here/sub/kiali.yaml",
            "path-typo",
            "kubectl apply -f sub/kiali.yaml -n istio-system # kiali",
        ),
        ("kiali.yaml", "here/other", "path-missing", ""),
        ("kiali.yaml", "a/b/c/kiali.yaml", "path-missing", ""),
    ],
)
async def test_a_path_that_is_not_where_the_command_was_typed(tmp_path, name, there, rule, command):
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text("metadata:\n  name: kiali\n")
    here = tmp_path / "here"
    here.mkdir(exist_ok=True)
    line = f"kubectl apply -f {name} -n istio-system # kiali"
    finding = await wrong_folder(asked(tmp_path, KIALI, (line, 1, no_path(name), here)))
    assert finding.rule == rule
    assert finding.remedy.values.get("command", "") == command.format(root=tmp_path)
    assert (finding.evidence, finding.source) == (no_path(name).strip(), line)


@pytest.mark.parametrize(("code", "said"), [(0, no_path("kiali.yaml")), (1, "error: x\n")])
async def test_a_path_that_was_found_explains_nothing(tmp_path, code, said):
    (tmp_path / "kiali.yaml").write_text("metadata:\n  name: kiali\n")
    assert await wrong_folder(asked(tmp_path, KIALI, ("kubectl apply -f kiali.yaml", code, said))) is None


async def test_a_path_that_has_come_since_explains_nothing(tmp_path):
    (tmp_path / "kiali.yaml").write_text("metadata:\n  name: kiali\n")
    assert (
        await wrong_folder(asked(tmp_path, KIALI, ("kubectl apply -f kiali.yaml", 1, no_path("kiali.yaml"))))
        is None
    )


async def test_a_shell_in_a_folder_that_is_gone(tmp_path):
    gone = tmp_path / "gone"
    line = "kubectl apply -f kiali.yaml"
    ran = (line, 1, no_path("kiali.yaml"), gone)

    def question(*history, pwd=str(gone)):
        made = asked(tmp_path, KIALI, *history, environment={"PWD": pwd})
        made.world.workspace.folder = gone
        return made

    finding = folder_gone(question().world)
    assert (told(finding), finding.evidence) == (("folder-gone", f"cd {tmp_path}"), f"PWD={gone}")
    assert folder_gone(question(pwd=str(tmp_path)).world) is None
    assert folder_gone(question(pwd="").world) is None
    assert told(await typed_in_a_folder_that_is_gone(question(ran))) == ("folder-gone", f"cd {tmp_path}")
    assert await typed_in_a_folder_that_is_gone(question((line, 0, *ran[2:]))) is None
    assert await typed_in_a_folder_that_is_gone(question((line, 1, ran[2], tmp_path))) is None
    assert await typed_in_a_folder_that_is_gone(question()) is None
    script = ("./make.sh", 1, 'error: services "kiali" not found\n', gone)
    assert await typed_in_a_folder_that_is_gone(question(script)) is None


@pytest.mark.parametrize(
    ("wanted", "there", "similar"),
    [
        ("kiali.yaml", "kiali.yml", True),
        ("kiali.yaml", "grafana.yaml", False),
        ("istio-1.11.3", "istio-1.11.4", False),  # another version is told by the rule of downloads
        ("istio-1.11.3", "istoi-1.11.3", True),
        ("istio-release", "istio-release-1.2", True),
        ("istio-release-1.2", "istio-release", True),
        ("istio-1.11.3", "istio-11.3x", True),
    ],
)
def test_a_name_that_is_nearly_the_same(tmp_path, wanted, there, similar):
    (tmp_path / there).write_text("")
    finding = similar_path(tmp_path / wanted)
    assert (finding and (finding.rule, finding.evidence)) == (
        ("similar-name", str(tmp_path / there)) if similar else None
    )
    assert similar_path(tmp_path / "none" / wanted) is None


# variables


@pytest.mark.parametrize(
    ("line", "code", "rule"),
    [
        ("HUB=x", 0, True),
        ("declare HUB=x", 0, True),
        ("cd a; HUB='x y' && ls", 0, True),
        ("HUB=x", 1, False),
        ("export HUB=x", 0, False),
        ("declare -x HUB=x", 0, False),
        ("HUB=x; export HUB", 0, False),
        ("HUB=x ls", 0, False),
        ("THEHUB=x", 0, False),
    ],
)
def test_a_variable_without_export(tmp_path, line, code, rule):
    world = asked(tmp_path, {"file": "x"}, (line, code, "")).world
    finding = not_exported(world, "HUB")
    assert told(finding) == (("not-exported", "export HUB") if rule else None)
    world.workspace.environment["HUB"] = ""
    assert not_exported(world, "HUB") is None


@pytest.mark.parametrize(
    ("line", "path", "evidence"),
    [
        ('export PATH="$PWD/istio/bn:$PATH"', "{root}/istio/bn:/bin", "{root}/istio/bn"),
        ("export PATH=${{PWD}}/istio/bn:$PATH", "{root}/istio/bn:/bin", "{root}/istio/bn"),
        ("export PATH=$(pwd)/istio/bn:$PATH", "/none:{root}/istio/bn:/bin", "{root}/istio/bn"),
        ("export PATH=istio/bn:$PATH", "istio/bn:/bin", "export PATH=istio/bn:$PATH"),
        ("export PATH={root}/istio:$PATH", "{root}/istio:/bin", "export PATH={root}/istio:$PATH"),
        ("export PATH=$PWD/istio/bn:$PATH", "/bin", "export PATH=$PWD/istio/bn:$PATH"),
    ],
)
def test_a_wrong_folder_on_the_path(tmp_path, line, path, evidence):
    (tmp_path / "istio" / "bin").mkdir(parents=True)
    line, path, evidence = (
        each.format(root=tmp_path) if "{root}" in each or "{{" in each else each
        for each in (line, path, evidence)
    )
    world = asked(tmp_path, {"file": "x"}, (line, 0, ""), environment={"PATH": path}).world
    finding = wrong_on_path(world, "istio/bin")
    assert told(finding) == ("path-wrong-folder", f"export PATH={tmp_path}/istio/bin:$PATH")
    assert finding.evidence == evidence
    assert (finding.cause.values.get("missing") is not None) is evidence.startswith("/")
    assert wrong_on_path(world, "istio/lib") is None
    (tmp_path / "file").write_text("")
    assert wrong_on_path(world, "file") is None
    world.workspace.history = []
    assert wrong_on_path(world, "istio/bin") is None
