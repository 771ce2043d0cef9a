"""What happened in a world, in order: hashed whole, and its end kept for people to read."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import Final

from hive.simulation.virtual_time import NS_PER_MS, Kernel

LINES_KEPT: Final = 200
LINE_LENGTH_MAX: Final = 260


class Trace:
    """Takes every delivery with its virtual time."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._digest = blake2b(digest_size=16)
        self._latest: deque[tuple[int, str, bytes]] = deque(maxlen=LINES_KEPT)
        self.entries = 0
        self.fired: dict[str, int] = {}
        """How often each kind of trouble happened."""

    def note(self, what: str, message: bytes = b"") -> None:
        """One delivery, or one deed of the world."""
        now_ns = self._kernel.now_ns
        self._digest.update(b"%d %b %b\n" % (now_ns, what.encode(), message))
        self._latest.append((now_ns, what, message))
        self.entries += 1

    def happened(self, trouble: str) -> None:
        """Count a trouble."""
        self.fired[trouble] = self.fired.get(trouble, 0) + 1
        self.note(trouble)

    @property
    def hash(self) -> str:
        return self._digest.hexdigest()

    def tail(self) -> list[str]:
        """The latest entries as lines, oldest first."""
        return [
            f"{now_ns / NS_PER_MS:12.3f} ms  {what} {message.decode(errors='replace')}"[
                :LINE_LENGTH_MAX
            ]
            for now_ns, what, message in self._latest
        ]
