"""An account to play with on a local venue: a master with money, an agent that trades for it.

Nothing here is for real money: the keys are made for one run and written beside its journal.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.errors import VenueRefused
from hive.domain.identifiers import Address
from hive.hyperliquid.codec_exchange import Refused, decode_exchange_reply
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import SIGNATURE_CHAIN_ID, ApproveAgentAction, chain_name
from hive.runtime.ports import Net, Rng

REQUEST_TIMEOUT_MS: Final = 10_000


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


async def approve(
    net: Net, url: str, master: Signer, agent: Address, *, name: str, now_ms: int
) -> None:
    """Let the agent act for the master under this name, in place of any other of that name.

    Never on mainnet.

    Raises:
        NotSent, Unanswered: the venue cannot be reached.
        VenueRefused: it said no.
    """
    action = ApproveAgentAction(
        signature_chain_id=SIGNATURE_CHAIN_ID,
        hyperliquid_chain=chain_name(is_mainnet=False),
        agent_address=agent,
        agent_name=name,
        nonce=now_ms,
    )
    signature = master.sign_user_action(action)
    body = signed_request(action, now_ms, signature)
    reply = await net.post(f"{url}/exchange", body, timeout_ms=REQUEST_TIMEOUT_MS)
    if reply.status != 200:
        raise VenueRefused(f"the venue answered {reply.status} when asked to approve an agent")
    answer = decode_exchange_reply(reply.body)
    if isinstance(answer, Refused):
        raise VenueRefused(f"the venue does not approve the agent: {answer.reason}")
