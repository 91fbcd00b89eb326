"""Kubernetes' expressions (CEL), as CustomResourceDefinitions and admission policies have them."""
