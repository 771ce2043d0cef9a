"""An account to play with on a local venue: a master with money, an agent that trades for it.

Nothing here is for real money: the keys are made for one run and written beside its journal.
"""

from __future__ import annotations

import msgspec

from hive.app.agent_approval import approve
from hive.hyperliquid.signing import Signer
from hive.runtime.ports import Net, Rng


class PlayAccount(msgspec.Struct, frozen=True):
    """Two keys, 64 hex digits each: play money's owner, and who trades for it."""

    master_key: str
    agent_key: str

    def __repr__(self) -> str:
        return f"PlayAccount({Signer(self.master_key).address})"


def new_play_account(rng: Rng) -> PlayAccount:
    """Keys nobody has used before."""
    return PlayAccount(rng.token(32).hex(), rng.token(32).hex())


async def approve_agent(net: Net, url: str, account: PlayAccount, now_ms: int) -> None:
    """Let the agent trade for the master, as a person does once in the venue's own pages.

    Raises:
        As `approve`.
    """
    agent = Signer(account.agent_key).address
    await approve(net, url, Signer(account.master_key), agent, name="hive", now_ms=now_ms)
