"""`python -m aiwrap`."""

from aiwrap.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
