"""A whole file into a configuration, and every way in which a file can be no use."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hive.app.config.load import load_config
from hive.app.config.sections import AccountSettings, RuntimeSettings
from hive.app.config.tree import TEXT_BYTES_MAX
from hive.app.config.whole import HiveConfig, read_config
from hive.domain.errors import ConfigRefused, NotOffered
from hive.strategy.interface import Params, Strategy

MINIMAL = """\
account: {key_env: HIVE_KEY}
strategies:
  - {id: a, use: idle}
"""
KEY = "ab" * 32


class Idle(Strategy[Params]):
    pass


def find(_: str) -> type[Strategy[Any]]:
    return Idle


def read(text: str) -> HiveConfig:
    return read_config(text, "hive.yml", find)


def refused(text: str) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        read(text)
    return str(caught.value).splitlines()


def test_a_minimal_file_has_defaults_for_the_rest() -> None:
    config = read(MINIMAL)
    assert config.account == AccountSettings(key_env="HIVE_KEY")
    assert config.runtime == RuntimeSettings()
    assert [entry.id for entry in config.strategies] == ["a"]
    assert config.risk.max_order_notional_usd is None
    assert config.monitoring.dashboard.port == 8420


def test_every_section_is_read() -> None:
    config = read(
        """\
version: 1
mode: testnet
runtime: {max_strategies: 7, state_dir: state, durability: power, max_errors: 3,
          slow_handler_ms: 5, cross_inside: true}
account: {key_file: agent.key, address: "0xABCDEF0123456789abcdef0123456789ABCDEF01"}
multiplexer: {max_connections: 3, max_subscriptions: 40, stale_after_ms: 5000}
rate_limiting: {ip_weight_per_min: 600, messages_per_min: 1000, reserve_for_cancels: 0.5,
                per_strategy_orders_per_second: 2, adaptive: false}
risk: {max_order_notional_usd: 0.1, max_position_notional_usd: 5, max_gross_notional_usd: 20,
       price_band_pct: 3, max_open_orders: 9}
monitoring: {dashboard: {enabled: false, host: localhost, port: 0}}
strategies: [{id: a, use: idle}]
"""
    )
    assert config.mode == "testnet"
    assert config.account.address == "0xabcdef0123456789abcdef0123456789abcdef01"
    assert config.runtime.durability == "power"
    assert config.runtime.cross_inside
    assert config.multiplexer.stale_after_ms == 5000
    assert config.rate_limiting.reserve_for_cancels == 0.5
    assert not config.rate_limiting.adaptive
    assert config.risk.max_order_notional_usd == Decimal("0.1"), "money is exact"
    assert not config.monitoring.dashboard.enabled


def test_limits_on_coins_may_be_given_by_coin() -> None:
    config = read(
        "risk: {max_position_notional_usd: {BTC: 20_000, default: 5}, max_order_notional_usd: 7}\n"
        + MINIMAL
    )
    assert config.risk.max_position_notional_usd == {"BTC": Decimal(20_000), "default": Decimal(5)}
    assert config.risk.max_order_notional_usd == 7


def test_a_slice_is_a_strategys() -> None:
    assert refused("risk: {capital_usd: 5}\n" + MINIMAL) == [
        "hive.yml:1:8 risk.capital_usd: is a strategy's slice: give it below a strategy"
    ]


@pytest.mark.parametrize(
    ("mode", "account", "url"),
    [
        ("paper", "", "http://127.0.0.1:8421"),
        ("testnet", "", "https://api.hyperliquid-testnet.xyz"),
        ("paper", ", url: http://10.0.0.7:1/", "http://10.0.0.7:1"),
        ("paper", ", url: 'http://[::1]:1', network: mainnet", "http://[::1]:1"),
    ],
)
def test_the_venue_is_the_modes_own_unless_it_is_named(mode: str, account: str, url: str) -> None:
    text = f"mode: {mode}\n" + MINIMAL.replace("HIVE_KEY", f"HIVE_KEY{account}")
    assert read(text).venue_url == url


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "hive.yml:1:1 the file is empty"),
        ("- a", "hive.yml:1:1 expected `name: value` pairs"),
        ("account: {key_env: A}", "hive.yml:1:1 strategies: is required"),
        (
            MINIMAL.replace("key_env: HIVE_KEY", ""),
            "hive.yml:1:10 account: expected one of key_file and key_env",
        ),
        (
            MINIMAL.replace("HIVE_KEY", "A, key_file: b"),
            "hive.yml:1:10 account: expected one of key_file and key_env",
        ),
        (
            f"mode: testnet\n{MINIMAL.replace('HIVE_KEY', 'A, network: mainnet')}",
            "hive.yml:2:23 account.network: mode testnet trades on the network testnet",
        ),
        (
            f"{MINIMAL}monitoring: {{dashboard: {{host: 0.0.0.0}}}}",
            (
                "hive.yml:4:32 monitoring.dashboard.host: "
                "expected this machine: 127.0.0.1, localhost or ::1, got '0.0.0.0'"
            ),
        ),
        (
            MINIMAL.replace("HIVE_KEY", "A, url: x"),
            "hive.yml:1:28 account.url: expected a URL like http://127.0.0.1:8421, got 'x'",
        ),
        ("version: 2\n" + MINIMAL, "hive.yml:1:10 version: expected 1, got '2'"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_its_place(text: str, fault: str) -> None:
    assert fault in refused(text)


def test_faults_of_all_sections_are_told_at_once() -> None:
    lines = refused(
        """\
