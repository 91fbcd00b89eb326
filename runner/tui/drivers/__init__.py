"""How the program is fed and drawn: on a terminal, and in a browser's page."""
