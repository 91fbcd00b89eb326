"""`python -m runner`: the same as `labgate`."""

from runner.cli import main

if __name__ == "__main__":
    main()
