"""How the outside reaches what runs in the cluster: load balancers, port-forwards, proxies, pages."""
