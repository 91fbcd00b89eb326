"""Tokens of ServiceAccounts: asked for, held by a Secret, used, and at their end."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from runner.practice.authentication import account_tokens
from runner.practice.authentication.account_tokens import AccountTokens, InvalidToken

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
MAPS = "/api/v1/namespaces/default/configmaps"
SECRETS = "/api/v1/namespaces/default/secrets"


async def token_of(people: Any, name: str, **spec: Any) -> str:
    made = await people.made(f"{ACCOUNTS}/{name}/token", {"spec": spec})
    return str(made["status"]["token"])


async def code_with(people: Any, token: str) -> int:
    return int((await people.ask("GET", MAPS, Authorization=f"Bearer {token}"))[0])


async def test_a_token_is_the_account_as_long_as_that_is_there(people):
    await people.made(ACCOUNTS, {"metadata": {"name": "robot"}})
    token = await token_of(people, "robot")
    assert await code_with(people, token) == 403
    await people.bound("view", kind="ServiceAccount", name="robot")
    assert await code_with(people, token) == 200
    review = {"spec": {"token": token}}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    status = (await people.made(path, review))["status"]
    assert status["user"]["username"] == "system:serviceaccount:default:robot"
    groups = ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]
    assert (status["authenticated"], status["user"]["groups"]) == (True, groups)
    await people.admin("DELETE", f"{ACCOUNTS}/robot")
    assert await code_with(people, token) == 401
    await people.made(ACCOUNTS, {"metadata": {"name": "robot"}})
    assert await code_with(people, token) == 401
    message = (await people.made(path, review))["status"]
    assert (message["user"], "Token has been invalidated" in message["error"]) == ({}, True)


async def test_tokens_that_are_none(people):
    token = await token_of(people, "default")
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["sub"] = "system:serviceaccount:kube-system:default"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for wrong in (
        f"{head}.{forged}.{signature}",
        f"{unsigned}.{body}.",
        f"{head}.{body}",
        "a.b.c",
        "..",
        "x",
    ):
        assert await code_with(people, wrong) == 401, wrong
    assert await code_with(people, await token_of(people, "default", audiences=["vault"])) == 401


async def test_a_token_ends_with_what_it_is_bound_to(people):
    await people.made(SECRETS, {"metadata": {"name": "bond"}})
    reference = {"kind": "Secret", "apiVersion": "v1", "name": "bond"}
    token = await token_of(people, "default", boundObjectRef=reference)
    assert await code_with(people, token) == 403
    await people.admin("DELETE", f"{SECRETS}/bond")
    assert await code_with(people, token) == 401


async def test_a_token_s_time(people, monkeypatch):
    code, status = await people.admin(
        "POST", f"{ACCOUNTS}/default/token", {"spec": {"expirationSeconds": 599}}
    )
    assert (code, "may not specify a duration less than 10 minutes" in status["message"]) == (422, True)
    token = await token_of(people, "default", expirationSeconds=600)
    assert await code_with(people, token) == 403
    now = time.time()
    monkeypatch.setattr(account_tokens.time, "time", lambda: now + 601)
    assert await code_with(people, token) == 401


async def test_a_secret_is_filled_with_a_token(people):
    annotations = {"kubernetes.io/service-account.name": "default"}
    secret = {
        "metadata": {"name": "held", "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    }
    await people.made(SECRETS, secret)
    end = time.monotonic() + 20
    while True:
        _, found = await people.admin("GET", f"{SECRETS}/held")
        if set(found.get("data", ())) == {"ca.crt", "namespace", "token"}:
            break
        assert time.monotonic() < end
    token = base64.b64decode(found["data"]["token"]).decode()
    assert base64.b64decode(found["data"]["ca.crt"]).decode() == people.cluster.authority.certificate
    assert await code_with(people, token) == 403
    await people.bound("view", kind="ServiceAccount", name="default")
    assert await code_with(people, token) == 200
    await people.admin("DELETE", f"{SECRETS}/held")
    assert await code_with(people, token) == 401


async def test_another_cluster_s_token_is_none(people, tmp_path):
    account = {"metadata": {"name": "default", "namespace": "default", "uid": "another"}}
    tokens = AccountTokens(people.cluster.store, people.cluster.authority, 32)
    token = tokens.issue(account, [account_tokens.ISSUER], 3600, None)
    with pytest.raises(InvalidToken):
        tokens.user(token)
