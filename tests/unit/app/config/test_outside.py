"""Before a run, keys and the state folder are looked at with the file, and told in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive.app.config.load import load_config
from hive.domain.errors import ConfigRefused

TEXT = """\
runtime: {state_dir: taken}
mode: papr
account: {key_file: no key.key}
accounts:
  - {name: second, key_file: open.key, trade_for: self}
  - {name: idle, key_file: none.key, trade_for: self}
strategies:
  - {id: a, use: hive.strategies.maker, coin: BTC}
  - {id: b, use: hive.strategies.maker, coin: BTC, account: second}
"""


def written(folder: Path) -> Path:
    (folder / "taken").touch()
    (folder / "open.key").write_text("ab" * 32)
    (folder / "open.key").chmod(0o644)
    file = folder / "hive.yml"
    file.write_text(TEXT)
    return file


def test_every_key_that_trades_and_the_folder_are_told_with_all_other_faults(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigRefused) as caught:
        load_config(written(tmp_path), is_run_next=True)
    folder, unknown, key, second = str(caught.value).splitlines()
    assert folder.endswith("hive.yml:1:11 runtime.state_dir: taken is a file, not a folder")
    assert "mode: expected paper or testnet" in unknown
    assert "hive.yml:3:11 account.key_file: " in key
    assert f"openssl rand -hex 32 >'{tmp_path}/no key.key')" in key, "the file that is named"
    assert "hive.yml:5:20 accounts[0].key_file: " in second
    assert "may be read by others; chmod 600" in second


def test_who_only_reads_the_file_needs_no_key(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(TEXT.replace("papr", "paper"))
    assert load_config(file).runtime.state_dir == str(tmp_path / "taken")
