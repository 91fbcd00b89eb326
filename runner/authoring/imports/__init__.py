"""What was written for something else, read into a Draft: scenarios of Killercoda and Katacoda, transcripts."""
