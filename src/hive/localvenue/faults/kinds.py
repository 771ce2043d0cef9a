"""Every fault that can be asked for, as the oracle and fault files write it.

requests   lost, refused, answered late, wrongly or not at all       `count` times
channels   frames lost, twice, late; first frames lost or cut short
windows    what holds for `forMs`: stale reads, outages, post-only, bad metadata
sockets    what is done to one socket, at once
steering   time, prices and cadences, at once
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

FOR_MS_MAX: Final = 7 * 86_400_000
OVERSIZE_BYTES_MAX: Final = 64 << 20
STEP_BLOCKS_MAX: Final = 100_000

Path = Literal["exchange", "info"]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Span = Annotated[int, msgspec.Meta(ge=0, le=FOR_MS_MAX)]
Status = Annotated[int, msgspec.Meta(ge=200, le=599)]
Pace = Annotated[int, msgspec.Meta(ge=1, le=3_600_000)]


class DropResponse(msgspec.Struct, tag="dropResponse", kw_only=True, rename="camel"):
    """Apply, and lose the answer."""

    count: Count = 1
    path: Path = "exchange"
    kind: str | None = None
    """Of the action or question; any, if absent."""


class DropRequest(msgspec.Struct, tag="dropRequest", kw_only=True, rename="camel"):
    """Lose the request: it is never applied."""

    count: Count = 1
    path: Path = "exchange"
    kind: str | None = None


class FailResponse(msgspec.Struct, tag="failResponse", kw_only=True, rename="camel"):
    """Apply, and answer with this status. 200 stands for a body that is cut in the middle."""

    status: Status = 502
    count: Count = 1
    path: Path = "exchange"
    kind: str | None = None


class DropPush(msgspec.Struct, tag="dropPush", kw_only=True, rename="camel"):
    """Lose frames of a channel; only those for this user or coin, if one is named."""

    channel: str
    count: Count = 1
    name: str | None = None


class DuplicatePush(msgspec.Struct, tag="duplicatePush", kw_only=True, rename="camel"):
    """Send frames of a channel twice."""

    channel: str
    count: Count = 1
    name: str | None = None


class DelayChannel(msgspec.Struct, tag="delayChannel", kw_only=True, rename="camel"):
    """Send a channel's frames so much later, for a while; their order stays."""

    channel: str
    ms: Span
    for_ms: Span
    name: str | None = None


class SilenceChannel(msgspec.Struct, tag="silenceChannel", kw_only=True, rename="camel"):
    """Lose all frames of a channel for a while."""

    channel: str
    for_ms: Span
    name: str | None = None


class StaleReads(msgspec.Struct, tag="staleReads", kw_only=True, rename="camel"):
    """Answer accounts' questions as of so long ago, for a while; all of them, or one kind."""

    lag_ms: int
    for_ms: Span
    kind: str | None = None


class RefuseRequest(msgspec.Struct, tag="refuseRequest", kw_only=True, rename="camel"):
    """Answer with this status, and apply nothing."""

    status: Status = 502
    count: Count = 1
    path: Path = "exchange"
    kind: str | None = None


class DelayResponse(msgspec.Struct, tag="delayResponse", kw_only=True, rename="camel"):
    """Apply at once, and answer so much later: pushes and other answers overtake it."""

    ms: Span
    count: Count = 1
    path: Path = "exchange"
    kind: str | None = None


class MangleStatuses(msgspec.Struct, tag="mangleStatuses", kw_only=True, rename="camel"):
    """Apply, and answer a batch with a list that is too short, too long, or holds nulls."""

    how: Literal["short", "long", "null"] = "short"
    count: Count = 1
    path: Path = "exchange"
    kind: str | None = None


class DelayPush(msgspec.Struct, tag="delayPush", kw_only=True, rename="camel"):
    """Send frames of a channel so much later; other channels overtake them."""

    channel: str
    ms: Span
    count: Count = 1
    name: str | None = None


class LoseModifyOpen(msgspec.Struct, tag="loseModifyOpen", kw_only=True, rename="camel"):
    """Replace an order by a modify, and never tell that the new one is open."""

    count: Count = 1


class DropFirstFrame(msgspec.Struct, tag="dropFirstFrame", kw_only=True, rename="camel"):
    """Acknowledge a subscription, and leave its snapshot out."""

    channel: str
    count: Count = 1
    name: str | None = None


class TruncateSnapshot(msgspec.Struct, tag="truncateSnapshot", kw_only=True, rename="camel"):
    """Cut the lists of a subscription's first frame to so many rows."""

    channel: str
    rows: Annotated[int, msgspec.Meta(ge=0)] = 0
    count: Count = 1
    name: str | None = None


