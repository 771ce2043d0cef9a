"""Many accounts at one venue, each traded by three strategies that know nothing of each other.

What is true is the venue's: its accounts' positions, cash and records.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

from tests.properties.netting_lane import Lane
from tests.properties.netting_street import COIN, Street
from tests.unit.execution.desk_surroundings import Marks, Registry
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, catalog

from hive.domain.account import Funding
from hive.domain.identifiers import Address, TradeId
from hive.domain.market import Side
from hive.domain.orders import Fill, OrderReport
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.codec import report_kind
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.accounts.account import FillRow
from hive.localvenue.clearing.news import OrderNote
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.orders.venue_order import Status
from hive.localvenue.units import decimal_of, usd_of
from hive.runtime.clock import ManualClock
from hive.serving.port import Reply

BLOCK_MS: Final = 3_000
HOUR_MS: Final = 3_600_000
FUNDED_USD: Final = Decimal(3_000)
HOUR_CHANCE: Final = 0.05
"""That the next block is the first of another hour, and funding is paid."""
PX_DECIMALS, SIZE_DECIMALS, USD_DECIMALS = 1, 5, 6


class Heard(NamedTuple):
    """What the streams told an account of a block."""

    reports: list[OrderReport]
    fills: list[Fill]
    paid: list[Funding]


class World:
    """A venue, a street and so many accounts."""

    def __init__(self, seed: int, lanes: int) -> None:
        self.rng = Random(seed)
        self.street = Street(self.rng)
        config = VenueConfig(
            start_ms=START_MS,
            seed=seed,
            block_ms=BLOCK_MS,
            history=SHORT_PAST,
            limits=VenueLimits(requests_initial=10**9),
        )
        self.engine = Engine(config, self.street, catalog())
        self.clock = ManualClock(START_MS)
        self.registry = Registry()
        self._marks = Marks()
        self.nonce = START_MS
        self.counts: Counter[str] = Counter()
        """What happened, for a world must be worth looking at."""
        self.paid_in: Counter[Address] = Counter()
        self.heard: dict[Address, Heard] = {}
        """What the streams told each account of the last block."""
        self._funding_usd: Counter[Address] = Counter()
        self._taken_over: set[Address] = set()
        self.lanes: list[Lane] = []
        for number in range(lanes):
            account = Address(f"0x{number + 1:040x}")
            lane = Lane(
                account,
                self.clock,
                self.registry,
                partial(self._posted, account),
                marks=self._marks,
                crosses_inside=number % 2 == 0,
            )
            self.lanes.append(lane)
            self._credit(account)
        self._lane_by_account = {lane.account: lane for lane in self.lanes}

    def _credit(self, account: Address) -> None:
        self.engine.credit(account, usd_of(FUNDED_USD))
        self.paid_in[account] += usd_of(FUNDED_USD)

    # --- actions ---------------------------------------------------------------------------------

    def _posted(self, account: Address, request_id: int, body: dict[str, Any]) -> None:
        self.submit(account, body["action"], partial(self._answered, account, request_id))

    def submit(self, account: Address, action: dict[str, Any], answer: Any) -> None:
        self.nonce += 1
        submission = Submission(
            action=parse_action(action),
            signer=account,
            is_user_signed=False,
            nonce=self.nonce,
            expires_after=None,
            answer=answer,
        )
        self.engine.submit(submission, self.clock.now_ms())

    def _answered(self, account: Address, request_id: int, reply: Reply) -> None:
        self._lane_by_account[account].replied(request_id, reply.body)

    # --- time ------------------------------------------------------------------------------------

    def make_block(self) -> None:
        """Let the venue do its part, and everybody hear of it, in one of the orders that occur."""
        passed_ms = BLOCK_MS
        if self.rng.random() < HOUR_CHANCE:
            passed_ms = HOUR_MS - self.clock.now_ms() % HOUR_MS
        self.clock.advance_ms(passed_ms)
        replies = self.engine.make_block(self.clock.now_ms())
        is_reply_first = self.rng.random() < 0.5
        if is_reply_first:
            for answer, reply in replies:
                answer(reply)
        self.heard.clear()
        self._marks.books[COIN] = self.street.bbo
        for lane in self._told():
            self._tell(lane)
        if not is_reply_first:
            for answer, reply in replies:
                answer(reply)
        for lane in self.lanes:
            lane.send()

    def _told(self) -> list[Lane]:
        users = self.engine.house.news.users
        return [self._lane_by_account[user] for user in users if user in self._lane_by_account]

    def _tell(self, lane: Lane) -> None:
        news, account = self.engine.house.news, lane.account
        reports = [report_of(note) for note in news.orders_by_user.get(account, ())]
        fills = [fill_of(row, account) for row in news.fills_by_user.get(account, ())]
        events = news.events_by_user.get(account, ())
        paid = [funding_of(row["funding"], account) for row in events if "funding" in row]
        for report in reports:
            self.counts[report.status] += 1
        if any("liquidation" in row for row in events):
            self._taken_over.add(account)
        for funding in paid:
            self._funding_usd[account] += usd_of(funding.usd)
        for fill in fills:
            self.counts[fill.direction] += 1
            self.counts["liquidation fills"] += fill.liquidated_user == account
        self.counts["funding"] += len(paid)
        self.heard[account] = Heard(reports, fills, paid)
        lane.take(reports, fills, paid)

    def help_the_ruined(self) -> None:
        """Pay in again, so that everybody goes on trading."""
        for lane in self.lanes:
            account = self.engine.house.accounts[lane.account]
            if account.cash_usd < usd_of(FUNDED_USD / 2) and not account.size_of(COIN):
                self._credit(lane.account)

    def restart(self, lane: Lane) -> None:
        """Let the lane's process die between two blocks, and another begin."""
        now_ms = self.clock.now_ms()
        orders = self.engine.house.accounts[lane.account].open_orders.values()
        notes = [OrderNote(order, Status.OPEN, order.open_size, now_ms) for order in orders]
        lane.restart([report_of(note) for note in notes])

    # --- the truth -------------------------------------------------------------------------------

    def size_of(self, lane: Lane) -> Decimal:
        """What the venue says that the account holds."""
        return decimal_of(self.engine.house.accounts[lane.account].size_of(COIN), SIZE_DECIMALS)

    def earned_usd(self, lane: Lane) -> Decimal:
        """What the account's fills and payments brought, by the venue's records.

        That is its cash beyond what was paid in, unless the venue's vault took over what was left
        of it together with its positions.
        """
        account = self.engine.house.accounts[lane.account]
        usd = self._funding_usd[lane.account]
        for row in self.engine.archive.of(lane.account):
            usd -= row.px * row.size * (1 if row.is_buy else -1) + row.fee_usd
        is_taken_over = lane.account in self._taken_over
        assert is_taken_over or usd == account.cash_usd - self.paid_in[lane.account]
        return decimal_of(usd, USD_DECIMALS)


