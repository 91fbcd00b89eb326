"""How spans say whose they are: one Envoy reports for all proxies."""

PROXY_TAG = "labgate.proxy"
"""The tag with the address of the pod whose proxy reports."""
