"""How much memory this process holds, as the operating system counts it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
BYTES_PER_KIB: Final = 1024


def resident_mb() -> float:
    """Resident memory in MB (10⁶ bytes); 0 where the system does not tell."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return 0.0
    for line in lines:
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * BYTES_PER_KIB / 1e6
    return 0.0
