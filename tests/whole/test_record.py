"""Recording a lab as a teacher does: with a script, and with real keys in a terminal; what comes of it is proved."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import yaml

from tests.whole.conftest import Program
from tests.whole.test_screens_in_tmux import labgate

pytestmark = pytest.mark.timeout(400)

ISTIO = """\
# Istio and its consoles, as somebody does it by hand
curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.3 TARGET_ARCH=x86_64 sh -
cd istio-1.11.3
export PATH="$PWD/bin:$PATH"
istioctl install --set profile=demo --set hub=gcr.io/istio-release
> y
kubectl get ns
kubectl apply -f samples/addons
kubectl get all -n istio-system
kubecttl edit svc kiali -n istio-system
kubectl edit svc kiali -n istio-system
> :%s/ClusterIP/LoadBalancer/g
> :wq!
kubectl edit svc tracing -n istio-system
> :%s/ClusterIP/LoadBalancer/g
> :wq!
kubectl get all -n istio-system
"""


def test_the_istio_lab_is_recorded_and_proved(program: Program) -> None:
    (program.folder / "work.txt").write_text(ISTIO)
    recorded = program.run(
        "record", "mesh", "--practice", "--lab", "istio-install", "--from", "work.txt", timeout=200
    )
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    lab = yaml.safe_load((program.folder / "mesh" / "lab.yaml").read_text())
    steps = {step["id"]: step for step in lab["steps"]}
    assert list(steps) == [
        "get-istio-1-11-3", "path-istioctl", "run-istio-system", "run-grafana", "expose-kiali", "expose-tracing",
    ]  # fmt: skip
    assert {"tool": "istioctl"} in steps["path-istioctl"]["checks"]
    assert steps["run-istio-system"]["run"][0]["answers"] == [{"expect": r"Proceed\? \(y/N\)", "send": "y"}]
    assert {"deployment": "kiali", "in": "istio-system", "ready": True} in steps["run-grafana"]["checks"]
    assert steps["expose-kiali"]["run"][0]["keys"] == [
        ":%s/ClusterIP/LoadBalancer/g", "enter", ":wq!", "enter",
    ]  # fmt: skip
    assert "kubecttl" not in yaml.safe_dump(lab)
    assert lab["practice"] == {"kubernetes": "1.22"}
    proved = program.run("prove", "./mesh", "--yes", timeout=200)
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_a_teacher_at_the_keyboard_is_killed_and_goes_on(program: Program) -> None:
    (program.folder / ".vimrc").write_text("")
    with labgate(program, "record", "shop", "--practice", columns=110, rows=50) as terminal:
        terminal.until_shown("~ ❯")
        terminal.type("kubectl create ns shop")
        terminal.press("Enter")
        terminal.until_shown("namespace/shop created")
        terminal.type(
            "read -s -p 'Password: ' PW; kubectl create secret generic db -n shop --from-literal=password=$PW"
        )
        terminal.press("Enter")
        terminal.until(lambda screen: "\nPassword:" in screen)
        terminal.type("hunter2hunter2")
        terminal.press("Enter")
        terminal.until_shown("secret/db created")
        terminal.type("kubectl create service clusterip web --tcp=80 -n shop")
        terminal.press("Enter")
        terminal.until_shown("service/web created")
        journal = next(Path(program.environment["LABGATE_HOME"]).glob("recordings/*/recording.jsonl"))
        terminal.until(lambda _: journal.read_text().count('"what": "cluster"') >= 4)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.until(lambda _: terminal.ended)
    with labgate(program, "record", "shop", "--practice", columns=110, rows=50) as terminal:
        terminal.until_shown("Resuming the recording of shop.")
        terminal.until_shown("~ ❯")
        terminal.type("kubectl edit svc web -n shop")
        terminal.press("Enter")
        terminal.until_shown("type: ClusterIP")
        terminal.type(":%s/ClusterIP$/LoadBalancer/gg")
        terminal.press("BSpace")
        terminal.press("Enter")
        terminal.until_shown("type: LoadBalancer")
        terminal.type(":wq")
        terminal.press("Enter")
        terminal.until_shown("service/web edited")
        terminal.until(lambda screen: screen.rstrip().endswith("❯"))  # a Ctrl-D too early is nobody's
        terminal.press("C-d")
        terminal.until_shown("Created: shop/lab.yaml")
    lab = yaml.safe_load((program.folder / "shop" / "lab.yaml").read_text())
    assert [step["id"] for step in lab["steps"]] == [
        "namespace-shop",
        "create-db",
        "create-web",
        "expose-web",
    ]
    assert lab["steps"][3]["run"][0]["keys"] == [":%s/ClusterIP$/LoadBalancer/g", "enter", ":wq", "enter"]
    for path in (*program.home.rglob("*"), *(program.folder / "shop").rglob("*")):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path
    proved = program.run("prove", "./shop", "--yes", timeout=200)
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_wrong_calls_say_what_to_do(program: Program) -> None:
    for arguments, words in (
        (("record", "shop", "--practice"), "Recording needs a terminal."),
        (("record", "Shop", "--practice"), "A lab's name consists of"),
        (("record", "shop", "--write"), "Nothing was recorded for shop"),
        (("record", "shop", "--practice", "--from", "nowhere"), "nowhere can't be read"),
        (("record", "shop", "--lab", "istio-install", "--from", "-"), "Add --practice"),
    ):
        done = program.run(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
    assert not (program.folder / "shop").exists()


def test_a_script_that_stops_leaves_what_it_did(program: Program) -> None:
    (program.folder / "work.txt").write_text("kubectl create ns shop\n> nobody asked\n")
    stopped = program.run("record", "shop", "--practice", "--from", "work.txt")
    assert stopped.returncode == 2
    assert "The script stopped at line 2: there was no question" in stopped.stderr
    written = program.run("record", "shop", "--write")
    assert written.returncode == 0, written.stderr
    lab = yaml.safe_load((program.folder / "shop" / "lab.yaml").read_text())
    assert lab["steps"][0]["checks"] == [{"namespace": "shop"}]


def test_what_another_run_cannot_have_is_recorded_so_that_it_is_proved(program: Program) -> None:
    (program.folder / "work.txt").write_text(
        """\
