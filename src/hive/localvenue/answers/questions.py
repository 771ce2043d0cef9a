"""Answers to /info (protocol.md 1). Each answer comes with its number of rows, which add weight.

A type of question is an entry of the table that its family hands over: `{type: question}`.
"""

from __future__ import annotations

from hive.localvenue.answers.account_history import AccountHistory
from hive.localvenue.answers.question_forms import Failed, Found, Json, Moment, Question
from hive.localvenue.answers.questions_account import AccountQuestions
from hive.localvenue.answers.questions_dexes import DexQuestions
from hive.localvenue.answers.questions_ledger import LedgerQuestions
from hive.localvenue.answers.questions_market import MarketQuestions
from hive.localvenue.answers.questions_orders import OrderQuestions
from hive.localvenue.answers.questions_relations import RelationQuestions
from hive.localvenue.answers.questions_spot import SpotQuestions
from hive.localvenue.answers.questions_twaps import TwapQuestions
from hive.localvenue.answers.questions_vaults import VaultQuestions
from hive.localvenue.answers.questions_venue import VenueQuestions
from hive.localvenue.answers.web import WebViews
from hive.localvenue.config import PageSizes
from hive.localvenue.engine import Engine


class Questions:
    """Every kind of question that the venue answers."""

    def __init__(self, engine: Engine, history: AccountHistory, *, pages: PageSizes) -> None:
        market, house = engine.market, engine.house
        self._catalog = market.catalog
        self.web = WebViews(engine, self.answer)
        self._by_type: dict[str, Question] = {
            **VenueQuestions(market).by_type,
            **MarketQuestions(market, pages=pages).by_type,
            **DexQuestions(market, house).by_type,
            **SpotQuestions(market, house).by_type,
            **AccountQuestions(engine, history).by_type,
            **OrderQuestions(house, pages=pages).by_type,
            **TwapQuestions(house, engine.twaps, pages=pages).by_type,
            **self.web.by_type,
            **RelationQuestions(engine).by_type,
            **VaultQuestions(engine.office).by_type,
            **LedgerQuestions(house, engine.office, pages=pages).by_type,
        }

    @property
    def types(self) -> list[str]:
        return list(self._by_type)

    def answer(self, request: Json, moment: Moment) -> Found | Failed | None:
        """The answer; None to a question of an unknown type."""
        question = self._by_type.get(request["type"])
        if question is None:
            return None
        if self._catalog.dex(request.get("dex", "")) is None:
            return Failed(500, b"")  # venue.md 5
        return question(request, moment)
