"""CertificateSigningRequests: the server sets who asked, only /approval approves, only a signer signs.

From "Certificates and Certificate Signing Requests" of kubernetes.io; words as kube-apiserver has them.
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from runner.practice.authentication.certificate_requests import (
    LEGACY,
    default_signer,
    problem_of,
    system_masters,
)
from runner.practice.authentication.request_rules import check_conditions, check_signer, check_usages
from runner.practice.authorization.rbac import Authorizer
from runner.practice.machinery.errors import forbidden, invalid
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.store import timestamp
from runner.practice.machinery.users import User
from runner.practice.machinery.validation.problems import Problems, Raw

Object = dict[str, Any]

GROUP = "certificates.k8s.io"
RESOURCE = f"certificatesigningrequests.{GROUP}"
DECIDED = ("Approved", "Denied")
TERMINAL = ("Approved", "Denied", "Failed")
SHORTEST_SECONDS = 600
SECONDS_SINCE = 22
"""The minor whose requests say how long the certificate shall last."""
API_CLIENT = "kubernetes.io/kube-apiserver-client"


class Part(NamedTuple):
    """What of an object a request writes to, and in which version."""

    version: str
    subresource: str
    minor: int


def prepared(authorizer: Authorizer, user: User, part: Part, new: Object, old: Object | None) -> Object:
    """`new` with what the server says of it. Raises ApiError (422, 403)."""
    new = _asked_by(user, part, new) if old is None else _updated(part, new, old)
    problems = Problems(part.minor)
    _check(problems, part, new, old)
    if problems.causes:
        raise invalid("CertificateSigningRequest", new["metadata"]["name"], problems.causes, GROUP)
    _admit(authorizer, user, part, new, old)
    return new


def _asked_by(user: User, part: Part, new: Object) -> Object:
    spec = {key: value for key, value in (new.get("spec") or {}).items() if key not in ("uid", "extra")}
    if part.minor < SECONDS_SINCE:
        spec.pop("expirationSeconds", None)
    info = user.info()
    spec |= {"username": user.name, "groups": list(user.groups)}
    spec |= {key: info[key] for key in ("uid", "extra") if key in info}
    if part.version == "v1beta1":
        spec.setdefault("usages", ["digital signature", "key encipherment"])
        if not spec.get("signerName"):
            spec["signerName"] = default_signer(_content(spec), spec["usages"], part.minor)
    return {**new, "spec": spec, "status": {}}


def _updated(part: Part, new: Object, old: Object) -> Object:
    before, status = old.get("status") or {}, dict(new.get("status") or {})
    if part.subresource == "approval":
        status = {**before, "conditions": status.get("conditions") or []}
    elif part.subresource != "status":
        return {**new, "spec": old["spec"], "status": before}
    if status.get("conditions"):
        status["conditions"] = [_dated(part, one, before) for one in status["conditions"]]
    else:
        status.pop("conditions", None)
    return {**new, "spec": old["spec"], "status": status}


def _dated(part: Part, condition: Object, before: Object) -> Object:
    now, kind = timestamp(), condition.get("type")
    dated = {**condition, "lastUpdateTime": condition.get("lastUpdateTime") or now}
    if part.version == "v1beta1":
        dated.setdefault("status", "True")
    if not dated.get("lastTransitionTime"):
        kept = [one for one in before.get("conditions") or () if one.get("type") == kind]
        same: Object = next((one for one in kept if one.get("status") == dated.get("status")), {})
        dated["lastTransitionTime"] = same.get("lastTransitionTime") or now
    return dated


def _content(spec: Object) -> bytes:
    try:
        return base64.b64decode(spec.get("request") or "")
    except ValueError:
        return b""


def _check(problems: Problems, part: Part, new: Object, old: Object | None) -> None:
    spec, lenient = new["spec"], part.version == "v1beta1"
    content = _content(spec)
    why = problem_of(content)
    if why:
        message = ", ".join(f"{byte:#x}" for byte in content)
        problems.invalid("spec.request", Raw(f"[]byte{{{message}}}" if content else "[]byte(nil)"), why)
    check_usages(problems, spec.get("usages") or [], lenient=lenient or old is not None)
    legacy_before = old is not None and old["spec"].get("signerName") == LEGACY
    if spec.get("signerName") == LEGACY and not lenient and not legacy_before:
        words = "the legacy signerName is not allowed via this API version"
        problems.invalid("spec.signerName", LEGACY, words)
    else:
        check_signer(problems, spec.get("signerName") or "")
    seconds = spec.get("expirationSeconds")
    if isinstance(seconds, int) and seconds < SHORTEST_SECONDS:
        words = "may not specify a duration less than 600 seconds (10 minutes)"
        problems.invalid("spec.expirationSeconds", seconds, words)
    conditions = (new.get("status") or {}).get("conditions") or []
    check_conditions(problems, conditions, lenient=lenient)
    if old is not None:
        _check_change(problems, part, new, old)


def _check_change(problems: Problems, part: Part, new: Object, old: Object) -> None:
    for kind in TERMINAL:
        if len(_conditions(new, kind)) < len(_conditions(old, kind)):
            problems.forbidden("status.conditions", f'updates may not remove a condition of type "{kind}"')
    if part.subresource != "approval":
        for kind in DECIDED:
            if len(_conditions(new, kind)) > len(_conditions(old, kind)):
                problems.forbidden("status.conditions", f'updates may not add a condition of type "{kind}"')
    before, after = (str((obj.get("status") or {}).get("certificate") or "") for obj in (old, new))
    if before != after and before:
        problems.forbidden("status.certificate", "updates may not modify existing certificate content")


def _conditions(obj: Object, kind: str) -> list[Object]:
    return [one for one in (obj.get("status") or {}).get("conditions") or () if one.get("type") == kind]


def _admit(authorizer: Authorizer, user: User, part: Part, new: Object, old: Object | None) -> None:
    """The admission plugins CertificateSubjectRestriction, CertificateApproval and CertificateSigning."""
    name, signer = new["metadata"]["name"], new["spec"].get("signerName", "")
    if old is None:
        if signer == API_CLIENT and system_masters(_content(new["spec"])):
            raise forbidden(
                RESOURCE, name, f"use of {signer} signer with system:masters group is not allowed"
            )
        return
    if part.subresource == "approval":
        verb = "approve"
    elif part.subresource == "status" and new.get("status") != old.get("status"):
        verb = "sign"
    else:
        return
    domain = signer.partition("/")[0]
    allowed = any(
        authorizer.decide(user, Attributes(verb, GROUP, "signers", name=one)).allowed
        for one in (signer, f"{domain}/*")
    )
    if not allowed:
        why = f'user not permitted to {verb} requests with signerName "{signer}"'
        raise forbidden(RESOURCE, name, why)
