"""The stand-in of curl, and of the script that it serves."""

from __future__ import annotations

import pytest

from runner.practice.istio_release.release_settings import CURRENT
from tests.content.conftest import STANDINS, VERSION, Workspace

DOWNLOAD = "curl -L https://istio.io/downloadIstio | "
NOT_FOUND = "is not found, please specify a valid ISTIO_VERSION and TARGET_ARCH"


@pytest.mark.parametrize(
    ("arch", "named"),
    [("x86_64", "amd64"), ("amd64", "amd64"), ("arm64", "arm64"), ("aarch64", "arm64"), ("armv7", "armv7")],
)
def test_the_lectures_command_makes_the_folder(workspace: Workspace, arch: str, named: str) -> None:
    done = workspace.run(f"{DOWNLOAD}ISTIO_VERSION={VERSION} TARGET_ARCH={arch} sh -")
    assert done.returncode == 0, done.stderr
    assert f"-{named}.tar.gz ..." in done.stdout
    assert f"Istio {VERSION} Download Complete!" in done.stdout
    assert "% Total" in done.stderr
    folder = workspace.folder / f"istio-{VERSION}"
    assert sorted(path.name for path in (folder / "samples/addons").iterdir()) == [
        "grafana.yaml",
        "jaeger.yaml",
        "kiali.yaml",
        "prometheus.yaml",
    ]
    assert workspace.run(f"istio-{VERSION}/bin/istioctl version --remote=false").stdout == f"{VERSION}\n"


def test_a_second_download_is_no_trouble(workspace: Workspace) -> None:
    for _ in range(2):
        assert workspace.run(f"{DOWNLOAD}ISTIO_VERSION={VERSION} sh -").returncode == 0


def test_a_version_that_there_is_not(workspace: Workspace) -> None:
    done = workspace.run(f"{DOWNLOAD}ISTIO_VERSION=1.11.33 sh -")
    assert (done.returncode, NOT_FOUND in done.stdout) == (1, True)
    assert not list(workspace.folder.glob("istio-*"))


def test_an_architecture_that_there_is_not(workspace: Workspace) -> None:
    done = workspace.run(f"{DOWNLOAD}ISTIO_VERSION={VERSION} TARGET_ARCH=x86 sh -")
    assert (done.returncode, "architecture, x86, isn't supported" in done.stdout) == (1, True)


def test_the_version_before_curl_does_not_reach_the_script(workspace: Workspace) -> None:
    """The script takes the newest release then."""
    done = workspace.run(f"ISTIO_VERSION={VERSION} {DOWNLOAD}sh -")
    assert (done.returncode, f"Downloading istio-{CURRENT} from" in done.stdout) == (0, True)
    assert (workspace.folder / f"istio-{CURRENT}" / "bin" / "istioctl").exists()
    assert not (workspace.folder / f"istio-{VERSION}").exists()


def test_without_l_comes_only_the_redirect(workspace: Workspace) -> None:
    done = workspace.run("curl -s https://istio.io/downloadIstio")
    assert done.stdout.startswith("Redirecting to https://")
    assert done.stderr == ""


def test_the_script_can_be_saved_and_read_first(workspace: Workspace) -> None:
    done = workspace.run(
        f"curl -sLo get.sh https://istio.io/downloadIstio && ISTIO_VERSION={VERSION} sh get.sh"
    )
    assert done.returncode == 0, done.stderr
    assert "stand-in" in (workspace.folder / "get.sh").read_text()


def test_the_script_finds_its_stand_ins_without_the_variable(workspace: Workspace) -> None:
    done = workspace.run(f"unset LABGATE_STANDINS; {DOWNLOAD}ISTIO_VERSION={VERSION} sh -")
    assert done.returncode == 0, done.stderr


def test_other_addresses_go_to_the_real_curl(workspace: Workspace) -> None:
    real = workspace.folder / "real"
    real.mkdir()
    (real / "curl").write_text('#!/bin/sh\nprintf "real: %s\\n" "$@"\n')
    (real / "curl").chmod(0o755)
    done = workspace.run("curl -s 'http://127.0.0.1/a b'", PATH=f"{STANDINS / 'bin'}:{real}:/usr/bin:/bin")
    assert done.stdout == "real: -s\nreal: http://127.0.0.1/a b\n"


def test_without_a_real_curl_it_says_so_in_curls_words(workspace: Workspace) -> None:
    path = f"{STANDINS / 'bin'}:{workspace.only_tools('sh', 'bash', 'dirname')}"
    done = workspace.run("curl https://example.com/x", PATH=path)
    assert done.returncode == 6
    assert "Could not resolve host: example.com" in done.stderr
