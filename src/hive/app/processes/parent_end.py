"""A trading process whose parent is gone ends: in order, or by itself if its loop does not turn.

Linux tells a child of its parent's death by a signal. Its handler asks for the usual stop, and then
looks every second whether the process still beats. Python runs it in the midst of a strategy
that does not return; only code that never comes back from C goes on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

GONE: Final = signal.SIGUSR2
PR_SET_PDEATHSIG: Final = 1
"""From <sys/prctl.h>."""
LOOK_S: Final = 1.0
STILL_LOOKS_MAX: Final = 10
"""So many looks without a beat, and it is ended."""


class ParentEnd:
    """One process's; made on its main thread."""

    def __init__(self, beats: Callable[[], int], last_word: Callable[[], None]) -> None:
        """`beats` counts signs of life; `last_word` is said before a process is ended that gives
        none."""
        self._beats = beats
        self._last_word = last_word
        self._number = -1
        self._still_looks = 0

    def listen(self) -> None:
        """From now on the parent's end is heard of; where there is no Linux, it is not."""
        if sys.platform != "linux":
            return
        signal.signal(GONE, self._gone)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(GONE))

    def _gone(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (the signal's)
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)
        os.kill(os.getpid(), signal.SIGTERM)

    def _look(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (the signal's)
        beats = self._beats()
        self._still_looks = self._still_looks + 1 if beats == self._number else 0
        self._number = beats
        if self._still_looks >= STILL_LOOKS_MAX:
            self._last_word()
            os.kill(os.getpid(), signal.SIGKILL)
