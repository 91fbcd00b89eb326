"""istiod (pilot-discovery): its ports, its webhooks, and what it writes into the cluster."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_catalogue import split
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.istiod.config_validation import validation_answer
from runner.practice.containers.istiod.injection_settings import version_of
from runner.practice.containers.istiod.injection_webhook import answered, injection_answer
from runner.practice.containers.istiod.istiod_authority import (
    SECRET,
    Authority,
    new_authority,
    server_certificate,
)
from runner.practice.containers.istiod.mounted_settings import MountedSettings
from runner.practice.containers.network_messages import Listener, Request, Response
from runner.practice.containers.server_program import text

Json = dict[str, Any]

HTTP_PORT, GRPC_PORT, SECURE_GRPC_PORT, MONITORING_PORT, WEBHOOK_PORT = 8080, 15010, 15012, 15014, 15017
LOOK_SECONDS, LOOKS_FOR_WEBHOOKS = 0.5, 6
"""It looks for new namespaces this often; every so many looks also for webhook configurations."""
RETRY_SECONDS = 1.0
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1"
WITHOUT_ROOT = {"kube-system", "kube-public", "kube-node-lease"}
ROOT_CONFIG_MAP = "istio-ca-root-cert"


class Istiod:
    """One istiod in a container."""

    def __init__(self, call: Invocation) -> None:
        self._call, self._pod = call, call.container.pod
        self._api = ApiClient(call)
        self._namespace = self._pod.config.namespace
        self._revision = call.env.get("REVISION", "default") or "default"
        self._tag = split(call.container.config.image)[1]
        self._settings = MountedSettings(call, self._api, self._revision, self._tag)
        self._authority: Authority | None = None
        self._ready = False
        self._distributed: tuple[str, ...] = ()
        """The namespaces that have the root certificate."""

    async def run(self) -> int:
        call = self._call
        await self._log("info", f"FLAG: --domain={_option(call, 'domain', 'cluster.local')}")
        await self._log("info", f"initializing Istiod version {self._tag}-practice-Clean")
        for port, listener in self._plain_listeners().items():
            self._pod.listen(call.container, port, listener)
        working = asyncio.ensure_future(self._work())
        try:
            await call.terminated.wait()
        finally:
            working.cancel()
            for port in (*self._plain_listeners(), WEBHOOK_PORT):
                self._pod.unlisten(port)
        return 0

    def _plain_listeners(self) -> Mapping[int, Listener]:
        name = "pilot-discovery"
        return {
            HTTP_PORT: Listener(http=self._http, program=name),
            MONITORING_PORT: Listener(http=self._http, program=name),
            GRPC_PORT: Listener(stream=_silent, program=name),
            SECURE_GRPC_PORT: Listener(stream=_silent, tls=True, program=name),
        }

    async def _http(self, request: Request) -> Response:
        match request.path:
            case "/ready":
                return text(200, "") if self._ready else text(503, "")
            case "/version":
                return text(200, f"{self._tag}-practice-Clean")
            case "/metrics":
                return text(
                    200, f'# TYPE istio_build gauge\nistio_build{{component="pilot",tag="{self._tag}"}} 1\n'
                )
        return text(404, "404 page not found\n")

    async def _webhook(self, request: Request) -> Response:
        if request.path.startswith("/inject"):
            return answered(request, lambda asked: injection_answer(asked, self._settings.current()))
        if request.path.startswith("/validate"):
            return answered(request, lambda asked: validation_answer(asked, version_of(self._tag)))
        return text(404, "404 page not found\n")

    async def _work(self) -> None:
        """Everything that needs the API; what fails is tried again."""
        while not self._ready:
            try:
                await self._begin()
            except ApiError as error:
                await self._log("error", f"failed to create discovery service: {error}")
                await asyncio.sleep(RETRY_SECONDS)
        looks = 0
        while True:
            try:
                await self._distribute_root()
                if looks % LOOKS_FOR_WEBHOOKS == 0:
                    await self._settings.refresh()
                    await self._patch_webhooks()
            except ApiError as error:
                await self._log("warn", f"failed to write what the mesh needs: {error}")
            looks += 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _begin(self) -> None:
        authority = self._authority = await self._kept_authority()
        names = [
            f"{name}.{self._namespace}.svc" for name in ("istiod", f"istiod-{self._revision}", "istio-pilot")
        ]
        certificate = server_certificate(authority, names)
        listener = Listener(http=self._webhook, tls=True, program="pilot-discovery", certificate=certificate,
                            authority=authority.certificate.decode())  # fmt: skip
        self._pod.listen(self._call.container, WEBHOOK_PORT, listener)
        await self._log("info", f"starting secure gRPC discovery service at [::]:{SECURE_GRPC_PORT}")
        await self._log("info", f"starting gRPC discovery service at [::]:{GRPC_PORT}")
        await self._log("info", f"starting webhook service at [::]:{WEBHOOK_PORT}")
        await self._log("info", f"starting HTTP service at [::]:{HTTP_PORT}")
        await self._settings.refresh()
        await self._patch_webhooks()
        await self._distribute_root()
        self._ready = True

    async def _kept_authority(self) -> Authority:
        place = f"/api/v1/namespaces/{self._namespace}/secrets"
        with contextlib.suppress(KeyError):
            try:
                found = Authority.of_secret((await self._api("GET", f"{place}/{SECRET}")).get("data") or {})
            except ApiError as error:
                if error.status != 404:
                    raise
            else:
                await self._log(
                    "info", "Load signing key and cert from existing secret istio-system:istio-ca-secret"
                )
                return found
        await self._log("info", "CASecret istio-ca-secret not found, will create one")
        made = new_authority()
        secret = {"apiVersion": "v1", "kind": "Secret", "type": "istio.io/ca-root", "data": made.secret_data}
        try:
            await self._api(
                "POST", place, {**secret, "metadata": {"name": SECRET, "namespace": self._namespace}}
            )
        except ApiError as error:
            if error.status != 409:
                raise
            return Authority.of_secret((await self._api("GET", f"{place}/{SECRET}"))["data"])
        return made

    async def _distribute_root(self) -> None:
        """A ConfigMap with the mesh's root certificate in each namespace: the sidecars mount it."""
        assert self._authority is not None
        wanted = tuple(sorted(set(self._pod.network.index.namespaces) - WITHOUT_ROOT))
        if wanted in ((), self._distributed):
            return
        query = f"fieldSelector=metadata.name%3D{ROOT_CONFIG_MAP}"
        found = await self._api("GET", f"/api/v1/configmaps?{query}")
        have = {each["metadata"]["namespace"] for each in found["items"]}
        for namespace in wanted:
            if namespace in have:
                continue
            made = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "data": {"root-cert.pem": self._authority.certificate.decode()},
            }
            labels = {"istio.io/config": "true"}
            with contextlib.suppress(ApiError):  # it is being deleted, or another made it
                await self._api(
                    "POST", f"/api/v1/namespaces/{namespace}/configmaps",
                    {**made, "metadata": {"name": ROOT_CONFIG_MAP, "namespace": namespace, "labels": labels}},
                )  # fmt: skip
        self._distributed = wanted

    async def _patch_webhooks(self) -> None:
        """Put the authority into the webhook configurations of this revision; validation fails closed from now on."""
        assert self._authority is not None
        bundle = base64.b64encode(self._authority.certificate).decode()
        for resource in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
            for configuration in (await self._api("GET", f"{WEBHOOKS}/{resource}"))["items"]:
                if self._is_ours(configuration) and _patched(
                    configuration, bundle, strict=resource[0] == "v"
                ):
                    name = configuration["metadata"]["name"]
                    await self._log(
                        "info", f"Successfully updated {resource[:-1]} {name} (failurePolicy=Fail)"
                    )
                    await self._api("PUT", f"{WEBHOOKS}/{resource}/{name}", configuration)

    def _is_ours(self, configuration: Json) -> bool:
        """Of this revision, or a tag's: those point to this istiod, too."""
        own = (f"istiod.{self._namespace}", f"istiod-{self._revision}.{self._namespace}")
        services = [
            (hook.get("clientConfig") or {}).get("service") or {}
            for hook in configuration.get("webhooks") or ()
        ]
        return any(f"{service.get('name')}.{service.get('namespace')}" in own for service in services)

    async def _log(self, level: str, message: str) -> None:
        now = time.time()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        await self._call.error(f"{moment}.{int(now % 1 * 1e6):06d}Z\t{level}\t{message}\n")


