"""`python -m hive` is the command `hive`."""

from __future__ import annotations

from hive.app.cli import main

if __name__ == "__main__":
    main()
