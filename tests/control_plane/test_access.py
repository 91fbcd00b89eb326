"""Who may do what: roles, bindings, impersonation, tokens, certificates, against a real API server."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROLES = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list, watch]}
- {apiGroups: [""], resources: [configmaps], resourceNames: [one], verbs: [get, update]}
- {apiGroups: [apps], resources: ["*"], verbs: ["*"]}
- {apiGroups: ["*"], resources: ["*/scale"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: User, name: ann}
- {kind: Group, name: readers}
- {kind: ServiceAccount, name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: gone}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nowhere}
subjects: [{kind: User, name: lost, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: gone-too}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: nowhere}
subjects: [{kind: User, name: lost, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: User, name: eve, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: User, name: adam, apiGroup: rbac.authorization.k8s.io}]
"""

WHO = ("ann", "bob --as-group=readers", "bob", "system:serviceaccount:{ns}:robot", "eve", "adam", "nobody",
       "system:anonymous", "root --as-group=system:masters")  # fmt: skip
WHAT = (
    "get pods", "list pods", "get pods/log", "create pods", "delete pods", "get configmaps", "get configmaps/one",
    "update configmap/one", "list secrets", "create deployments.apps", "get deployments.apps/scale", "get rc/scale",
    "create rolebindings", "get nodes", "list namespaces", "get /healthz", "get /metrics", "get /api",
    "create serviceaccounts/token", "impersonate serviceaccounts", "'*' '*'", "use podsecuritypolicies",
)  # fmt: skip


@pytest.mark.parametrize("who", WHO)
def test_can_i(both, who):
    both.apply(ROLES)
    for what in WHAT:
        both.run(f"auth can-i {what} --as={who}")
    both.run(f"auth can-i --list --as={who}")


COMMANDS = (
    "get pods", "get pods one", "get pods -A", "get pods -l a=b", "get cm", "get cm one", "get cm two", "get cm -w",
    "get secrets", "logs one", "exec one -- ls", "delete pod one", "delete cm --all", "create cm three", "get nodes",
    "get ns", "get ns {ns}", "create ns elsewhere-{ns}", "create deploy web --image=nginx", "scale deploy web --replicas=2",
    "delete deploy web", "get deploy.v1.apps/web", "label cm one a=b", "label cm one a-", "annotate cm two a=b",
    "get nonsense", "get --raw /metrics", "get --raw /healthz", "get --raw /api/v1/namespaces/{ns}/pods/one/log",
    "get --raw /apis/nowhere/v1/things", "create token robot", "get csr", "auth can-i get pods",
    "get all", "describe cm one", "patch cm one -p {}", "rollout status deploy/none", "run two --image=nginx", "top pod",
)  # fmt: skip


@pytest.mark.parametrize("who", WHO[:5])
def test_forbidden(both, who):
    both.apply(ROLES)
    for command in COMMANDS:
        if "token" in command and "1.20" in both.client:
            continue  # it has no such command
        both.run(f"{command} --as={who} --request-timeout=3s")


def test_who_has_no_role_because_it_is_missing_is_reported(both):
    both.apply(ROLES)
    both.run("get pods --as=lost")
    both.run("get nodes --as=lost")


def test_acting_as_somebody_needs_the_right(both):
    both.apply(ROLES)
    both.run(
        "create clusterrole imp-{ns} --verb=impersonate --resource=users,groups --resource-name=ann,readers"
    )
    both.run("create clusterrolebinding imp-{ns} --clusterrole=imp-{ns} --user=ivan")
    both.run("auth can-i impersonate users/ann --as=ivan")
    both.run("auth can-i impersonate users/eve --as=ivan")
    both.run("delete clusterrole,clusterrolebinding imp-{ns}")


GRANTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: more}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
- {apiGroups: [""], resources: [nodes, secrets], verbs: [get, "*"]}
- {apiGroups: [policy], resources: [podsecuritypolicies], resourceNames: [a, b], verbs: [use]}
"""
CLUSTER_GRANT = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "more-{ns}"}
rules: [{nonResourceURLs: [/metrics, "/x/*"], verbs: [get, post]}]
"""
SUM = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "sum-{ns}"}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part-of: "{ns}"}}]}
rules: []
"""
MAKER = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "maker-{ns}"}
rules:
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles, clusterrolebindings]
  verbs: [create, update, patch, get]
"""
PART = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "part-{ns}", labels: {part-of: "{ns}"}}
rules: [{apiGroups: [x], resources: [widgets], verbs: [get]}]
"""


def test_nobody_grants_what_they_do_not_hold(both):
    both.apply(ROLES)
    both.apply(GRANTS, "--as=adam")
    both.apply(GRANTS, "--as=adam", "--as-group=x", "--as-group=y")
    both.apply(GRANTS, "--as=eve")
    both.apply(GRANTS.replace('"*"', "list").replace("nodes, ", "").replace("policy", '""'), "--as=adam")
    both.run("create role fine --verb=get,list,delete --resource=pods,secrets,deployments.apps --as=adam")
    both.run("create rolebinding fine --role=fine --user=joe --as=adam")
    both.run("create rolebinding admin-too --clusterrole=admin --user=joe --as=adam")
    both.run("create rolebinding root --clusterrole=cluster-admin --user=joe --as=adam")
    both.run("create rolebinding none --clusterrole=nowhere --user=joe --as=adam")
    both.run("create rolebinding none --role=nowhere --user=joe --as=adam")
    both.run("create clusterrole all-{ns} --verb=* --resource=* --as=adam")
    both.run('patch role fine --type=json -p [{"op":"add","path":"/rules/0/verbs/-","value":"*"}] --as=adam')
    both.run("label role fine a=b --as=adam")
    both.run("get role,rolebinding -o wide")


def test_escalate_and_bind_allow_it(both):
    both.apply(MAKER)
    both.run("create clusterrolebinding maker-{ns} --clusterrole=maker-{ns} --user=max")
    both.apply(CLUSTER_GRANT, "--as=max")
    both.apply(SUM, "--as=max")
    both.run("create clusterrolebinding view-{ns} --clusterrole=view --user=joe --as=max")
    both.run("create clusterrole binder-{ns} --verb=bind --resource=clusterroles --resource-name=view")
    both.run("create clusterrolebinding binder-{ns} --clusterrole=binder-{ns} --user=max")
    both.run("create clusterrolebinding view-{ns} --clusterrole=view --user=joe --as=max")
    both.run("create clusterrolebinding edit-{ns} --clusterrole=edit --user=joe --as=max")
    both.run("create clusterrole escalator-{ns} --verb=escalate --resource=clusterroles")
    both.run("create clusterrolebinding escalator-{ns} --clusterrole=escalator-{ns} --user=max")
    both.apply(CLUSTER_GRANT, "--as=max")
    for kind, names in (
        ("clusterrolebinding", "maker view binder edit escalator"),
        ("clusterrole", "maker more binder escalator"),
    ):
        for name in names.split():
            both.quietly(f"delete {kind} {name}-{{ns}} --ignore-not-found")


def test_a_sum_of_roles_follows_its_parts(both):
    both.apply(SUM)
    both.apply(PART)
    both.until("get clusterrole sum-{ns} -o jsonpath={.rules}", "widgets")
    both.run("get clusterrole sum-{ns} -o jsonpath={.rules}")
    both.run("describe clusterrole sum-{ns}")
    both.run("delete clusterrole sum-{ns} part-{ns}")


def test_the_roles_of_the_server_itself(both):
    for kind in ("clusterroles", "clusterrolebindings"):
        both.run(f"get {kind} --chunk-size=10 -l kubernetes.io/bootstrapping=rbac-defaults -o name")
    both.run("get clusterrole view edit admin cluster-admin system:node -o yaml")
    both.run("describe clusterrole view")
    both.run("describe clusterrolebinding system:basic-user")
    for home in ("kube-system", "kube-public"):
        both.run(f"get role,rolebinding -n {home} -o yaml")


WRONG = (
    """\
kind: RoleBinding
metadata: {name: a}
roleRef: {kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: robot}]
""",
    """\
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: robot}]
""",
    """\
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: Role, name: view, apiGroup: rbac.authorization.k8s.io}
""",
    """\
