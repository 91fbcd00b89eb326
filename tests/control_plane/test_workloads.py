"""Workloads: made, looked at in every form, changed, rolled out, scaled, deleted."""

from __future__ import annotations

from typing import Any

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: nginx
        image: nginx:1.25
        ports:
        - containerPort: 80
          name: http
        env:
        - {name: COLOUR, value: blue}
        resources:
          limits: {cpu: 0.5, memory: 1024Mi}
        livenessProbe:
          httpGet: {port: http}
        volumeMounts:
        - {name: cache, mountPath: /cache}
      volumes:
      - name: cache
        emptyDir: {}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: http
"""
READY = "get deployment web -o jsonpath={.status.availableReplicas}"


def test_a_deployment_in_every_form(both: Any) -> None:
    both.apply(WEB)
    both.until(READY, "2")
    both.until("get endpoints web", ",")
    for form in ("", "-o wide", "-o yaml", "-o json", "-o name", "--show-labels", "-L app"):
        both.run(f"get deployment,replicaset,service,endpoints {form}")
    both.run("get pods")
    both.run("get pods -o wide --sort-by=.metadata.name")
    both.run("get pods -o name --no-headers")
    both.run("get pods -l app=web -o jsonpath={.items[*].status.phase}")
    both.run(
        "get pods -o custom-columns=IMAGE:.spec.containers[0].image,READY:.status.containerStatuses[0].ready"
    )
    both.run("get pods --field-selector=status.phase=Running --no-headers")
    both.run("get all")
    both.run("describe deployment web")
    both.run("describe service web")
    both.run("describe replicaset")


def test_imperative_creation(both: Any) -> None:
    both.run("create deployment api --image=nginx:1.25 --replicas=2")
    both.until("get deployment api -o jsonpath={.status.availableReplicas}", "2")
    both.run("expose deployment api --port=80 --target-port=8080")
    both.run("expose deployment api --port=80 --type=NodePort --name=api-node")
    both.run("expose deployment api --port=80 --type=LoadBalancer --name=api-lb")
    both.until("get service api-lb", "127.")
    both.run("get services -o wide")
    both.run("get service api-lb -o yaml")
    both.run("describe service api-lb")
    both.run("scale deployment api --replicas=3")
    both.until("get deployment api -o jsonpath={.status.availableReplicas}", "3")
    both.run("autoscale deployment api --min=2 --max=5 --cpu-percent=80")
    both.run("get hpa")
    both.run("get hpa api -o yaml")
    both.run("set image deployment/api nginx=nginx:1.26")
    both.quietly("rollout status deployment api")  # the new ReplicaSet, too, has its revision then
    both.run("rollout history deployment api")
    both.run("delete service api api-node")
    both.run("delete deployment api --cascade=background")
    both.run("get deployment api")


def test_changes_and_rollouts(both: Any) -> None:
    both.apply(WEB)
    both.until(READY, "2")
    both.apply(WEB)
    both.apply(WEB.replace("blue", "green").replace("replicas: 2", "replicas: 3"))
    both.until(READY, "3")
    both.quietly("rollout status deployment web")
    both.run("rollout status deployment web")
    both.until("get replicaset -o jsonpath={.items[*].spec.replicas}", "0")
    both.run("rollout history deployment web")
    both.run("rollout undo deployment web")
    both.quietly("rollout status deployment web")
    both.run("get deployment web -o jsonpath={.spec.template.spec.containers[0].env[0].value}")
    both.run("rollout restart deployment web")
    both.run("rollout pause deployment web")
    both.run("rollout pause deployment web")
    both.run("rollout resume deployment web")
    both.run("label deployment web tier=front")
    both.run("label deployment web tier=back")
    both.run("label deployment web tier=back --overwrite")
    both.run("label deployment web tier-")
    both.run("annotate deployment web note=hello")
    both.run("scale deployment web --replicas=1 --current-replicas=7")
    both.run("patch deployment web", "-p", '{"spec":{"revisionHistoryLimit":3}}')
    both.run("patch deployment web --type=merge", "-p", '{"spec":{"minReadySeconds":0}}')
    both.run(
        "patch deployment web --type=json",
        "-p",
        '[{"op":"replace","path":"/spec/revisionHistoryLimit","value":4}]',
    )
    both.run("patch deployment web --type=json", "-p", '[{"op":"remove","path":"/spec/nothing"}]')
    both.run("set env deployment/web COLOUR=red")
    both.run("set resources deployment web --limits=cpu=200m")
    both.quietly("rollout status deployment web")
    both.run("get deployment web -o yaml")


def test_edit(both: Any) -> None:
    both.apply(WEB)
    both.until(READY, "2")
    both.run("edit service web", KUBE_EDITOR="true")
    both.run("edit service web", KUBE_EDITOR="sed -i s/ClusterIP$/LoadBalancer/")
    both.until("get service web", "127.")
    both.run("get service web")
    both.run("edit deployment web", KUBE_EDITOR="sed -i s/nginx:1.25/nginx:1.26/")
    both.quietly("rollout status deployment web")
    both.run("get deployment web -o wide")


def test_sets_and_jobs(both: Any) -> None:
    both.apply("""\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "postgres:16"}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers: [{name: agent, image: "busybox:1.36", command: [sleep, infinity]}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: once, image: "busybox:1.36", command: [echo, hi]}]
---
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: nightly, image: "busybox:1.36", command: [date]}]
""")
    both.until("get statefulset db -o jsonpath={.status.readyReplicas}", "2")
    both.until("get daemonset agent -o jsonpath={.status.numberReady}", "1")
    both.until("get job once -o jsonpath={.status.succeeded}", "1")
    for form in ("", "-o wide", "-o yaml"):
        both.run(f"get statefulset,daemonset,cronjob {form}")
    both.run("get job -o wide")
    both.run("get pods --sort-by=.metadata.name")
    both.run("describe statefulset db")
    both.run("describe daemonset agent")
    both.run("describe cronjob nightly")
    both.run("get controllerrevisions")
    both.run("get all")
    both.run("delete statefulset/db daemonset/agent job/once cronjob/nightly")
