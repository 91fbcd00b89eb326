"""What a learner gets wrong, and the words in which the API server says so."""

from __future__ import annotations

from typing import Any

import pytest

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: nginx
        image: nginx:1.25
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
  - port: 80
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: nginx
    image: nginx:1.25
"""
MISTAKES = {
    "unknown field": DEPLOYMENT.replace("replicas: 1", "replica: 1"),
    "unknown field in a container": DEPLOYMENT.replace("        image:", "        imag:"),
    "text for a number": DEPLOYMENT.replace("replicas: 1", 'replicas: "one"'),
    "negative": DEPLOYMENT.replace("replicas: 1", "replicas: -1"),
    "name": DEPLOYMENT.replace("name: web\nspec", "name: Web_1\nspec"),
    "labels differ": DEPLOYMENT.replace("      labels: {app: web}", "      labels: {app: site}"),
    "no selector": DEPLOYMENT.replace("  selector:\n    matchLabels: {app: web}\n", ""),
    "no image": DEPLOYMENT.replace("        image: nginx:1.25\n", ""),
    "no containers": DEPLOYMENT.replace("      - name: nginx\n        image: nginx:1.25\n", "").replace(
        "containers:", "containers: []"
    ),
    "image with a space": DEPLOYMENT.replace("nginx:1.25", '" nginx"'),
    "label value": DEPLOYMENT.replace("labels: {app: web}", "labels: {app: web, x: a b}"),
    "label key": DEPLOYMENT.replace("labels: {app: web}", "labels: {app: web, '-x': a}"),
    "restart policy": DEPLOYMENT + "      restartPolicy: Never\n",
    "pull policy": DEPLOYMENT + "        imagePullPolicy: Sometimes\n",
    "container port": DEPLOYMENT + "        ports: [{containerPort: 70000}]\n",
    "no container port": DEPLOYMENT + "        ports: [{name: http}]\n",
    "port name": DEPLOYMENT + "        ports: [{containerPort: 80, name: much-too-long-a-name}]\n",
    "protocol": DEPLOYMENT + "        ports: [{containerPort: 80, protocol: HTTP}]\n",
    "environment": DEPLOYMENT + "        env: [{name: 1A, value: x}]\n",
    "number in the environment": DEPLOYMENT + "        env: [{name: A, value: 1}]\n",
    "mount without a volume": DEPLOYMENT + "        volumeMounts: [{name: data, mountPath: /data}]\n",
    "volume without a type": DEPLOYMENT + "      volumes: [{name: 'Data'}]\n",
    "request above the limit": DEPLOYMENT + "        resources: {requests: {cpu: 2}, limits: {cpu: 1}}\n",
    "quantity": DEPLOYMENT + "        resources: {requests: {cpu: lots}}\n",
    "probe": DEPLOYMENT + "        livenessProbe: {periodSeconds: 3}\n",
    "probe port": DEPLOYMENT + "        livenessProbe: {httpGet: {port: 0}}\n",
    "two containers of a name": DEPLOYMENT + "      - {name: nginx, image: nginx}\n",
    "strategy": DEPLOYMENT.replace("replicas: 1", "replicas: 1\n  strategy: {type: Blue}"),
    "recreate with rolling": DEPLOYMENT.replace(
        "replicas: 1", "replicas: 1\n  strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}"
    ),
    "nothing may roll": DEPLOYMENT.replace(
        "replicas: 1", "replicas: 1\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}"
    ),
    "no such kind": DEPLOYMENT.replace("kind: Deployment", "kind: Deploymnt"),
    "no such version": DEPLOYMENT.replace("apps/v1", "apps/v1beta1"),
    "no apiVersion": DEPLOYMENT.replace("apiVersion: apps/v1\n", ""),
    "not YAML": "kind: [\n",
    "service name": SERVICE.replace("name: web", "name: 1web"),
    "service without ports": SERVICE.replace("  ports:\n  - port: 80\n", ""),
    "service type": SERVICE + "  type: Balancer\n",
    "service ports without names": SERVICE + "  - port: 81\n",
    "service ports alike": SERVICE.replace("- port: 80", "- {port: 80, name: a}\n  - {port: 81, name: a}"),
    "service port": SERVICE.replace("80", "0"),
    "node port": SERVICE.replace("- port: 80", "- {port: 80, nodePort: 80}") + "  type: NodePort\n",
    "external name": SERVICE + "  type: ExternalName\n",
    "headless load balancer": SERVICE + "  type: LoadBalancer\n  clusterIP: None\n",
    "pod without a name": POD.replace("name: web", "labels: {a: b}"),
    "toleration": POD + "  tolerations: [{key: a, operator: Is}]\n",
    "namespace that is not": POD.replace("name: web", "name: web, namespace: nowhere"),
    "config map key": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a b: c}\n",
    "config map value": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 1}\n",
    "secret base64": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: '*'}\n",
    "secret keys": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/tls\n",
    "namespace name": "apiVersion: v1\nkind: Namespace\nmetadata: {name: A}\n",
    "claim": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {}\n",
    "claim mode": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\n"
    "spec: {accessModes: [Any], resources: {requests: {storage: 1Gi}}}\n",
    "job policy": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\n"
    "spec: {template: {spec: {containers: [{name: a, image: b}]}}}\n",
    "schedule": "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: j}\nspec: {schedule: often, "
    "jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}\n",
    "ingress path type": "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
    "spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: a, port: {number: 80}}}}]}}]}\n",
    "ingress without rules": "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {}\n",
    "role": "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{resources: [pods]}]\n",
    "binding": "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r}\n"
    "roleRef: {kind: Rule, name: x}\nsubjects: [{kind: Person, name: a}]\n",
    "autoscaler": "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
    "spec: {maxReplicas: 1, minReplicas: 2, scaleTargetRef: {kind: Deployment}}\n",
}


@pytest.mark.parametrize("group", range(6))
def test_mistakes(both: Any, group: int) -> None:
    for index, (name, text) in enumerate(MISTAKES.items()):
        if index % 6 != group:
            continue
        path = both.write(f"{name.replace(' ', '-')}.yaml", text)
        both.run(f"apply -f {path}")
        both.run(f"apply -f {path} --validate=false")


def test_commands_that_fail(both: Any) -> None:
    both.quietly("create deployment web --image=nginx:1.25")
    both.quietly("expose deployment web --port=80")
    for command in (
        "get pod nothing",
        "get pods nothing other",
        "get nonsense",
        "get deployments.v9.apps",
        "get pods -l a=b",
        "get pods --field-selector=spec.nothing=1",
        "get pod nothing -o yaml",
        "get pods -n nowhere",
        "describe pod nothing",
        "delete pod nothing",
        "delete pod nothing --ignore-not-found",
        "create deployment web --image=nginx:1.25",
        "create namespace {ns}",
        "create namespace A_B",
        "create configmap c --from-literal=a",
        "create secret generic s --from-literal=a=b --dry-run=server",
        "create service clusterip web --tcp=80",
        "create serviceaccount default",
        "create quota q --hard=pods=x",
        "create role r --verb=get --resource=nonsense",
        "expose deployment nothing --port=80",
        "expose deployment web",
        "expose deployment web --port=80",
        "scale deployment nothing --replicas=2",
        "scale deployment web --replicas=-1",
        "set image deployment/web other=nginx",
        "set image deployment/nothing a=b",
        "rollout status deployment nothing",
        "rollout undo deployment web --to-revision=9",
        "rollout undo deployment web",
        "label deployment web a=b=c",
        "label deployment web 'a b=c'",
        "annotate deployment nothing a=b",
        "patch deployment web -p {",
        "logs nothing",
        "exec nothing -- true",
        "wait --for=condition=Ready pod/nothing --timeout=1s",
        "wait --for=delete pod/nothing --timeout=1s",
        "auth can-i create pods",
        "api-versions",
        "explain deployment.nothing",
        "taint node nothing a=b:NoSchedule",
        "cordon nothing",
        "drain nothing",
        "top nodes",
        "replace -f /nowhere.yaml",
        "apply -f /nowhere.yaml",
        "run web --image=nginx:1.25 --restart=Sometimes",
        "autoscale deployment web --max=0",
    ):
        both.run(command)


def test_what_can_not_be_changed(both: Any) -> None:
    both.quietly("create deployment web --image=nginx:1.25")
    both.quietly("expose deployment web --port=80")
    both.quietly("create secret generic s --from-literal=a=b")
    both.quietly("create role r --verb=get --resource=pods")
    both.quietly("create rolebinding b --role=r --user=me")
    both.quietly("create job j --image=busybox -- echo hi")
    both.quietly("run one --image=nginx:1.25")
    both.until("get pod one", "Running")  # and so has a node
    for what, patch in (
        ("deployment web", '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'),
        ("deployment web", '{"metadata":{"name":"other"}}'),
        ("deployment web", '{"metadata":{"namespace":"other"}}'),
        ("deployment web", '{"metadata":{"resourceVersion":"1"}}'),
        ("deployment web", '{"metadata":{"uid":"1"}}'),
        ("deployment web", '{"spec":{"replicas":"two"}}'),
        ("deployment web", '{"spec":{"nothing":1}}'),
        ("deployment web", '{"spec":{"template":{"spec":{"containers":[{"name":"new"}]}}}}'),
        ("deployment web", '{"kind":"Other"}'),
        ("service web", '{"spec":{"clusterIP":"10.0.0.200"}}'),
        ("service web", '{"spec":{"ports":[{"port":80,"targetPort":"a b"}]}}'),
        ("service web", '{"spec":{"type":"Other"}}'),
        ("service web", '{"spec":{"ports":null}}'),
        ("secret s", '{"type":"other"}'),
        ("secret s", '{"immutable":true}'),
        ("secret s", '{"data":{"a":"Yg=="}}'),
        ("rolebinding b", '{"roleRef":{"name":"other"}}'),
        ("job j", '{"spec":{"completions":5}}'),
        ("pod one", '{"spec":{"containers":[{"name":"one","image":""}]}}'),
    ):
        both.run(f"patch {what}", "-p", patch)
    both.run("patch pod one --type=json", "-p", '[{"op":"test","path":"/spec/nodeName","value":"x"}]')
    both.run("patch pod one --type=json", "-p", '[{"op":"oops","path":"/a"}]')