kind: RoleBinding
metadata: {name: b}
roleRef: {kind: Rolle, name: a/b, apiGroup: x}
subjects:
- {kind: User}
- {kind: Robot, name: x}
- {kind: User, name: x, apiGroup: "y"}
- {kind: ServiceAccount, name: A_b, apiGroup: z}
""",
    """\
kind: RoleBinding
metadata: {name: b}
roleRef: {kind: Role, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: Group, name: "", apiGroup: rbac.authorization.k8s.io}]
""",
    """\
kind: Role
metadata: {name: b}
rules:
- {verbs: [get], nonResourceURLs: [/x], resources: [pods]}
- {verbs: []}
- {apiGroups: [x], resourceNames: [a], verbs: [get]}
""",
    """\
kind: ClusterRole
metadata: {name: b}
aggregationRule: {clusterRoleSelectors: []}
rules: [{verbs: [get], nonResourceURLs: [/x], apiGroups: ["y"]}]
""",
)


@pytest.mark.parametrize("wrong", range(len(WRONG)))
def test_wrong_roles_and_bindings(both, wrong):
    both.apply("apiVersion: rbac.authorization.k8s.io/v1\n" + WRONG[wrong])


RECONCILED = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, labels: {new: "yes"}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: new, apiGroup: rbac.authorization.k8s.io}]
"""


def test_reconcile(both):
    both.apply(ROLES)
    path = both.write("reconciled.yaml", RECONCILED)
    both.run(f"auth reconcile -f {path} --dry-run=client")
    both.run(f"auth reconcile -f {path}")
    both.run("get role reader rolebinding/readers -o yaml")
    both.run(f"auth reconcile -f {path} --remove-extra-permissions --remove-extra-subjects")
    both.run("get role/reader rolebinding/readers -o yaml")


def _token(both: Any, side: str, command: str) -> str:
    found = subprocess.run(
        [both._kubectl, "-n", both.namespace, *command.split()],
        capture_output=True, text=True, check=True, env={"KUBECONFIG": str(both._sides[side]), "HOME": str(both.folder)},
    )  # fmt: skip
    return found.stdout.strip()


def _issued(both: Any, account: str) -> dict[str, str]:
    """A token of the account on each side, asked for as every kubectl can."""
    path = both.folder / "request.json"
    path.write_text(
        json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
    )
    url = f"/api/v1/namespaces/{both.namespace}/serviceaccounts/{account}/token"
    return {
        side: json.loads(_token(both, side, f"create --raw {url} -f {path}"))["status"]["token"]
        for side in both._sides
    }


def test_a_service_account_s_token(both):
    both.apply(ROLES)
    tokens = _issued(both, "robot")
    for command in (
        "get pods",
        "get secrets",
        "get cm one",
        "get nodes",
        "auth can-i --list",
        "get --raw /healthz",
    ):
        both.with_each(tokens, command, "--token={}")
    both.run("get pods", "--token=nonsense")


def test_certificates_of_a_new_user(both):
    """The lab that every course has: key, request, approval, certificate, kubeconfig, role."""
    both.apply(ROLES)
    for name, subject in (
        ("ann", "/CN=ann/O=dev"),
        ("zoe", "/CN=zoe/O=readers/O=b"),
        ("boss", "/CN=x/O=system:masters"),
    ):
        made = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject,
                "-keyout", both.folder / f"{name}.key", "-out", both.folder / f"{name}.csr"]  # fmt: skip
        subprocess.run(made, check=True, capture_output=True)
        both.apply(_request(both, name))
    name = f"ann-{both.namespace}"
    both.run(f"get csr {name}")
    both.run(f"get csr {name} -o yaml")
    both.run(f"certificate approve {name}")
    both.until(f"get csr {name} -o jsonpath={{.status}}", '"certificate"')
    both.run(f"get csr {name}")
    both.run(f"certificate approve {name}")
    both.run(f"certificate deny {name}")
    both.run(f"certificate deny zoe-{both.namespace}")
    both.run(f"certificate approve zoe-{both.namespace}")
    both.run(f"get csr zoe-{both.namespace}")
    both.run("certificate approve nowhere")
    both.run(f"certificate approve {name} --as=adam")
    certificates = {}
    for side in both._sides:
        content = _token(both, side, f"get csr {name} -o jsonpath={{.status.certificate}}")
        certificates[side] = str(both.folder / f"{side}.crt")
        Path(certificates[side]).write_bytes(base64.b64decode(content))
    key = both.folder / "ann.key"
    for command in (
        "get pods",
        "get secrets",
        "get cm one",
        "get nodes",
        "auth can-i list pods",
        "auth can-i --list",
    ):
        both.with_each(certificates, f"{command} --client-key={key}", "--client-certificate={}")
    both.quietly(f"delete csr {name} zoe-{both.namespace}")