class UnknownOrders(msgspec.Struct, tag="unknownOrders", kw_only=True, rename="camel"):
    """Answer `unknownOid` to every `orderStatus`, for a while."""

    for_ms: Span


class Outage(msgspec.Struct, tag="outage", kw_only=True, rename="camel"):
    """Refuse every request and connection, for a while; nothing is applied."""

    for_ms: Span
    status: Status = 503


class RefuseConnects(msgspec.Struct, tag="refuseConnects", kw_only=True, rename="camel"):
    """Let no new socket in, for a while."""

    for_ms: Span


class PostOnlyWindow(msgspec.Struct, tag="postOnlyWindow", kw_only=True, rename="camel"):
    """Take only post-only orders, as after a network upgrade, for a while."""

    for_ms: Span


class BadMeta(msgspec.Struct, tag="badMeta", kw_only=True, rename="camel"):
    """Tell metadata with a row that is missing, twice, or has an absurd number, for a while."""

    how: Literal["missing", "duplicate", "outOfRange"] = "outOfRange"
    for_ms: Span


class _OnSocket(msgspec.Struct, kw_only=True, rename="camel"):
    """Which socket: by number, or the oldest that holds a type of subscription, or the oldest."""

    connection: int | None = None
    holds: str | None = None


class CutSocket(_OnSocket, tag="cutSocket"):
    """End it without a closing handshake (1006)."""


class CloseSocket(_OnSocket, tag="closeSocket"):
    """End it with a close frame of this code."""

    code: Literal[1000, 1001, 1006, 1008, 1009, 1011, 1012] = 1011


class HalfOpenSocket(_OnSocket, tag="halfOpenSocket"):
    """Leave it open, hear nothing from it and say nothing on it any more."""


class SlowSocket(_OnSocket, tag="slowSocket"):
    """Let everything said on it come so much later, for good; 0 ends that."""

    ms: Span


class TearSocket(_OnSocket, tag="tearSocket"):
    """Send half of its next frame, and end it."""


class OversizeFrame(_OnSocket, tag="oversizeFrame"):
    """Send it a frame of so many bytes."""

    bytes: Annotated[int, msgspec.Meta(ge=64, le=OVERSIZE_BYTES_MAX)] = 5 << 20


class ErrorFrame(_OnSocket, tag="errorFrame"):
    """Send it an error frame. Texts that end in `id=N` name a post."""

    text: str


class Step(msgspec.Struct, tag="step", kw_only=True):
    """Make so many blocks now, where time goes step by step."""

    blocks: Annotated[int, msgspec.Meta(ge=1, le=STEP_BLOCKS_MAX)] = 1


class SkipTime(msgspec.Struct, tag="skipTime", kw_only=True):
    """Let the venue's clock be so much later from now on."""

    ms: Span


class SetRegime(msgspec.Struct, tag="regime", kw_only=True):
    """Let another kind of day begin in the synthetic markets."""

    name: str


class Jump(msgspec.Struct, tag="jump", kw_only=True):
    """Let the price of a synthetic market be elsewhere at once."""

    coin: str
    bps: Annotated[float, msgspec.Meta(ge=-9_000, le=100_000)]


class SetCadence(msgspec.Struct, tag="cadence", kw_only=True):
    """Push a type of stream, such as `l2Book`, at another pace from now on; of books those that are
    `fast`, or those that are not, or both."""

    stream: str
    ms: Pace
    fast: bool | None = None


ResponseFault = (
    DropResponse | DropRequest | FailResponse | RefuseRequest | DelayResponse | MangleStatuses
)
PushFault = DropPush | DuplicatePush | DelayPush | DelayChannel | SilenceChannel
FirstFrameFault = DropFirstFrame | TruncateSnapshot
WindowFault = StaleReads | UnknownOrders | Outage | RefuseConnects | PostOnlyWindow | BadMeta
SocketFault = (
    CutSocket | CloseSocket | HalfOpenSocket | SlowSocket | TearSocket | OversizeFrame | ErrorFrame
)
Steering = Step | SkipTime | SetRegime | Jump | SetCadence
WaitingFault = ResponseFault | PushFault | FirstFrameFault | WindowFault | LoseModifyOpen
Fault = WaitingFault | SocketFault | Steering


def parse_fault(request: dict[str, Any]) -> Fault:
    """The fault that a request asks for.

    Raises:
        msgspec.ValidationError: it asks for none.
    """
    return msgspec.convert({"fault": request}, _Parsed).fault


class _Parsed(msgspec.Struct):
    fault: Fault


def kind_of(fault: Fault) -> str:
    """The fault's name, as it is asked for and counted."""
    return str(fault.__struct_config__.tag)
