"""The API machinery, independent of kinds: store, requests, patches, validation, tables, discovery. It names no kind."""
