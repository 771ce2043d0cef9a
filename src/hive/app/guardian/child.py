"""The guardian as the trader sees it: started before anything is traded, missed when it is gone.

It is no child that dies with its parent: it must outlive the trader to be of use.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

from hive.app.notes.notices import Notices
from hive.app.processes.beat_files import BeatFiles
from hive.domain.errors import OperatorError
from hive.runtime.ports import Clock

START_PATIENCE_MS: Final = 20_000
SILENT_MS: Final = 3_000
POLL_S: Final = 0.05
COMPLAINTS: Final = "guardian.err"
LAST_WORDS_BYTES: Final = 500
NS_BY_MS: Final = 1_000_000


class GuardianMissing(OperatorError):
    """No guardian stands, though one is configured."""


class GuardianChild:
    """One run's guardian."""

    def __init__(
        self, config: Path, folder: Path, beats: BeatFiles, clock: Clock, notices: Notices
    ) -> None:
        """`folder` is the run's, where the guardian leaves its beats."""
        self._config = config
        self._folder = folder
        self._beats = beats
        self._clock = clock
        self._notices = notices
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ours = False
        self._number = -1
        self._heard_ms = self._now_ms()

    async def stand(self, *, start: bool) -> None:
        """Return when a guardian beats; `start` one if none does.

        Raises:
            GuardianMissing: none does, with the reason where it is known.
        """
        self._is_ours = start
        self._is_beating()
        deadline_ms = self._now_ms() + START_PATIENCE_MS
        if start:
            self._spawn()
        while self._now_ms() < deadline_ms:
            await asyncio.sleep(POLL_S)
            if self._is_beating():
                return
            if self._process is not None and self._process.poll() not in (None, 0):
                raise GuardianMissing(
                    f"the guardian does not stand: {self._last_words()}",
                    hint="guardian.key_file is the key of an agent made for it, which"
                    " `hive guardian CONFIG.yml --approve` approves: docs/risk.md",
                )
        raise GuardianMissing(
            "no guardian beats in this folder", hint="start `hive guardian CONFIG.yml`"
        )

    def look(self) -> None:
        """Miss it, once in a while; start it again if it is ours and has ended."""
        if self._is_beating() or self._now_ms() - self._heard_ms < SILENT_MS:
            return
        self._notices.say("error", "the guardian is silent: nobody stops this trader if it hangs")
        self._heard_ms = self._now_ms()
        if self._is_ours and self._process is not None and self._process.poll() is not None:
            self._spawn_again()

    def _spawn_again(self) -> None:
        try:
            self._spawn()
        except OSError as error:
            self._notices.say("error", f"the guardian cannot be started: {error}")

    def _spawn(self) -> None:
        """Start it in a session of its own; one that finds another on guard ends at once."""
        with (self._folder / COMPLAINTS).open("wb") as complaints:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter, our own file)
                [sys.executable, "-m", "hive", "guardian", str(self._config), "--with-trader"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,
            )

    def _is_beating(self) -> bool:
        beat = self._beats.guardian()
        if beat is None or beat.state == "stopped" or beat.number == self._number:
            return False
        is_first = self._number == -1
        self._number = beat.number
        self._heard_ms = self._now_ms()
        return not is_first  # one that was left behind does not move

    def _last_words(self) -> str:
        words = (self._folder / COMPLAINTS).read_bytes()[-LAST_WORDS_BYTES:]
        lines = [line.strip() for line in words.decode(errors="replace").splitlines()]
        said = "; ".join(line.removeprefix("hive: ") for line in lines if line)
        return said or "it ended without a word"

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS
