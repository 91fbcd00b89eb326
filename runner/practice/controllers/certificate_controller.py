"""Signs approved CertificateSigningRequests, and approves those of kubelets for themselves."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from runner.practice.authentication import certificate_requests
from runner.practice.authentication.certificate_requests import KUBELET_CLIENT, SIGNERS, NotForSigner
from runner.practice.authentication.request_rules import USAGES
from runner.practice.authentication.signing_requests import GROUP, RESOURCE
from runner.practice.authorization.rbac import Authorizer
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import Controller, WorkQueue, enter
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.store import Change, Key, Object, timestamp
from runner.practice.machinery.users import User

KINDS = (("selfnodeclient", "self kubelet client"), ("nodeclient", "kubelet client"))
"""The subresource that allows a kubelet's request, and what it is called in the condition."""


@enter
class Certificates(Controller):
    """The signers of kubernetes.io. Another signer's requests are approved, and wait for it."""

    account = "certificate-controller"
    watches = frozenset({RESOURCE})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        super().__init__(cluster, queue)
        self._authorizer = Authorizer(self.store)

    def keys(self, change: Change) -> Iterable[Key]:
        return [change.key] if change.type != "DELETED" else ()

    def reconcile(self, key: Key) -> None:
        found = self.store.get(key)
        if found is None or found["spec"].get("signerName") not in SIGNERS:
            return
        status = found.get("status") or {}
        types = {condition["type"] for condition in status.get("conditions") or ()}
        if status.get("certificate") or types & {"Denied", "Failed"}:
            return
        if "Approved" in types:
            self._sign(key, found)
        else:
            self._approve(key, found)

    def _sign(self, key: Key, found: Object) -> None:
        authority, spec = self.cluster.settings.authority, found["spec"]
        if authority is None:
            return
        usages, signer = spec.get("usages") or [], spec["signerName"]
        if set(usages) - set(USAGES):
            return  # of a v1beta1 request; no certificate can say so, and the real signers tell it in their log only
        request = certificate_requests.read(base64.b64decode(spec["request"]))
        try:
            certificate_requests.check_for_signer(request, signer, usages, self.cluster.minor)
        except NotForSigner as error:
            self._add(key, "Failed", "SignerValidationFailure", str(error))
            return
        made = certificate_requests.sign(request, authority, usages, spec.get("expirationSeconds"))

        def issued(obj: Object) -> Object:
            certificate = base64.b64encode(made).decode()
            return {**obj, "status": {**(obj.get("status") or {}), "certificate": certificate}}

        self.cluster.change(key, issued, status=True)

    def _approve(self, key: Key, found: Object) -> None:
        """A kubelet's own client certificate, where the one who asks may have it without a person's word."""
        spec = found["spec"]
        if spec["signerName"] != KUBELET_CLIENT:
            return
        request = certificate_requests.read(base64.b64decode(spec["request"]))
        try:
            usages = spec.get("usages") or []
            certificate_requests.check_for_signer(request, KUBELET_CLIENT, usages, self.cluster.minor)
        except NotForSigner:
            return
        user = User(spec.get("username", ""), groups=tuple(spec.get("groups") or ()))
        for subresource, called in KINDS:
            if subresource == "selfnodeclient" and certificate_requests.subject_of(request)[0] != user.name:
                continue
            asked = Attributes("create", GROUP, "certificatesigningrequests", subresource)
            if self._authorizer.decide(user, asked).allowed:
                text = f"Auto approving {called} certificate after SubjectAccessReview."
                self._add(key, "Approved", "AutoApproved", text)
                return

    def _add(self, key: Key, kind: str, reason: str, message: str) -> None:
        def text(obj: Object) -> Object:
            status, now = obj.get("status") or {}, timestamp()
            condition = {
                "lastTransitionTime": now,
                "lastUpdateTime": now,
                "message": message,
                "reason": reason,
                "status": "True",
                "type": kind,
            }
            return {**obj, "status": {**status, "conditions": [*(status.get("conditions") or ()), condition]}}

        self.cluster.change(key, text, status=True)
