"""`python -m hive` is the command `hive`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from hive.app.cli import main  # takes a second, in which Ctrl-C may be pressed

        main()
    except KeyboardInterrupt:
        sys.exit(130)
