"""`hive guardian CONFIG.yml --approve`: the account lets the guardian's key act for it.

A person does that once in the pages of a venue of others. On the local venue there are none, and
the account's own key is in the run's file; where that is an agent's, it may approve nobody.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

from hive.app.agent_approval import REQUEST_TIMEOUT_MS, approve
from hive.app.config.guarded import load_guarded
from hive.app.config.load import load_config
from hive.app.wiring.plan import signer_of
from hive.domain.errors import ConfigRefused, VenueRefused
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec_info import decode_user_role
from hive.hyperliquid.codec_requests import InfoRequest
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet

AGENT_NAME: Final = "guardian"
"""The venue replaces an agent by another of the same name; the trader's has another one."""


async def approve_guardian(path: Path) -> int:
    """Approve the key of the file's guardian as an agent of the file's account.

    Raises:
        ConfigRefused: what is wrong with the file, or the account is one of mainnet.
        VenueRefused: the account's key is an agent's itself, or the venue said no.
        NotSent, Unanswered: the venue cannot be reached.
    """
    config = load_config(path)
    guarded = load_guarded(path)
    if config.account.network == "mainnet":
        raise ConfigRefused("agents of accounts with real money are approved in the venue's pages")
    agent = guarded.wards[0].signer.address
    signer, url = signer_of(config.account), guarded.venue_url
    master = signer.address
    net = LiveNet()
    try:
        role = decode_user_role(await _asked(net, url, codec_requests.user_role(master)))
        if role.role == "agent":
            raise VenueRefused(
                f"the account's key {master} is itself an agent's, of {role.master}",
                hint=f"approve {agent} in the venue's pages, under a name of its own",
            )
        await _asked(net, url, codec_requests.clearinghouse_state(master))  # the faucet pays now
        await approve(net, url, signer, agent, name=AGENT_NAME, now_ms=SystemClock().now_ms())
    finally:
        await net.aclose()
    sys.stdout.write(f"{agent} may act for {master} at {url}, as its agent {AGENT_NAME!r}\n")
    return 0


async def _asked(net: LiveNet, url: str, request: InfoRequest) -> bytes:
    body = msgspec.json.encode(request)
    reply = await net.post(f"{url}/info", body, timeout_ms=REQUEST_TIMEOUT_MS)
    if reply.status != 200:
        raise VenueRefused(f"{url} answered {reply.status} when asked about the account")
    return reply.body
