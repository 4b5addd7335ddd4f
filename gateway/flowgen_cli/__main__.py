"""Lets `python -m flowgen_cli` be the command line."""

from flowgen_cli.main import main

if __name__ == "__main__":
    main()