runtime: {durability: kil}
account: {key: x, key_env: A}
risk: {max_order_notional: 5}
strategies:
  - {id: a, use: idle, params: {x: 1}}
"""
    )
    assert lines == [
        "hive.yml:1:23 runtime.durability: expected kill or power, got 'kil'",
        'hive.yml:2:11 account.key: unknown key, did you mean "key_env"?',
        'hive.yml:3:8 risk.max_order_notional: unknown key, did you mean "max_order_notional_usd"?',
        "hive.yml:5:33 strategies[0].params.x: no such parameter; known: none",
    ]


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("recorder: {enabled: true}", "recorder"),
        ("recorder: {enabled: false}", "recorder"),
        ("monitoring: {metrics_port: 9090}", "monitoring.metrics_port"),
        ("monitoring: {profiling: true}", "monitoring.profiling"),
        ("monitoring: {profiling: false}", "monitoring.profiling"),
        ("notify: {urls: []}", "notify"),
        ("wallets: []", "wallets"),
        ("live: {enabled: true}", "live"),
        ("mode: live", "mode"),
        ("multiplexer: {reconnect: {base_ms: 1}}", "multiplexer.reconnect"),
        ("runtime: {on_strategy_error: restart}", "runtime.on_strategy_error"),
        ("runtime: {on_strategy_error: pause}", "runtime.on_strategy_error"),
    ],
)
def test_settings_of_later_work_are_refused_by_name(text: str, setting: str) -> None:
    with pytest.raises(NotOffered, match=rf"^hive\.yml:4:\d+ {setting}: NotOffered yet: "):
        read(f"{MINIMAL}{text}\n")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.hyperliquid.xyz",
        "https://API.hyperliquid.xyz/",
        "https://api.hyperliquid.xyz:443",
        "http://api.hyperliquid.xyz",
        "https://api.hyperliquid.xyz.",
        "https://api2.hyperliquid.xyz",
        "https://hyperliquid.xyz",
    ],
)
@pytest.mark.parametrize("network", ["mainnet", "testnet"])
def test_real_money_is_not_offered_yet_however_its_url_is_written(url: str, network: str) -> None:
    with pytest.raises(NotOffered, match=r"account\.url: NotOffered yet: trading real money"):
        read(MINIMAL.replace("HIVE_KEY", f"A, url: '{url}', network: {network}"))


@pytest.mark.parametrize(
    "url", ["https://api.hyperliquid-testnet.xyz", "http://API.hyperliquid-testnet.xyz.:80/"]
)
def test_signatures_that_the_test_network_does_not_take_are_refused(url: str) -> None:
    """It would take them for somebody else's, and say so with the first order only."""
    (fault,) = refused(MINIMAL.replace("HIVE_KEY", f"A, url: '{url}', network: mainnet"))
    place, _, text = fault.partition(" ")
    assert place.startswith("hive.yml:1:")
    assert text == f"account.network: {url} takes signatures of testnet only: say testnet"


