"""Questions about TWAPs and the fills of their slices."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import FillRow
from hive.localvenue.actions.twap_desk import TwapDesk, is_slice
from hive.localvenue.answers.question_forms import (
    FAR_FUTURE_MS,
    Found,
    Json,
    Moment,
    Question,
    account_asked,
    charged_rows,
)
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.config import PageSizes
from hive.localvenue.views import twap as views_twap


class TwapQuestions:
    """Answers about TWAPs."""

    def __init__(self, house: ClearingHouse, twaps: TwapDesk, *, pages: PageSizes) -> None:
        self._house = house
        self._twaps = twaps
        self._pages = pages
        self.by_type: dict[str, Question] = {
            "twapHistory": self._history,
            "userTwapSliceFills": self._fills,
            "userTwapSliceFillsByTime": self._fills_by_time,
        }

    def _history(self, request: Json, _moment: Moment) -> Found:
        rows = self._twaps.history(Address(request["user"]))
        return charged_rows(rows[::-1][: self._pages.fills])

    def _fills(self, request: Json, moment: Moment) -> Found:
        newest = self._seen(request, moment)[::-1][: self._pages.fills]
        return charged_rows([views_twap.slice_fill(row) for row in newest])

    def _fills_by_time(self, request: Json, moment: Moment) -> Found:
        from_ms, to_ms = request["startTime"], request.get("endTime", FAR_FUTURE_MS)
        rows = [row for row in self._seen(request, moment) if from_ms <= row.ms <= to_ms]
        return charged_rows([views_twap.slice_fill(row) for row in rows[: self._pages.fills]])

    def _seen(self, request: Json, moment: Moment) -> list[FillRow]:
        account = account_asked(self._house, request)
        if account is None:
            return []
        return [row for row in account.fills if is_slice(row) and row.ms <= moment.seen_ms]
