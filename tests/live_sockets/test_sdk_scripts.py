"""The official SDK's example scripts themselves, where there is a copy: URL and key are changed.

`HIVE_SDK_EXAMPLES` names the folder, as it lies in the SDK's repository. Neither the repository nor
its packages carry the other's part, so without the folder this is skipped; what the scripts do is
tried call by call in any case, in `sdk_order_examples.py` and `sdk_money_examples.py`.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live_sockets.foreign_clients import served_venue
from tests.live_sockets.sdk_account import DONE, User

EXAMPLES = os.environ.get("HIVE_SDK_EXAMPLES")
SCRIPT_S_MAX = 60
ADDRESSES = ("0x" + "0" * 40, "0x" + "0" * 39 + "1", "0x8c967e73e7b15087c42a10d344cff4c96d877f1d")
"""Whom the scripts name: builders, and users who sign for others."""
URL_CONSTANT = re.compile(r"constants\.(TESTNET|MAINNET)_API_URL")
OK = r"'status': 'ok'"
NO_SUB_ACCOUNTS = r"TypeError: 'NoneType' object is not iterable"

pytestmark = pytest.mark.skipif(
    EXAMPLES is None, reason="HIVE_SDK_EXAMPLES names no folder with the SDK's example scripts"
)

PRINTED = {
    "basic_order": rf"{OK}[\s\S]*'resting'[\s\S]*'open'[\s\S]*'success'",
    "basic_order_with_cloid": rf"{OK}[\s\S]*'open'[\s\S]*unknownOid[\s\S]*'success'",
    "basic_order_modify": r"with oid: .*'resting'[\s\S]*with cloid: .*'resting'",
    "basic_market_order": r"filled 0\.05[\s\S]*filled 0\.05",
    "basic_schedule_cancel": r"until enough volume traded\. Required: \$1000000",
    "basic_leverage_adjustment": rf"{OK}[\s\S]*{OK}",
    "basic_agent": r"'success'[\s\S]*'success'",
    "basic_builder_fee": rf"{OK}[\s\S]*'filled'",
    "basic_convert_to_multi_sig_user": OK,
    "basic_spot_order": r"Insufficient spot balance",
    "basic_spot_to_perp": rf"{OK}[\s\S]*{OK}",
    "basic_spot_transfer": r"Invalid send",
    "basic_sub_account": r"until enough volume traded\. Required: \$100000",
    "basic_transfer": OK,
    "basic_withdraw": OK,
    "basic_vault": r"'status': 'err'",
    "basic_vault_transfer": r"Vault not registered",
    "basic_send_asset": OK,
    "basic_set_referrer": r"Referral code not registered",
    "basic_spot_to_builder_deployed_perp_dex": r"Insufficient balance[\s\S]*Insufficient balance",
    "basic_order_with_builder_deployed_dex": r"'test:ABC'[\s\S]*Insufficient margin",
    "priority_fees": r"'status': 'err'[\s\S]*could not immediately match",
    "basic_evm_use_big_blocks": rf"{OK}[\s\S]*{OK}",
    "user_abstraction": rf"default[\s\S]*{OK}[\s\S]*{OK}[\s\S]*unifiedAccount[\s\S]*sub-account",
    "dex_abstraction": rf"{OK}[\s\S]*{OK}",
    "cancel_open_orders": r"",
    "basic_tpsl": rf"{OK}[\s\S]*{OK}[\s\S]*{OK}",
    "rounding": r"placing order[\s\S]*'status'",
    "basic_recover_user": r"recovered user-signed action user: 0x",
    "multi_sig_order": r"'status': 'err'",
    "multi_sig_usd_send": r"'status': 'err'",
}
"""By script: what it must print, as on the public service (docs/venue.md says why if refused)."""

RAISED = {"basic_sub_account": NO_SUB_ACCOUNTS, "dex_abstraction": NO_SUB_ACCOUNTS}
"""How a script ends there too: who has no sub-accounts is answered `null`."""

PRINTED_AFTER_VOLUME = {
    # It asks for its orders in the very block in which they are cancelled.
    "basic_schedule_cancel": rf"'resting'[\s\S]*{OK}[\s\S]*open orders: \[",
    "basic_sub_account": rf"{OK}[\s\S]*{OK}",
    "dex_abstraction": rf"found sub-account[\s\S]*{OK}[\s\S]*{OK}[\s\S]*{OK}",
    "basic_spot_order": rf"{OK}[\s\S]*'filled': {{'totalSz': '24\.0'",
    "basic_spot_to_builder_deployed_perp_dex": rf"{OK}[\s\S]*{OK}",
    "basic_order_with_builder_deployed_dex": rf"{OK}[\s\S]*'resting'[\s\S]*'open'[\s\S]*'success'",
}
"""What an account gets that has traded a million, holds USDC on spot and the dex, a sub-account."""

CHANNELS = (
    *("allMids", "l2Book", "trades", "userFills", "candle", "userFundings", "webData2", "bbo"),
    *("userNonFundingLedgerUpdates", "activeAssetCtx", "activeSpotAssetCtx", "activeAssetData"),
)
ENDLESS = {
    "basic_ws": [rf"'channel': '{channel}'" for channel in CHANNELS],
    "basic_adding": [r"placed order .*'resting'.*", r"side:A", r"side:B", r"open_orders \["],
}
"""What those print sooner or later that never end."""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    funds = [word for name in ADDRESSES for word in ("--fund", f"{name}=1000")]
    with served_venue("--no-limits", "--dex", "test:ABC=3", *funds) as url:
        yield url


@pytest.fixture(scope="module")
def trader(base_url: str) -> User:
    """An account that has traded more than a million, and has what the scripts ask for."""
    user = User(base_url)
    size = round(25_000 / float(user.info.all_mids()["BTC"]), 5)
    for _ in range(25):
        for is_buy in (True, False):
            user.exchange.market_open("BTC", is_buy, size)
    assert user.exchange.usd_class_transfer(1_000, False) == DONE
    assert user.exchange.send_asset(user.address, "", "test", "USDC", 100) == DONE
    assert user.exchange.create_sub_account("One")["status"] == "ok"
    return user


@pytest.fixture(name="folder")
def _folder(base_url: str, tmp_path: Path) -> Path:
    """The scripts, with another URL and the key of an account that is new."""
    assert EXAMPLES is not None
    for source in Path(EXAMPLES).glob("*.py"):
        changed = URL_CONSTANT.sub(repr(base_url), source.read_text())
        (tmp_path / source.name).write_text(changed)
    write_config(tmp_path, "0x" + secrets.token_hex(32))
    return tmp_path


def write_config(folder: Path, key: str) -> None:
    signers: dict[str, list[str]] = {"authorized_users": []}
    config = {"secret_key": key, "account_address": "", "keystore_path": "", "multi_sig": signers}
    (folder / "config.json").write_text(json.dumps(config))


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, f"{script}.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SCRIPT_S_MAX,
        check=False,
    )


@pytest.mark.parametrize("script", PRINTED)
def test_a_script_prints_what_it_prints_there(script: str, folder: Path) -> None:
    done = run(script, folder)
    if script in RAISED:
        assert re.search(RAISED[script], done.stderr), done.stderr
    else:
        assert done.returncode == 0, done.stderr
    assert re.search(PRINTED[script], done.stdout), done.stdout


@pytest.mark.parametrize("script", PRINTED_AFTER_VOLUME)
def test_a_script_is_accepted_from_who_has_traded(script: str, folder: Path, trader: User) -> None:
    write_config(folder, trader.wallet.key.hex())
    done = run(script, folder)
    assert done.returncode == 0, done.stderr
    assert re.search(PRINTED_AFTER_VOLUME[script], done.stdout), done.stdout


@pytest.mark.parametrize("script", ENDLESS)
def test_an_endless_script_gets_all_it_asks_for(script: str, folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", f"{script}.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    stop = threading.Timer(SCRIPT_S_MAX, process.kill)
    stop.start()
    wanted, last = set(ENDLESS[script]), ""
    for last in process.stdout:
        wanted -= {pattern for pattern in wanted if re.search(pattern, last)}
        if not wanted:
            break
    stop.cancel()
    process.kill()
    process.communicate()
    assert not wanted, last
