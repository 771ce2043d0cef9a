"""The report shows every strategy and escapes what users name."""

from __future__ import annotations

import msgspec
from tests.unit.app.snapshots import HELD, SNAPSHOT, STOPPED, later

from hive.app.terminal.report import equity_svg, report_html


def test_the_report_names_each_strategy_and_escapes_its_name() -> None:
    html = report_html(STOPPED, {"fills_missing": 0})
    assert "mm-btc" in html
    assert "&lt;b&gt;odd&lt;/b&gt;" in html
    assert "<b>odd" not in html
    assert "fills missing here" in html
    assert "Still held" not in html


def test_the_report_tells_what_each_strategy_and_account_spends() -> None:
    html = report_html(STOPPED, {"accounts": [{"account": "0xab"}]})
    assert "<td class=n>125,000<td class=n>45<td class=n>12.50" in html
    assert "<td class=n>7,700<td>11 h at this rate" in html
    assert "{&#x27;account" not in html, "lists have tables of their own"


def test_the_equity_line_stays_in_its_frame() -> None:
    svg = equity_svg([5.0, 5.0, 5.0])
    heights = [
        float(point.split(",")[1]) for point in svg.split("points='")[1].split("'")[0].split()
    ]
    assert all(0 <= height <= 220 for height in heights)


def test_the_equity_line_leaves_room_for_its_highest_and_lowest_value() -> None:
    svg = equity_svg([1.0, 9.0, 2.0])
    heights = [
        float(point.split(",")[1]) for point in svg.split("points='")[1].split("'")[0].split()
    ]
    assert min(heights) > 20, "below the text at the top"
    assert max(heights) < 220 - 20, "above the text at the bottom"


def test_a_run_without_samples_says_so() -> None:
    assert "too short" in equity_svg([1.0])


def test_the_report_tells_what_the_stop_left_open() -> None:
    html = report_html(msgspec.structs.replace(STOPPED, held=[HELD]), {})
    assert "<h2>Still held</h2>" in html
    assert "<td class=n>2.0<td class=n>173,079" in html
    assert "&lt;b&gt;odd&lt;/b&gt; 1.5, nobody 0.5" in html


def test_the_report_tells_why_a_strategy_is_paused() -> None:
    row = msgspec.structs.replace(STOPPED.snapshot.strategies[0], state="paused", reason="<raised>")
    html = report_html(
        msgspec.structs.replace(STOPPED, snapshot=later(SNAPSHOT, strategies=[row])), {}
    )
    assert "<td>paused: &lt;raised&gt;<td" in html


def test_the_report_fits_a_phone() -> None:
    html = report_html(STOPPED, {})
    assert "width=device-width" in html
    assert "<text" not in equity_svg([1.0, 2.0]), "labels do not shrink with the picture"
    for wide in html.split("<table><tr>")[:-1]:
        assert wide.endswith("<div class=scroll>")
