"""Which posts wait for an answer on one socket, and until when.

    open ──reply──▶ done
      ╰──deadline──▶ late ──reply──▶ done (late)
                       ╰──late_reply_ms──▶ forgotten

A late reply still settles what became of an order, so it is waited for; but a reply that was lost
must not hold its slot for as long as the socket lives.
"""

from __future__ import annotations

from hive.domain.errors import LimitReached


class OpenPosts:
    """Ids, deadlines and late posts of one socket; at most `capacity` at once. Monotonic ms."""

    def __init__(self, capacity: int, late_reply_ms: int) -> None:
        assert capacity > 0
        self._capacity = capacity
        self._late_reply_ms = late_reply_ms
        self._last_id = 0
        self._deadline_ms_by_id: dict[int, int] = {}
        self._forget_ms_by_id: dict[int, int] = {}

    def __len__(self) -> int:
        """How many the venue may still be working on."""
        return len(self._deadline_ms_by_id) + len(self._forget_ms_by_id)

    @property
    def is_full(self) -> bool:
        """One more would be refused, until one is answered or forgotten."""
        return len(self._deadline_ms_by_id) + len(self._forget_ms_by_id) >= self._capacity

    def start(self, now_ms: int, deadline_ms: int) -> int:
        """The id of a new post, never given out before by this object.

        Raises:
            LimitReached: `capacity` posts are unanswered.
        """
        if self._forget_ms_by_id:
            self._forget(now_ms)
        if self.is_full:
            raise LimitReached("posts_max", f"{len(self)} posts are unanswered on this socket")
        self._last_id += 1
        self._deadline_ms_by_id[self._last_id] = deadline_ms
        return self._last_id

    def answered(self, post_id: int) -> bool:
        """Settle a post, in time or late; False if nobody waits for it (any more)."""
        if self._deadline_ms_by_id.pop(post_id, None) is not None:
            return True
        return self._forget_ms_by_id.pop(post_id, None) is not None

    def expire(self, now_ms: int) -> list[int]:
        """The ids whose deadline has now passed, each told once; what is long late is forgotten."""
        overdue = [post_id for post_id, at_ms in self._deadline_ms_by_id.items() if at_ms <= now_ms]
        for post_id in overdue:
            del self._deadline_ms_by_id[post_id]
            self._forget_ms_by_id[post_id] = now_ms + self._late_reply_ms
        forgotten = [post_id for post_id, at_ms in self._forget_ms_by_id.items() if at_ms <= now_ms]
        for post_id in forgotten:
            del self._forget_ms_by_id[post_id]
        return overdue

    def close(self) -> list[int]:
        """The socket is gone: the ids still open, which now never will be answered."""
        unanswered = list(self._deadline_ms_by_id)
        self._deadline_ms_by_id.clear()
        self._forget_ms_by_id.clear()
        return unanswered

    def next_deadline_ms(self) -> int | None:
        """When `expire` has something to do."""
        deadlines = [*self._deadline_ms_by_id.values(), *self._forget_ms_by_id.values()]
        return min(deadlines, default=None)

    def _forget(self, now_ms: int) -> None:
        late = self._forget_ms_by_id
        for post_id in [post_id for post_id, at_ms in late.items() if at_ms <= now_ms]:
            del late[post_id]
