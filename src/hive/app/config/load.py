"""A configuration file into what the runtime is built from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from hive.app.config.blocks import FindStrategy, StrategyEntry, strategy_entries
from hive.app.config.faults import Fault, Place, refusal
from hive.app.config.reader import Reader
from hive.app.config.sections import (
    LOCAL_VENUE_URL,
    TESTNET_URL,
    AccountSettings,
    FileSettings,
    Mode,
    MonitoringSettings,
    MultiplexerSettings,
    RateSettings,
    RiskSettings,
    RuntimeSettings,
)
from hive.app.config.strategy_source import StrategySource
from hive.app.config.tree import TEXT_BYTES_MAX, Unreadable, parse_tree
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import parse_address

URL_BY_MODE: Final = {"paper": LOCAL_VENUE_URL, "testnet": TESTNET_URL}


class HiveConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a person can decide about a run. Paths are absolute."""

    account: AccountSettings
    strategies: tuple[StrategyEntry, ...]
    mode: Mode = "paper"
    runtime: RuntimeSettings = RuntimeSettings()
    multiplexer: MultiplexerSettings = MultiplexerSettings()
    rate_limiting: RateSettings = RateSettings()
    risk: RiskSettings = RiskSettings()
    monitoring: MonitoringSettings = MonitoringSettings()

    @property
    def venue_url(self) -> str:
        """Where we trade, without a slash at the end."""
        return (self.account.url or URL_BY_MODE[self.mode]).rstrip("/")


def load_config(path: Path) -> HiveConfig:
    """The configuration in the file, checked whole, its strategies found and their settings read.

    Raises:
        ConfigRefused: it cannot be used; each line of the message is a fault with its place.
        NotOffered: nothing is wrong with it but settings whose work comes later.
    """
    folder = path.resolve().parent
    config = read_config(_text_of(path), str(path), StrategySource(folder))
    key_file = config.account.key_file
    return msgspec.structs.replace(
        config,
        account=msgspec.structs.replace(
            config.account, key_file=str(folder / Path(key_file).expanduser()) if key_file else None
        ),
        runtime=msgspec.structs.replace(
            config.runtime, state_dir=str(folder / Path(config.runtime.state_dir).expanduser())
        ),
    )


def read_config(text: str, file: str, find_strategy: FindStrategy) -> HiveConfig:
    """The configuration in `text`; faults name `file`. Paths stay as they are written.

    Raises:
        ConfigRefused: as `load_config`.
        NotOffered: as `load_config`.
    """
    try:
        root = parse_tree(text, file)
    except Unreadable as error:
        raise refusal([error.fault]) from None
    if root is None:
        raise refusal([Fault(Place(file, 1, 1), "", "the file is empty")])
    reader = Reader()
    values = reader.fields(root, FileSettings, "")
    runtime: RuntimeSettings = values.get("runtime", RuntimeSettings())
    rates: RateSettings = values.get("rate_limiting", RateSettings())
    entries: tuple[StrategyEntry, ...] = ()
    if "strategies" in values:
        entries = strategy_entries(
            values["strategies"],
            reader,
            find_strategy,
            strategies_max=runtime.max_strategies,
            orders_per_second_max=rates.per_strategy_orders_per_second,
        )
    account: AccountSettings | None = values.get("account")
    if account and account.network == "mainnet" and values.get("mode") == "testnet":
        reader.fault_at("account.network", "mode testnet trades on the network testnet")
    if reader.faults:
        raise refusal(reader.faults)
    settings = FileSettings(**values)
    account = settings.account
    address = parse_address(account.address) if account.address else None
    return HiveConfig(
        account=msgspec.structs.replace(account, address=address),
        strategies=entries,
        mode=settings.mode,
        runtime=settings.runtime,
        multiplexer=settings.multiplexer,
        rate_limiting=settings.rate_limiting,
        risk=settings.risk,
        monitoring=settings.monitoring,
    )


def _text_of(path: Path) -> str:
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
