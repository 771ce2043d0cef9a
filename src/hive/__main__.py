"""`python -m hive` is the command `hive`."""

from __future__ import annotations

import signal
import sys

if __name__ == "__main__":
    try:
        from hive.app.cli import main  # takes a second, in which Ctrl-C may be pressed

        main()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write("hive: interrupted\n")
        sys.exit(130)
