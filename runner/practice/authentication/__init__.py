"""Who asks: tokens, client certificates, and users that another user acts as."""
