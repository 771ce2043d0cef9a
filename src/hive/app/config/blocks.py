"""Blocks below `strategies` into strategies: one each, or one for every value of `foreach`.

- id: mm-{coin}                       mm-BTC  Maker(coin="BTC", size_usd=200)
  use: hive.strategies.maker    ─▶    mm-ETH  Maker(coin="ETH", size_usd=200)
  foreach: {coin: [BTC, ETH]}
  params: {size_usd: 200}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import product
from math import prod
from typing import Any, Final

import msgspec

from hive.app.config.coin_names import CoinNamed, coins_named, coins_of_limits
from hive.app.config.faults import Place, inner, shown, unknown
from hive.app.config.reader import Reader
from hive.app.config.sections import (
    MAIN,
    BuilderSettings,
    QuotaSettings,
    RiskSettings,
    StrategyBlock,
)
from hive.app.config.tree import Scalar, Sequence
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import StrategyId
from hive.domain.leverage import LeverageWish, MarginMode
from hive.strategy.interface import Params, Strategy
from hive.strategy.parameters import ParamFault, param_faults, read_params

FindStrategy = Callable[[str], type[Strategy[Any]]]
"""The strategy class that a `use` names. Raises ConfigRefused."""

ACCOUNT_ONLY: Final = ("dead_man_switch_s", "flatten_slippage_pct")
"""Of the limits, those that no strategy has for itself."""
_EXPECTED: Final = re.compile(r"Expected `(?P<type>\w+)`(?P<bound>[^,]*?)(, got .*)?")
_WORDS_BY_TYPE: Final = {
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
}
_ID: Final = re.compile(r"[\w.:@/+-]{1,64}", re.ASCII)


class StrategyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy to run."""

    id: StrategyId
    strategy: type[Strategy[Any]]
    params: Params
    account: str = MAIN
    """The name of the account that it trades."""
    orders_per_second_max: float
    """Orders placed or replaced."""
    quota: QuotaSettings = QuotaSettings()
    risk: RiskSettings = RiskSettings()
    builder: BuilderSettings | None = None
    leverage: dict[str, LeverageWish] = {}
    """By coin."""
    coin: CoinNamed | None = None
    """The one in `params`."""
    coins_limited: tuple[CoinNamed, ...] = ()
    """Those whose limits or leverage are given by name."""


class _Variant(msgspec.Struct, frozen=True):
    """One value for each variable of a block: as text for the id, as a setting for `params`."""

    texts: dict[str, str]
    settings: dict[str, Any]
    places: dict[str, Place]


def strategy_entries(
    node: Sequence,
    reader: Reader,
    find_strategy: FindStrategy,
    *,
    account_names: Collection[str] = (MAIN,),
    strategies_max: int,
    orders_per_second_max: float,
) -> tuple[StrategyEntry, ...]:
    """The strategies of all blocks, in their order. What is wrong is added to `reader.faults`.

    A block with a fault is read on for others, so that a person meets them all in one go.
    """
    entries: list[StrategyEntry] = []
    owner_by_id: dict[str, str] = {}
    if not node.items:
        reader.fault_at("strategies", "expected at least one strategy")
    for index, item in enumerate(node.items):
        path = f"strategies[{index}]"
        values = reader.fields(item, StrategyBlock, path)
        if not {"id", "use"} <= values.keys():
            continue
        block = StrategyBlock(**values)
        _check_account(block, path, reader, account_names)
        strategy = _found(block, path, reader, find_strategy)
        limited = _coins_limited(block, path, reader)
        for variant in _variants(block, path, reader, strategies_max):
            strategy_id = _filled_id(block, variant, path, reader)
            if strategy_id in owner_by_id:
                reader.fault_at(f"{path}.id", _taken(strategy_id, owner_by_id[strategy_id], path))
            owner_by_id[strategy_id] = path
            params = _params(strategy, block, variant, path, reader) if strategy else None
            if strategy and params:
                entries.append(
                    StrategyEntry(
                        id=StrategyId(strategy_id),
                        account=block.account,
                        strategy=strategy,
                        params=params,
                        orders_per_second_max=block.quota.max_orders_per_second
                        or orders_per_second_max,
                        quota=block.quota,
                        risk=block.risk,
                        builder=block.builder,
                        leverage=_leverage(block, params, path, reader),
                        coin=_coin(params, block, variant, path, reader),
                        coins_limited=limited,
                    )
                )
        if len(owner_by_id) > strategies_max:
            reader.fault_at("strategies", f"more than runtime.max_strategies ({strategies_max})")
            break
    return tuple(entries)


def _check_account(
    block: StrategyBlock, path: str, reader: Reader, account_names: Collection[str]
) -> None:
    """See that it is there, and that nothing of its own is set for a strategy."""
    if block.account not in account_names:
        known = unknown(block.account, account_names)
        reader.fault_at(f"{path}.account", f"unknown account {shown(block.account)}, {known}")
    for key in ACCOUNT_ONLY:
        if getattr(block.risk, key):
            reader.fault_at(f"{path}.risk.{key}", "is the account's: give it below risk")


def _coins_limited(block: StrategyBlock, path: str, reader: Reader) -> tuple[CoinNamed, ...]:
    by_coin = block.leverage if isinstance(block.leverage, dict) else {}
    return (
        *coins_of_limits(block.risk, f"{path}.risk", reader),
        *coins_named(by_coin, f"{path}.leverage", reader),
    )


