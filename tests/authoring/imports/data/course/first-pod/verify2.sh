#!/bin/bash
kubectl get pod lion -n zoo || exit 1
grep -q lion /root/lion.txt || { echo "lion.txt does not name the Pod"; exit 1; }
