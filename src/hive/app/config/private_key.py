"""Reads the private key from where the configuration says it is. It never appears in a message."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from shlex import quote
from typing import Final

from hive.app.config.sections import AccountSettings, FurtherAccountSettings
from hive.domain.errors import ConfigRefused

_KEY: Final = re.compile(r"\s*(?:0x)?([0-9a-fA-F]{64})\s*")
_FILE_BYTES_MAX: Final = 4096


def read_private_key(account: AccountSettings | FurtherAccountSettings) -> bytes:
    """The 32 bytes of the account's key.

    Raises:
        ConfigRefused: it cannot be read, is no key, or its file may be read by others.
    """
    return read_key(account.key_file, account.key_env, section="account")


def read_key(key_file: str | None, key_env: str | None, *, section: str) -> bytes:
    """The 32 bytes of a key; `section` is where the configuration names it.

    Raises:
        ConfigRefused: it cannot be read, is no key, or its file may be read by others.
    """
    if key_env is not None:
        text = os.environ.get(key_env, "")
        origin = f"the environment variable {key_env}"
        if not text:
            raise ConfigRefused(f"{origin} ({section}.key_env) is not set")
    else:
        assert key_file is not None
        origin = key_file
        text = _text_of_key_file(Path(key_file), section)
    match = _KEY.fullmatch(text)
    if match is None:
        raise ConfigRefused(f"{origin} holds no private key: expected 64 hex digits and no more")
    return bytes.fromhex(match[1])


def _how_to_make(path: Path) -> str:
    return (
        f"for play money: (umask 077; openssl rand -hex 32 >{quote(str(path))});"
        " for a venue of others: the key of an agent that its site made"
    )


def _text_of_key_file(path: Path, section: str) -> str:
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ConfigRefused(f"{path} ({section}.key_file) is no file")
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_FILE_BYTES_MAX)
    except OSError as error:
        hint = _how_to_make(path) if isinstance(error, FileNotFoundError) else ""
        raise ConfigRefused(f"{path} ({section}.key_file): {error.strerror}", hint=hint) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigRefused(f"{path} may be read by others", hint=f"chmod 600 {path}")
    return content.decode("ascii", errors="replace")
