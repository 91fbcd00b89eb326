"""A practice cluster, and the people who reach it: by a token, by a certificate, as somebody else."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runner.practice.cluster import PracticeCluster

RBAC = "/apis/rbac.authorization.k8s.io/v1"


@dataclass
class People:
    """Asks the API of one cluster in the name of others."""

    cluster: PracticeCluster
    folder: Path

    async def ask(
        self, method: str, path: str, body: Any = None, *, context: Any = False, **headers: str
    ) -> tuple[int, Any]:
        """(code, answer) of a request with exactly these headers (`_` for `-`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connector = aiohttp.TCPConnector(ssl=context)
        async with (
            aiohttp.ClientSession(self.cluster.server, connector=connector) as http,
            http.request(method, path, json=body, headers=named) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text

    async def admin(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return await self.ask(method, path, body, Authorization=f"Bearer {self.cluster.token}", **headers)

    async def acting(
        self, user: str, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        return await self.admin(method, path, body, Impersonate_User=user, **headers)

    async def made(self, path: str, obj: Any) -> Any:
        code, answer = await self.admin("POST", path, obj)
        assert code == 201, answer
        return answer

    async def bound(self, role: str, **subject: str) -> None:
        """Bind a ClusterRole in the namespace default."""
        reference = {"kind": "ClusterRole", "name": role, "apiGroup": "rbac.authorization.k8s.io"}
        meta = {"generateName": f"{role}-"}
        body = {"metadata": meta, "roleRef": reference, "subjects": [subject]}
        await self.made(f"{RBAC}/namespaces/default/rolebindings", body)

    def request(self, subject: list[tuple[str, str]]) -> tuple[bytes, bytes]:
        """(PKCS#10 request, key), PEM."""
        kinds = {"CN": x509.NameOID.COMMON_NAME, "O": x509.NameOID.ORGANIZATION_NAME}
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.Name([x509.NameAttribute(kinds[kind], value) for kind, value in subject])
        made = x509.CertificateSigningRequestBuilder().subject_name(names).sign(key, hashes.SHA256())
        form = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(*form)

    def signing_request(self, name: str, content: bytes, **spec: Any) -> dict[str, Any]:
        """A CertificateSigningRequest of a client, unless `spec` says otherwise."""
        message = {"signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"], **spec}
        return {
            "metadata": {"name": name},
            "spec": {"request": base64.b64encode(content).decode(), **message},
        }

    def with_certificate(self, certificate: bytes, key: bytes) -> ssl.SSLContext:
        """A TLS context that shows the certificate, and trusts only the cluster's authority."""
        path = self.folder / "client.pem"
        path.write_bytes(certificate + key)
        context = ssl.create_default_context(cadata=self.cluster.authority.certificate)
        context.load_cert_chain(path)
        return context


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with PracticeCluster("people", speed=50) as cluster:
        yield People(cluster, tmp_path)