def _request(both: Any, name: str, **more: object) -> str:
    content = base64.b64encode((both.folder / f"{name}.csr").read_bytes()).decode()
    spec = {
        "request": content,
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
        **more,
    }
    made = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "spec": spec}
    return json.dumps({**made, "metadata": {"name": f"{name}-{both.namespace}"}})


KUBELET = ["client auth", "digital signature", "key encipherment"]


def test_requests_of_old_clients(both, version):
    """v1beta1: a request may name no signer, or the legacy one, and is taken for what it looks like."""
    if int(version.split(".")[1]) > 21:
        pytest.skip("v1beta1 is gone")
    for index, subject in enumerate(("/CN=ann", "/CN=system:node:one/O=system:nodes")):
        made = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", both.folder / "k",
                "-out", both.folder / "old.csr"]  # fmt: skip
        subprocess.run(made, check=True, capture_output=True)
        for usages in (None, KUBELET, KUBELET[:2], ["any", "nonsense", "any"]):
            request = json.loads(_request(both, "old"))
            del request["spec"]["signerName"], request["spec"]["usages"]
            request["apiVersion"] = "certificates.k8s.io/v1beta1"
            if usages:
                request["spec"]["usages"] = usages
            both.apply(json.dumps(request))
            name = f"old-{both.namespace}"
            if index and usages == KUBELET:  # the server approves a kubelet's own
                both.until(f"get csr {name} -o jsonpath={{.status.conditions}}", "AutoApproved")
            else:
                both.run(f"certificate approve {name}")
            if not usages or "nonsense" not in usages:
                both.until(f"get csr {name} -o jsonpath={{.status}}", "certificate")
            both.run(f"get csr {name}")
            both.run(f"get csr {name} -o jsonpath={{.spec.usages}}{{.status.conditions[*].reason}}")
            both.run(f"delete csr {name}")


def test_requests_that_are_wrong(both):
    made = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ann", "-keyout", both.folder / "k", "-out",
            both.folder / "ann.csr"]  # fmt: skip
    subprocess.run(made, check=True, capture_output=True)
    both.apply(_request(both, "ann", usages=[]))
    both.apply(_request(both, "ann", usages=["client auth", "client auth", "nonsense"]))
    for signer in (
        "kubernetes.io/legacy-unknown",
        "nonsense",
        "a/b/c",
        "Example.com/x",
        "example.com/X y",
        "",
    ):
        both.apply(_request(both, "ann", signerName=signer))
    both.apply(_request(both, "ann", request=base64.b64encode(b"no").decode()))
    for signer, usages in (
        ("kubernetes.io/kube-apiserver-client", ["server auth"]),
        ("kubernetes.io/kubelet-serving", ["server auth"]),
        ("kubernetes.io/kube-apiserver-client-kubelet", ["client auth"]),
        ("example.com/mine", ["client auth"]),
    ):
        both.apply(_request(both, "ann", signerName=signer, usages=usages))
        name = f"ann-{both.namespace}"
        both.run(f"certificate approve {name}")
        if signer != "example.com/mine":
            both.until(f"get csr {name} -o jsonpath={{.status.conditions}}", "Failed")
        both.run(f"get csr {name}")
        both.run(f"get csr {name} -o jsonpath={{.status.conditions}}")
        both.run(f"describe csr {name}")
        both.run(f"delete csr {name}")
