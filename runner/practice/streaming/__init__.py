"""Connections that a client has had upgraded: SPDY and WebSocket, and what exec and attach send over them."""
