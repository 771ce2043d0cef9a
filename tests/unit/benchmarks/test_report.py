"""Tables of figures, and the file that keeps the newest of each benchmark."""

from __future__ import annotations

from pathlib import Path

from benchmarks import report
from benchmarks.measure import Yardstick

YARDSTICKS = {"p50_us": Yardstick(peer="723"), "ratio": Yardstick(bar_max=2.0)}


def test_each_figure_stands_beside_its_bar_and_the_peers() -> None:
    rows = report.rows({"p50_us": 150.0, "ratio": 1.5, "ticks": 9}, YARDSTICKS)
    assert rows == [
        ("p50_us", "150.0", "", "723"),
        ("ratio", "1.5", "≤ 2 met", ""),
        ("ticks", "9", "", ""),
    ]


def test_columns_of_the_plain_table_are_aligned() -> None:
    rows = report.rows({"p50_us": 150.0, "ratio": 1.5}, YARDSTICKS)
    _, name, head, first, second, _ = report.plain("tick", rows).split("\n")
    assert name == "tick"
    assert head.index("peer") == first.index("723")
    assert head.index("bar") == second.index("≤")


def test_keeping_replaces_a_benchmarks_table_and_no_other(tmp_path: Path) -> None:
    results = tmp_path / "results.md"
    report.keep("b", report.rows({"p50_us": 1.0}, YARDSTICKS), results)
    report.keep("a", report.rows({"p50_us": 2.0}, YARDSTICKS), results)
    report.keep("b", report.rows({"p50_us": 3.0}, YARDSTICKS), results)
    text = results.read_text()
    assert text.startswith(report.HEAD)
    assert text.index("## a") < text.index("## b")
    assert text.count("## b") == 1
    assert "| p50_us | 2.0 |" in text
    assert "| p50_us | 3.0 |" in text
    assert "| p50_us | 1.0 |" not in text


def test_keeping_the_same_again_changes_nothing(tmp_path: Path) -> None:
    results = tmp_path / "results.md"
    rows = report.rows({"p50_us": 1.0}, YARDSTICKS)
    report.keep("a", rows, results)
    once = results.read_text()
    report.keep("a", rows, results)
    assert results.read_text() == once
