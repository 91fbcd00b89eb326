"""Authentication: tokens, client certificates, and impersonation."""
