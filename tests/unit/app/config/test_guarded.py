"""What a guardian reads of a configuration file is refused where the file of a run would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive.app.config.guarded import load_guarded
from hive.domain.errors import NotOffered

GUARDED = """\
account: {key_env: HIVE_KEY, network: mainnet, url: "%s"}
guardian: {key_env: GUARDIAN_KEY}
"""


@pytest.mark.parametrize("url", ["https://api.hyperliquid.xyz:443", "http://10.0.0.7:1"])
def test_a_guardian_trades_no_real_money_either(url: str, tmp_path: Path) -> None:
    file = tmp_path / "hive.yml"
    file.write_text(GUARDED % url)
    with pytest.raises(NotOffered, match="trading real money"):
        load_guarded(file)
