"""What `istioctl proxy-config` shows of an Envoy: pure functions over its config_dump and clusters."""
