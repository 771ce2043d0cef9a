"""A journal on a real disk that is full, limited or read-only: a state, told, and over by itself.

Limits and mounts are a child process's own, so that nobody else has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hive.runtime.disk_live import LiveDisk
from hive.storage.segments import read_records

ROOT = Path(__file__).parents[3]
BEGINNING = """
import resource, signal, subprocess, sys
from pathlib import Path
from hive.domain.errors import DiskFailed
from hive.execution.books.record_writer import RecordWriter
from hive.runtime.disk_live import LiveDisk
from hive.storage.journal import Journal
from hive.storage.segments import read_records
from tests.unit.storage.test_real_disk_troubles import Note

folder = Path(sys.argv[1])
writer = RecordWriter(Journal(LiveDisk(folder), "journal"))
number = 0

def write_until_refused():
    global number
    try:
        for _ in range(1_000):
            writer.write_now(Note(number, "x" * 1_000))
            number += 1
    except DiskFailed:
        pass
    assert writer.failure
    writer.keep(Note(number, "kept"))  # as a cancel's record, which has left without it
    writer.write()
    number += 1

def well():
    global number
    writer.write_all()
    assert not writer.failure, writer.failure
    writer.write_now(Note(number, "after"))
    number += 1

"""
LIMITED = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
write_until_refused()
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
well()
print(number)
"""
MOUNTED = """
def mount(*options):
    subprocess.run(["mount", *options, str(folder)], check=True)

mount("-t", "tmpfs", "-o", "size=256k", "tmpfs")
ballast = folder / "ballast"
ballast.write_bytes(bytes(128_000))
writer.write_now(Note(number, "first"))
number += 1
write_until_refused()
ballast.unlink()
well()
writer.journal.close()
mount("-o", "remount,ro")
write_until_refused()
mount("-o", "remount,rw")
well()
found = [note.number for note in read_records(LiveDisk(folder), "journal", Note)]
assert found == list(range(number)), (found, number)
print(number)
"""


class Note(msgspec.Struct, frozen=True, tag="note"):
    number: int
    text: str


def told_by(child: str, folder: Path, *before: str) -> int:
    """How many records the child says it has written."""
    done = subprocess.run(
        [*before, sys.executable, "-c", BEGINNING + child, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_file_that_may_not_grow_loses_nothing_and_goes_on_when_it_may(tmp_path: Path) -> None:
    written = told_by(LIMITED, tmp_path)
    assert 2 < written < 22
    found = [note.number for note in read_records(LiveDisk(tmp_path), "journal", Note)]
    assert found == list(range(written))


def test_a_full_and_a_read_only_file_system_lose_nothing_and_are_over_by_themselves(
    tmp_path: Path,
) -> None:
    own_mounts = ("unshare", "--map-root-user", "--mount")
    try:
        is_allowed = subprocess.run([*own_mounts, "true"], check=False).returncode == 0
    except FileNotFoundError:
        is_allowed = False
    if not is_allowed:
        pytest.skip("this system lets nobody mount for himself")
    assert told_by(MOUNTED, tmp_path, *own_mounts) > 6
