"""Edits that changed nothing, and downloads that brought nothing. Each rule at its edges."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell_world import ISTIO, KIALI, asked, told

from checks.diagnosis.downloads import not_downloaded
from checks.diagnosis.editors import edited_nothing

# kubectl edit

EDIT = "kubectl edit svc kiali -n istio-system"
NOTHING = "Edit cancelled, no changes made.\n"


@pytest.mark.parametrize(
    ("environment", "rule", "command"),
    [
        ({}, "edit-without-change", EDIT),
        ({"EDITOR": "nano"}, "edit-without-change", EDIT),
        ({"EDITOR": "code"}, "editor-does-not-wait", 'export KUBE_EDITOR="code --wait"'),
        ({"EDITOR": "nano", "KUBE_EDITOR": "/usr/bin/gvim"}, "editor-does-not-wait", 'export KUBE_EDITOR="/usr/bin/gvim -f"'),
        ({"EDITOR": "code --wait"}, "edit-without-change", EDIT),
        ({"EDITOR": "code -w"}, "edit-without-change", EDIT),
        ({"EDITOR": "gvim --nofork"}, "edit-without-change", EDIT),
        ({"EDITOR": "code", "KUBE_EDITOR": "vi"}, "edit-without-change", EDIT),
        ({"EDITOR": " "}, "edit-without-change", EDIT),
    ],
)  # fmt: skip
async def test_an_edit_that_changed_nothing(tmp_path, environment, rule, command):
    finding = await edited_nothing(asked(tmp_path, KIALI, (EDIT, 0, NOTHING), environment=environment))
    assert told(finding) == (rule, command)
    assert (finding.evidence, finding.source) == (NOTHING.strip(), EDIT)


@pytest.mark.parametrize(
    ("there", "command"),
    [
        ({}, ""),
        ({"nano": Path("/n")}, "export KUBE_EDITOR=nano"),
        ({"vim": Path("/v"), "nano": Path("/n")}, "export KUBE_EDITOR=vim"),
    ],
)
async def test_an_editor_that_is_not_there(tmp_path, there, command):
    said = 'error: unable to launch the editor "emacs"\n'
    finding = await edited_nothing(asked(tmp_path, KIALI, (EDIT, 1, said), tools=there))
    assert told(finding) == ("editor-missing", command)
    assert finding.cause.values["editor"] == "emacs"


@pytest.mark.parametrize(
    ("line", "said", "rule"),
    [
        (EDIT, 'error: there was a problem with the editor "vi"\n', "editor-failed"),
        (EDIT, "service/kiali edited\n", None),
        ("kubectl patch svc kiali -n istio-system -p x", NOTHING, None),
    ],
)
async def test_an_edit_that_ended_otherwise(tmp_path, line, said, rule):
    finding = await edited_nothing(asked(tmp_path, KIALI, (line, 1, said)))
    assert (finding and finding.rule) == rule


@pytest.mark.parametrize(
    ("copy", "rule", "evidence"),
    [
        ("spec:\n  LoadBalancerIP: 1.2.3.4\n  LoadBalancers: x\n", "edit-hit-names", "LoadBalancers:"),
        ("spec:\n  NodePort: 1\n", "edit-hit-names", "NodePort:"),
        ("# was not valid:\n# * spec.type: Unsupported value\n# end\n", "edit-refused", "* spec.type: Unsupported value"),
        ("# nothing of it\nspec: {}\n", "edit-refused", "Edit cancelled, error: no valid changes were saved"),
        (None, "edit-refused", "Edit cancelled, error: no valid changes were saved"),
    ],
)  # fmt: skip
async def test_an_edit_that_was_refused(tmp_path, copy, rule, evidence):
    file = tmp_path / "kubectl-edit.yaml"
    if copy is not None:
        file.write_text(copy)
    said = f'Edit cancelled, error: no valid changes were saved\nA copy of your changes has been stored to "{file}"\n'
    finding = await edited_nothing(asked(tmp_path, KIALI, (EDIT, 1, said)))
    assert (finding.rule, finding.evidence) == (rule, evidence)
    assert finding.source == (str(file) if rule == "edit-hit-names" else EDIT)


async def test_what_kubectl_wrote_at_the_top_is_read_from_its_first_lines_only(tmp_path):
    file = tmp_path / "copy"
    said = f'error: x is invalid\nA copy of your changes has been stored to "{file}"\n'
    for before, evidence in ((39, "error: late"), (40, "error: x is invalid")):
        file.write_text("spec: {}\n" * before + "# error: late\n")
        assert (await edited_nothing(asked(tmp_path, KIALI, (EDIT, 1, said)))).evidence == evidence


async def test_a_copy_that_is_gone_leaves_what_was_printed(tmp_path):
    said = "Edit cancelled, no valid changes were saved.\nerror: spec.type is invalid\n"
    finding = await edited_nothing(asked(tmp_path, KIALI, (EDIT, 1, said)))
    assert (finding.rule, finding.evidence) == ("edit-refused", "error: spec.type is invalid")


# downloads

LOAD = "curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.3 TARGET_ARCH=x86_64 sh -"
NO_SUCH = "is not found, please specify a valid ISTIO_VERSION and TARGET_ARCH\n"


@pytest.mark.parametrize(
    ("line", "rule", "command"),
    [
        (LOAD, "download-unreachable", "curl -I https://github.com"),
        (LOAD.replace("1.11.3", "1.11.99"), "download-no-such-version", LOAD),
        (LOAD.replace("x86_64", "sparc"), "download-no-such-processor", "uname -m"),
        (LOAD.replace(" TARGET_ARCH=x86_64", ""), "download-unreachable", "curl -I https://github.com"),
        (LOAD.replace("ISTIO_VERSION=1.11.3 ", ""), "download-unreachable", "curl -I https://github.com"),
        ("wget -O- x | TARGET_ARCH=arm64 sh", "download-unreachable", "curl -I https://github.com"),
    ],
)
async def test_a_download_that_was_refused(tmp_path, line, rule, command):
    finding = await not_downloaded(asked(tmp_path, ISTIO, (line, 1, NO_SUCH)))
    assert told(finding) == (rule, command)
    assert (finding.evidence, finding.source) == (NO_SUCH.strip(), line)


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        (ISTIO, "download-no-network"),
        ({"file": "istio-1.11.3/bin/istioctl"}, "download-no-network"),
        ({"file": "there"}, None),
        ({"file": "there/inside"}, "download-no-network"),
        ({"file": "istio-1.11.3", "absent": True}, None),
        ({"file": "/nowhere/istio-1.11.3"}, None),
        ({"file": "~/nowhere"}, None),
        ({"file": "$X/nowhere"}, None),
        ({"tool": "istioctl"}, None),
    ],
)
async def test_which_checks_a_download_explains(tmp_path, check, rule):
    (tmp_path / "there").mkdir()
    finding = await not_downloaded(
        asked(tmp_path, check, (LOAD, 6, "curl: (6) Could not resolve host: istio.io\n"))
    )
    assert (finding and finding.rule) == rule


@pytest.mark.parametrize(
    "line", ["curl -I https://istio.io", "curl -sI https://istio.io", "curl --head https://istio.io", "ls"]
)
async def test_a_look_at_an_address_is_no_download(tmp_path, line):
    assert (
        await not_downloaded(
            asked(tmp_path, ISTIO, (line, 6, "curl: (6) Could not resolve host: istio.io\n"))
        )
        is None
    )


@pytest.mark.parametrize(
    ("folder", "made", "expected"),
    [
        ("elsewhere", "elsewhere/istio-1.11.3", "mv {root}/elsewhere/istio-1.11.3 {root}/"),
        ("elsewhere", "elsewhere/other", None),
        ("", "elsewhere/istio-1.11.3", None),
    ],
)
async def test_a_download_into_another_folder(tmp_path, folder, made, expected):
    (tmp_path / made).mkdir(parents=True)
    finding = await not_downloaded(asked(tmp_path, ISTIO, (LOAD, 0, "done\n", tmp_path / folder)))
    command = expected and expected.format(root=tmp_path)
    assert told(finding) == (("downloaded-elsewhere", command) if command else None)


async def test_a_download_elsewhere_is_not_looked_for_below_the_labs_folder(tmp_path):
    (tmp_path / "elsewhere" / "b").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    assert (
        await not_downloaded(asked(tmp_path, {"file": "a/b"}, (LOAD, 0, "", tmp_path / "elsewhere"))) is None
    )


@pytest.mark.parametrize(
    ("line", "before", "command"),
    [
        ("", None, ""),
        (LOAD, None, LOAD.replace("TARGET", "TARGET")),
        ("ISTIO_VERSION=1.11.3 curl -L x | sh -", "ISTIO_VERSION", "curl -L x | ISTIO_VERSION=1.11.3 sh -"),
        (
            "ISTIO_VERSION=1.9.0 curl -L x | ISTIO_VERSION=1.9.0 bash -",
            None,
            "curl -L x | ISTIO_VERSION=1.11.3 bash -",
        ),
        (
            "ISTIO_VERSION=1.11.3 curl -L x",
            None,
            "curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.3 sh -",
        ),
        ("curl -L x | sh -", None, "curl -L x | ISTIO_VERSION=1.11.3 sh -"),
        ("curl -L x | A=1 sh -", None, "curl -L x | ISTIO_VERSION=1.11.3 A=1 sh -"),
    ],
)
async def test_another_version_is_there(tmp_path, line, before, command):
    (tmp_path / "istio-1.9.0").mkdir()
    (tmp_path / "istio-x").mkdir()
    ran = [(line, 0, "done\n")] if line else []
    finding = await not_downloaded(asked(tmp_path, ISTIO, *ran))
    assert told(finding) == ("download-other-version", command)
    assert (finding.cause.values["there"], finding.evidence) == ("istio-1.9.0", str(tmp_path / "istio-1.9.0"))
    assert finding.cause.values.get("variable") == before
    assert finding.source == (line or str(tmp_path))
    assert finding.cause.values.get("wanted", "1.11.3") == "1.11.3"


async def test_no_other_version_is_there(tmp_path):
    (tmp_path / "istio-x").mkdir()
    (tmp_path / "istio-cni-1.9.0").mkdir()
    assert await not_downloaded(asked(tmp_path, ISTIO)) is None
    assert await not_downloaded(asked(tmp_path, {"file": "plain"})) is None
