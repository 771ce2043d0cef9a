"""The official SDK's example scripts themselves, where there is a copy: URL and key are changed.

`HIVE_SDK_EXAMPLES` names the folder, as it lies in the SDK's repository. Neither the repository nor
its packages carry the other's part, so without the folder this is skipped; what the scripts do is
tried call by call in any case, in `sdk_order_examples.py` and `sdk_money_examples.py`. Scripts that
never end are left out.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live_sockets.foreign_clients import served_venue

EXAMPLES = os.environ.get("HIVE_SDK_EXAMPLES")
SCRIPT_S_MAX = 60
BUILDER = "0x" + "0" * 40
URL_CONSTANT = re.compile(r"constants\.(TESTNET|MAINNET)_API_URL")
OK = r"'status': 'ok'"

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
    "basic_spot_to_perp": rf"{OK}[\s\S]*",
    "basic_spot_transfer": r"Invalid send",
    "basic_sub_account": r"until enough volume traded\. Required: \$100000",
    "basic_transfer": OK,
    "basic_withdraw": OK,
    "basic_vault": r"'status': 'err'",
    "basic_vault_transfer": r"Vault not registered",
    "basic_send_asset": r"Invalid send",
    "basic_set_referrer": r"Referral code not registered",
    "basic_evm_use_big_blocks": rf"{OK}[\s\S]*{OK}",
    "user_abstraction": r"Unified accounts and portfolio margin are not offered",
    "dex_abstraction": rf"{OK}[\s\S]*{OK}",
    "cancel_open_orders": r"",
    "basic_tpsl": rf"{OK}[\s\S]*{OK}[\s\S]*{OK}",
    "rounding": r"placing order[\s\S]*'status'",
    "basic_recover_user": r"recovered user-signed action user: 0x",
}
"""By script: what it must print, as on the public service (docs/venue.md says why if refused)."""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with served_venue("--no-limits", "--fund", f"{BUILDER}=1000") as url:
        yield url


@pytest.mark.parametrize("script", PRINTED)
def test_a_script_prints_what_it_prints_there(script: str, base_url: str, tmp_path: Path) -> None:
    assert EXAMPLES is not None
    for source in Path(EXAMPLES).glob("*.py"):
        changed = URL_CONSTANT.sub(repr(base_url), source.read_text())
        (tmp_path / source.name).write_text(changed)
    key = "0x" + secrets.token_hex(32)
    config = {"secret_key": key, "account_address": "", "keystore_path": ""}
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, f"{script}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SCRIPT_S_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(PRINTED[script], done.stdout), done.stdout
