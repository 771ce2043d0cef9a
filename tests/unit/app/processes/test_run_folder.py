"""Each run has a folder of its own, which only its owner may read."""

from __future__ import annotations

import os
import stat
from contextlib import chdir
from pathlib import Path

import pytest

from hive.app.processes.run_folder import new_run_folder
from hive.domain.errors import DiskFailed


def test_runs_are_numbered_and_never_share_a_folder(tmp_path: Path) -> None:
    folders = [new_run_folder(tmp_path / "var" / "runs", "demo") for _ in range(3)]
    assert [folder.name for folder in folders] == ["demo-0001", "demo-0002", "demo-0003"]
    assert all(folder.is_dir() and folder.is_absolute() for folder in folders)


def test_names_are_numbered_apart(tmp_path: Path) -> None:
    new_run_folder(tmp_path, "demo")
    assert new_run_folder(tmp_path, "run").name == "run-0001"


def test_a_number_that_is_taken_is_stepped_over_even_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "run-0001").touch()
    (tmp_path / "run-0003").mkdir()
    assert [new_run_folder(tmp_path, "run").name for _ in range(2)] == ["run-0002", "run-0004"]


def test_nobody_else_may_look_inside(tmp_path: Path) -> None:
    """Keys of play and the journal lie there; no umask may open them."""
    before = os.umask(0)
    try:
        folder = new_run_folder(tmp_path / "runs", "run")
    finally:
        os.umask(before)
    for made in (folder, folder.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_relative_parent_gives_an_absolute_folder(tmp_path: Path) -> None:
    """A child process may be started elsewhere."""
    with chdir(tmp_path):
        folder = new_run_folder(Path("var"), "run")
    assert folder == (tmp_path / "var" / "run-0001").resolve()


def test_where_no_folder_can_be_made_a_person_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(DiskFailed, match="var") as caught:
        new_run_folder(tmp_path / "var", "run", hint="name another")
    assert caught.value.hint == "name another"
