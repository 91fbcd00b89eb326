"""What objects may look like: fields and their types, names, metadata, and how an error is worded."""
