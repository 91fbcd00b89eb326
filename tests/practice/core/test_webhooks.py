"""Webhooks of the learner's own: called, kept to, and bounded."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runner.practice.machinery import webhook_calls
from runner.practice.machinery.webhook_requests import WebhookAnswer, WebhookCall

Object = dict[str, Any]
GROUP = "/apis/admissionregistration.k8s.io/v1"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]


class Hook:
    """A webhook that answers with `response`, and remembers what it was asked."""

    def __init__(self, port: int, authority: str) -> None:
        self.url, self.port, self.authority = f"https://127.0.0.1:{port}/hook", port, authority
        self.asked: list[Object] = []
        self.response: Callable[[Object], Any] = lambda _: {"allowed": True}
        self.wait = 0.0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        review = await request.json()
        self.asked.append(review["request"])
        await asyncio.sleep(self.wait)
        found = self.response(review["request"])
        if isinstance(found, web.Response):
            return found
        message = {"uid": review["request"]["uid"], **found}
        return web.json_response(
            {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": message}
        )


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook")])
    now = datetime.datetime.now(datetime.UTC)
    hosts = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("hook.default.svc")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "hook.crt", folder / "hook.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[Hook]:
    public, private = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    made: list[Hook] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        return await made[0].answer(request)

    app.router.add_post("/{path:.*}", answer)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    made.append(Hook(port, base64.b64encode(public.read_bytes()).decode()))
    yield made[0]
    await runner.cleanup()


async def configure(
    http: aiohttp.ClientSession,
    client: Object,
    kind: str = "Validating",
    name: str = "a.example.com",
    **more: Any,
) -> None:
    entry = {
        "name": name,
        "clientConfig": client,
        "rules": RULES,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        **more,
    }
    made = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{kind}WebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [entry],
    }
    async with http.post(f"{GROUP}/{kind.lower()}webhookconfigurations", json=made) as answer:
        assert answer.status == 201, await answer.text()


def client(hook: Hook) -> Object:
    return {"url": hook.url, "caBundle": hook.authority}


async def create(http: aiohttp.ClientSession, name: str = "c", query: str = "") -> tuple[int, Object, str]:
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}
    async with http.post(f"{CONFIG_MAPS}{query}", json=made) as answer:
        return answer.status, await answer.json(), answer.headers.get("Warning", "")


async def test_a_validating_webhook_refuses_and_warns(http: aiohttp.ClientSession, hook: Hook) -> None:
    await configure(http, client(hook))
    hook.response = lambda _: {"allowed": True, "warnings": ["careful"]}
    code, _, warning = await create(http)
    assert (code, warning) == (201, '299 - "careful"')
    (asked,) = hook.asked
    assert asked["operation"] == "CREATE" and asked["object"]["data"] == {"a": "b"}
    assert asked["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}
    assert asked["userInfo"]["username"] == "practice-admin" and asked["oldObject"] is None
    hook.response = lambda _: {"allowed": False, "status": {"message": "no", "code": 403}}
    code, message, _ = await create(http, "d")
    assert (code, message["message"]) == (403, 'admission webhook "a.example.com" denied the request: no')
    hook.response = lambda _: {"allowed": False}
    code, message, _ = await create(http, "d")
    assert (code, message["message"]) == (
        400,
        'admission webhook "a.example.com" denied the request without explanation',
    )


def patch(*operations: Object) -> Object:
    message = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": message}


async def test_a_mutating_webhook_patches(http: aiohttp.ClientSession, hook: Hook) -> None:
    await configure(http, client(hook), "Mutating")
    hook.response = lambda _: patch({"op": "add", "path": "/metadata/labels", "value": {"x": "y"}})
    code, made, _ = await create(http)
    assert (code, made["metadata"]["labels"]) == (201, {"x": "y"})


async def test_a_webhook_is_asked_again_where_others_changed_the_object(
    http: aiohttp.ClientSession, hook: Hook
) -> None:
    await configure(http, client(hook), "Mutating", "a.example.com", reinvocationPolicy="IfNeeded")
    await configure(http, client(hook), "Mutating", "b.example.com")

    def answer(asked: Object) -> Object:
        count = str(len(hook.asked))
        return patch({"op": "add", "path": f"/data/call{count}", "value": count})

    hook.response = answer
    _, made, _ = await create(http)
    assert made["data"] == {"a": "b", "call1": "1", "call2": "2", "call3": "3"}


async def test_pods_of_controllers_go_through_webhooks(http: aiohttp.ClientSession, hook: Hook) -> None:
    rules = [{**RULES[0], "resources": ["pods"]}]
    await configure(http, client(hook), "Mutating", rules=rules)
    side = {"name": "side", "image": "nginx"}
    hook.response = lambda _: patch({"op": "add", "path": "/spec/containers/-", "value": side})
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }
    spec = {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    kind = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    async with http.post(
        "/apis/apps/v1/namespaces/default/deployments", json={**kind, "spec": spec}
    ) as answer:
        assert answer.status == 201
    async with asyncio.timeout(20):
        while True:
            async with http.get("/api/v1/namespaces/default/pods") as answer:
                pods = (await answer.json())["items"]
            if len(pods) == 3:
                break
            await asyncio.sleep(0.02)
    assert all([c["name"] for c in pod["spec"]["containers"]] == ["c", "side"] for pod in pods)
    assert len(hook.asked) == 3 and all("name" not in asked for asked in hook.asked)
    assert hook.asked[0]["userInfo"]["username"] == "system:serviceaccount:kube-system:replicaset-controller"


FAILED = 'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: '


@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
async def test_nobody_listens(http: aiohttp.ClientSession, policy: str) -> None:
    where = {"url": "https://127.0.0.1:1/x"}
    await configure(http, where, failurePolicy=policy, timeoutSeconds=1)
    code, message, _ = await create(http)
    if policy == "Ignore":
        assert code == 201
        return
    assert code == 500
    assert message["message"] == (
        f'{FAILED}Post "https://127.0.0.1:1/x?timeout=1s": dial tcp 127.0.0.1:1: connect: connection refused'
    )


async def test_a_webhook_that_takes_too_long_holds_nobody_else_up(
    http: aiohttp.ClientSession, hook: Hook
) -> None:
    await configure(http, client(hook), timeoutSeconds=1)
    hook.wait = 30
    waiting = asyncio.create_task(create(http))
    while not hook.asked:
        await asyncio.sleep(0.01)
    async with http.get(CONFIG_MAPS) as answer:
        assert answer.status == 200 and not waiting.done()
    code, message, _ = await waiting
    assert code == 500
    assert message["message"] == f'{FAILED}Post "{hook.url}?timeout=1s": context deadline exceeded'


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (lambda _: web.json_response({}), "expected webhook response of admission.k8s.io/v1"),
        (lambda _: {"uid": "other", "allowed": True}, "expected response.uid="),
        (lambda _: web.Response(status=500, text="broken"), 'an error on the server ("broken")'),
        (
            lambda _: web.Response(status=302, headers={"Location": "https://127.0.0.1:1/"}),
            "redirection (302)",
        ),
        (lambda _: web.Response(body=b"x" * 4_000_000), "larger than"),
        (lambda _: web.Response(text="<html>"), "json parse error"),
    ],
)
async def test_answers_that_are_none(
    http: aiohttp.ClientSession, hook: Hook, response: Callable[[Object], Any], why: str
) -> None:
    await configure(http, client(hook))
    hook.response = response
    code, message, _ = await create(http)
    assert code == 500 and why in message["message"]


async def test_an_authority_that_is_not_the_configuration_s(http: aiohttp.ClientSession, hook: Hook) -> None:
    await configure(http, {"url": hook.url})
    code, message, _ = await create(http)
    assert code == 500 and message["message"].endswith("x509: certificate signed by unknown authority")
    assert not hook.asked


async def test_selectors_and_dry_run(http: aiohttp.ClientSession, hook: Hook) -> None:
    await configure(http, client(hook), namespaceSelector={"matchLabels": {"hooked": "yes"}})
    await configure(http, client(hook), name="b.example.com", objectSelector={"matchLabels": {"x": "y"}})
    assert (await create(http))[0] == 201 and not hook.asked
    label = {"metadata": {"labels": {"hooked": "yes"}}}
    merge = {"Content-Type": "application/merge-patch+json"}
    async with http.patch("/api/v1/namespaces/default", data=json.dumps(label), headers=merge) as answer:
        assert answer.status == 200
    assert (await create(http, "d", "?dryRun=All"))[0] == 201
    assert [asked["dryRun"] for asked in hook.asked] == [True]


async def test_services_behind_which_nobody_runs(http: aiohttp.ClientSession, hook: Hook) -> None:
    where = {"service": {"name": "hook", "namespace": "default", "path": "/x"}, "caBundle": hook.authority}
    await configure(http, where)
    _, message, _ = await create(http)
    post = 'Post "https://hook.default.svc:443/x?timeout=10s": '
    assert message["message"] == f'{FAILED}{post}service "hook" not found'
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"}}
    service["spec"] = {"selector": {"a": "b"}, "ports": [{"port": 443}]}
    async with http.post("/api/v1/namespaces/default/services", json=service) as answer:
        assert answer.status == 201
    _, message, _ = await create(http)
    assert message["message"].endswith(":443: connect: connection refused")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}}}
    pod["spec"] = {"containers": [{"name": "c", "image": "nginx"}]}
    async with http.post("/api/v1/namespaces/default/pods", json=pod) as answer:
        assert answer.status == 201
    async with asyncio.timeout(20):
        while (found := await create(http))[0] != 201:
            await asyncio.sleep(0.02)
    assert (
        'webhook \\"a.example.com\\" was not asked: the practice cluster does not know the program in its pods'
        in found[2]
    )


async def test_a_service_whose_endpoints_are_elsewhere(http: aiohttp.ClientSession, hook: Hook) -> None:
    where = {"service": {"name": "hook", "namespace": "default"}, "caBundle": hook.authority}
    await configure(http, where)
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"}}
    service["spec"] = {"ports": [{"port": 443}]}
    async with http.post("/api/v1/namespaces/default/services", json=service) as answer:
        assert answer.status == 201
    subsets = [{"addresses": [{"ip": "127.0.0.1"}], "ports": [{"port": hook.port}]}]
    endpoints = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "hook"}, "subsets": subsets}
    async with http.post("/api/v1/namespaces/default/endpoints", json=endpoints) as answer:
        if answer.status != 201:
            pytest.skip("endpoints may not be on the loopback device")
    assert (await create(http))[0] == 201
    assert len(hook.asked) == 1


async def test_two_tries_that_wait_for_one_answer_ask_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def post(call: WebhookCall) -> WebhookAnswer:
        asked.append(call.url)
        return WebhookAnswer()

    monkeypatch.setattr(webhook_calls, "post", post)
    answers = webhook_calls.WebhookAnswers()
    call = WebhookCall("https://hook", {"request": {"uid": "1"}}, 1)
    waiting = []
    for _ in range(2):
        with pytest.raises(webhook_calls.Unanswered) as error:
            answers.get(("a", "hook"), call)
        waiting.append(error.value)
    await waiting[0].fetch()
    assert answers.get(("a", "hook"), call).uid == "1"
    answers.forget(("a",))  # the write is made, and only now does the second try begin to wait
    await waiting[1].fetch()
    assert asked == ["https://hook"]


async def test_a_patch_of_the_volumes_keeps_the_token_s(http: aiohttp.ClientSession, hook: Hook) -> None:
    """Each try of a write names the token's volume anew; the webhook has seen the name of one of them."""
    await configure(http, client(hook), "Mutating", rules=[{**RULES[0], "resources": ["pods"]}])
    scratch = {"name": "scratch", "emptyDir": {}}

    def answer(asked: Object) -> Object:
        return patch(
            {"op": "add", "path": "/spec/volumes", "value": [scratch, *asked["object"]["spec"]["volumes"]]}
        )

    hook.response = answer
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    pod["spec"] = {"containers": [{"name": "c", "image": "nginx"}]}
    async with asyncio.timeout(20):
        while True:
            async with http.post("/api/v1/namespaces/default/pods", json=pod) as answered:
                made = await answered.json()
                if answered.status == 201:
                    break
                assert "serviceaccount" in made["message"], made  # the account is there a moment later
            await asyncio.sleep(0.02)
    names = [each["name"] for each in made["spec"]["volumes"]]
    (mount,) = made["spec"]["containers"][0]["volumeMounts"]
    assert names == ["scratch", mount["name"]]
