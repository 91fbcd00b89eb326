"""Everything that is not a workload: settings, access, storage, custom kinds, namespaces, server-side apply."""

from __future__ import annotations

from typing import Any

SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {"file.txt": "one\\ntwo\\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: secret}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: User, name: me}
- {kind: Group, name: us}
- {kind: ServiceAccount, name: robot, namespace: there}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: entry}
spec:
  tls: [{hosts: [a.example.com], secretName: key}]
  rules:
  - host: a.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
  - {host: b.example.com}
  - {host: c.example.com}
  - {host: d.example.com}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{ports: [{port: 80}]}]
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: keep}
spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {pods: 1000, limits.cpu: 2000m}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, max: {cpu: 2000m}}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: outside}
subsets: [{addresses: [{ip: 1.2.3.4}, {ip: 1.2.3.5}], ports: [{port: 80}, {port: 81, name: b}]}]
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}, {port: 81, name: b}]}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: lease}
spec: {holderIdentity: me}
""".replace("ports: [{port: 80}, {port: 81, name: b}]", "ports: [{port: 80, name: a}, {port: 81, name: b}]")
KINDS = (
    "configmap/settings",
    "secret/key",
    "serviceaccount/robot",
    "role/reader",
    "rolebinding/readers",
    "ingress/entry",
    "networkpolicy/wall",
    "pdb/keep",
    "quota/quota",
    "limitrange/limits",
    "endpoints/outside",
    "service/elsewhere",
    "service/headless",
    "lease/lease",
)


def test_settings(both: Any) -> None:
    both.apply(SETTINGS)
    both.apply(SETTINGS)
    both.until("get quota quota -o jsonpath={.status.hard.pods}", "1")
    both.until("get serviceaccount robot -o jsonpath={.metadata.name}", "robot")
    for one in KINDS:
        kind = one.split("/")[0]
        name = one if kind != "serviceaccount" else "serviceaccount/robot"
        both.run(f"get {name}")
        both.run(f"get {name} -o wide")
        if kind not in ("quota", "serviceaccount", "pdb"):
            both.run(f"get {name} -o yaml")
            both.run(f"describe {name}")
    both.run(f"delete -f {both.folder}/manifest.yaml")


def test_cluster_wide(both: Any) -> None:
    both.run("get nodes")
    both.run("get nodes -o wide")
    both.run("get namespace {ns} -o yaml")
    both.run("get namespace {ns}")
    both.run("describe namespace {ns}")
    name = both.namespace.replace("test-", "")
    both.apply(
        f"""\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {{name: {name}, annotations: {{storageclass.kubernetes.io/is-default-class: "true"}}}}
provisioner: example.com/none
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {{name: {name}}}
value: 100
---
apiVersion: v1
kind: PersistentVolume
metadata: {{name: {name}}}
spec:
  capacity: {{storage: 1024Mi}}
  accessModes: [ReadWriteOnce, ReadOnlyMany]
  hostPath: {{path: /tmp}}
  storageClassName: none
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {name}}}
rules: [{{apiGroups: [""], resources: [pods], verbs: [get]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: {name}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}
subjects: [{{kind: User, name: me}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: {name}}}
webhooks:
- name: a.example.com
  clientConfig: {{service: {{name: a, namespace: b}}}}
  sideEffects: None
  admissionReviewVersions: [v1]
  rules: [{{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [things]}}]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: {name}}}
