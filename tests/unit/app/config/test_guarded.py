"""What a guardian reads of a configuration file is refused where the file of a run would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive.app.config.guarded import load_guarded
from hive.domain.errors import ConfigRefused, NotOffered

GUARDED = """\
account: {key_env: HIVE_KEY, network: mainnet, url: "%s"}
guardian: {key_env: GUARDIAN_KEY}
"""


@pytest.mark.parametrize("first", ["mode: testnet", "mode: paper"])
def test_a_guardian_that_could_not_sign_for_its_venue_is_refused(
    first: str, tmp_path: Path
) -> None:
    """Else it would find out when it is needed."""
    file = tmp_path / "hive.yml"
    file.write_text(f"{first}\n{GUARDED % 'https://api.hyperliquid-testnet.xyz'}")
    with pytest.raises(ConfigRefused, match=r"hive\.yml:2:\d+ account\.network: .*testnet"):
        load_guarded(file)


@pytest.mark.parametrize("url", ["https://api.hyperliquid.xyz:443", "http://10.0.0.7:1"])
def test_a_guardian_trades_no_real_money_either(url: str, tmp_path: Path) -> None:
    file = tmp_path / "hive.yml"
    file.write_text(GUARDED % url)
    with pytest.raises(NotOffered, match="trading real money"):
        load_guarded(file)
