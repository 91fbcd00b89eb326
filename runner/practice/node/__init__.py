"""The nodes: scheduler, kubelets, containers, images."""
