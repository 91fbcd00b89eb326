"""Names by which kubectl takes the types of objects that labs are about: short, singular, plural, kind."""

from __future__ import annotations

_TYPES = """
    po pod pods|svc service services|deploy deployment deployments|rs replicaset replicasets|ds daemonset daemonsets
    sts statefulset statefulsets|ns namespace namespaces|cm configmap configmaps|secret secrets
    sa serviceaccount serviceaccounts
    no node nodes|ing ingress ingresses|pvc persistentvolumeclaim persistentvolumeclaims|pv persistentvolume persistentvolumes
    ep endpoints|ev event events|job jobs|cj cronjob cronjobs|hpa horizontalpodautoscaler horizontalpodautoscalers
    quota resourcequota resourcequotas|limits limitrange limitranges|netpol networkpolicy networkpolicies|role roles
    rolebinding rolebindings|clusterrole clusterroles|clusterrolebinding clusterrolebindings|sc storageclass storageclasses
    pdb poddisruptionbudget poddisruptionbudgets|crd crds customresourcedefinition customresourcedefinitions
    vs virtualservice virtualservices|dr destinationrule destinationrules|gw gateway gateways|se serviceentry serviceentries
    pa peerauthentication peerauthentications|ap authorizationpolicy authorizationpolicies|sidecar sidecars
    ra requestauthentication requestauthentications|we workloadentry workloadentries|all
"""
PLURALS = {
    name: group.split()[-1] for line in _TYPES.splitlines() for group in line.split("|") for name in group.split()
}  # fmt: skip
"""Every name of a type, and its plural."""


def plural_of(name: str) -> str:
    """The plural of a type however it is named (`svc`, `Service`, `deployments.apps`); itself where it is not known."""
    bare = name.partition(".")[0].lower()
    return PLURALS.get(bare, bare)
