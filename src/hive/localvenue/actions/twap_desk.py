"""Starts, slices and ends TWAPs, and keeps what is told of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import TwapCancelAction, TwapOrderAction
from hive.localvenue.accounts.account import Account, FillRow
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange, Placed, Refused
from hive.localvenue.identity import Identities
from hive.localvenue.listings.catalog import Catalog, Listing
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.twaps import Twap, TwapOrder, TwapRules, TwapStatus
from hive.localvenue.orders.venue_order import Status, Ticket, Tif
from hive.localvenue.units import USD, parse_units
from hive.localvenue.views import twap as views_twap

Json = dict[str, Any]

NEVER_MS: Final = 2**62
HISTORY_KEPT: Final = 2_000
ID_START: Final = 1_600_000
"""About where the real venue is."""

BAD_MINUTES: Final = "Invalid TWAP duration: {} min(s)"
TOO_SMALL: Final = "TWAP order value too small. Min is ${}."
TOO_SMALL_PER_MINUTE: Final = "TWAP order value too small. Min is ${}, which is ${} per minute."
WOULD_INCREASE: Final = "Reduce-only TWAP order would increase position."
NEVER_PLACED: Final = "TWAP was never placed, already canceled, or filled."
BAD_ASSET: Final = "Order has invalid asset."
BAD_SIZE: Final = "Order has invalid size."
ZERO_SIZE: Final = "Order has zero size."
TOO_MANY: Final = "Exceeded max number of active TWAP orders."


class TwapDesk:
    """Every TWAP of the venue."""

    def __init__(
        self,
        catalog: Catalog,
        house: ClearingHouse,
        exchange: Exchange,
        identities: Identities,
        mark_of: MarkOf,
        *,
        rules: TwapRules,
        uniform: Callable[[], float],
    ) -> None:
        self._catalog = catalog
        self._house = house
        self._exchange = exchange
        self._identities = identities
        self._mark_of = mark_of
        self._rules = rules
        self._uniform = uniform
        self._running: dict[int, Twap] = {}
        self._last_id = ID_START
        self._history: dict[Address, deque[Json]] = {}
        self._taken: dict[Address, deque[Twap]] = {}

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        return {TwapOrderAction: self._start, TwapCancelAction: self._cancel}

    # --- what is told ---

    def running(self, user: Address) -> list[Twap]:
        return [twap for twap in self._running.values() if twap.owner == user]

    def taken(self, user: Address) -> list[Twap]:
        """Each of an account's that is remembered, running or over, oldest first."""
        return list(self._taken.get(user, ()))

    def history(self, user: Address) -> list[Json]:
        """What became of each, oldest first."""
        return list(self._history.get(user, ()))

    # --- actions ---

    def _start(self, account: Account, action: TwapOrderAction) -> Json:
        order = self._order_of(account, action)
        if isinstance(order, str):
            return _twap_answer("twapOrder", {"error": order})
        self._last_id += 1
        twap = Twap(self._last_id, account.address, order, self._house.now_ms)
        self._running[twap.twap_id] = twap
        self._taken.setdefault(account.address, deque(maxlen=HISTORY_KEPT)).append(twap)
        self._note(twap)
        return _twap_answer("twapOrder", {"running": {"twapId": twap.twap_id}})

    def _cancel(self, account: Account, action: TwapCancelAction) -> Json:
        twap = self._running.get(action.t)
        is_own = twap is not None and twap.owner == account.address
        if twap is None or not is_own or twap.order.listing.asset_id != action.a:
            return _twap_answer("twapCancel", {"error": NEVER_PLACED})
        self._end(twap, TwapStatus.TERMINATED)
        return _twap_answer("twapCancel", "success")

    def _order_of(self, account: Account, action: TwapOrderAction) -> TwapOrder | str:
        """What is asked for, or the venue's words for why not."""
        wire = action.twap
        listing = self._catalog.of_asset_id(wire.a)
        if listing is None or listing.is_delisted:
            return BAD_ASSET
        size = parse_units(wire.s, listing.size_decimals)
        if not size:
            return BAD_SIZE if size is None else ZERO_SIZE
        order = TwapOrder(
            listing=listing,
            is_buy=wire.b,
            size=size,
            reduce_only=wire.r,
            minutes=wire.m,
            is_randomized=wire.t,
        )
        return self._objection(account, order) or order

    def _objection(self, account: Account, order: TwapOrder) -> str | None:
        rules, listing, minutes = self._rules, order.listing, order.minutes
        if not rules.minutes_min <= minutes <= rules.minutes_max:
            return BAD_MINUTES.format(minutes)
        too_small = _too_small(rules, order, self._mark_of(listing.coin))
        if too_small is not None:
            return too_small
        if order.reduce_only and _closing(account, listing, is_buy=order.is_buy) <= 0:
            return WOULD_INCREASE
        return TOO_MANY if len(self.running(account.address)) >= rules.running_max else None

    # --- time ---

    @property
    def next_ms(self) -> int:
        return min((twap.next_ms for twap in self._running.values()), default=NEVER_MS)

    def advance(self, now_ms: int) -> None:
        """Send every slice that is due; end what has lost its coin."""
        for twap in list(self._running.values()):
            if twap.order.listing.is_delisted:
                self._end(twap, TwapStatus.TERMINATED)
                continue
            twap.pass_over(now_ms)
            if twap.status is TwapStatus.ACTIVATED and twap.next_ms <= now_ms:
                self._slice(twap)
            if twap.status is not TwapStatus.ACTIVATED:
                self._end(twap, twap.status)

    def terminate(self, user: Address, covers: Callable[[Listing], bool]) -> None:
        """End those of an account in what is covered, as the venue's own doing."""
        for twap in self.running(user):
            if covers(twap.order.listing):
                self._end(twap, TwapStatus.TERMINATED)

    def _slice(self, twap: Twap) -> None:
        account = self._house.accounts[twap.owner]
        size = twap.next_size(self._uniform())
        if not size:
            twap.sliced(0, 0)
            return
        self._identities.begin_system_action()
        placed = self._exchange.place(account, self._ticket(twap, size))
        if isinstance(placed, Placed):
            twap.sliced(placed.order.filled_size, placed.filled_usd)
            self._tell_fills(twap, placed)
            return
        twap.sliced(0, 0)
        if isinstance(placed, Refused) and placed.order.status is Status.REDUCE_ONLY_REJECTED:
            twap.end(TwapStatus.ERROR, WOULD_INCREASE)

    def _ticket(self, twap: Twap, size: int) -> Ticket:
        order = twap.order
        return Ticket(
            listing=order.listing,
            is_buy=order.is_buy,
            px=twap.limit_px(self._mark_of(order.listing.coin)),
            size=size,
            tif=Tif.IOC,
            reduce_only=order.reduce_only,
            twap_id=twap.twap_id,
        )

    def _tell_fills(self, twap: Twap, placed: Placed) -> None:
        news = self._house.news
        rows = [
            row for row in news.fills_by_user.get(twap.owner, ()) if row.oid == placed.order.oid
        ]
        if rows:
            news.event(twap.owner, {"twapSliceFills": [views_twap.slice_fill(row) for row in rows]})

    def _end(self, twap: Twap, status: TwapStatus) -> None:
        del self._running[twap.twap_id]
        twap.end(status, twap.description)
        twap.ended_ms = self._house.now_ms
        self._note(twap)

    def _note(self, twap: Twap) -> None:
        """Keep and tell what has become of it."""
        row = views_twap.history_row(twap, self._house.now_ms)
        self._history.setdefault(twap.owner, deque(maxlen=HISTORY_KEPT)).append(row)
        self._house.news.event(twap.owner, {"twapHistory": [row]})


def is_slice(row: FillRow) -> bool:
    return row.twap_id is not None


def _too_small(rules: TwapRules, order: TwapOrder, mark: int) -> str | None:
    usd, per_minute = order.listing.usd_of(order.size * mark), rules.usd_per_minute_min
    if usd < order.minutes * per_minute * USD:
        return TOO_SMALL_PER_MINUTE.format(order.minutes * per_minute, per_minute)
    return TOO_SMALL.format(rules.usd_min) if usd < rules.usd_min * USD else None


def _closing(account: Account, listing: Listing, *, is_buy: bool) -> int:
    position = 0 if listing.pair is not None else account.size_of(listing.coin)
    return -position if is_buy else position


def _twap_answer(kind: str, status: Json | str) -> Json:
    return {"type": kind, "data": {"status": status}}