def report_of(note: OrderNote) -> OrderReport:
    order = note.order
    return OrderReport(
        coin=COIN,
        side=Side.BUY if order.is_buy else Side.SELL,
        limit_px=decimal_of(order.px, PX_DECIMALS),
        open_size=decimal_of(note.open_size, SIZE_DECIMALS),
        original_size=decimal_of(order.size, SIZE_DECIMALS),
        oid=order.oid,
        cloid=order.cloid,
        kind=report_kind(note.status.value),
        status=note.status.value,
        status_ms=note.ms,
        reduce_only=order.reduce_only,
    )


def fill_of(row: FillRow, account: Address) -> Fill:
    liquidation = row.liquidation
    return Fill(
        account=account,
        coin=COIN,
        side=Side.BUY if row.is_buy else Side.SELL,
        px=decimal_of(row.px, PX_DECIMALS),
        size=decimal_of(row.size, SIZE_DECIMALS),
        venue_ms=row.ms,
        trade_id=TradeId(row.tid),
        oid=row.oid,
        cloid=row.cloid,
        start_position=decimal_of(row.start_position, SIZE_DECIMALS),
        direction=row.direction,
        closed_pnl_usd=decimal_of(row.closed_usd, USD_DECIMALS),
        fee=decimal_of(row.fee_usd, USD_DECIMALS),
        fee_token="USDC",
        is_taker=row.is_taker,
        liquidated_user=None if liquidation is None else Address(liquidation["liquidatedUser"]),
    )


def funding_of(row: dict[str, Any], account: Address) -> Funding:
    return Funding(
        account=account,
        coin=row["coin"],
        usd=Decimal(row["usdc"]),
        size=Decimal(row["szi"]),
        rate=Decimal(row["fundingRate"]),
        venue_ms=row["time"],
    )
