"""The learner's screens."""

import os

# How long Textual waits after an Escape for the rest of a key's sequence, in ms. It reads this when it is imported. Its own
# 100 are felt in vi; a sequence that a slow connection cuts in two is still put together within 50.
os.environ.setdefault("ESCDELAY", "50")
