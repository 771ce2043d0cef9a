"""What people should read about an account: alarms of its desk, and its halts."""

from __future__ import annotations

from hive.app.notes.notices import Notices
from hive.domain.identifiers import Address
from hive.execution.desk.settings import DeskSnapshot


class DeskNotes:
    """Compares each picture of a desk with the one before and says what changed."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._alarms: dict[Address, int] = {}

    def look(self, desk: DeskSnapshot) -> None:
        """Say what is new; about once a second is often enough."""
        new = desk.alarms - self._alarms.get(desk.account, 0)
        self._alarms[desk.account] = desk.alarms
        for text in desk.recent_alarms[-new:] if new > 0 else ():
            self._notices.say("alarm", f"{desk.account}: {text}")
