"""`python -m runner.practice.istio_release.istioctl VERSION [argument…]`."""

from __future__ import annotations

import sys

from runner.practice.istio_release.istioctl.istioctl_arguments import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
