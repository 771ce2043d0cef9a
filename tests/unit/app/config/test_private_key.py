"""The private key: read from where it is said to be, never repeated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hive.app.config.private_key import read_private_key
from hive.app.config.sections import AccountSettings
from hive.domain.errors import ConfigRefused

KEY = "ab" * 32


def in_file(folder: Path, content: bytes, mode: int = 0o600) -> AccountSettings:
    path = folder / "agent.key"
    path.write_bytes(content)
    path.chmod(mode)
    return AccountSettings(key_file=str(path))


@pytest.mark.parametrize("text", [KEY, f"0x{KEY}", f"  0x{KEY.upper()}\r\n"])
def test_a_key_is_64_hex_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert read_private_key(in_file(tmp_path, text.encode())) == bytes.fromhex(KEY)
    monkeypatch.setenv("HIVE_TEST_KEY", text)
    assert read_private_key(AccountSettings(key_env="HIVE_TEST_KEY")) == bytes.fromhex(KEY)


@pytest.mark.parametrize("text", ["", KEY[:-1], KEY + "0", KEY + " " + KEY, "\xff" * 64])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigRefused, match="holds no private key") as caught:
        read_private_key(in_file(tmp_path, text.encode("latin-1")))
    assert "ab" * 16 not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigRefused, match="may be read by others") as caught:
        read_private_key(in_file(tmp_path, KEY.encode(), mode))
    assert caught.value.hint.startswith("chmod 600 ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigRefused, match=r"none\.key \(account\.key_file\): No such file"
    ) as caught:
        read_private_key(AccountSettings(key_file=str(tmp_path / "none.key")))
    assert f"openssl rand -hex 32 >{tmp_path}/none.key)" in caught.value.hint


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.key")
    with pytest.raises(ConfigRefused, match="is no file"):
        read_private_key(AccountSettings(key_file=str(tmp_path / "pipe.key")))


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIVE_TEST_KEY", raising=False)
    with pytest.raises(ConfigRefused, match=r"HIVE_TEST_KEY \(account\.key_env\) is not set"):
        read_private_key(AccountSettings(key_env="HIVE_TEST_KEY"))
