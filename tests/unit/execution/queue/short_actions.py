"""An account whose actions last for minutes at the rate at which it spends them."""

from __future__ import annotations

from tests.unit.execution.desk_rig import ACCOUNT, BOB, DeskRig

from hive.execution.desk.settings import DeskSettings
from hive.execution.queue.economy import PaceSettings
from hive.execution.sending.action_sender import SendSettings

REQUESTS: int = 100
UNPACED = DeskSettings(
    account=ACCOUNT, send=SendSettings(is_mainnet=False), pace=PaceSettings(burst_share=1.0)
)


def short_of_actions() -> DeskRig:
    """A started desk whose bob has spent a tenth of its actions in about a minute."""
    rig = DeskRig(settings=UNPACED)
    rig.info.requests_cap = REQUESTS
    rig.start()
    for oid in range(REQUESTS // 10):
        rig.resting(1_000 + oid, strategy=BOB, coin="ETH", px="2000", size="0.1")
        rig.run_ms(6_500)
    return rig
