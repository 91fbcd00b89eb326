"""Labgate's screens in a browser's page: a small web server, and a process of the program for each page."""
