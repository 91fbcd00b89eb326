"""What every namespace holds from its first moment: the default account, the cluster's certificate."""

from __future__ import annotations

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.machinery.store import Key, Object

ROOT_CA = "kube-root-ca.crt"
ROOT_CA_SINCE, DESCRIPTION_SINCE = 20, 21
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "
    "the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
    "Kubernetes clusters."
)


def create_namespace_content(cluster: ClusterContext, namespace: str) -> None:
    """Create what is not there yet, and fix the certificate."""
    if cluster.store.get(Key("serviceaccounts", namespace, "default")) is None:
        cluster.create("serviceaccounts", {"metadata": {"name": "default", "namespace": namespace}})
    if cluster.minor < ROOT_CA_SINCE:
        return
    wanted, key = _certificate(cluster, namespace), Key("configmaps", namespace, ROOT_CA)
    found = cluster.store.get(key)
    if found is None:
        cluster.create("configmaps", wanted)
    elif found.get("data") != wanted["data"]:
        cluster.change(key, lambda obj: {**obj, "data": wanted["data"]})


def _certificate(cluster: ClusterContext, namespace: str) -> Object:
    meta: Object = {"name": ROOT_CA, "namespace": namespace}
    if cluster.minor >= DESCRIPTION_SINCE:
        meta["annotations"] = {"kubernetes.io/description": DESCRIPTION}
    return {"metadata": meta, "data": {"ca.crt": cluster.settings.ca_certificate}}
