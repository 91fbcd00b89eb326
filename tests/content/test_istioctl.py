"""The stand-in of istioctl where no cluster is needed: its question, its words, its refusals."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.content.conftest import Workspace

KUBECTL = """#!/bin/sh
# Says a version, and writes down everything else that it is asked.
case "$*" in
    "version -o json") echo '{"serverVersion": {"major": "1", "minor": "%s"}}' ;;
    *) echo "$*" >>"$HOME/asked"; echo "Error from server: the test's kubectl does nothing" >&2; exit 1 ;;
esac
"""
QUESTION = (
    'This will install the Istio 1.11.3 demo profile with ["Istio core" "Istiod" "Ingress gateways" '
    '"Egress gateways"] components into the cluster. Proceed? (y/N) '
)
INSTALL = "istioctl install --set profile=demo --set hub=docker.io/istio"


@pytest.fixture
def machine(with_istioctl: Workspace) -> Workspace:
    with_istioctl.program("kubectl", KUBECTL % "22+")
    return with_istioctl


def asked(machine: Workspace) -> str:
    path = machine.folder / "asked"
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("typed", ["n\n", "N\n", "\n", "", "no\n", "yeah\n", "ㅛ\n"])
def test_anything_but_yes_cancels_and_touches_nothing(machine: Workspace, typed: str) -> None:
    done = machine.run(INSTALL, typed)
    assert (done.returncode, done.stdout) == (1, f"{QUESTION}Cancelled.\n")
    assert asked(machine) == ""


@pytest.mark.parametrize("typed", ["y\n", "Y\n", "yes\n", "YES\n", " y \n"])
def test_yes_in_any_case_goes_on(machine: Workspace, typed: str) -> None:
    done = machine.run(INSTALL, typed)
    assert done.stdout.startswith(QUESTION) and "Cancelled" not in done.stdout
    assert asked(machine)


@pytest.mark.parametrize("option", ["-y", "--skip-confirmation"])
def test_skip_confirmation_does_not_ask(machine: Workspace, option: str) -> None:
    assert "Proceed" not in machine.run(f"{INSTALL} {option}").stdout
    assert asked(machine)


def test_the_question_is_on_the_screen_before_the_answer_is_read(machine: Workspace) -> None:
    """A dialogue waits for the words; were they buffered, it would wait for ever."""
    leader, follower = pty.openpty()
    environment = (
        os.environ
        | machine.environment
        | {
            "PATH": os.pathsep.join(map(str, [*machine.extra_path, os.environ["PATH"]])),
            "LABGATE_PYTHON": sys.executable,
        }
    )
    with subprocess.Popen(
        INSTALL.split(), stdin=follower, stdout=follower, stderr=follower, env=environment
    ) as run:
        os.close(follower)
        shown = b""
        while b"Proceed? (y/N)" not in shown:
            shown += os.read(leader, 1000)
        os.write(leader, b"n\n")
        assert run.wait(20) == 1
    os.close(leader)


def test_no_cluster_is_reported_as_istioctl_says_it(machine: Workspace) -> None:
    machine.program(
        "kubectl", "#!/bin/sh\necho 'The connection to the server localhost:8080 was refused' >&2; exit 1\n"
    )
    done = machine.run(INSTALL, "y\n")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: failed to get the Kubernetes version: The connection to the server")
    assert "Proceed" not in done.stdout


def test_without_kubectl_it_says_so(with_istioctl: Workspace) -> None:
    path = f"{with_istioctl.extra_path[0]}:{with_istioctl.only_tools('sh', 'bash', 'dirname')}"
    done = with_istioctl.run("istioctl version", PATH=path)
    assert (done.returncode, "needs kubectl on the PATH" in done.stderr) == (1, True), done.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--set profile=nonsense", "unknown profile: nonsense"),
        ("--set hub", "bad argument for --set: hub"),
        ("--readiness-timeout soon", "invalid duration"),
        ("--cluster canary", "unrecognized arguments: --cluster canary"),
    ],
)
def test_what_it_does_not_understand_it_refuses_before_asking(
    machine: Workspace, options: str, complaint: str
) -> None:
    done = machine.run(f"istioctl install {options}", "y\n")
    assert (done.returncode, complaint in done.stderr, done.stdout) == (1, True, "")


@pytest.mark.parametrize("command", ["x authz check", "frobnicate"])
def test_an_unknown_command_says_that_this_is_a_stand_in(machine: Workspace, command: str) -> None:
    done = machine.run(f"istioctl {command}")
    assert done.returncode == 1
    assert "unknown command" in done.stderr and "practice stand-in" in done.stderr


def test_what_needs_a_real_cluster_says_so(machine: Workspace) -> None:
    done = machine.run("istioctl bug-report")
    assert (done.returncode, done.stdout) == (1, "")
    assert '"bug-report" is not supported by the practice stand-in' in done.stderr


def test_uninstall_is_experimental_in_this_version(machine: Workspace) -> None:
    done = machine.run("istioctl uninstall --purge -y")
    assert (done.returncode, "istioctl x uninstall" in done.stderr) == (1, True)
    assert "--purge" in machine.run("istioctl x uninstall -y").stderr


def test_profiles(machine: Workspace) -> None:
    done = machine.run("istioctl profile list")
    names = done.stdout.split()[3:]
    assert names == ["default", "demo", "empty", "external", "minimal", "openshift", "preview", "remote"]
    assert "istio-egressgateway" in machine.run("istioctl profile dump demo").stdout


@pytest.mark.parametrize("options", ["--remote=false", "--remote=false --short"])
def test_its_own_version_asks_no_cluster(machine: Workspace, options: str) -> None:
    assert machine.run(f"istioctl version {options}").stdout == "1.11.3\n"
    assert asked(machine) == ""


def test_help_lists_what_it_knows(machine: Workspace) -> None:
    text = machine.run("istioctl --help").stdout
    assert "stand-in" in text
    for command in (
        "analyze",
        "install",
        "kube-inject",
        "manifest",
        "profile",
        "tag",
        "proxy-status",
        "verify-install",
        "version",
    ):
        assert command in text


def test_it_speaks_where_the_locale_is_c(machine: Workspace) -> None:
    done = machine.run("istioctl verify-install; istioctl x precheck", LC_ALL="C", PYTHONUTF8="0")
    assert "Traceback" not in done.stderr
