"""A class in which some clusters mean harm: they cost nobody else anything, and nothing of the grader's gets to them."""

from __future__ import annotations

import asyncio
import io
import json
import resource
import shutil
import ssl
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[2] / "world"))

import hostile
from hostile import Request, Wire, everywhere, on_lists, serving

from runner.grading.roster.class_model import Graded, Learner
from runner.grading.roster.class_summary import Standing, cause, standing
from runner.grading.roster.engine import Done
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.local import LocalEngine
from runner.grading.roster.views import line
from runner.practice.authentication.authority import Authority
from runner.practice.cluster import PracticeCluster

LAB = """\
format: 1
title: {en: Shop, ko: 가게}
summary: {en: A shop., ko: 가게.}
minutes: 5
level: beginner
steps:
  - id: shop
    title: {en: Make it, ko: 만들기}
    text: {en: Make it., ko: 만듭니다.}
    run: [kubectl create deployment web --image=nginx:1.21, kubectl expose deployment web --port=80]
    checks:
      - {deployment: web, ready: true, image: nginx}
      - {service: web, type: LoadBalancer, ports: [80], endpoints: true, external: true}
      - {pods: 1, selector: app=web}
      - {resource: ConfigMap, api: v1, where: "length(@) > `0`"}
      - {http: {service: web, port: 80, path: /}, contains: nginx, timeout: 2s}
      - {command: "kubectl get pods -A -o json", contains: "x", timeout: 3s}
"""
MB = 1024 * 1024

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    return folder


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority.of(tmp_path).server)
    return context


async def graded(lab: Path, learners: list[Learner], deadline: float = 15.0) -> dict[str, Graded]:
    """`deadline` is for those who mean harm: who means well is given as long as a machine with much to do takes."""
    jobs = [
        LearnerJob(str(lab), learner, "en", 100.0 if learner.id == "well" else deadline)
        for learner in learners
    ]
    found = {}
    async for happening in LocalEngine(8).run(jobs):
        if isinstance(happening, Done):
            found[happening.graded.learner] = happening.graded
    return found


def learner_of(server: hostile.Hostile, folder: Path, name: str) -> Learner:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(server.kubeconfig(**{"insecure-skip-tls-verify": True})))
    return Learner(name, str(path))


WORDS = "\x1b[2J\x1b]8;;http://evil.test\x07click\x1b]8;;\x07\u202e=cmd|' /C calc'!A1\n<script>alert(1)</script>::error::"


def named(words: str) -> list[hostile.Object]:
    """A Deployment and its pod, of which everything that says something says this."""
    labels = {"app": "web"}
    deployment = {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": "web",
            "namespace": "default",
            "resourceVersion": "1",
            "uid": "1",
            "labels": labels,
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"spec": {"containers": []}},
        },
        "status": {
            "conditions": [
                {"type": "Progressing", "status": "False", "reason": words, "message": words * 500}
            ]
        },
    }
    pod = {
        "kind": "Pod",
        "metadata": {
            "name": "web-1",
            "namespace": "default",
            "labels": labels,
            "resourceVersion": "1",
            "uid": "2",
        },
        "spec": {"containers": [{"name": words, "image": words}]},
        "status": {
            "phase": "Pending",
            "containerStatuses": [
                {
                    "name": words,
                    "image": words,
                    "state": {"waiting": {"reason": "ErrImagePull", "message": words * 500}},
                }
            ],
        },
    }
    return [deployment, pod]


async def test_clusters_that_mean_harm_cost_nobody_else_anything(lab, tls, tmp_path):
    attacks = {
        "endless": everywhere(hostile.endless),
        "lists": on_lists(hostile.endless_objects),
        "bomb": on_lists(hostile.bomb),
        "pages": on_lists(hostile.pages),
        "headers": everywhere(hostile.headers),
        "trickle": on_lists(hostile.trickle),
        "noise": everywhere(hostile.noise),
        "watch": hostile.watch(hostile.new_pods),
        "silence": everywhere(hostile.silence),
        "deep": everywhere(hostile.body("[" * 200_000)),
    }
    async with AsyncExitStack() as stack:
        practice = await stack.enter_async_context(PracticeCluster("well", "1.32", speed=20))
        file = practice.kubeconfig(tmp_path / "well.yaml")
        learners = [Learner("well", str(file))]
        for name, attack in attacks.items():
            server = await stack.enter_async_context(serving(attack, tls))
            learners.append(learner_of(server, tmp_path, name))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with asyncio.timeout(120):
            found = await graded(lab, learners)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        kubectl = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert set(found) == {"well", *attacks}
    assert standing(found["well"]) is Standing.NOT_PASSED
    assert not found["well"].problem
    for name in attacks:
        # Not passed where kubectl, too, could get nothing of it: that the command check tells as the failure it is.
        assert standing(found[name]) in (Standing.NOT_GRADED, Standing.NOT_PASSED), (name, found[name])
        assert cause(found[name]), name
        assert len(json.dumps(found[name].report)) < 200_000
    assert cause(found["lists"]).startswith(
        ("The API server's response is larger than the limit", "Not graded: it took")
    )
    assert grown < 1200 * MB  # eight at a time, 128 MB each, and what Python does not give back
    assert kubectl < 1600 * MB


async def test_words_that_mean_harm(lab, tls, tmp_path):
    async with serving(None, tls) as server:
        server.objects = named(WORDS)
        found = (await graded(lab, [learner_of(server, tmp_path, "words")]))["words"]
    assert len(json.dumps(found.report)) < 200_000
    console = Console(record=True, width=200, force_terminal=False, file=io.StringIO())
    console.print(line(found, "en"))
    shown = console.export_text()
    assert "\x1b" not in shown
    assert "\u202e" not in shown


async def test_nothing_of_the_graders_gets_there(lab, tls, tmp_path, monkeypatch):
    """A redirect and a Service's address lead to what only the grader reaches: it is not asked."""
    heard: list[Request] = []

    async def secret(request: Request, wire: Wire) -> bool:
        heard.append(request)
        await wire.json({"secret": "of the teacher's network"})
        return True

    async with serving(secret) as inside, serving(None, tls) as server:

        async def attack(request: Request, wire: Wire) -> bool:
            if request.lists and not request.watches and request.path.endswith("/services"):
                service = {
                    "metadata": {"name": "web", "namespace": "default", "resourceVersion": "1"},
                    "spec": {"type": "LoadBalancer", "ports": [{"port": inside.port}, {"port": 80}]},
                    "status": {"loadBalancer": {"ingress": [{"ip": "169.254.169.254"}]}},
                }
                await wire.json(hostile.listed(service))
                return True
            if request.lists and not request.watches:
                await wire.whole("", "302 Found", f"Location: {inside.server}/latest/meta-data")
                return True
            return False

        server.attack = attack
        found = (await graded(lab, [learner_of(server, tmp_path, "thief")]))["thief"]
    assert not heard
    message = json.dumps(found.report)
    assert "of the teacher" not in message
    assert "It was not opened" in message
    assert "redirects to another address" in message
