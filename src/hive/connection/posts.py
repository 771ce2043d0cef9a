"""Who waits for which post of one socket, and how each is told its end exactly once."""

from __future__ import annotations

from typing import Final

import msgspec

from hive.connection.inspection import Inspection
from hive.connection.ports import OnReply, OnUnanswered
from hive.connection.rate_budget import InFlight

LATE_MAX: Final = 1_000
"""Overdue posts that are remembered for their answers; the oldest are forgotten first."""


class Poster(msgspec.Struct, frozen=True):
    """Who hears the end of a post."""

    on_reply: OnReply
    on_unanswered: OnUnanswered


class _Open(msgspec.Struct, frozen=True):
    """One post that may still be answered."""

    poster: Poster
    request_id: int


class Posts:
    """Open posts by the session's id for them, each holding a place among those in flight.

    An overdue post gives its place back and is kept for a late answer, among the latest so many,
    until the socket is gone.
    """

    def __init__(self, in_flight: InFlight, inspection: Inspection) -> None:
        self._in_flight = in_flight
        self._inspection = inspection
        self._open_by_id: dict[int, _Open] = {}
        self._late_by_id: dict[int, _Open] = {}
        self.started = 0
        self.unanswered = 0

    def start(self, post_id: int, poster: Poster, request_id: int) -> None:
        """The post is on its way."""
        self._open_by_id[post_id] = _Open(poster, request_id)
        self._in_flight.start()
        self.started += 1

    def replied(self, post_id: int, body: bytes) -> None:
        """The venue answered, in time or late."""
        post = self._open_by_id.pop(post_id, None)
        if post is not None:
            self._in_flight.finish()
        else:
            post = self._late_by_id.pop(post_id, None)
            if post is None:
                return
        try:
            post.poster.on_reply(post.request_id, body)
        except Exception as error:  # noqa: BLE001 (the desk must not take the socket along)
            self._inspection.contained(f"reply to {post.request_id}", error)

    def overdue(self, post_id: int) -> None:
        """The deadline has passed without an answer."""
        post = self._open_by_id.pop(post_id, None)
        if post is None:
            return
        late = self._late_by_id
        late[post_id] = post
        if len(late) > LATE_MAX:
            del late[next(iter(late))]
        self._give_up(post, "no answer in time")

    def lost(self, reason: str) -> None:
        """The socket is gone, and with it every answer still to come."""
        posts, self._open_by_id = self._open_by_id, {}
        self._late_by_id.clear()
        for post in posts.values():
            self._give_up(post, f"the socket was lost: {reason}")

    def _give_up(self, post: _Open, reason: str) -> None:
        self._in_flight.finish()
        self.unanswered += 1
        try:
            post.poster.on_unanswered(post.request_id, reason)
        except Exception as error:  # noqa: BLE001 (as in replied)
            self._inspection.contained(f"end of {post.request_id}", error)
