"""Where labs come from besides Labgate's own: folders, git checkouts and indexes that the person added."""
