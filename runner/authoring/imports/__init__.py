"""Imports into a Draft: scenarios of Killercoda and Katacoda, transcripts."""
