"""A log is kept to two files, whatever is said, and nothing newer than them is lost."""

from __future__ import annotations

from pathlib import Path

from hive.app.notes.rolling_log import RollingLog

LINE = b"0123456789\n"


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def test_a_full_log_is_put_aside_and_the_one_before_it_is_let_go(tmp_path: Path) -> None:
    log = RollingLog(tmp_path, "x.jsonl", bytes_max=3 * len(LINE))
    for _ in range(8):
        log.append(LINE)
    log.close()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["x.jsonl", "x.jsonl.1"]
    assert [lines(tmp_path / name) for name in kept] == [2, 3]


def test_what_an_earlier_run_wrote_counts(tmp_path: Path) -> None:
    for _ in range(2):
        log = RollingLog(tmp_path, "x.jsonl", bytes_max=3 * len(LINE))
        for _ in range(2):
            log.append(LINE)
        log.close()
    assert [lines(tmp_path / name) for name in ("x.jsonl", "x.jsonl.1")] == [1, 3]


def test_a_line_longer_than_a_log_is_written_all_the_same(tmp_path: Path) -> None:
    log = RollingLog(tmp_path, "x.jsonl", bytes_max=5)
    log.append(LINE)
    log.append(LINE)
    log.close()
    assert [lines(tmp_path / name) for name in ("x.jsonl", "x.jsonl.1")] == [1, 1]


def test_a_log_that_was_taken_away_begins_anew(tmp_path: Path) -> None:
    log = RollingLog(tmp_path, "x.jsonl", bytes_max=len(LINE))
    log.append(LINE)
    (tmp_path / "x.jsonl").unlink()
    log.append(LINE)
    log.close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]
