"""What an account's books have to say to the journal, in order, and what the disk has yet to take.

Money may not wait: it is written before anybody is told. Legs and ends of orders may, for the next
record that may not; lost, they are asked for again. When the disk refuses, everything is kept, up
to a bound, and the disk is left alone until somebody asks to `try_again`: a flood of messages must
not become a flood of attempts.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from hive.domain.errors import DiskFailed
from hive.execution.ports import JournalPort
from hive.storage.checkpoints import pieces_of
from hive.storage.records import Standing, standing_key

UNWRITTEN_MAX: Final = 10_000
PATIENT_MAX: Final = 32
"""So many that may wait are written by themselves, lest the next order wait for them."""


class Reached(msgspec.Struct):
    """How far an account has come, as its journal tells."""

    boots: int = 0
    nonce: int = 0
    """The highest that may have been used."""
    expires_ms: int = 0
    """When the last order that may still be on its way expires, by the venue's clock."""
    certain_ms: int = 0
    """Every fill before it is booked."""
    funding_ms: int = 0
    """Every funding payment before it is booked; 0 is none yet."""

    def used(self, nonce: int, expires_ms: int) -> None:
        """An action is about to leave."""
        if nonce > self.nonce:
            self.nonce = nonce
        if expires_ms > self.expires_ms:
            self.expires_ms = expires_ms


class RecordWriter:
    """Writes the records of one account."""

    def __init__(self, journal: JournalPort) -> None:
        self.journal = journal
        self.reached = Reached()
        self.failure = ""
        """Why the disk refused the last time it was tried; empty if it did not."""
        self.is_unsynced = False
        """There is something to write or to sync since whoever does so set this to False."""
        self.lost = 0
        """Records that were dropped because too many waited for the disk."""
        self.standing: dict[tuple[str, ...], Standing] = {}
        """The latest of each record that counts until another takes its place."""
        self._waiting: deque[msgspec.Struct] = deque(maxlen=UNWRITTEN_MAX)
        self._is_due = False

    def stands(self, record: Standing) -> None:
        """It counts until another takes its place."""
        self.standing[standing_key(record)] = record

    def note_standing(self, record: Standing) -> None:
        """The same, and have it written; it may wait, and takes the place of one that waits."""
        self.stands(record)
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, Standing) and standing_key(last) == standing_key(record):
            self._waiting[-1] = record
        else:
            self.note(record)

    def note(self, record: msgspec.Struct) -> None:
        """Have a record written that may wait."""
        self.lost += len(self._waiting) == UNWRITTEN_MAX
        self._waiting.append(record)

    def keep(self, record: msgspec.Struct) -> None:
        """Have a record written that may not wait; call `write` after the last of a message."""
        self.note(record)
        self._is_due = True

    def write(self) -> None:
        """Write what may not wait, and all that came before it, or what has become too much.

        What is refused is kept.
        """
        if self._waiting:
            self.is_unsynced = True
            is_due = self._is_due or len(self._waiting) >= PATIENT_MAX
            if is_due and not self.failure:
                self._try()

    def write_all(self) -> None:
        """Write everything, what may wait included, whether or not the disk refused before."""
        if self._waiting:
            self._try()

    def write_now(self, record: msgspec.Struct) -> None:
        """Write this, behind all that came before.

        Raises:
            DiskFailed: nothing of it is written, or the disk refused before and was not tried.
        """
        if self.failure:
            raise DiskFailed(self.failure)
        try:
            self.journal.append_all((*self._waiting, record))
        except DiskFailed as error:
            self._refused(error)
            raise
        self._written()

    def begin_segment(self, state: bytes) -> None:
        """Begin a segment with an encoded state that says all that is written.

        Raises:
            DiskFailed: it is not written.
        """
        assert not self._waiting
        try:
            self.journal.begin_segment(pieces_of(state))
        except DiskFailed as error:
            self._refused(error)
            raise
        self._written()

    def _try(self) -> None:
        try:
            self.journal.append_all(tuple(self._waiting))
        except DiskFailed as error:
            self._refused(error)
        else:
            self._written()

    def _refused(self, error: DiskFailed) -> None:
        self.failure = str(error)
        self.is_unsynced = True

    def _written(self) -> None:
        self.failure = ""
        self._is_due = False
        self.is_unsynced = True
        self._waiting.clear()
