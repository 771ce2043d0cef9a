"""Whatever stands in a file, it is read or refused; it never fails in another way."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from hive.app.config.whole import HiveConfig, read_config
from hive.domain.errors import ConfigRefused, NotOffered
from hive.strategy.interface import Coin, Count, Params, Strategy

SECTIONS = ["account", "runtime", "multiplexer", "rate_limiting", "risk", "guardian", "monitoring"]
KEYS = [
    *SECTIONS,
    *("strategies", "mode", "version", "wallets"),
    *("id", "use", "coin", "foreach", "params", "quota", "fast"),
    *("key_env", "key_file", "address", "url", "dashboard", "port", "risk", "reconnect"),
    *("max_position_notional_usd", "max_strategies", "reserve_for_cancels", "enabled"),
]


class Settings(Params, frozen=True):
    coin: Coin = "BTC"
    fast: Count = 3


class Idle(Strategy[Settings]):
    pass


def find(use: str) -> type[Strategy[Any]]:
    if use != "idle":
        raise ConfigRefused("no such strategy")
    return Idle


def outcome(text: str) -> HiveConfig | list[str]:
    try:
        return read_config(text, "f", find)
    except (ConfigRefused, NotOffered) as error:
        return str(error).splitlines()


scalars = st.one_of(
    st.sampled_from(["idle", "paper", "BTC", "a{coin}", "kill", True, False, None, 0, 1, 5.5, -1]),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=30,
)
strategies = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", "a{coin}"]) | scalars, "use": st.just("idle") | scalars},
    optional={"coin": values, "foreach": values, "params": values, "quota": values},
)
configs = st.fixed_dictionaries(
    {
        "account": st.just({"key_env": "KEY"}) | values,
        "strategies": st.lists(strategies, max_size=4) | values,
    },
    optional=dict.fromkeys([*SECTIONS[1:], "mode", "other"], values),
)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    outcome(text)


@given(st.text(alphabet="ab:-{}[]&*!|>'\"#%@`,?<~ \n\t01."))
def test_any_yaml_like_text_is_read_or_refused(text: str) -> None:
    outcome(text)


@given(values)
def test_any_values_are_read_or_refused(value: object) -> None:
    outcome(yaml.safe_dump(value))


@given(configs)
def test_any_configuration_is_read_or_refused_with_places(value: object) -> None:
    """Every line of a refusal begins with the file, a line and a column."""
    told = outcome(yaml.safe_dump(value, allow_unicode=True))
    if isinstance(told, list):
        assert told
        for line in told:
            assert re.match(r"f:\d+:\d+ |\.\.\. and \d+ more", line), line


@given(configs, st.sampled_from(SECTIONS), st.text(min_size=1, max_size=8))
def test_an_unknown_key_never_passes(value: dict[str, Any], section: str, key: str) -> None:
    value[section] = {f"x{key}": 1}
    assert isinstance(outcome(yaml.safe_dump(value)), list)


@given(st.integers(0, 255).map(lambda byte: f"{byte:02x}" * 32), st.sampled_from(KEYS))
def test_no_refusal_repeats_a_private_key(secret: str, key: str) -> None:
    for text in (f"{key}: {secret}", f"account: {{{key}: 0x{secret}}}", f"{secret}: 1"):
        told = outcome(text)
        assert isinstance(told, list)
        assert secret not in "\n".join(told)
