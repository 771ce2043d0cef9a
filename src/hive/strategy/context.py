"""A strategy's hands, as its author sees them: everything it may see and do."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from hive.domain.errors import CallerError
from hive.domain.identifiers import Cloid
from hive.domain.leverage import LeverageSetting, MarginMode
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions
from hive.domain.orders import OrderDraft, TimeInForce
from hive.domain.quotes import WantedQuotes
from hive.domain.twaps import Twap
from hive.strategy.sight import Sight
from hive.strategy.views import Bracket, Protection


class StrategyStopped(CallerError):
    """A paused or stopped strategy tried to act. In `on_stop` it may still reduce, by IOC."""


@runtime_checkable
class Context(Sight, Protocol):
    """A strategy's hands: what it may see and do. One for each strategy; nothing is global.

    Prices are USD per coin, sizes are coins, times are milliseconds. Numbers may be given as float
    or as Decimal: a float is rounded to what the venue allows, never to your disadvantage (a buy's
    price down, a sell's price up, a size down); a Decimal is taken at its word and refused if it
    breaks a rule.
    """

    # --- to act --------------------------------------------------------------------------------

    def place(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
        options: OrderOptions | None = None,
    ) -> Cloid:
        """Ask for an order; what becomes of it arrives at `on_order`.

        A refusal by a rule or limit of ours arrives there too, as REFUSED with the rule's name:
        nothing about the market or a number is ever raised here.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            StrategyStopped: called after the strategy was paused or stopped.
        """
        ...

    def stop(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        px: Decimal | float,
        *,
        limit_px: Decimal | float | None = None,
        reduce_only: bool = True,
    ) -> Cloid:
        """Trade once the mark price goes against you to `px`: a seller's below it, a buyer's above.

        At the market, up to a tenth beyond `px`; or, with `limit_px`, by a limit order placed then.
        It waits at the venue, which watches the price itself, and TRIGGERED tells when it came. One
        whose price has come already is REJECTED. A stop, a take-profit and orders in the book may
        each be as large as the position: the first to trade takes the others along.

        Raises:
            UnknownCoin, StrategyStopped: as `place`.
        """
        ...

    def take_profit(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        px: Decimal | float,
        *,
        limit_px: Decimal | float | None = None,
        reduce_only: bool = True,
    ) -> Cloid:
        """`stop` the other way: trade once the mark price goes to `px` in your favour."""
        ...

    def market(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        *,
        slippage_bps: float = 50.0,
        reduce_only: bool = False,
    ) -> Cloid | None:
        """Trade at once, at most so far past the best price (or the mark, while that is unknown).

        What finds nobody there is cancelled. None when there is no price to start from.

        Raises:
            UnknownCoin, StrategyStopped: as `place`.
        """
        ...

    def draft(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
        options: OrderOptions | None = None,
    ) -> OrderDraft:
        """Write an order down, its numbers made legal as `place` would, for `place_unit`.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
        """
        ...

    def place_unit(self, drafts: Sequence[OrderDraft]) -> list[Cloid]:
        """Place orders that go together: in one signed action, in this order, with no others in it.

        If one of them breaks a rule or limit, all are REFUSED and none is sent; if the venue
        refuses the action, all are REJECTED. Once it is taken, each has an end of its own.

        Raises:
            LimitReached: there are none, or more than 40.
            StrategyStopped: as `place`.
        """
        ...

    def bracket(
        self,
        entry: OrderDraft,
        *,
        stop_px: Decimal | float | None = None,
        take_profit_px: Decimal | float | None = None,
    ) -> Bracket:
        """Place an entry with a stop, a take-profit or both, each an order with a life of its own.

        They trade at the market, close what the entry opened, and end each other. With the coin to
        yourself the venue keeps all three (`normalTpsl`): they work while this process is down, and
        begin when the entry is wholly filled. Where other strategies of the account trade the coin,
        the venue would hold them to everybody's position; then the desk sends them as the entry
        fills, always as large as what filled. If the entry ends after a part of it filled, that
        part is protected all the same; orders that are placed for it name the entry as `parent`.

        If one of them breaks a rule or limit, none is sent.

        Raises:
            StrategyStopped: as `place`.
        """
        ...

    def protect(
        self,
        coin: str,
        *,
        stop_px: Decimal | float | None = None,
        take_profit_px: Decimal | float | None = None,
    ) -> Protection | None:
        """Place a stop, a take-profit or both for your position of the coin as it is now.

        Each is as large as your position, and is cut as it shrinks; what you add later is not
        covered. The venue's own orders of this kind (`positionTpsl`) close the account's position,
        which may be others' too, and are never used. None when there is nothing to protect.

        Raises:
            UnknownCoin, StrategyStopped: as `place`.
        """
        ...

    def buy(
        self,
        coin: str,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
    ) -> Cloid:
        """`place` on the buying side."""
        ...

    def sell(
        self,
        coin: str,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
    ) -> Cloid:
        """`place` on the selling side."""
        ...

    def replace(
        self,
        cloid: Cloid,
        *,
        size: Decimal | float | None = None,
        limit_px: Decimal | float | None = None,
        trigger_px: Decimal | float | None = None,
    ) -> None:
        """Give an order another price or *total* size (fills included); it keeps its cloid.

        `trigger_px` is for one that still waits for a price: how a stop is moved. While actions are
        short, a post-only order that would move by little stays: REPLACE_REJECTED, `coarse: ...`.
        """
        ...

    def cancel(self, cloid: Cloid) -> None:
        """Take an order out of the book. Nothing happens if it is done already."""
        ...

    def cancel_all(self, coin: str | None = None) -> None:
        """Cancel every open order of yours, or those of one coin; quotes and TWAPs end, too."""
        ...

    def quote(
        self,
        coin: str,
        *,
        bids: WantedQuotes | None = (),
        asks: WantedQuotes | None = (),
        tif: TimeInForce = TimeInForce.ALO,
        min_move_bps: float = 0.0,
        min_resize_pct: float = 10.0,
    ) -> None:
        """Have these orders, `(px, size)` each, open on the coin, and no others of yours.

        The desk sends the least that gets there: what stands at a wanted price stays, what stands
        elsewhere is replaced, the rest is placed or cancelled; saying the same again sends nothing.
        None leaves a side as it is. An order is left alone while it is no further than
        `min_move_bps` from where it is wanted, and its open size no more than `min_resize_pct` off.

        Never is more open on a side than you want, whatever is on its way; each call is worked off
        once, and what is refused is not tried again before the next. Orders that only reduce, wait
        for a price, or match at once or not at all are none of the set's.

        Raises:
            UnknownCoin, StrategyStopped: as `place`.
            LimitReached: more than `QUOTE_LEVELS_MAX` orders on a side.
        """
        ...

    def twap(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        minutes: int,
        *,
        randomize: bool = False,
        reduce_only: bool = False,
    ) -> Cloid:
        """Have the venue trade so much over so many minutes (5 to 1440), a slice each 30 s.

        Its slices trade at the market, at most 3 % from the mark. What becomes of it arrives at
        `on_twap`, what it trades at `on_fill`. It is judged by your limits as one order of its
        whole size, goes on while your process is down, and ends with `cancel_all`, as orders do.
        The ready-made strategy of that name is another thing: it slices by itself.

        Raises:
            UnknownCoin, StrategyStopped: as `place`.
        """
        ...

    def cancel_twap(self, cloid: Cloid) -> None:
        """End a TWAP; what it has traded stays. Nothing happens if it is over."""
        ...

    def open_twaps(self) -> list[Twap]:
        """Your TWAPs that run at the venue or may, oldest first."""
        ...

    def set_leverage(self, coin: str, leverage: int, *, mode: MarginMode | None = None) -> None:
        """Have the coin traded with this leverage, and if given this margin mode.

        The account has one of each per coin, whoever trades it: the lowest leverage holds for all.
        What would lift it above another strategy's, or change another's mode, is REFUSED, by
        `leverage_shared` or `margin_mode_shared`; so is another mode while the account holds the
        coin. What becomes of it arrives at `on_leverage`: SET once the venue's state shows it.

        Raises:
            UnknownCoin, StrategyStopped: as `place`.
        """
        ...

    def leverage(self, coin: str) -> LeverageSetting | None:
        """What the venue was last seen to have; None for a coin that nobody set it for."""
        ...

    def flatten(self, coin: str, *, slippage_bps: float = 50.0) -> Cloid | None:
        """Close your position at the market: reduce-only, IOC, at most so far past the best price.

        None when there is nothing to close, or no price to close at.
        """
        ...

    # --- to be called later ----------------------------------------------------------------------

    def every(self, name: str, interval_ms: int, *, aligned: bool = False) -> None:
        """Call `on_timer(name)` again and again; `aligned` to multiples of the interval in the day.

        When late (a pause of the machine, a slow neighbour) it fires once and goes on from there: a
        missed beat is not made up for. The same name again replaces the timer.

        Raises:
            LimitReached: the interval is under 10 ms, or there are too many timers.
        """
        ...

    def after(self, name: str, delay_ms: int) -> None:
        """Call `on_timer(name)` once. The same name again replaces the timer."""
        ...

    def cancel_timer(self, name: str) -> None:
        """Forget that timer; nothing happens if there is none."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str = "task") -> None:
        """Run a task of your own. It is cancelled when the strategy stops or is paused.

        Raises:
            LimitReached: there are too many already.
        """
        ...

    def log(self, message: str, **fields: object) -> None:
        """Say something for people to read, under this strategy's name."""
        ...
