"""The ways to change a part of an object: JSON, merge and strategic merge patches, server-side apply."""
