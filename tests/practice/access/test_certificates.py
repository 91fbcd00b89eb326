"""CertificateSigningRequests to the end: asked for, approved, signed, and used to reach the cluster."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from runner.practice.authentication import certificate_requests
from runner.practice.authentication.authority import Authority

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
MAPS = "/api/v1/namespaces/default/configmaps"


def approval(request: Any, kind: str = "Approved") -> Any:
    condition = {"type": kind, "status": "True", "reason": "Test", "message": "by a test"}
    return {**request, "status": {"conditions": [condition]}}


async def issued(people: Any, name: str) -> Any:
    """The request once a signer has looked at it."""
    end = time.monotonic() + 20
    while True:
        _, found = await people.admin("GET", f"{REQUESTS}/{name}")
        types = [condition["type"] for condition in found["status"].get("conditions", ())]
        if found["status"].get("certificate") or "Failed" in types:
            return found
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def approved(people: Any, name: str, subject: list[tuple[str, str]], **spec: Any) -> tuple[Any, bytes]:
    content, key = people.request(subject)
    made = await people.made(REQUESTS, people.signing_request(name, content, **spec))
    code, answer = await people.admin("PUT", f"{REQUESTS}/{name}/approval", approval(made))
    assert code == 200, answer
    return await issued(people, name), key


async def test_a_user_made_by_a_certificate(people):
    found, key = await approved(people, "ann", [("CN", "ann"), ("O", "dev"), ("O", "ops")])
    assert found["spec"]["username"] == "practice-admin"
    assert found["spec"]["groups"] == ["system:masters", "system:authenticated"]
    certificate = base64.b64decode(found["status"]["certificate"])
    context = people.with_certificate(certificate, key)
    code, status = await people.ask("GET", MAPS, context=context)
    assert (code, status["message"].split(": ")[1][:10]) == (403, 'User "ann"')
    review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    _, who = await people.ask("POST", review, {}, context=context)
    message = who["status"]["userInfo"]
    assert (message["username"], message["groups"]) == ("ann", ["dev", "ops", "system:authenticated"])
    await people.bound("view", kind="Group", name="dev")
    assert (await people.ask("GET", MAPS, context=context))[0] == 200
    made = x509.load_pem_x509_certificate(certificate)
    made.verify_directly_issued_by(
        x509.load_pem_x509_certificate(people.cluster.authority.certificate.encode())
    )
    lasts = made.not_valid_after_utc - made.not_valid_before_utc
    assert lasts == timedelta(days=365)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]


async def test_only_approval_approves(people):
    content, _ = people.request([("CN", "ann")])
    request = people.signing_request("ann", content)
    request["spec"] |= {"username": "root", "groups": ["system:masters"], "uid": "1"}
    request = approval(request)
    code, made = await people.acting("bob", "POST", REQUESTS, request)
    assert code == 403
    made = await people.made(REQUESTS, request)
    assert "conditions" not in made["status"]
    assert (made["spec"]["username"], "uid" in made["spec"]) == ("practice-admin", False)
    code, same = await people.admin("PUT", f"{REQUESTS}/ann", approval(made))
    assert (code, same["status"]) == (200, {})
    code, status = await people.admin("PUT", f"{REQUESTS}/ann/status", approval(made))
    assert (code, status["message"]) == (
        422,
        'CertificateSigningRequest.certificates.k8s.io "ann" is invalid: status.conditions: Forbidden: updates may not'
        ' add a condition of type "Approved"',
    )
    code, denied = await people.admin("PUT", f"{REQUESTS}/ann/approval", approval(made, "Denied"))
    assert (code, denied["status"]["conditions"][0]["lastTransitionTime"] != "") == (200, True)
    code, status = await people.admin("PUT", f"{REQUESTS}/ann/approval", approval(denied))
    assert (code, "updates may not remove a condition of type" in status["message"]) == (422, True)


async def test_who_approves_needs_the_right_for_the_signer(people):
    rules = [
        {
            "apiGroups": ["certificates.k8s.io"],
            "resources": ["certificatesigningrequests", "certificatesigningrequests/approval"],
            "verbs": ["get", "create", "update"],
        }
    ]
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    await people.made(path, {"metadata": {"name": "approver"}, "rules": rules})
    bound = {
        "metadata": {"name": "approver"},
        "roleRef": {"kind": "ClusterRole", "name": "approver"},
        "subjects": [{"kind": "User", "name": "ann"}],
    }
    await people.made("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", bound)
    content, _ = people.request([("CN", "x")])
    code, made = await people.acting("ann", "POST", REQUESTS, people.signing_request("x", content))
    assert (code, made["spec"]["username"]) == (201, "ann")
    code, status = await people.acting("ann", "PUT", f"{REQUESTS}/x/approval", approval(made))
    assert (code, status["message"]) == (
        403,
        'certificatesigningrequests.certificates.k8s.io "x" is forbidden: user not permitted to approve requests with'
        ' signerName "kubernetes.io/kube-apiserver-client"',
    )
    rule = {"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "verbs": ["approve"]}
    rule["resourceNames"] = ["kubernetes.io/*"]
    await people.admin("PUT", f"{path}/approver", {"metadata": {"name": "approver"}, "rules": [*rules, rule]})
    assert (await people.acting("ann", "PUT", f"{REQUESTS}/x/approval", approval(made)))[0] == 200


async def test_nobody_gets_system_masters_by_a_certificate(people):
    content, _ = people.request([("CN", "boss"), ("O", "system:masters")])
    code, status = await people.admin("POST", REQUESTS, people.signing_request("boss", content))
    assert (code, status["message"]) == (
        403,
        'certificatesigningrequests.certificates.k8s.io "boss" is forbidden: use of kubernetes.io/kube-apiserver-client'
        " signer with system:masters group is not allowed",
    )


KUBELET = [("CN", "system:node:one"), ("O", "system:nodes")]


@pytest.mark.parametrize(
    ("signer", "subject", "usages", "words"),
    [
        ("kube-apiserver-client", [("CN", "a")], ["server auth"], "invalid usage for client certificate: server auth"),
        (
            "kube-apiserver-client",
            [("CN", "a")],
            ["digital signature"],
            "missing required usage for client certificate: client auth",
        ),
        ("kubelet-serving", KUBELET, ["server auth"], "DNS or IP subjectAltName is required"),
        ("kube-apiserver-client-kubelet", [("CN", "a")], ["client auth"], "subject organization is not system:nodes"),
        (
            "kube-apiserver-client-kubelet",
            KUBELET,
            ["client auth"],
            "usages did not match [client auth digital signature key encipherment]",
        ),
    ],
)  # fmt: skip
async def test_what_a_signer_does_not_take(people, signer, subject, usages, words):
    found, _ = await approved(people, "x", subject, usages=usages, signerName=f"kubernetes.io/{signer}")
    (failed,) = (one for one in found["status"]["conditions"] if one["type"] == "Failed")
    assert (failed["reason"], failed["message"]) == ("SignerValidationFailure", words)
    assert "certificate" not in found["status"]


async def test_a_kubelet_s_request_is_approved_by_itself(people):
    content, _ = people.request(KUBELET)
    usages = ["digital signature", "client auth"]
    spec = {"usages": usages, "signerName": "kubernetes.io/kube-apiserver-client-kubelet"}
    await people.made(REQUESTS, people.signing_request("node", content, **spec))
    found = await issued(people, "node")
    assert [one["reason"] for one in found["status"]["conditions"]] == ["AutoApproved"]


async def test_a_server_s_certificate_keeps_its_names(people):
    _, key = people.request([("CN", "x")])
    names = x509.SubjectAlternativeName([x509.DNSName("one"), x509.DNSName("one.example")])
    message = (
        (x509.NameOID.ORGANIZATION_NAME, "system:nodes"),
        (x509.NameOID.COMMON_NAME, "system:node:one"),
    )
    subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in message])
    builder = (
        x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, critical=False)
    )
    content = builder.sign(load_pem_private_key(key, None), SHA256()).public_bytes(Encoding.PEM)
    usages = ["digital signature", "key encipherment", "server auth"]
    spec = {"usages": usages, "signerName": "kubernetes.io/kubelet-serving"}
    made = await people.made(REQUESTS, people.signing_request("one", content, **spec))
    await people.admin("PUT", f"{REQUESTS}/one/approval", approval(made))
    certificate = base64.b64decode((await issued(people, "one"))["status"]["certificate"])
    found = x509.load_pem_x509_certificate(certificate).extensions
    assert found.get_extension_for_class(x509.SubjectAlternativeName).value == names
    assert found.get_extension_for_class(x509.KeyUsage).value.key_encipherment
    assert not found.get_extension_for_class(x509.BasicConstraints).value.ca


async def test_how_long_a_certificate_lasts(people):
    authority = people.cluster.authority
    request = certificate_requests.read(people.request([("CN", "a")])[0])
    year = timedelta(days=365)
    for seconds, lasts in (
        (None, year),
        (3600, timedelta(hours=1)),
        (1, timedelta(minutes=10)),
        (10**9, year),
    ):
        made = certificate_requests.sign(request, authority, ["client auth"], seconds)
        end = x509.load_pem_x509_certificate(made).not_valid_after_utc
        assert abs(end - datetime.now(UTC) - lasts) < timedelta(minutes=6)


async def test_a_certificate_that_is_over_is_answered(people):
    content, key = people.request([("CN", "ann")])
    request = certificate_requests.read(content)
    authority = people.cluster.authority
    made = certificate_requests.sign(request, authority, ["client auth"], 600)
    old = x509.load_pem_x509_certificate(made)
    over = (
        x509.CertificateBuilder(
            old.issuer, old.subject, old.public_key(), 1, datetime(2020, 1, 1), datetime(2021, 1, 1)
        )
        .sign(authority.key, old.signature_hash_algorithm)
        .public_bytes(Encoding.PEM)
    )
    assert (await people.ask("GET", MAPS, context=people.with_certificate(over, key)))[0] == 401


async def test_a_certificate_of_another_authority_is_not_taken(people, tmp_path):
    (tmp_path / "other").mkdir()
    other = Authority.of(tmp_path / "other")
    content, key = people.request([("CN", "root"), ("O", "system:masters")])
    made = certificate_requests.sign(certificate_requests.read(content), other, ["client auth"], None)
    with pytest.raises((aiohttp.ClientError, ssl.SSLError, OSError)):
        await people.ask("GET", MAPS, context=people.with_certificate(made, key))


async def test_wrong_requests(people):
    content, _ = people.request([("CN", "ann")])
    for spec, words in (
        ({"usages": []}, "spec.usages: Required value: usages must be provided"),
        ({"usages": ["x"]}, 'spec.usages[0]: Unsupported value: "x"'),
        ({"usages": ["any", "any"]}, 'spec.usages[1]: Duplicate value: "any"'),
        ({"signerName": "kubernetes.io/legacy-unknown"}, "the legacy signerName is not allowed via this API version"),
        ({"signerName": "nonsense"}, "must be a fully qualified domain and path of the form"),
        ({"signerName": "nonsense/x"}, "should be a domain with at least two segments separated by dots"),
        ({"expirationSeconds": 599}, "may not specify a duration less than 600 seconds (10 minutes)"),
        ({"request": base64.b64encode(b"nonsense").decode()}, "PEM block type must be CERTIFICATE REQUEST"),
    ):  # fmt: skip
        code, status = await people.admin("POST", REQUESTS, people.signing_request("ann", content, **spec))
        assert (code, words in status["message"]) == (422, True), status["message"]
