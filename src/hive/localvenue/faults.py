"""What can go wrong, by script: each fault is asked for over the oracle, fires, and is counted.

    response faults   an action or a question is lost before it is applied; or it is applied and
                      its answer is lost, or comes as an error of the server
    channel faults    frames of a channel are lost, sent twice, late, or not sent for a while
    stale reads       an account's answers to /info are old for a while

Nothing here is random: a seed decides outside which faults to ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from hive.serving.port import NO_ANSWER, Answer, Reply

FAULTS_MAX: Final = 10_000
"""Faults that may wait at once."""
MALFORMED: Final = b'{"status":"ok","response":{"type":"order","da'

Path = Literal["exchange", "info"]


class DropResponse(msgspec.Struct, tag="dropResponse", kw_only=True, rename="camel"):
    """Apply, and lose the answer."""

    count: int = 1
    path: Path = "exchange"
    kind: str | None = None
    """Of the action or question; any, if absent."""


class DropRequest(msgspec.Struct, tag="dropRequest", kw_only=True, rename="camel"):
    """Lose the request: it is never applied."""

    count: int = 1
    path: Path = "exchange"
    kind: str | None = None


class FailResponse(msgspec.Struct, tag="failResponse", kw_only=True, rename="camel"):
    """Apply, and answer with this status. 200 stands for a body that is cut in the middle."""

    status: int = 502
    count: int = 1
    path: Path = "exchange"
    kind: str | None = None


class DropPush(msgspec.Struct, tag="dropPush", kw_only=True, rename="camel"):
    """Lose frames of a channel; only those for this user or coin, if one is named."""

    channel: str
    count: int = 1
    name: str | None = None


class DuplicatePush(msgspec.Struct, tag="duplicatePush", kw_only=True, rename="camel"):
    """Send frames of a channel twice."""

    channel: str
    count: int = 1
    name: str | None = None


class DelayChannel(msgspec.Struct, tag="delayChannel", kw_only=True, rename="camel"):
    """Send a channel's frames so much later, for a while; their order stays."""

    channel: str
    ms: int
    for_ms: int
    name: str | None = None


class SilenceChannel(msgspec.Struct, tag="silenceChannel", kw_only=True, rename="camel"):
    """Lose all frames of a channel for a while."""

    channel: str
    for_ms: int
    name: str | None = None


class StaleReads(msgspec.Struct, tag="staleReads", kw_only=True, rename="camel"):
    """Answer accounts' questions as of so long ago, for a while."""

    lag_ms: int
    for_ms: int


ResponseFault = DropResponse | DropRequest | FailResponse
ChannelFault = DropPush | DuplicatePush | DelayChannel | SilenceChannel
Fault = ResponseFault | ChannelFault | StaleReads


class Passage(msgspec.Struct, frozen=True):
    """How a frame goes out: how often, and how much later."""

    copies: int = 1
    delay_ms: int = 0


_STRAIGHT: Final = Passage()


class Faults:
    """The faults that were asked for and have not been used up."""

    def __init__(self, *, read_lag_ms: int, lag_ms_by_channel: Mapping[str, int]) -> None:
        self._read_lag_ms = read_lag_ms
        self._lag_ms_by_channel = lag_ms_by_channel
        self._responses: list[ResponseFault] = []
        self._channels: list[tuple[ChannelFault, int]] = []
        self._stale: list[tuple[StaleReads, int]] = []
        self.fired: dict[str, int] = {}
        """How often each kind of fault has had an effect."""

    @property
    def waiting(self) -> int:
        return len(self._responses) + len(self._channels) + len(self._stale)

    def add(self, fault: Fault, now_ms: int) -> bool:
        """Take a fault; False if too many wait."""
        if self.waiting >= FAULTS_MAX:
            return False
        match fault:
            case DropResponse() | DropRequest() | FailResponse():
                self._responses.append(fault)
            case StaleReads(for_ms=for_ms):
                self._stale.append((fault, now_ms + for_ms))
            case DelayChannel(for_ms=for_ms) | SilenceChannel(for_ms=for_ms):
                self._channels.append((fault, now_ms + for_ms))
            case DropPush() | DuplicatePush():
                self._channels.append((fault, 0))
        return True

    def clear(self) -> None:
        """Forget every fault that waits or lasts; what the configuration says stays."""
        self._responses.clear()
        self._channels.clear()
        self._stale.clear()

    def note(self, kind: str) -> None:
        """Count a fault that somebody else carried out."""
        self.fired[kind] = self.fired.get(kind, 0) + 1

    def answering(self, path: Path, kind: str, answer: Answer) -> Answer | None:
        """How a request will be answered; None if it is to be lost unapplied."""
        for fault in self._responses:
            if fault.path != path or fault.kind not in (None, kind):
                continue
            self._use_up(fault)
            if isinstance(fault, DropRequest):
                return None
            reply = _faulty_reply(fault)
            return lambda _: answer(reply)
        return answer

    def passage(self, channel: str, name: str, now_ms: int) -> Passage:
        """How a frame of this channel, about this user or coin, goes out."""
        lag_ms = self._lag_ms_by_channel.get(channel, 0)
        if not self._channels:
            return Passage(1, lag_ms) if lag_ms else _STRAIGHT
        self._channels = [
            (fault, until_ms) for fault, until_ms in self._channels if not 0 < until_ms <= now_ms
        ]
        copies = 1
        for fault, _ in list(self._channels):
            if fault.channel != channel or fault.name not in (None, name):
                continue
            self.note(_kind(fault))
            match fault:
                case DelayChannel(ms=ms):
                    lag_ms += ms
                case SilenceChannel():
                    copies = 0
                case DropPush():
                    copies = 0
                    self._count_down(fault)
                case DuplicatePush():
                    copies *= 2
                    self._count_down(fault)
        return Passage(copies, lag_ms)

    def read_lag_ms(self, now_ms: int) -> int:
        """How old an answer about an account is now."""
        lag_ms = self._read_lag_ms
        self._stale = [(fault, until_ms) for fault, until_ms in self._stale if until_ms > now_ms]
        for fault, _ in self._stale:
            lag_ms = max(lag_ms, fault.lag_ms)
            self.note("staleReads")
        return lag_ms

    @property
    def may_lag(self) -> bool:
        """Whether old states of accounts may be asked for."""
        return bool(self._read_lag_ms or self._stale)

    def _use_up(self, fault: ResponseFault) -> None:
        self.note(_kind(fault))
        fault.count -= 1
        if fault.count <= 0:
            self._responses.remove(fault)

    def _count_down(self, fault: DropPush | DuplicatePush) -> None:
        fault.count -= 1
        if fault.count <= 0:
            self._channels.remove((fault, 0))


def parse_fault(request: dict[str, Any]) -> Fault:
    """The fault that a request asks for.

    Raises:
        msgspec.ValidationError: it asks for none.
    """
    return msgspec.convert({"fault": request}, _Parsed).fault


class _Parsed(msgspec.Struct):
    fault: Fault


def _kind(fault: Fault) -> str:
    return str(fault.__struct_config__.tag)


def _faulty_reply(fault: DropResponse | FailResponse) -> Reply:
    if isinstance(fault, DropResponse):
        return NO_ANSWER
    if fault.status == 200:
        return Reply(200, MALFORMED)
    return Reply(fault.status, b"null")
