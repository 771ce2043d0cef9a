"""The local venue: requests in, answers and pushes out, and a clock that it is told.

    exchange ──▶ ingress ──▶ Engine, block by block ──▶ answers
                               │  News
    info ──▶ Questions ◀───────┴──────▶ Streams ──▶ Outbox ──▶ sockets

Everything is core: no clock, no waiting, no chance but the seed's. Its time only goes forward,
whatever it is told.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address, parse_address
from hive.hyperliquid.actions import exchange_weight
from hive.hyperliquid.limits import info_rows_weight, info_weight
from hive.localvenue.accounts.account import Account
from hive.localvenue.actions.ingress import TurnedAway, read_action, refused, submission_of, unfit
from hive.localvenue.answers.account_history import AccountHistory
from hive.localvenue.answers.outbox import Outbox
from hive.localvenue.answers.question_forms import Failed, Moment
from hive.localvenue.answers.questions import Questions
from hive.localvenue.answers.streams import Streams
from hive.localvenue.clock.blocks import is_taking
from hive.localvenue.clock.venue_time import VenueTime
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.faults.script import FaultPlan
from hive.localvenue.faults.waiting import Faults
from hive.localvenue.limits.ip_limits import IpLimits
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import Markets
from hive.localvenue.oracle import Credit, Oracle
from hive.localvenue.steering import Helm
from hive.localvenue.units import usd_of, usd_text
from hive.localvenue.views import account as views_account
from hive.localvenue.views.truth import (
    AccountTruth,
    PastOrder,
    TrueTwap,
    account_truth,
    past_orders,
    true_twap,
)
from hive.serving.port import Answer, ExchangeRequest, Reply, Subscribers, Subscribing
from hive.serving.postponed import Postponed

Json = dict[str, Any]

POST_ONLY_NOW: Final = "Only post-only orders allowed immediately after network upgrade"
TOO_MANY_REQUESTS: Final = Reply(429, b"null")


class LocalVenue:
    """Our exchange. Behind `serving.port.VenuePort`."""

    def __init__(self, config: VenueConfig, markets: Markets, catalog: Catalog) -> None:
        self._is_mainnet = config.network == "mainnet"
        self._is_reply_first = config.is_reply_first
        self._faucet_usd = usd_of(config.faucet_usd)
        self._time = VenueTime(config.start_ms, is_stepped=config.is_stepped)
        self._block_ms = config.block_ms
        self._ips = IpLimits(config.limits)
        self._postponed = Postponed(config.start_ms)
        self._faults = Faults(
            self._postponed,
            read_lag_ms=config.read_lag_ms,
            lag_ms_by_channel=config.lag_ms_by_channel,
        )
        self._engine = Engine(config, markets, catalog, self._faults.loses_open)
        self._outbox = Outbox(self._faults)
        self._history = AccountHistory()
        self._subscribers: Subscribers | None = None
        engine = self._engine
        self._questions = Questions(engine, self._history, pages=config.pages)
        self._streams = Streams(
            engine, self._outbox, self._questions.web, config=config, now_ms=config.start_ms
        )
        chaos = None
        if config.chaos_seed is not None:
            chaos = seeded_sources(config.chaos_seed)("chaos")
        self._plan = FaultPlan(config.start_ms, config.fault_script, chaos)
        self._helm = Helm(
            markets,
            self._streams,
            self._time,
            step=self._step,
            holder_of=self._ips.holder_of,
        )
        self._oracle = Oracle(
            self._faults,
            truth=self.truth,
            counters=self.counters,
            credit=self._credit_asked,
            bind=engine.bind,
            change_listings=engine.listings.ask,
            helm=self._helm,
        )

    @property
    def engine(self) -> Engine:
        """What blocks change, for tests and tools that look inside."""
        return self._engine

    @property
    def info_types(self) -> list[str]:
        """What /info answers."""
        return self._questions.types

    @property
    def stream_types(self) -> list[str]:
        """What can be subscribed to."""
        return self._streams.types

    # --- requests ---

    def attach(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers
        self._helm.attach(subscribers)
        self._outbox.attach(subscribers)

    def info(self, request: Json, *, ip: str | None, now_ms: int, answer: Answer) -> None:
        now_ms = self._forward(now_ms)
        kind = request["type"]
        if ip is not None and not self._ips.spend_weight(ip, info_weight(kind), now_ms):
            answer(TOO_MANY_REQUESTS)
            return
        if "user" in request:
            self._named(Address(request["user"]))
        answering, instead = self._faults.handling("info", kind, answer, now_ms)
        if instead is not None:
            answer(instead)
            return
        moment = Moment(now_ms, now_ms - self._faults.read_lag_ms(now_ms, kind))
        found = self._questions.answer(request, moment)
        if found is None:
            answering(unfit(f"unknown type {kind}").reply)
        elif isinstance(found, Failed):
            answering(Reply(found.status, found.body))
        else:
            if ip is not None:
                self._ips.charge_rows(ip, info_rows_weight(kind, found.rows), now_ms)
            payload = self._faults.mangled(kind, found.payload, now_ms)
            answering(Reply(200, msgspec.json.encode(payload)))

    def exchange(
        self, request: ExchangeRequest, *, ip: str | None, now_ms: int, answer: Answer
    ) -> None:
        now_ms = self._forward(now_ms)
        action = read_action(request)
        weight = 1 if isinstance(action, TurnedAway) else exchange_weight(action)
        if ip is not None and not self._ips.spend_weight(ip, weight, now_ms):
            answer(TOO_MANY_REQUESTS)
            return
        if isinstance(action, TurnedAway):
            self._turn_away(action, answer)
            return
        kind = request.action["type"]
        answering, instead = self._faults.handling("exchange", kind, answer, now_ms)
        if instead is not None:
            answer(instead)
            return
        if is_taking(action) and self._faults.is_post_only(now_ms):
            self._turn_away(refused(POST_ONLY_NOW, "post-only window"), answering)
            return
        submission = submission_of(action, request, is_mainnet=self._is_mainnet, answer=answering)
        if isinstance(submission, TurnedAway):
            self._turn_away(submission, answering)
        else:
            self._engine.submit(submission, now_ms)

    def _turn_away(self, away: TurnedAway, answer: Answer) -> None:
        self._engine.executor.counts.refuse(away.reason)
        answer(away.reply)

    # --- sockets ---

    def may_connect(self, *, ip: str, now_ms: int) -> bool:
        now_ms = self._forward(now_ms)
        return self._faults.lets_in(now_ms) and self._ips.may_connect(ip, now_ms)

    def connected(self, connection: int, *, ip: str, now_ms: int) -> None:
        self._forward(now_ms)
        self._ips.connected(connection, ip)

    def disconnected(self, connection: int, *, now_ms: int) -> None:
        self._forward(now_ms)
        for key in self._ips.disconnected(connection):
            self._streams.let_go(key)

    def received(self, connection: int, *, now_ms: int) -> bool:
        return self._ips.received(connection, self._forward(now_ms))

    def subscribing(self, subscription: Json, *, connection: int, now_ms: int) -> Subscribing:
        self._forward(now_ms)
        if not self._streams.offers(subscription):
            return Subscribing.INVALID
        coin, user = subscription.get("coin"), subscription.get("user")
        if coin is not None and not self._engine.market.knows(coin):
            return Subscribing.DROP_SOCKET
        if self._engine.market.catalog.dex(subscription.get("dex", "")) is None:
            return Subscribing.INVALID
        return self._ips.subscribing(connection, user)

    def subscribed(
        self, subscription: Json, key: str, *, connection: int, now_ms: int
    ) -> list[bytes]:
        now_ms = self._forward(now_ms)
        user = subscription.get("user")
        if user is not None:
            self._named(Address(user))
        self._ips.subscribed(connection, key, user)
        self._streams.hold(subscription, key)
        frames = self._streams.first_frames(subscription, now_ms)
        about = subscription.get("coin", user)
        return self._faults.first_frames(subscription["type"], about, frames)

    def unsubscribed(
        self,
        subscription: Json,  # noqa: ARG002 - the port names it; the key says enough here
        key: str,
        *,
        connection: int,
        now_ms: int,
    ) -> None:
        self._forward(now_ms)
        self._ips.unsubscribed(connection, key)
        self._streams.let_go(key)

    # --- time ---

    def advance(self, now_ms: int) -> None:
        self._live(self._forward(now_ms))

    def _live(self, now_ms: int) -> None:
        """Do everything that is due at the venue's own time."""
        for fault in self._plan.due(now_ms):
            self._oracle.inflict(fault, now_ms)
        self._postponed.release()
        self._outbox.release(now_ms)
        if self._engine.block_due_ms <= now_ms:
            self._make_block(now_ms)
        self._streams.tick(now_ms)

    def next_deadline_ms(self) -> int:
        deadline_ms = min(self._engine.block_due_ms, self._streams.next_ms, self._plan.next_ms)
        for late_ms in (self._outbox.next_ms, self._postponed.next_ms):
            if late_ms is not None:
                deadline_ms = min(deadline_ms, late_ms)
        return self._time.told_ms(deadline_ms)

    def _forward(self, told_ms: int) -> int:
        """The venue's present, when it was told that time."""
        self._postponed.now_ms = self._time.forward(told_ms)
        return self._time.now_ms

    def _step(self) -> None:
        """Let time go to the next block, and make it."""
        now_ms = self._time.now_ms
        self._time.step_to(now_ms - now_ms % self._block_ms + self._block_ms)
        self._postponed.now_ms = self._time.now_ms
        self._live(self._time.now_ms)

    def _make_block(self, now_ms: int) -> None:
        replies = self._engine.make_block(now_ms)
        self._note_states()
        if not self._is_reply_first:
            self._streams.push_block(now_ms)
        for answer, reply in replies:
            answer(reply)
        if self._is_reply_first:
            self._streams.push_block(now_ms)

    # --- accounts ---

    def credit(self, address: Address, usd: Decimal, dex: str = "") -> None:
        """Pay money in on a perp dex; the account is opened if there is none."""
        self._pay_in(address, usd_of(usd), dex)

    def credit_token(self, address: Address, name: str, amount: Decimal) -> bool:
        """Pay a token in for spot; False if there is no such token or amount of it."""
        token = self._engine.market.catalog.tokens.of_name(name)
        wei = None if token is None else token.wei_of(format(amount, "f"))
        if token is None or wei is None:
            return False
        self._engine.office.credit_token(address, token, wei)
        self._streams.push_ledger(self._time.now_ms)
        return True

    def _credit_asked(self, asked: Credit) -> bool:
        user = parse_address(asked.user)
        if asked.token is not None:
            return self.credit_token(user, asked.token, asked.amount)
        if self._engine.market.catalog.dex(asked.dex) is None:
            return False
        self.credit(user, asked.usd, asked.dex)
        return True

    def _pay_in(self, address: Address, usd: int, dex: str = "") -> None:
        account = self._engine.credit(address, usd, dex)
        self._streams.push_ledger(self._time.now_ms)
        if self._faults.may_lag:
            self._note_state(account)

    def _named(self, address: Address) -> None:
        """Let the faucet pay an address that somebody named, the first time. Never a signer: a bad
        signature must still be told so."""
        is_new = address not in self._engine.house.accounts
        agents = self._engine.office.registry.agents
        if self._faucet_usd and is_new and agents.account_of(address, self._time.now_ms) is None:
            self._pay_in(address, self._faucet_usd)

    def _note_states(self) -> None:
        """Keep the states that the block changed, while reads may lag behind."""
        if not self._faults.may_lag:
            self._history.forget()
            return
        for user in self._engine.house.news.users:
            self._note_state(self._engine.house.accounts[user])

    def _note_state(self, account: Account) -> None:
        mark_of = self._engine.market.prices.mark
        state = views_account.clearinghouse_state(account, mark_of, self._time.now_ms)
        self._history.note(account.address, self._time.now_ms, state)

    # --- the oracle ---

    def oracle(self, request: Json, *, now_ms: int) -> Reply:
        now_ms = self._forward(now_ms)
        was_lagging = self._faults.may_lag
        reply = self._oracle.answer(request, now_ms)
        if self._faults.may_lag and not was_lagging:
            for account in self._engine.house.accounts.values():
                self._note_state(account)
        return reply

    def truth(self, user: Address | None = None) -> list[AccountTruth]:
        """Of one account, or of all that are no part of the markets."""
        accounts = self._engine.house.accounts
        archive, tokens = self._engine.archive, self._engine.market.catalog.tokens
        return [
            account_truth(account, archive, tokens)
            for address, account in accounts.items()
            if user in (None, address) and not account.is_participant
        ]

    def past_orders(self, user: Address) -> list[PastOrder]:
        """Every order of an account that is remembered, open or over."""
        return past_orders(self._engine.house.accounts[user])

    def past_twaps(self, user: Address) -> list[TrueTwap]:
        """Every TWAP of an account that is remembered, running or over."""
        return [true_twap(twap) for twap in self._engine.twaps.taken(user)]

    def counters(self) -> Json:
        """Everything that is counted."""
        engine = self._engine
        return {
            "time": self._time.now_ms,
            "blocks": engine.blocks,
            "sockets": self._ips.sockets,
            "socketsPeak": self._ips.sockets_peak,
            "ips": self._ips.counters(),
            "limitRefusals": self._ips.refusals,
            "signedActions": engine.executor.accepted,
            "asked": engine.executor.counts.asked,
            "refusals": engine.executor.counts.refusals,
            "addresses": engine.executor.budgets(),
            "addressesExhausted": engine.executor.exhausted(),
            **self._posts(),
            "fills": engine.archive.count,
            "fillsDropped": engine.archive.dropped,
            "pushes": self._outbox.pushes,
            "faults": self._faults.fired,
            "faultsWaiting": self._faults.waiting,
            "feesUsd": usd_text(engine.house.fees_usd),
            "fundingResidueUsd": usd_text(engine.clock.funding_residue_usd),
            "liquidations": engine.liquidator.liquidations,
            "backstops": engine.liquidator.backstops,
            "deleveraged": engine.liquidator.deleveraged,
            "vaultLossUsd": usd_text(engine.liquidator.vault_loss_usd),
        }

    def _posts(self) -> Json:
        """What the sockets' side counts of posts."""
        assert self._subscribers is not None, "attach comes first"
        posts = self._subscribers.posts()
        return {
            "postsInFlight": posts.in_flight,
            "postsInFlightPeak": posts.peak,
            "postsRefused": posts.refused,
        }
