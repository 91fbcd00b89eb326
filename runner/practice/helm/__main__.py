"""`python -m runner.practice.helm`: the stand-in for helm."""

import sys

from runner.practice.helm.command_line import main

sys.exit(main(sys.argv[1:]))
