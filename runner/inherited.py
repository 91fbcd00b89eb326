"""Environment variables that no program of a lab may inherit: they select another cluster or a start-up file."""

from __future__ import annotations

from collections.abc import Mapping

LEADING_ASTRAY = (
    "BASH_ENV",  # a file that every script begins with
    "ENV",
    # helm's own choice of a cluster, before KUBECONFIG (`helm help environment`)
    "HELM_KUBEAPISERVER",
    "HELM_KUBEASGROUPS",
    "HELM_KUBEASUSER",
    "HELM_KUBECAFILE",
    "HELM_KUBECONTEXT",
    "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
    "HELM_KUBETLS_SERVER_NAME",
    "HELM_KUBETOKEN",
    # Ansible's and Terraform's
    "K8S_AUTH_CONTEXT",
    "K8S_AUTH_HOST",
    "K8S_AUTH_KUBECONFIG",
    "KUBE_CONFIG_PATH",
    "KUBE_CONFIG_PATHS",
    "KUBE_CTX",
    "KUBE_HOST",
    "KUBERNETES_MASTER",  # old kubectl's
)
"""Unset in the lab's shell, at every prompt."""

_BASHS_OWN = frozenset(["SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT"])
"""With these a bash starts as another one: without its start-up file, for one."""


def proper(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without them, and without functions that another bash exported (one may be called kubectl)."""
    return {
        name: value
        for name, value in environment.items()
        if name not in LEADING_ASTRAY and name not in _BASHS_OWN and not name.startswith("BASH_FUNC_")
    }
