"""Who listens to what, and what they are told: per block, and by the clock.

A type of subscription is an entry of the table that its family hands over (`streams_market`,
`streams_account` and so on); here they are only pushed. Only streams that somebody holds
cost anything. Each frame is made once, whoever listens.
"""

from __future__ import annotations

from functools import partial

from hive.localvenue.answers.fast_contexts import FastContexts
from hive.localvenue.answers.held_streams import HeldStreams, Json, kind_of, topic_of
from hive.localvenue.answers.outbox import Outbox, encode_frame
from hive.localvenue.answers.stream_forms import ByBlock, ByClock, Stream
from hive.localvenue.answers.stream_turns import ClockTurn
from hive.localvenue.answers.streams_account import AccountStreams
from hive.localvenue.answers.streams_dexes import DexStreams
from hive.localvenue.answers.streams_ledger import UPDATES, LedgerStreams
from hive.localvenue.answers.streams_margin import MarginStreams
from hive.localvenue.answers.streams_market import MarketStreams
from hive.localvenue.answers.streams_twaps import TwapStreams
from hive.localvenue.answers.streams_web import WebStreams
from hive.localvenue.answers.web import WebViews
from hive.localvenue.clearing.news import News
from hive.localvenue.clock.timetable import Timetable
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.faults.kinds import SetCadence


class Streams:
    """Everything that is pushed."""

    def __init__(
        self, engine: Engine, outbox: Outbox, web: WebViews, *, config: VenueConfig, now_ms: int
    ) -> None:
        market, house = engine.market, engine.house
        cadence, pages = config.cadence, config.pages
        self._house = house
        self._outbox = outbox
        self._held = HeldStreams()
        self._by_type: dict[str, Stream] = {
            **MarketStreams(market, cadence=cadence, pages=pages).by_type,
            **AccountStreams(
                house, pages=pages, is_order_told_first=config.is_order_told_first
            ).by_type,
            **DexStreams(market, house, cadence=cadence, pages=pages).by_type,
            **MarginStreams(market, house, cadence=cadence).by_type,
            **TwapStreams(house, engine.twaps, cadence=cadence, pages=pages).by_type,
            **FastContexts(market, cadence=cadence).by_type,
            **WebStreams(web, cadence=cadence).by_type,
            **LedgerStreams(house, engine.office.ledger, pages=pages).by_type,
        }
        web.attach(self.shown)
        self._by_block = [
            (kind, stream.by_block)
            for kind, stream in self._by_type.items()
            if stream.by_block is not None
        ]
        turns = [
            (kind, ClockTurn(kind, clock))
            for kind, stream in self._by_type.items()
            for clock in stream.clocks
        ]
        self._pushes = [(kind, turn, partial(self._push_turn, turn)) for kind, turn in turns]
        self._waiting_for_change = [turn for _, turn in turns if turn.clock.changed is not None]
        self._timetable = Timetable(
            {push: turn.clock.every_ms for _, turn, push in self._pushes}, now_ms
        )

    @property
    def types(self) -> list[str]:
        """What can be subscribed to."""
        return list(self._by_type)

    def offers(self, form: Json) -> bool:
        return kind_of(form) in self._by_type

    @property
    def next_ms(self) -> int:
        return self._timetable.next_ms

    def set_cadence(self, wanted: SetCadence) -> bool:
        """Push a type of stream at another pace; False if there is none that goes by the clock."""
        meant = [
            push
            for kind, turn, push in self._pushes
            if kind == wanted.stream and _means(turn.clock, is_fast=wanted.fast)
        ]
        for push in meant:
            self._timetable.set_period(push, wanted.ms)
        return bool(meant)

    # --- holding ---

    def hold(self, form: Json, key: str) -> None:
        self._held.add(form, key)

    def let_go(self, key: str) -> None:
        self._held.drop(key)

    def shown(self, form: Json, now_ms: int) -> object:
        """What a new holder is told at once; None for nothing, and for types not offered."""
        stream = self._by_type.get(kind_of(form))
        return None if stream is None else stream.first(form, now_ms)

    def first_frames(self, form: Json, now_ms: int) -> list[bytes]:
        """The frames of it."""
        payload = self.shown(form, now_ms)
        return [] if payload is None else [encode_frame(self._channel(form), payload)]

    def _channel(self, form: Json) -> str:
        kind = kind_of(form)
        channel = self._by_type[kind].channel
        return kind if channel is None else channel(form)

    # --- pushing ---

    def push_block(self, now_ms: int) -> None:
        """Tell what the block changed."""
        news = self._house.news
        for kind, by_block in self._by_block:
            if self._held.of_type(kind):
                self._push_news(kind, by_block, news, now_ms)
        for turn in self._waiting_for_change:
            if turn.clock.changed is not None:
                turn.note(turn.clock.changed(news), self._held)

    def push_ledger(self, now_ms: int) -> None:
        """Tell what came into ledgers between two blocks."""
        by_block = self._by_type[UPDATES].by_block
        if by_block is not None and self._held.of_type(UPDATES):
            self._push_news(UPDATES, by_block, self._house.news, now_ms)

    def tick(self, now_ms: int) -> None:
        """Push what the clock asks for."""
        for push in self._timetable.due(now_ms):
            push(now_ms)

    def _push_news(self, kind: str, by_block: ByBlock, news: News, now_ms: int) -> None:
        """A block touches many and few are held, or the other way round: the fewer are walked."""
        forms_by_name, news_by_name = self._held.of_type(kind), by_block.news(news)
        is_held_less = len(forms_by_name) < len(news_by_name)
        for name in list(forms_by_name) if is_held_less else news_by_name:
            if name not in news_by_name or name not in forms_by_name:
                continue
            for key, form in forms_by_name[name].items():
                for payload in by_block.payloads(form, news_by_name[name], now_ms):
                    self._push(form, key, payload, now_ms)

    def _push_turn(self, turn: ClockTurn, now_ms: int) -> None:
        for key, form in turn.take(self._held):
            self._push(form, key, turn.clock.payload(form, now_ms), now_ms)

    def _push(self, form: Json, key: str, payload: object, now_ms: int) -> None:
        if payload is not None:
            channel = self._channel(form)
            self._outbox.push(channel, key, payload, name=topic_of(form), now_ms=now_ms)


def _means(clock: ByClock, *, is_fast: bool | None) -> bool:
    """Whether a clock is the one of fast streams, or of the others; None means any."""
    return is_fast is None or clock.of({"fast": is_fast})
