"""What the API server fills in and refuses between a client's object and the store: one file a plugin."""
