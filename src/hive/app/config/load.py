"""A configuration file into what the runtime is built from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from hive.app.config.paths import absolute
from hive.app.config.private_key import read_key
from hive.app.config.sections import AccountSettings, FurtherAccountSettings
from hive.app.config.strategy_source import StrategySource
from hive.app.config.tree import TEXT_BYTES_MAX
from hive.app.config.whole import HiveConfig, Outside, nothing_outside, read_config
from hive.domain.errors import ConfigRefused, KeyRefused
from hive.hyperliquid.signing import Signer

__all__ = ["HiveConfig", "load_config"]


def load_config(path: Path, *, is_run_next: bool = False) -> HiveConfig:
    """The configuration in the file, its strategies found, its paths made absolute.

    If it is run next, keys and the state folder are looked at too, and told with all other faults.

    Raises:
        ConfigRefused: it cannot be used; each line of the message is a fault with its place.
        NotOffered: nothing is wrong with it but settings whose work comes later.
    """
    folder = path.absolute().parent
    look = partial(_faults_outside, folder) if is_run_next else nothing_outside
    config = read_config(text_of(path), str(path), StrategySource(folder), look)
    runtime = config.runtime
    state_dir = str(absolute(folder, runtime.state_dir))

    def key_file(account: AccountSettings | FurtherAccountSettings) -> str | None:
        return str(absolute(folder, account.key_file)) if account.key_file else None

    return replace(
        config,
        account=replace(config.account, key_file=key_file(config.account)),
        accounts=tuple([replace(each, key_file=key_file(each)) for each in config.accounts]),
        runtime=replace(runtime, state_dir=state_dir),
    )


def _faults_outside(folder: Path, settings: Outside) -> Iterator[tuple[str, str]]:
    """What is wrong with files that the settings name, by the path of each setting."""
    if absolute(folder, settings.state_dir).is_file():
        yield "runtime.state_dir", f"{settings.state_dir} is a file, not a folder"
    for path, account in settings.accounts.items():
        if account.key_file is None and account.key_env is None:
            continue
        key_file = str(absolute(folder, account.key_file)) if account.key_file else None
        try:
            Signer(read_key(key_file, account.key_env, section=path))
        except (ConfigRefused, KeyRefused) as error:
            where = f"{path}.key_file" if key_file else f"{path}.key_env"
            told = f"{key_file or account.key_env}: {error}"
            text = told if isinstance(error, KeyRefused) else str(error)
            yield where, f"{text}; {error.hint}" if error.hint else text


def text_of(path: Path) -> str:
    """The file's text.

    Raises:
        ConfigRefused: it cannot be read, is too large, or is no text.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe can be read only once
        raise ConfigRefused(f"{path} is no file")
    try:
        with path.open("rb") as file:
            content = file.read(TEXT_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigRefused(f"{path}: {error.strerror}") from None
    if len(content) > TEXT_BYTES_MAX:
        raise ConfigRefused(f"{path}: larger than {TEXT_BYTES_MAX} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigRefused(f"{path}:{line}:1 not UTF-8 text") from None
