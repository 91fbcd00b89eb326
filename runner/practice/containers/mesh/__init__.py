"""The data plane of a service mesh: one real Envoy, and how the pods' traffic gets into it and out of it."""
