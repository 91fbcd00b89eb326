"""The stand-in for istioctl: its commands, through the learner's own kubectl."""