def _patched(configuration: Json, bundle: str, *, strict: bool) -> bool:
    """Whether something had to be changed."""
    before = json.dumps(configuration)
    for hook in configuration.get("webhooks") or ():
        hook["clientConfig"]["caBundle"] = bundle
        if strict:
            hook["failurePolicy"] = "Fail"
    return json.dumps(configuration) != before


def _option(call: Invocation, name: str, default: str) -> str:
    words = list(call.argv)
    if f"--{name}" in words[:-1]:
        return words[words.index(f"--{name}") + 1]
    return next((word.partition("=")[2] for word in words if word.startswith(f"--{name}=")), default)


async def _silent(source: Source, _sink: Sink) -> None:
    """The xDS ports: the configuration reaches the proxies another way here."""
    while await source.read() is not None:
        pass


async def pilot_discovery(call: Invocation) -> int:
    """/usr/local/bin/pilot-discovery discovery, request GET PATH, version."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    if words[:1] == ["discovery"]:
        return await Istiod(call).run()
    if words[:1] == ["request"] and len(words) > 2:
        asked = Request(words[1], f"/{words[2].lstrip('/')}", [("Host", "127.0.0.1")])
        answer = await call.container.pod.network.request(
            call.container.pod, "127.0.0.1", MONITORING_PORT, asked
        )
        await call.out(answer.body.decode(errors="replace"))
        return 0 if answer.status < 400 else 1
    if words[:1] == ["version"]:
        await call.out(f"{split(call.container.config.image)[1]}-practice-Clean\n")
        return 0
    await call.out("Istio Pilot provides mesh-wide traffic management in the Istio Service Mesh.\n")
    return 0
