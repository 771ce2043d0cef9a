"""Streams about TWAPs: which run, what became of them, and what their slices traded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import FillRow
from hive.localvenue.actions.twap_desk import TwapDesk, is_slice
from hive.localvenue.answers.stream_forms import ByBlock, Json, Stream, on_change
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.news import News
from hive.localvenue.config import Cadence, PageSizes
from hive.localvenue.views import twap as views_twap


class TwapStreams:
    """What is told of TWAPs."""

    def __init__(
        self, house: ClearingHouse, twaps: TwapDesk, *, cadence: Cadence, pages: PageSizes
    ) -> None:
        self._house = house
        self._twaps = twaps
        self._pages = pages
        self.by_type: dict[str, Stream] = {
            "twapStates": on_change(self._states, cadence.account_ms),
            "userTwapHistory": Stream(
                first=self._history, by_block=ByBlock(news=_rows, payloads=_history_frames)
            ),
            "userTwapSliceFills": Stream(
                first=self._fills, by_block=ByBlock(news=_slices, payloads=_fill_frames)
            ),
        }

    def _states(self, form: Json, _now_ms: int) -> Json:
        user, dex = Address(form["user"]), form.get("dex", "")
        running = [each for each in self._twaps.running(user) if each.order.listing.dex == dex]
        states = [[twap.twap_id, views_twap.state(twap)] for twap in running]
        return {"dex": dex, "user": user, "states": states}

    def _history(self, form: Json, _now_ms: int) -> Json:
        rows = self._twaps.history(Address(form["user"]))[::-1][: self._pages.fills_first_frame]
        return {"isSnapshot": True, "user": form["user"], "history": rows}

    def _fills(self, form: Json, _now_ms: int) -> Json:
        account = self._house.accounts.get(Address(form["user"]))
        rows = [] if account is None else [row for row in account.fills if is_slice(row)]
        newest = rows[::-1][: self._pages.fills_first_frame]
        return {"isSnapshot": True, **_shown(form, newest)}


def _rows(news: News) -> dict[Address, list[Json]]:
    found: dict[Address, list[Json]] = {}
    for user, events in news.events_by_user.items():
        rows: list[Any] = [row for event in events for row in event.get("twapHistory", ())]
        if rows:
            found[user] = rows
    return found


def _history_frames(form: Json, rows: list[Json], _now_ms: int) -> Iterable[Json]:
    return ({"user": form["user"], "history": rows},)


def _slices(news: News) -> dict[Address, list[FillRow]]:
    found = {user: [row for row in rows if is_slice(row)] for user, rows in _fills_of(news)}
    return {user: rows for user, rows in found.items() if rows}


def _fills_of(news: News) -> Iterable[tuple[Address, list[FillRow]]]:
    return news.fills_by_user.items()


def _fill_frames(form: Json, rows: list[FillRow], _now_ms: int) -> Iterable[Json]:
    return (_shown(form, rows),)


def _shown(form: Json, rows: list[FillRow]) -> Json:
    return {"user": form["user"], "twapSliceFills": [views_twap.slice_fill(row) for row in rows]}
