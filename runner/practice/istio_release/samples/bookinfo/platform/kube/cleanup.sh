#!/bin/sh
# Practice stand-in, written for Labgate: takes Bookinfo and its routes away again.
here=$(cd "$(dirname "$0")" && pwd)
namespace=${NAMESPACE:-}
if [ -z "$namespace" ]; then
    printf 'namespace ? [default] '
    read -r namespace
    namespace=${namespace:-default}
fi
echo "using NAMESPACE=$namespace"
for kind in destinationrules virtualservices gateways; do
    for name in $(kubectl get -n "$namespace" "$kind" -o name 2>/dev/null); do
        kubectl delete -n "$namespace" "$name"
    done
done
kubectl delete -n "$namespace" -f "$here/bookinfo.yaml" --ignore-not-found
echo "Application cleanup successful"
