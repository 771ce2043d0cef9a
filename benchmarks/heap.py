"""How much memory is in use within this process, however much it has resident.

What was freed stays resident for what comes next. A process that was larger once can grow for a
while without a page more; what is in use tells it at once.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
from typing import Final

_IN_POOLS: Final = re.compile(rb"# bytes in allocated blocks\s*=\s*([\d,]+)")
_STDERR: Final = 2


class _MallInfo(ctypes.Structure):
    """`struct mallinfo2` of the GNU C library, from 2.33 on."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def in_use_mb() -> float:
    """MB (10⁶ bytes): small objects in Python's pools, and all that `malloc` has given out."""
    return (_in_pools_bytes() + _in_malloc_bytes()) / 1e6


def _in_malloc_bytes() -> int:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _MallInfo
    found = mallinfo()
    return int(found.uordblks + found.hblkhd)


def _in_pools_bytes() -> int:
    """As the interpreter tells it, which it does on standard error alone."""
    kept = os.dup(_STDERR)
    with tempfile.TemporaryFile() as told:
        os.dup2(told.fileno(), _STDERR)
        try:
            sys._debugmallocstats()  # noqa: SLF001 (nothing else tells bytes)
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
        told.seek(0)
        found = _IN_POOLS.search(told.read())
    assert found is not None
    return int(found[1].replace(b",", b""))