spec: {{controller: example.com/c}}
"""
    )
    both.until(f"get pv {name}", "Available")
    for kind in (
        "storageclass",
        "priorityclass",
        "pv",
        "clusterrole",
        "clusterrolebinding",
        "validatingwebhookconfiguration",
        "ingressclass",
    ):
        for form in ("", "-o wide", "-o yaml"):
            both.run(f"get {kind} {name} {form}")
        both.run(f"describe {kind} {name}")
    both.run(f"delete -f {both.folder}/manifest.yaml")


def _definition(name: str) -> str:
    return f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.{name}.example.com}}
spec:
  group: {name}.example.com
  scope: Namespaced
  names: {{kind: Thing, plural: things, shortNames: [{name[:5]}th], categories: [all]}}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {{status: {{}}}}
    additionalPrinterColumns:
    - {{name: Hosts, type: string, jsonPath: .spec.hosts}}
    - {{name: First, type: string, jsonPath: ".spec.hosts[0]"}}
    - {{name: Size, type: integer, jsonPath: .spec.size}}
    - {{name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}}
    - {{name: Label, type: string, jsonPath: '.metadata.labels.app\\.x'}}
    - {{name: Age, type: date, jsonPath: .metadata.creationTimestamp}}
    - {{name: Note, type: string, jsonPath: .spec.note, priority: 1}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [hosts]
            properties:
              hosts: {{type: array, items: {{type: string}}}}
              size: {{type: integer, minimum: 1, default: 3}}
              note: {{type: string, enum: [a, b]}}
          status: {{type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def test_custom_kinds(both: Any) -> None:
    name = "t" + both.namespace.replace("-", "")[-14:]
    both.apply(_definition(name))
    both.run(f"wait --for=condition=Established crd/things.{name}.example.com --timeout=50s")
    both.until("api-resources -o name", f"things.{name}.example.com")
    thing = f"apiVersion: {name}.example.com/v1\nkind: Thing\nmetadata: {{name: one, labels: {{app.x: z}}}}\n"
    both.until("get --raw /openapi/v2", f"com.example.{name}.v1.Thing")
    both.until(f"get --raw /apis/{name}.example.com/v1/namespaces/{{ns}}/things", "ThingList")
    both.apply(thing + "spec: {hosts: [a, b], note: a, other: 1}\n")
    for form in ("", "-o wide", "-o yaml", "-o name"):
        both.run(f"get things.{name}.example.com {form}")
    both.run(f"describe things.{name}.example.com one")
    both.apply(thing + "spec: {hosts: [c], size: 5}\n")
    both.apply(thing + "spec: {size: 0, note: z}\n")
    both.apply(thing + "spec: {hosts: x}\n")
    both.run(f"patch things.{name}.example.com one --type=merge", "-p", '{"spec":{"size":7}}')
    both.run(f"patch things.{name}.example.com one", "-p", '{"spec":{"size":7}}')
    both.run(f"get crd things.{name}.example.com -o yaml")
    both.run(f"get crd things.{name}.example.com")
    both.run(f"delete things.{name}.example.com one")
    both.run(f"delete crd things.{name}.example.com")
    both.until_gone(f"get --raw /apis/{name}.example.com/v1/namespaces/{{ns}}/things", "ThingList")
    both.until_gone("api-resources -o name", f"things.{name}.example.com")
    both.run(f"get things.{name}.example.com")


def test_server_side_apply(both: Any) -> None:
    first = both.write(
        "first.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '1', b: '2'}\n"
    )
    other = both.write("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '3'}\n")
    both.run(f"apply --server-side -f {first}")
    both.run(f"apply --server-side -f {first}")
    both.run(f"apply --server-side --field-manager=other -f {other}")
    both.run(f"apply --server-side --field-manager=other --force-conflicts -f {other}")
    both.run("get configmap c -o jsonpath={.data}")
    both.run("get configmap c -o jsonpath={.metadata.managedFields[*].manager}")
    both.run("get configmap c -o jsonpath={.metadata.managedFields[*].fieldsV1}")
    less = both.write("less.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {}\n")
    both.run(f"apply --server-side -f {less}")
    both.run("get configmap c -o jsonpath={.data}")


def test_namespaces(both: Any) -> None:
    name = f"{both.namespace}-b"
    both.run(f"create namespace {name}")
    both.run(f"create namespace {name}")
    both.run(f"create configmap c --from-literal=a=b -n {name}")
    both.run(f"label namespace {name} istio-injection=enabled")
    both.run(f"get namespace {name} --show-labels")
    both.run(f"delete namespace {name}")
    both.run(f"get namespace {name}")
    both.run("delete namespace default")
    both.run("delete namespace kube-system")


def test_pods(both: Any) -> None:
    both.run("run one --image=nginx:1.25 --port=80 --labels=app=one")
    both.run("run two --image=busybox:1.36 --restart=Never -- echo hello")
    both.run("run bad --image=nginx:does-not-exist")
    both.run("wait --for=condition=Ready pod/one --timeout=50s")
    both.until("get pod two", "Completed")
    both.until("get pod bad", "ImagePull")
    both.run("get pods one two")
    both.run("get pod one two -o name")
    both.run("get pod one -o yaml")
    both.run("delete pod two --now")
    both.run("delete pod one --force --grace-period=0")
    both.run("delete pod bad --grace-period=1")
    both.run("get pods")
    both.run("create configmap c --from-literal=a=b -o yaml --dry-run=client")
    both.run("create configmap c --from-literal=a=b -o yaml --dry-run=server")
    both.run("create configmap c --from-literal=a=b -o name")
    both.run("replace -f -", stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {x: z}\n")
    both.run("get configmap c -o jsonpath={.data}")


def test_discovery(both: Any) -> None:
    both.run("api-versions")
    both.run("api-resources --sort-by=name")
    both.run("api-resources -o wide --sort-by=name")
