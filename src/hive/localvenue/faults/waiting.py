"""What can go wrong, by script: each fault is asked for over the oracle, fires, and is counted.

Nothing here is random: who asks decides what goes wrong when (`fault_script` by file or seed). What
is done to sockets, time and markets is carried out by those who own them; it is counted here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from hive.localvenue.faults.kinds import (
    BadMeta,
    DelayChannel,
    DelayPush,
    DelayResponse,
    DropFirstFrame,
    DropPush,
    DropRequest,
    DropResponse,
    DuplicatePush,
    FailResponse,
    Fault,
    FirstFrameFault,
    LoseModifyOpen,
    MangleStatuses,
    Outage,
    Path,
    PostOnlyWindow,
    PushFault,
    RefuseConnects,
    RefuseRequest,
    ResponseFault,
    SilenceChannel,
    StaleReads,
    TruncateSnapshot,
    UnknownOrders,
    WaitingFault,
    WindowFault,
    kind_of,
)
from hive.localvenue.faults.mangling import (
    META_KINDS,
    truncated,
    with_bad_meta,
    with_mangled_statuses,
)
from hive.serving.port import NO_ANSWER, Answer, Reply
from hive.serving.postponed import Postponed

W = TypeVar("W", bound=WindowFault)
C = TypeVar("C", ResponseFault, FirstFrameFault, LoseModifyOpen)

FAULTS_MAX: Final = 10_000
"""Faults that may wait at once."""
MALFORMED: Final = b'{"status":"ok","response":{"type":"order","da'
UNKNOWN_OID: Final = Reply(200, b'{"status":"unknownOid"}')


class Passage(msgspec.Struct, frozen=True):
    """How a frame goes out: how often, and how much later."""

    copies: int = 1
    delay_ms: int = 0


class Handling(NamedTuple):
    """What becomes of a request: how it is answered when it was applied; or, if `instead` is
    there, that it is answered so and never applied."""

    answer: Answer
    instead: Reply | None = None


_STRAIGHT: Final = Passage()


class Faults:
    """The faults that were asked for and have not been used up."""

    def __init__(
        self, postponed: Postponed, *, read_lag_ms: int, lag_ms_by_channel: Mapping[str, int]
    ) -> None:
        self._postponed = postponed
        self._read_lag_ms = read_lag_ms
        self._lag_ms_by_channel = lag_ms_by_channel
        self._responses: list[ResponseFault] = []
        self._pushes: list[tuple[PushFault, int]] = []
        self._first_frames: list[FirstFrameFault] = []
        self._lost_opens: list[LoseModifyOpen] = []
        self._windows: list[tuple[WindowFault, int]] = []
        self.fired: dict[str, int] = {}
        """How often each kind of fault has had an effect."""

    @property
    def waiting(self) -> int:
        lasting = len(self._pushes) + len(self._windows)
        used_up = len(self._responses) + len(self._first_frames) + len(self._lost_opens)
        return used_up + lasting

    def add(self, fault: WaitingFault, now_ms: int) -> bool:
        """Take a fault; False if too many wait."""
        if self.waiting >= FAULTS_MAX:
            return False
        match fault:
            case DropFirstFrame() | TruncateSnapshot():
                self._first_frames.append(fault)
            case LoseModifyOpen():
                self._lost_opens.append(fault)
            case DelayChannel(for_ms=for_ms) | SilenceChannel(for_ms=for_ms):
                self._pushes.append((fault, now_ms + for_ms))
            case DropPush() | DuplicatePush() | DelayPush():
                self._pushes.append((fault, 0))
            case (
                DropResponse()
                | DropRequest()
                | FailResponse()
                | RefuseRequest()
                | DelayResponse()
                | MangleStatuses()
            ):
                self._responses.append(fault)
            case _:
                self._windows.append((fault, now_ms + fault.for_ms))
        return True

    def clear(self) -> None:
        """Forget every fault that waits or lasts; what the configuration says stays."""
        used_up = (self._responses, self._first_frames, self._lost_opens)
        for faults in (*used_up, self._pushes, self._windows):
            faults.clear()

    def note(self, fault: Fault) -> None:
        """Count a fault that has had its effect."""
        kind = kind_of(fault)
        self.fired[kind] = self.fired.get(kind, 0) + 1

    # --- requests ---

    def handling(self, path: Path, kind: str, answer: Answer, now_ms: int) -> Handling:
        """How a request is to be treated."""
        outage = self._window(Outage, now_ms)
        if outage is not None:
            self.note(outage)
            return Handling(answer, Reply(outage.status, b"null"))
        if kind == "orderStatus":
            unknown = self._window(UnknownOrders, now_ms)
            if unknown is not None:
                self.note(unknown)
                return Handling(answer, UNKNOWN_OID)
        for fault in self._responses:
            if fault.path == path and fault.kind in (None, kind):
                self._use_up(fault, self._responses)
                return self._handled(fault, answer)
        return Handling(answer)

    def _handled(self, fault: ResponseFault, answer: Answer) -> Handling:
        match fault:
            case DropRequest():
                return Handling(answer, NO_ANSWER)
            case RefuseRequest(status=status):
                return Handling(answer, Reply(status, b"null"))
            case DelayResponse(ms=ms):
                return Handling(partial(self._answer_late, answer, ms))
            case MangleStatuses():
                return Handling(lambda reply: answer(with_mangled_statuses(reply, fault)))
            case DropResponse():
                return Handling(lambda _: answer(NO_ANSWER))
            case _:
                body = MALFORMED if fault.status == 200 else b"null"
                return Handling(lambda _: answer(Reply(fault.status, body)))

    def _answer_late(self, answer: Answer, ms: int, reply: Reply) -> None:
        self._postponed.later(ms, lambda: answer(reply))

    def mangled(self, kind: str, payload: Any, now_ms: int) -> Any:
        """An answer's payload, or what is told instead."""
        if kind not in META_KINDS:
            return payload
        bad = self._window(BadMeta, now_ms)
        if bad is None:
            return payload
        self.note(bad)
        return with_bad_meta(kind, payload, bad)

    # --- frames ---

    def passage(self, channel: str, name: str, now_ms: int) -> Passage:
        """How a frame of this channel, about this user or coin, goes out."""
        lag_ms = self._lag_ms_by_channel.get(channel, 0)
        if not self._pushes:
            return Passage(1, lag_ms) if lag_ms else _STRAIGHT
        self._pushes = [
            (fault, until_ms) for fault, until_ms in self._pushes if not 0 < until_ms <= now_ms
        ]
        copies = 1
        for fault, until_ms in list(self._pushes):
            if fault.channel != channel or fault.name not in (None, name):
                continue
            self.note(fault)
            match fault:
                case DelayChannel(ms=ms) | DelayPush(ms=ms):
                    lag_ms += ms
                case SilenceChannel() | DropPush():
                    copies = 0
                case DuplicatePush():
                    copies *= 2
            if isinstance(fault, DropPush | DuplicatePush | DelayPush):
                fault.count -= 1
                if fault.count <= 0:
                    self._pushes.remove((fault, until_ms))
        return Passage(copies, lag_ms)

    def first_frames(self, channel: str, name: str | None, frames: list[bytes]) -> list[bytes]:
        """What a new subscriber is told at once, or what it is told instead."""
        for fault in self._first_frames:
            if fault.channel != channel or fault.name not in (None, name) or not frames:
                continue
            self._use_up(fault, self._first_frames)
            if isinstance(fault, DropFirstFrame):
                return []
            return [truncated(frame, fault.rows) for frame in frames]
        return frames

    # --- blocks ---

    def loses_open(self) -> bool:
        """Whether the new order of this modify is open without being told so."""
        if not self._lost_opens:
            return False
        self._use_up(self._lost_opens[0], self._lost_opens)
        return True

    # --- windows ---

    def read_lag_ms(self, now_ms: int, kind: str) -> int:
        """How old an answer about an account is now."""
        lag_ms = self._read_lag_ms
        for fault, until_ms in self._windows:
            is_meant = isinstance(fault, StaleReads) and fault.kind in (None, kind)
            if is_meant and until_ms > now_ms:
                assert isinstance(fault, StaleReads)
                lag_ms = max(lag_ms, fault.lag_ms)
                self.note(fault)
        return lag_ms

    @property
    def may_lag(self) -> bool:
        """Whether old states of accounts may be asked for."""
        stale = any(isinstance(fault, StaleReads) for fault, _ in self._windows)
        return bool(self._read_lag_ms or stale)

    def lets_in(self, now_ms: int) -> bool:
        """Whether a new socket is admitted."""
        for kind in (RefuseConnects, Outage):
            fault = self._window(kind, now_ms)
            if fault is not None:
                self.note(fault)
                return False
        return True

    def is_post_only(self, now_ms: int) -> bool:
        """Whether only post-only orders are taken; asked about one that is none."""
        fault = self._window(PostOnlyWindow, now_ms)
        if fault is not None:
            self.note(fault)
        return fault is not None

    def _window(self, kind: type[W], now_ms: int) -> W | None:
        """The window of that kind that is open; closed ones are forgotten."""
        if not self._windows:
            return None
        self._windows = [row for row in self._windows if row[1] > now_ms]
        return next((fault for fault, _ in self._windows if isinstance(fault, kind)), None)

    def _use_up(self, fault: C, waiting: list[C]) -> None:
        self.note(fault)
        fault.count -= 1
        if fault.count <= 0:
            waiting.remove(fault)
