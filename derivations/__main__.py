"""``python -m derivations``: the command line."""

from numeric.cli import main

if __name__ == "__main__":
    main()
