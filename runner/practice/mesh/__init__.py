"""The service mesh of the practice cluster: what Istio's objects mean for the proxies of its pods."""