def _coin(
    params: Params, block: StrategyBlock, variant: _Variant, path: str, reader: Reader
) -> CoinNamed | None:
    coin = getattr(params, "coin", None)
    if not isinstance(coin, str):
        return None
    where = _param_path("coin", block, variant, path)
    return CoinNamed(coin, variant.places.get("coin") or reader.place_of(where), where)


def _leverage(
    block: StrategyBlock, params: Params, path: str, reader: Reader
) -> dict[str, LeverageWish]:
    mode = None if block.margin_mode is None else MarginMode(block.margin_mode)
    leverage = block.leverage
    if leverage is None:
        if mode is not None:
            reader.fault_at(f"{path}.margin_mode", "needs leverage: the venue sets both together")
        return {}
    if isinstance(leverage, int):
        coin = getattr(params, "coin", None)
        if not isinstance(coin, str):
            reader.fault_at(f"{path}.leverage", "expected it by coin: {BTC: 5}")
            return {}
        leverage = {coin: leverage}
    return {coin: LeverageWish(each, mode) for coin, each in leverage.items()}


def _found(
    block: StrategyBlock, path: str, reader: Reader, find_strategy: FindStrategy
) -> type[Strategy[Any]] | None:
    try:
        return find_strategy(block.use)
    except ConfigRefused as error:
        reader.fault_at(f"{path}.use", str(error))
        return None


def _taken(strategy_id: str, owner: str, path: str) -> str:
    if owner == path:
        return f"{shown(strategy_id)} is not one strategy's own: add {{NAME}} of foreach to it"
    return f"{shown(strategy_id)} is taken by {owner}"


def _variants(
    block: StrategyBlock, path: str, reader: Reader, strategies_max: int
) -> list[_Variant]:
    """Every combination of the block's variables; none if they do not make sense."""
    choices = _choices(block, path, reader)
    settings = reader.plain(block.params, f"{path}.params") if block.params else {}
    for name in choices:
        if name in settings:
            reader.fault_at(f"{path}.params.{name}", "is set outside of params too")
    if prod(len(values) for values in choices.values()) > strategies_max:
        reader.fault_at(f"{path}.foreach", f"more than {strategies_max} combinations")
        return []
    return [
        _Variant(
            {name: value.text for name, value in zip(choices, values, strict=True)},
            settings
            | {
                name: reader.plain(value, path) for name, value in zip(choices, values, strict=True)
            },
            {name: value.place for name, value in zip(choices, values, strict=True)},
        )
        for values in product(*choices.values())
    ]


def _choices(block: StrategyBlock, path: str, reader: Reader) -> dict[str, list[Scalar]]:
    """The values of each variable: those of `foreach`, and `coin` with the one it has."""
    choices: dict[str, list[Scalar]] = {}
    for entry in reader.entries(block.foreach, f"{path}.foreach") if block.foreach else ():
        items = entry.value.items if isinstance(entry.value, Sequence) else ()
        values = [item for item in items if isinstance(item, Scalar) and not item.is_null]
        if not values or len(values) < len(items):
            reader.fault_at(inner(f"{path}.foreach", entry.key), "expected a list of values")
        else:
            choices[entry.key] = values
    if block.coin is not None and "coin" in choices:
        reader.fault_at(f"{path}.coin", "stands in foreach too")
    elif block.coin is not None:
        choices["coin"] = [Scalar(reader.place_of(f"{path}.coin"), block.coin, is_plain=False)]
    return choices


def _filled_id(block: StrategyBlock, variant: _Variant, path: str, reader: Reader) -> str:
    """The id with its `{names}` filled in."""
    declared = {entry.key for entry in block.foreach.entries} if block.foreach else set[str]()
    for name in re.findall(r"\{([^{}]*)\}", block.id):
        if name not in variant.texts and name in declared:
            return block.id  # what is wrong with its values is told
        if name not in variant.texts:
            known = unknown(name, variant.texts) if variant.texts else "there is no foreach"
            reader.fault_at(f"{path}.id", f"unknown name in {{}}: {shown(name)}, {known}")
            return block.id
    filled = re.sub(r"\{([^{}]*)\}", lambda match: variant.texts[match[1]], block.id)
    if _ID.fullmatch(filled) is None:
        message = f"expected up to 64 letters, digits or .:@/+-_, got {shown(filled)}"
        reader.fault_at(f"{path}.id", message)
    return filled


def _params(
    strategy: type[Strategy[Any]],
    block: StrategyBlock,
    variant: _Variant,
    path: str,
    reader: Reader,
) -> Params | None:
    """The strategy's own settings, checked by its own struct."""
    faults = param_faults(strategy.params_type, variant.settings)
    for fault in faults:
        reader.fault_at(_param_path(fault.key, block, variant, path), _in_words(fault, variant))
    if faults:
        return None
    try:
        return read_params(strategy.params_type, variant.settings)
    except ConfigRefused as error:  # a rule over several settings
        reader.fault_at(f"{path}.params", str(error))
        return None


def _in_words(fault: ParamFault, variant: _Variant) -> str:
    """A fault that msgspec found, in the words of every other one and with the value."""
    found = _EXPECTED.fullmatch(fault.message)
    if found is None or fault.key not in variant.settings:
        return fault.message
    words = _WORDS_BY_TYPE.get(found["type"], f"`{found['type']}`")
    return f"expected {words}{found['bound']}, got {shown(str(variant.settings[fault.key]))}"


def _param_path(key: str, block: StrategyBlock, variant: _Variant, path: str) -> str:
    """The setting that gives a parameter its value."""
    if key not in variant.texts:
        return inner(f"{path}.params", key)
    is_coin = key == "coin" and block.coin is not None
    return f"{path}.coin" if is_coin else inner(f"{path}.foreach", key)
