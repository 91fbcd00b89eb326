"""What admission plugins give and refuse, on a real API server and on a practice cluster."""

from __future__ import annotations

from typing import Any

LIMITS = """\
apiVersion: v1
kind: LimitRange
metadata: {name: bounds}
spec:
  limits:
  - type: Container
    default: {cpu: 500m}
    defaultRequest: {cpu: 100m}
    max: {cpu: 800m, memory: 1Gi}
    min: {cpu: 50m}
    maxLimitRequestRatio: {cpu: "4"}
  - {type: Pod, max: {cpu: "1"}, min: {memory: 16Mi}}
  - {type: PersistentVolumeClaim, max: {storage: 2Gi}, min: {storage: 1Gi}}
"""
WRONG_LIMITS = """\
apiVersion: v1
kind: LimitRange
metadata: {name: wrong}
spec:
  limits:
  - {type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 600m}, max: {cpu: 100m}, min: {cpu: 900m}}
  - {type: Pod, default: {cpu: 1}}
  - {type: Pod, maxLimitRequestRatio: {cpu: "500m"}}
  - {type: Foo, max: {cpu: "1"}}
  - {type: PersistentVolumeClaim}
"""
RESOURCES = (
    "{}",
    "{requests: {cpu: 10m}, limits: {cpu: '2'}}",  # two kinds of resources would come in any order
    "{requests: {cpu: 300m}}",
    "{limits: {cpu: 700m}}",
    "{limits: {cpu: 700m, memory: 8Mi}}",
)


def pod(resources: str = "{}", more: str = "") -> str:
    container = f"{{name: c, image: 'nginx:1.25', resources: {resources}}}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{more} containers: [{container}]}}\n"


def claim(size: str) -> str:
    spec = f"{{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}"
    return f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: c}}\nspec: {spec}\n"


def test_limit_ranges(both: Any) -> None:
    both.apply(WRONG_LIMITS)
    both.apply(LIMITS)
    both.run("get limitrange bounds -o yaml")
    probe = both.write("probe.yaml", pod(RESOURCES[2]))
    both.until(f"create --dry-run=server -f {probe} -o yaml", "limit-ranger")  # seen a moment later
    init = "initContainers: [{name: i, image: 'nginx:1.25', resources: {limits: {cpu: 2}}}],"
    for index, text in enumerate([*map(pod, RESOURCES), pod(RESOURCES[3], init)]):
        path = both.write(f"pod-{index}.yaml", text)
        both.run(f"create -f {path} --dry-run=server -o yaml")
    for size in ("3Gi", "500Mi", "1536Mi"):
        both.run(f"create --dry-run=server -f {both.write('claim.yaml', claim(size))}")


CLASSES = """\
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: admission-never}
value: 700
preemptionPolicy: Never
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: admission-kata}
handler: kata
overhead: {podFixed: {cpu: 250m, memory: 100Mi}}
scheduling: {nodeSelector: {kata: "true"}, tolerations: [{key: kata, operator: Exists}]}
"""
WRONG_CLASSES = (
    "metadata: {name: system-x}\nvalue: 5",
    "metadata: {name: admission-x}\nvalue: 1000000001",
    "metadata: {name: admission-x}\nvalue: 1\npreemptionPolicy: Foo",
)
ASKED = (
    "priorityClassName: nope,",
    "priority: 3,",
    "priorityClassName: admission-never, preemptionPolicy: PreemptLowerPriority,",
    "priorityClassName: admission-never,",
    "priorityClassName: system-node-critical,",
    "runtimeClassName: nope,",
    "runtimeClassName: admission-kata,",
    "runtimeClassName: admission-kata, nodeSelector: {kata: other},",
    "overhead: {cpu: 1},",
    "overhead: {cpu: 1}, runtimeClassName: admission-kata,",
)


def test_priority_and_runtime_classes(both: Any) -> None:
    for text in WRONG_CLASSES:
        both.apply(f"apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\n{text}\n")
    both.apply(CLASSES)
    try:
        for more, seen in ((ASKED[3], "priority: 700"), (ASKED[6], "overhead:")):  # a moment later
            both.until(
                f"create --dry-run=server -o yaml -f {both.write('probe.yaml', pod('{}', more))}", seen
            )
        for index, more in enumerate(ASKED):
            both.run(f"create --dry-run=server -o yaml -f {both.write(f'pod-{index}.yaml', pod('{}', more))}")
        both.run("patch priorityclass admission-never -p", '{"value":8}')
        both.run("patch priorityclass admission-never -p", '{"preemptionPolicy":"PreemptLowerPriority"}')
    finally:
        both.quietly("delete priorityclass admission-never")
        both.quietly("delete runtimeclass admission-kata")


def test_one_default_priority(both: Any) -> None:
    start = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nvalue: 7\nglobalDefault: true\nmetadata:"
    both.apply(f"{start} {{name: default-a}}\n")
    both.until("get priorityclass default-a -o name", "default-a")
    try:
        path = both.write("pod.yaml", pod())
        both.until(f"create --dry-run=server -f {path} -o yaml", "default-a")
        both.run(f"create -f {both.write('b.yaml', f'{start} {{name: default-b}}')}")
        both.run(f"create --dry-run=server -f {path} -o yaml")
    finally:
        both.quietly("delete priorityclass default-a default-b")
