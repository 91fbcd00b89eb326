"""A cluster that answers some and not all: what it kept to itself is nobody's zero, whatever fails beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "world"))

from hostile import Request, Wire, serving

from runner.practice.authentication.authority import Authority

ROOT = Path(__file__).parents[2]
LAB = """\
format: 1
title: Shop
summary: A shop.
minutes: 5
level: beginner
steps:
  - id: shop
    title: Make it
    text: {en: Make it. }
    checks:
      - {namespace: shop, points: 2, message: There is no shop.}
      - {resource: ConfigMap, api: v1, name: prices, in: shop, points: 3, message: Wrong prices., hint: Look there.}
    within: 2s
"""
FAULTS = {
    "500": (
        '{"kind": "Status", "message": "etcdserver: request timed out", "code": 500}',
        "500 Internal Server Error",
    ),
    "403": (
        '{"kind": "Status", "message": "configmaps is forbidden", "code": 403, "reason": "Forbidden"}',
        "403 Forbidden",
    ),
    "a page": ("<html>captive portal</html>", "200 OK"),
    "cut": ('{"kind": "ConfigMapList", "items": [', "200 OK"),
}

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


async def labgate(folder: Path, *arguments: str) -> tuple[int, str]:
    environment = {
        **os.environ,
        "LABGATE_HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
        "CI": "true",
        "LC_ALL": "C.UTF-8",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from runner.cli import main; main()", *arguments, "--language", "en",
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", FAULTS)
async def test_one_failure_beside_one_unreadable_is_no_grade(tmp_path, fault):
    content, status = FAULTS[fault]

    async def attack(request: Request, wire: Wire) -> bool:
        if not request.path.endswith("/configmaps"):
            return False
        await wire.whole(content, status)
        return True

    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "lab.yaml").write_text(LAB)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*Authority.of(tmp_path).server)
    async with serving(attack, tls) as server:
        config = yaml.safe_dump(server.kubeconfig(**{"insecure-skip-tls-verify": True}))
        (tmp_path / "kubeconfig").write_text(config)
        (tmp_path / "roster.yaml").write_text("- {id: kim, kubeconfig: kubeconfig}\n")
        code, message = await labgate(
            tmp_path, "grade", "./shop", "--yes", "--kubeconfig", "kubeconfig", "--context", "hostile",
            "--report", "json=o.json,junit=o.xml,gradescope=o.gs",
        )  # fmt: skip
        of_class, shown = await labgate(
            tmp_path, "grade", "./shop", "--yes", "--roster", "roster.yaml", "--report", "json=c.json"
        )
    assert code == 3, message
    assert "Could not be judged in full" in message
    assert "Points so far: 0 of 5, not judged: 3." in message
    report = json.loads((tmp_path / "o.json").read_text())
    assert (report["verdict"], report["complete"]) == ("could-not-be-judged", False)
    assert (report["points"], report["points_total"], report["points_unjudged"]) == (0, 5, 3)
    assert [check["verdict"] for check in report["steps"][0]["checks"]] == ["failed", "error"]
    root = ET.parse(tmp_path / "o.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("1", "1")
    assert "score" not in json.loads((tmp_path / "o.gs").read_text())
    assert of_class == 3, shown
    (kim,) = json.loads((tmp_path / "c.json").read_text())["learners"]
    assert (kim["standing"], kim["points"]) == ("not-graded", None)
    assert (kim["points_so_far"], kim["points_unjudged"]) == (0, 3)
    assert "0 of 5 so far, not judged: 3" in shown
    everything = message + shown + "".join(each.read_text() for each in tmp_path.glob("[oc].*"))
    assert "There is no shop." in message
    for said_of_a_failure in ("Wrong prices.", "Look there."):
        assert said_of_a_failure not in everything
