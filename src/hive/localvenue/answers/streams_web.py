"""Streams of the venue's own web page: one account with everything around it."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.answers.question_forms import Moment
from hive.localvenue.answers.stream_forms import Json, Stream, paced
from hive.localvenue.answers.web import WebViews
from hive.localvenue.config import Cadence


class WebStreams:
    """What dashboards are told. Whether the real venue still serves the older one is not known."""

    def __init__(self, views: WebViews, *, cadence: Cadence) -> None:
        self._views = views
        self.by_type: dict[str, Stream] = {
            "webData2": paced(self._web_data_2, cadence.web_data_ms),
            "webData3": paced(self._web_data_3, cadence.web_data_ms),
        }

    def _web_data_2(self, form: Json, now_ms: int) -> Json:
        return self._views.web_data_2(Address(form["user"]), Moment(now_ms, now_ms))

    def _web_data_3(self, form: Json, now_ms: int) -> Json:
        return self._views.web_data_3(Address(form["user"]), Moment(now_ms, now_ms))
