"""What a guardian needs of a configuration file. Strategies are not looked at, nor loaded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from hive.app.config.faults import Place, refusal
from hive.app.config.load import text_of
from hive.app.config.networks import URL_BY_MODE, refuse_wrong_network
from hive.app.config.paths import absolute
from hive.app.config.private_key import read_key
from hive.app.config.reader import Reader
from hive.app.config.sections import FileSettings, GuardianSettings, RiskSettings, RuntimeSettings
from hive.app.config.tree import Sequence
from hive.app.config.whole import root_of
from hive.domain.errors import ConfigRefused, KeyRefused
from hive.domain.identifiers import parse_address
from hive.guardian.venue_hand import Ward
from hive.hyperliquid.signing import Signer

NO_STRATEGIES: Final = Sequence(Place("", 1, 1), ())
"""On a machine of its own a guardian's file needs none."""


class GuardedConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to guard, from where, how patiently."""

    state_dir: str
    venue_url: str
    guardian: GuardianSettings
    wards: tuple[Ward, ...]


def load_guarded(path: Path) -> GuardedConfig:
    """The guardian's part of the file.

    Raises:
        ConfigRefused: it cannot be used, has no `guardian`, or the key cannot be read.
    """
    folder = path.absolute().parent
    settings = _settings(path)
    if settings.guardian is None:
        raise ConfigRefused(f"{path} has no section guardian", hint="docs/risk.md shows one")
    guardian, account = settings.guardian, settings.account
    key_file = str(absolute(folder, guardian.key_file)) if guardian.key_file else None
    try:
        signer = Signer(read_key(key_file, guardian.key_env, section="guardian"))
    except KeyRefused as error:
        raise ConfigRefused(f"{guardian.key_file or guardian.key_env}: {error}") from None
    return GuardedConfig(
        state_dir=str(absolute(folder, settings.runtime.state_dir)),
        venue_url=(account.url or URL_BY_MODE[settings.mode]).rstrip("/"),
        guardian=guardian,
        wards=tuple(_ward(settings, signer, trade_for) for trade_for in _guarded(settings)),
    )


def _guarded(settings: FileSettings) -> list[str]:
    """The accounts that an agent of the first account's master can act for, as they are written."""
    further = [each.trade_for for each in settings.accounts if not (each.key_file or each.key_env)]
    return list(dict.fromkeys([settings.account.trade_for, *further]))


def _ward(settings: FileSettings, signer: Signer, trade_for: str) -> Ward:
    account = settings.account
    return Ward(
        signer=signer,
        account=parse_address(account.address) if account.address else None,
        vault=None if trade_for == "self" else parse_address(trade_for.partition(":")[2]),
        is_mainnet=account.network == "mainnet",
        slippage_pct=settings.risk.flatten_slippage_pct or Decimal(2),
    )


def state_folder_of(path: Path) -> Path:
    """Where the run of this file keeps its state; nothing else in it is looked at.

    Raises:
        ConfigRefused: the file cannot be read.
    """
    reader = Reader()
    values = reader.fields(root_of(text_of(path), str(path)), FileSettings, "")
    runtime: RuntimeSettings = values.get("runtime", RuntimeSettings())
    return absolute(path.absolute().parent, runtime.state_dir)


def _settings(path: Path) -> FileSettings:
    reader = Reader()
    values = reader.fields(root_of(text_of(path), str(path)), FileSettings, "")
    values.setdefault("strategies", NO_STRATEGIES)
    if "account" in values:
        refuse_wrong_network(values["account"], values.get("mode", "paper"), reader)
    faults = [fault for fault in reader.faults if fault.path != "strategies"]
    if faults:
        raise refusal(faults)
    return FileSettings(**{"risk": RiskSettings(), **values})
