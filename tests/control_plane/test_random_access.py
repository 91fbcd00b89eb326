"""Random roles, bindings, questions and grants: a real API server and a practice cluster decide alike."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

SEED, ROLES, QUESTIONS, GRANTS = 22, 40, 400, 120
GROUP = "rbac.authorization.k8s.io"
RBAC = f"/apis/{GROUP}/v1"
SPACES = ("random-a", "random-b")
USERS, GROUPS, ACCOUNTS = ("u1", "u2", "u3"), ("g1", "g2"), ("s1", "s2")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "*")
API_GROUPS = ("", "apps", "batch", "*")
RESOURCES = ("pods", "pods/log", "deployments", "deployments/scale", "*/scale", "*/log", "*", "jobs")
NAMES = ("one", "two", "three")
URLS = ("/healthz", "/healthz/*", "/metrics", "/api*", "*", "/x/y")


def some(random: random.Random, values: tuple[str, ...], most: int = 2) -> list[str]:
    return random.sample(values, random.randint(1, most))


def rule(random: random.Random, *, urls: bool) -> dict[str, Any]:
    if urls and random.random() < 0.2:
        return {"nonResourceURLs": some(random, URLS), "verbs": some(random, VERBS)}
    made = {"apiGroups": some(random, API_GROUPS), "resources": some(random, RESOURCES)}
    if random.random() < 0.25:
        made["resourceNames"] = some(random, NAMES)
    return {**made, "verbs": some(random, VERBS, 3)}


def subject(random: random.Random, *, anywhere: bool) -> dict[str, str]:
    kind = random.choice(("User", "Group", "ServiceAccount"))
    if kind == "ServiceAccount":
        made = {"kind": kind, "name": random.choice(ACCOUNTS)}
        if anywhere or random.random() < 0.6:
            made["namespace"] = random.choice(SPACES)
        return made
    return {"kind": kind, "name": random.choice(USERS if kind == "User" else GROUPS), "apiGroup": GROUP}


def objects(random: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """(path, object): roles of both kinds, and bindings, some of which lead nowhere."""
    made: list[tuple[str, dict[str, Any]]] = []
    for index in range(ROLES):
        home = random.choice(SPACES)
        wide = random.random() < 0.4
        at = RBAC if wide else f"{RBAC}/namespaces/{home}"
        name = f"random-{index}"
        rules = [rule(random, urls=wide) for _ in range(random.randint(1, 3))]
        made.append(
            (f"{at}/{'clusterroles' if wide else 'roles'}", {"metadata": {"name": name}, "rules": rules})
        )
        for number in range(random.randint(0, 2)):
            everywhere = wide and random.random() < 0.3
            text = name if random.random() < 0.9 else "nowhere"
            reference = {"kind": "ClusterRole" if wide else "Role", "name": text, "apiGroup": GROUP}
            where = RBAC if everywhere else f"{RBAC}/namespaces/{random.choice(SPACES) if wide else home}"
            body = {
                "metadata": {"name": f"{name}-{number}"},
                "roleRef": reference,
                "subjects": [subject(random, anywhere=everywhere) for _ in range(random.randint(1, 3))],
            }
            made.append((f"{where}/{'clusterrolebindings' if everywhere else 'rolebindings'}", body))
    return made


ASKING = (*USERS, *(f"system:serviceaccount:{space}:{account}" for space in SPACES for account in ACCOUNTS))
ASKED = ("pods", "pods/log", "deployments", "deployments/scale", "jobs", "nodes")
PATHS = ("/healthz", "/healthz/ping", "/metrics", "/api/v1", "/x/y", "/y")


def question(random: random.Random) -> dict[str, Any]:
    who: dict[str, Any] = {"user": random.choice(ASKING)}
    if random.random() < 0.4:
        who["groups"] = some(random, GROUPS)
    if random.random() < 0.15:
        path = {"path": random.choice(PATHS), "verb": random.choice(VERBS[:-1])}
        return {**who, "nonResourceAttributes": path}
    resource, _, subresource = random.choice(ASKED).partition("/")
    asked = {
        "verb": random.choice(VERBS),
        "group": random.choice(API_GROUPS),
        "resource": resource,
        "subresource": subresource,
        "namespace": random.choice((*SPACES, "")),
        "name": random.choice((*NAMES, "")),
    }
    return {**who, "resourceAttributes": {key: value for key, value in asked.items() if value}}


class Side:
    """One API server."""

    def __init__(self, http: aiohttp.ClientSession, server: str) -> None:
        self._http, self._server = http, server

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._http.request(method, self._server + path, json=body, headers=named) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def sides(real: Path, practice: Path) -> AsyncIterator[list[Side]]:
    found, sessions = [], []
    for path in (real, practice):
        config = yaml.safe_load(path.read_text())
        headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
        http = aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=False))
        sessions.append(http)
        found.append(Side(http, config["clusters"][0]["cluster"]["server"]))
    yield found
    for http in sessions:
        await http.close()


REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
LAST = "random-marker"
"""Of a role and its binding: once they count, all that was made before them does."""


async def may(side: Side, spec: dict[str, Any]) -> bool:
    _, answer = await side.ask("POST", REVIEWS, {"spec": spec})
    return bool(answer["status"]["allowed"])


async def filled(side: Side, made: list[tuple[str, dict[str, Any]]]) -> None:
    for name in SPACES:
        await side.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    rules = [{"apiGroups": [""], "resources": ["markers"], "verbs": ["get"]}]
    reference = {"kind": "ClusterRole", "name": LAST, "apiGroup": GROUP}
    subjects = [{"kind": "User", "name": "marker", "apiGroup": GROUP}]
    last = [
        (f"{RBAC}/clusterroles", {"metadata": {"name": LAST}, "rules": rules}),
        (
            f"{RBAC}/clusterrolebindings",
            {"metadata": {"name": LAST}, "roleRef": reference, "subjects": subjects},
        ),
    ]
    for path, body in [*made, *last]:
        code, answer = await side.ask("POST", path, body)
        assert code in (201, 409), answer
    async with asyncio.timeout(20):  # a real one decides by what it has heard so far
        while not await may(
            side, {"user": "marker", "resourceAttributes": {"verb": "get", "resource": "markers"}}
        ):
            await asyncio.sleep(0.05)


def sorted_roles(message: str) -> str:
    """The roles that are missing in an order of their own: a real server tells them in any."""
    return re.sub(r"\[(\w+\.rbac[^]]+)\]", lambda found: str(sorted(found[1].split(", "))), message)


async def cleared(side: Side, made: list[tuple[str, dict[str, Any]]]) -> None:
    for kind in ("clusterroles", "clusterrolebindings"):
        for name in [
            *(body["metadata"]["name"] for path, body in made if path.endswith(kind)),
            "random-marker",
        ]:
            await side.ask("DELETE", f"{RBAC}/{kind}/{name}")
    for name in SPACES:
        await side.ask("DELETE", f"/api/v1/namespaces/{name}")


async def test_random_questions_and_grants(sides: list[Side]) -> None:
    chance = random.Random(SEED)
    made = objects(chance)
    try:
        for side in sides:
            await filled(side, made)
        differ, allowed = [], 0
        for _ in range(QUESTIONS):
            asked = question(chance)
            answers = [await may(side, asked) for side in sides]
            allowed += answers[0]
            if answers[0] != answers[1]:
                differ.append((asked, answers))
        for index in range(GRANTS):
            home, user = chance.choice(SPACES), chance.choice(USERS)
            body = {
                "metadata": {"name": f"grant-{index}"},
                "rules": [rule(chance, urls=False) for _ in range(2)],
            }
            path = f"{RBAC}/namespaces/{home}/roles?dryRun=All"
            headers = {"Impersonate_User": user, "Impersonate_Group": chance.choice(GROUPS)}
            answers = [await side.ask("POST", path, body, **headers) for side in sides]
            text = [(code, sorted_roles(answer.get("message", ""))) for code, answer in answers]
            allowed += text[0][0] == 201
            if text[0] != text[1]:
                differ.append((body, text))
        assert not differ, "\n\n".join(f"{a}\n{b[0]}\n{b[1]}" for a, b in differ[:5])
        assert allowed > 50, "the questions are too hard to tell anything"
    finally:
        for side in sides:
            await cleared(side, made)
