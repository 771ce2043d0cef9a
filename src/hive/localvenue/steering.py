"""Time, prices, cadences and single sockets, moved by hand over the oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

from hive.localvenue.answers.outbox import encode_frame
from hive.localvenue.answers.streams import Streams
from hive.localvenue.clock.venue_time import VenueTime
from hive.localvenue.faults.kinds import (
    CloseSocket,
    ErrorFrame,
    HalfOpenSocket,
    Jump,
    OversizeFrame,
    SetCadence,
    SetRegime,
    SkipTime,
    SlowSocket,
    SocketFault,
    Steering,
    Step,
    TearSocket,
)
from hive.localvenue.faults.mangling import oversized
from hive.localvenue.markets.ports import Markets
from hive.localvenue.markets.regimes import REGIMES, Regime
from hive.serving.port import Close, HalfOpen, Say, Slow, SocketTrouble, Subscribers, Tear

ABNORMAL: Final = 1006
"""No close frame can carry it: the socket just ends."""


@runtime_checkable
class SteerableMarkets(Protocol):
    """Markets whose weather and prices can be changed; the synthetic ones."""

    @property
    def coins(self) -> list[str]: ...

    def set_regime(self, regime: Regime, now_ms: int) -> None: ...

    def jump(self, coin: str, bps: float) -> None: ...


class Helm:
    """Carries out what is asked; each answer is what is wrong with it, None if nothing is."""

    def __init__(
        self,
        markets: Markets,
        streams: Streams,
        time: VenueTime,
        *,
        step: Callable[[], None],
        holder_of: Callable[[str], int | None],
    ) -> None:
        """`step` makes a block; `holder_of` finds the oldest socket that holds a type."""
        self._markets = markets
        self._streams = streams
        self._time = time
        self._step = step
        self._holder_of = holder_of
        self._subscribers: Subscribers | None = None

    def attach(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers

    def steer(self, wanted: Steering) -> str | None:
        match wanted:
            case Step(blocks=blocks):
                if not self._time.is_stepped:
                    return "time goes by itself here"
                for _ in range(blocks):
                    self._step()
            case SkipTime(ms=ms):
                self._time.skip(ms)
            case SetCadence():
                if not self._streams.set_cadence(wanted):
                    return f"no stream {wanted.stream} goes by the clock"
            case SetRegime() | Jump():
                return self._steer_markets(wanted)
        return None

    def _steer_markets(self, wanted: SetRegime | Jump) -> str | None:
        markets = self._markets
        if not isinstance(markets, SteerableMarkets):
            return "these markets are not ours to move"
        if isinstance(wanted, Jump):
            if wanted.coin not in markets.coins:
                return f"no market for {wanted.coin}"
            markets.jump(wanted.coin, wanted.bps)
            return None
        regime = REGIMES.get(wanted.name)
        if regime is None:
            return f"no regime {wanted.name}; there are {', '.join(REGIMES)}"
        markets.set_regime(regime, self._time.now_ms)
        return None

    def strike(self, fault: SocketFault) -> str | None:
        """Do it to the socket that is meant."""
        assert self._subscribers is not None, "attach comes first"
        sockets = self._subscribers.connections()
        connection = fault.connection
        if fault.holds is not None:
            connection = self._holder_of(fault.holds)
        elif connection is None and sockets:
            connection = sockets[0]
        if connection is None or connection not in sockets:
            return "no such socket"
        trouble = _trouble_of(fault)
        if trouble is None:
            self._subscribers.cut(connection)
        else:
            self._subscribers.trouble(connection, trouble)
        return None


def _trouble_of(fault: SocketFault) -> SocketTrouble | None:
    """What is to happen to the socket; None if it is just dropped."""
    trouble: SocketTrouble | None = None
    match fault:
        case CloseSocket(code=code) if code != ABNORMAL:
            trouble = Close(code)
        case HalfOpenSocket():
            trouble = HalfOpen()
        case SlowSocket(ms=ms):
            trouble = Slow(ms)
        case TearSocket():
            trouble = Tear()
        case OversizeFrame(bytes=size_bytes):
            trouble = Say(oversized(size_bytes))
        case ErrorFrame(text=text):
            trouble = Say(encode_frame("error", text))
        case _:
            pass
    return trouble
