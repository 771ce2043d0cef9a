"""What strategies print reaches its file, and no more of it is kept than is allowed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hive.app.processes import trader_messages
from hive.app.processes.trader_messages import Failed

BYTES_MAX = 100
PRINTING = """
import os
import sys
from pathlib import Path
from hive.app.processes.printed import print_into
path = Path(sys.argv[1])
print_into(path, bytes_max=100)
"""


def printed_by(script: str, path: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", script, str(path)]
    return subprocess.run(command, capture_output=True, check=True)


def kept(path: Path) -> list[str]:
    """The lines of both files, the older first, which are all that there are."""
    earlier = path.with_name("printed.txt.1")
    assert set(path.parent.iterdir()) <= {path, earlier}
    files = [file for file in (earlier, path) if file.exists()]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    return [line for file in files for line in file.read_text().splitlines()]


def test_a_print_reaches_the_file_and_not_the_line(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from hive.app.processes.parent_line import ParentLine
from hive.app.processes.printed import print_into
from hive.app.processes.trader_messages import Failed
line = ParentLine.instead_of_stdout()
print("while loading", flush=True)
print_into(Path(sys.argv[1]))
print("a strategy's own words")
line.finish(Failed(message="no", hint=""))
"""
    path = tmp_path / "printed.txt"
    done = printed_by(script, path)
    assert trader_messages.decode(done.stdout) == Failed(message="no", hint="")
    assert done.stderr == b"while loading\n"
    assert kept(path) == ["a strategy's own words"]


def test_however_much_is_printed_the_last_of_it_is_kept_in_two_files(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    printed_by(PRINTING + "for number in range(10_000): print('line', number)", path)
    lines = kept(path)
    assert lines == [f"line {number}" for number in range(10_000 - len(lines), 10_000)]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * BYTES_MAX
    assert len(lines) >= BYTES_MAX // len("line 9999\n")


def test_what_is_written_past_python_counts_too_and_gets_there(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    printed_by(
        PRINTING + "os.write(1, b'C' * 99 + b'\\n'); print('next'); os.write(1, b'C\\n')", path
    )
    assert kept(path) == ["C" * 99, "next", "C"]
    assert path.read_text() == "next\nC\n"


def test_what_an_earlier_run_printed_is_kept_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    for run in range(4):
        printed_by(PRINTING + f"print('{run}' * 60)", path)
    assert kept(path) == ["2" * 60, "3" * 60]


def test_a_letter_that_no_terminal_knows_does_no_harm(tmp_path: Path) -> None:
    """A print that raises would count against its strategy."""
    path = tmp_path / "printed.txt"
    printed_by(PRINTING + r"print('\ud800 \u00e9'); print('a', 'b', flush=True)", path)
    assert kept(path) == ["\\ud800 é", "a b"]


def test_a_file_that_was_taken_away_begins_anew_when_it_would_be_full(tmp_path: Path) -> None:
    path = tmp_path / "printed.txt"
    printed_by(PRINTING + "print('1' * 60); path.unlink(); print('2' * 60)", path)
    assert kept(path) == ["2" * 60]
