"""How a Kubernetes API works, whatever its kinds: store, requests, patches, validation, tables, discovery. Names no kind."""