kubectl create namespace shop
kubectl -n shop create deploy web --image=nginx:1.27
kubectl -n shop rollout restart deploy/web
kubectl -n shop annotate deploy web looked-at="$(date -Is)"
sleep 1 && kubectl -n shop rollout restart deploy/web
kubectl -n shop expose deploy web --port=80 --type=NodePort
kubectl create -n shop -f - <<< '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"some-"}}'
"""
    )
    recorded = program.run("record", "again", "--practice", "--from", "work.txt", timeout=200)
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    proved = program.run("prove", "./again", "--yes", timeout=200)
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_a_lab_that_comes_after_another_is_recorded_on_its_work(program: Program) -> None:
    (program.folder / "first.txt").write_text("kubectl create namespace shop\n")
    (program.folder / "second.txt").write_text("kubectl -n shop create configmap prices\n")
    first = program.run("record", "first", "--practice", "--from", "first.txt", timeout=200)
    assert first.returncode == 0, first.stdout + first.stderr
    second = program.run(
        "record", "second", "--after", "./first", "--practice", "--yes", "--from", "second.txt", timeout=200
    )
    assert second.returncode == 0, second.stdout + second.stderr
    lab = yaml.safe_load((program.folder / "second" / "lab.yaml").read_text())
    assert lab["after"] == "first"
    assert [step["id"] for step in lab["steps"]] == ["create-prices"]
    proved = program.run("prove", "./second", "--yes", timeout=200)
    assert proved.returncode == 0, proved.stdout + proved.stderr
