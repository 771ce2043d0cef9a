"""An account lets an agent act for it, as a person has it done in the venue's own pages."""

from __future__ import annotations

from typing import Final

from hive.domain.errors import VenueRefused
from hive.domain.identifiers import Address
from hive.hyperliquid.codec_exchange import Refused, decode_exchange_reply
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import SIGNATURE_CHAIN_ID, ApproveAgentAction, chain_name
from hive.runtime.ports import Net

REQUEST_TIMEOUT_MS: Final = 10_000


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