@pytest.mark.parametrize("url", ["http://10.0.0.7:1", "https://127.0.0.1.example.com"])
def test_signatures_for_real_money_do_not_leave_this_machine(url: str) -> None:
    with pytest.raises(NotOffered, match=r"1:\d+ account\.network: NotOffered yet: trading real"):
        read(MINIMAL.replace("HIVE_KEY", f"A, url: '{url}', network: mainnet"))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.hyperliquid%2exyz",
        "https://api。hyperliquid。xyz",
        "http://a\\\\@b",
        "http://[::1",
    ],
)
def test_a_url_that_hosts_could_be_hidden_in_is_none(url: str) -> None:
    (fault,) = refused(MINIMAL.replace("HIVE_KEY", f'A, url: "{url}"'))
    assert "account.url: expected a URL like" in fault


@pytest.mark.parametrize(("reserve", "least"), [("0", 64), ("0.2", 78), ("0.9", 623)])
def test_weight_that_no_start_could_come_by_is_refused_with_the_least_that_can(
    reserve: str, least: int
) -> None:
    """The venue's heaviest question weighs 60, and what is reserved is not there for it."""

    def text(weight: int) -> str:
        return (
            f"rate_limiting: {{ip_weight_per_min: {weight}, reserve_for_cancels: {reserve}}}\n"
            f"{MINIMAL}"
        )

    (fault,) = refused(text(least - 1))
    assert fault == (
        f"hive.yml:1:17 rate_limiting.ip_weight_per_min: expected at least {least} with"
        f" reserve_for_cancels {reserve}: a start asks a question that weighs 60"
    )
    assert read(text(least)).rate_limiting.ip_weight_per_min == least


@pytest.mark.parametrize("setting", ["key_file", "key_env", "private_key", "address", f"'{KEY}'"])
def test_a_key_in_the_wrong_place_is_not_repeated(setting: str) -> None:
    lines = refused(f"account: {{{setting}: 0x{KEY}}}\nstrategies: [{{id: a, use: idle}}]")
    assert KEY not in "\n".join(lines)


def test_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from hive.strategy.interface import Params, Strategy\n"
        "class Mine(Strategy[Params]):\n    pass\n"
    )
    file = tmp_path / "hive.yml"
    file.write_text(
        "account: {key_file: keys/agent.key}\nruntime: {state_dir: /elsewhere}\n"
        "strategies: [{id: a, use: ./mine.py:Mine}]\n",
    )
    config = load_config(file)
    assert config.account.key_file == str(tmp_path / "keys" / "agent.key")
    assert config.runtime.state_dir == "/elsewhere"
    assert config.strategies[0].strategy.__name__ == "Mine"


def test_a_home_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hive.yml"
    file.write_text(MINIMAL.replace("idle", "~nobody-at-all/mine.py"))
    with pytest.raises(ConfigRefused, match="there is no such home"):
        load_config(file)


def test_a_name_without_letters_is_no_path() -> None:
    assert "expected a line of text" in refused(MINIMAL.replace("idle", r'"./a\0.py"'))[0]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match=r"hive\.yml: No such file"):
        load_config(tmp_path / "hive.yml")
    with pytest.raises(ConfigRefused, match=r"Is a directory"):
        load_config(tmp_path)


def test_a_file_that_is_no_text_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "hive.yml"
    file.write_bytes(b"mode: paper\nruntime: \xff\n")
    with pytest.raises(ConfigRefused, match=r"hive\.yml:2:1 not UTF-8 text"):
        load_config(file)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "hive.yml"
    file.write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(ConfigRefused, match="the file is empty"):
        load_config(file)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "hive.yml"
    file.write_bytes(b"#" * (TEXT_BYTES_MAX + 1))
    with pytest.raises(ConfigRefused, match="larger than"):
        load_config(file)
