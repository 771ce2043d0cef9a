"""Who is inside, and by when they must have said what they want.

A visitor is a TCP connection. It has some seconds to make its first request, head and body, and a
minute from each answer to the next request; one that dawdles is shown out, however busily it
trickles. While its request is being answered, and once it is a WebSocket, its time stands still.
So many may be inside; who comes then is turned away at once.

    enter ──▶ time runs ──asks──▶ time stands ──answered──▶ time runs ──▶ ... leave
"""

from __future__ import annotations

from typing import Final, Protocol

VISITORS_MAX: Final = 2_000
FIRST_REQUEST_MS_MAX: Final = 15_000
NEXT_REQUEST_MS_MAX: Final = 75_000
"""How long a connection is kept between requests."""
NEVER_MS: Final = 2**62


class Visitor(Protocol):
    """A connection's transport."""

    def abort(self) -> None: ...


class Door:
    """The visitors and their deadlines, by a clock that nobody sets."""

    def __init__(
        self,
        visitors_max: int = VISITORS_MAX,
        *,
        first_request_ms_max: int = FIRST_REQUEST_MS_MAX,
        next_request_ms_max: int = NEXT_REQUEST_MS_MAX,
    ) -> None:
        self._visitors_max = visitors_max
        self._first_request_ms_max = first_request_ms_max
        self._next_request_ms_max = next_request_ms_max
        self._until_ms_by_visitor: dict[Visitor, int] = {}
        self.turned_away = 0
        self.shown_out = 0

    def __len__(self) -> int:
        return len(self._until_ms_by_visitor)

    def enter(self, visitor: Visitor, now_ms: int) -> bool:
        """Let a visitor in; False if there is no room."""
        if len(self) >= self._visitors_max:
            self.turned_away += 1
            return False
        self._until_ms_by_visitor[visitor] = now_ms + self._first_request_ms_max
        return True

    def asks(self, visitor: Visitor | None) -> None:
        """A whole request was read; the visitor's time stands until it is answered."""
        if visitor in self._until_ms_by_visitor:
            self._until_ms_by_visitor[visitor] = NEVER_MS

    def answered(self, visitor: Visitor | None, now_ms: int) -> None:
        """From here on it has time to take the answer and to ask again."""
        if visitor in self._until_ms_by_visitor:
            self._until_ms_by_visitor[visitor] = now_ms + self._next_request_ms_max

    def leave(self, visitor: Visitor) -> None:
        """The connection is gone. Idempotent."""
        self._until_ms_by_visitor.pop(visitor, None)

    def show_out(self, now_ms: int) -> None:
        """End the visits of those whose time is over."""
        late = [each for each, until_ms in self._until_ms_by_visitor.items() if now_ms >= until_ms]
        for visitor in late:
            self.leave(visitor)
            self.shown_out += 1
            visitor.abort()
