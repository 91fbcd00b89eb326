"""What a permission allows, said to a learner: `create namespaces`, in the reader's language."""

from __future__ import annotations

from checks.phrase import Phrase, phrase

_RESOURCES = {
    "configmaps": ("", phrase("configmaps")),
    "events": ("", phrase("events")),
    "namespaces": ("", phrase("namespaces")),
    "nodes": ("", phrase("nodes")),
    "persistentvolumeclaims": ("", phrase("persistentvolumeclaims")),
    "persistentvolumes": ("", phrase("persistentvolumes")),
    "pods": ("", phrase("pods")),
    "secrets": ("", phrase("secrets")),
    "serviceaccounts": ("", phrase("serviceaccounts")),
    "services": ("", phrase("services")),
    "daemonsets": ("apps", phrase("daemonsets")),
    "deployments": ("apps", phrase("deployments")),
    "replicasets": ("apps", phrase("replicasets")),
    "statefulsets": ("apps", phrase("statefulsets")),
    "cronjobs": ("batch", phrase("cronjobs")),
    "jobs": ("batch", phrase("jobs")),
    "ingresses": ("networking.k8s.io", phrase("ingresses")),
    "networkpolicies": ("networking.k8s.io", phrase("networkpolicies")),
    "clusterrolebindings": ("rbac.authorization.k8s.io", phrase("clusterrolebindings")),
    "clusterroles": ("rbac.authorization.k8s.io", phrase("clusterroles")),
    "rolebindings": ("rbac.authorization.k8s.io", phrase("rolebindings")),
    "roles": ("rbac.authorization.k8s.io", phrase("roles")),
    "customresourcedefinitions": ("apiextensions.k8s.io", phrase("customresourcedefinitions")),
    "mutatingwebhookconfigurations": (
        "admissionregistration.k8s.io",
        phrase("mutatingwebhookconfigurations"),
    ),
    "validatingwebhookconfigurations": (
        "admissionregistration.k8s.io",
        phrase("validatingwebhookconfigurations"),
    ),
    "storageclasses": ("storage.k8s.io", phrase("storageclasses")),
}
"""Resources that have a name of their own in the reader's language, with their API groups."""


def resource_name(resource: str) -> Phrase | str:
    """`deployments` for deployments.apps; a resource that is not Kubernetes' own keeps its group."""
    plural, _, group = resource.partition(".")
    own_group, name = _RESOURCES.get(plural, ("", None))
    return name if name is not None and group in ("", own_group) else resource


def task(verb: str, what: Phrase | str) -> Phrase:
    """`create namespaces`: what somebody with the permission may do."""
    match verb:
        case "get":
            return phrase("get {what}", what=what)
        case "list":
            return phrase("list {what}", what=what)
        case "watch":
            return phrase("watch {what}", what=what)
        case "create":
            return phrase("create {what}", what=what)
        case "update":
            return phrase("update {what}", what=what)
        case "patch":
            return phrase("patch {what}", what=what)
        case "delete":
            return phrase("delete {what}", what=what)
    return phrase("{verb} {what}", verb=verb, what=what)
