"""What orders need done next, done: asked for, made up, trimmed, sent at last."""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import DESK, Cloid, StrategyId
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.netting import over_reducing
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.dispatched import Wish
from hive.execution.orders.unknowns import Unknowns
from hive.execution.settling.errands import Errand, Errands

EXPLAINS_ITSELF_MS: Final = 1_000
"""So soon the streams usually tell what seemed not to fit."""


class Wishes:
    """Grants wishes by way of the errands and the lanes."""

    def __init__(
        self, books: AccountBooks, taking: OrderTaking, errands: Errands, unknowns: Unknowns
    ) -> None:
        self._books = books
        self._taking = taking
        self._errands = errands
        self._unknowns = unknowns

    def grant_all(self, now_ms: int) -> bool:
        """Whether there was anything to do."""
        wishes = self._books.wishes
        had_any = bool(wishes) or self._unknowns.is_news
        while wishes:
            self._grant(*wishes.popleft(), now_ms)
        if self._unknowns.is_news:
            self._unknowns.is_news = False
            # Look where what is in doubt would show; single orders are asked for besides.
            for errand in (Errand.SWEEP, Errand.LIST):
                self._errands.request(errand, now_ms + EXPLAINS_ITSELF_MS)
        return had_any

    def hold_to_position(self, strategy: StrategyId, coin: str, now_ms: int) -> bool:
        """After a fill, cut reduce-only orders to what there is to reduce; whether any was."""
        dispatch = self._books.dispatch
        cuts = over_reducing(strategy, coin, self._books.positions, dispatch.lives(strategy))
        for cut in cuts:
            life = dispatch.live(cut.cloid)
            if life is not None:
                self._taking.cut(life, cut.rest, now_ms)
        return bool(cuts)

    def hold_all_to_positions(self, now_ms: int) -> None:
        """The same for everybody, after a start or a gap: cuts may never have left."""
        lives = self._books.dispatch.lives()
        reducing = [life for life in lives if life.intent.reduce_only and life.strategy != DESK]
        for strategy, coin in dict.fromkeys((life.strategy, life.intent.coin) for life in reducing):
            self.hold_to_position(strategy, coin, now_ms)

    def _grant(self, cloid: Cloid, wish: Wish, now_ms: int) -> None:
        life = self._books.dispatch.live(cloid)
        match wish:
            case Wish.ASK:
                self._errands.ask(cloid, now_ms + EXPLAINS_ITSELF_MS)
            case Wish.AWAIT_FILLS:
                self._errands.await_fills(cloid, now_ms + EXPLAINS_ITSELF_MS)
            case Wish.TRIM if life is not None:
                self._taking.trim(life, now_ms)
            case Wish.FOLLOW_UP if life is not None:
                self._taking.follow_up(life, now_ms)
            case _:
                pass  # the order is over
