"""The play account asks the venue as its pages would, and takes no answer for a yes but a yes."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from hive.app.demo.play_account import PlayAccount, approve_agent, new_play_account
from hive.domain.errors import BadFrame, NotSent, Unanswered, VenueRefused
from hive.hyperliquid.signing import Signature, Signer, recover_user_action
from hive.hyperliquid.user_actions import ApproveAgentAction
from hive.runtime.ports import HttpReply, WsLink, WsListener
from hive.runtime.rng import SeededRng

URL = "http://127.0.0.1:8421"
NOW_MS = 1_790_000_000_000
ACCOUNT = new_play_account(SeededRng(3))
YES = HttpReply(200, b'{"status":"ok","response":{"type":"default"}}')


class OneAnswer:
    """A net that gives one answer to whatever is posted, and remembers what that was."""

    def __init__(self, answer: HttpReply | Exception) -> None:
        self.posted: list[tuple[str, bytes]] = []
        self._answer = answer

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        raise NotSent("no sockets here")

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        self.posted.append((url, body))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def aclose(self) -> None: ...


class Posted(msgspec.Struct):
    """The request as any reader of the protocol reads it."""

    action: ApproveAgentAction
    nonce: int
    signature: Signature


def approve(answer: HttpReply | Exception) -> list[tuple[str, bytes]]:
    net = OneAnswer(answer)
    asyncio.run(approve_agent(net, URL, ACCOUNT, NOW_MS))
    return net.posted


def test_the_master_signs_for_the_agent() -> None:
    ((url, body),) = approve(YES)
    assert url == URL + "/exchange"
    posted = msgspec.json.decode(body, type=Posted)
    assert posted.action.agent_address == Signer(ACCOUNT.agent_key).address
    assert posted.action.hyperliquid_chain == "Testnet", "play money is never mainnet's"
    assert posted.nonce == posted.action.nonce == NOW_MS
    signed_by = recover_user_action(posted.action, posted.signature)
    assert signed_by == Signer(ACCOUNT.master_key).address


def test_keys_stay_here() -> None:
    ((_, body),) = approve(YES)
    assert ACCOUNT.master_key.encode() not in body
    assert ACCOUNT.agent_key.encode() not in body
    assert ACCOUNT.master_key not in repr(ACCOUNT)
    assert ACCOUNT.agent_key not in repr(ACCOUNT)


def test_a_refusal_is_told_in_the_venues_words() -> None:
    with pytest.raises(VenueRefused, match="Too many agents"):
        approve(HttpReply(200, b'{"status":"err","response":"Too many agents"}'))


@pytest.mark.parametrize("status", [422, 429, 500, 502])
def test_another_status_is_no_yes(status: int) -> None:
    with pytest.raises(VenueRefused, match=str(status)):
        approve(HttpReply(status, YES.body))


def test_an_answer_that_makes_no_sense_is_no_yes() -> None:
    with pytest.raises(BadFrame):
        approve(HttpReply(200, b"<html>welcome</html>"))


@pytest.mark.parametrize("failure", [NotSent("no road"), Unanswered("no answer")])
def test_a_failed_road_is_named_as_it_is(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        approve(failure)


def test_accounts_are_new_and_made_of_two_keys() -> None:
    rng = SeededRng(1)
    accounts = [new_play_account(rng) for _ in range(5)]
    keys = [key for account in accounts for key in (account.master_key, account.agent_key)]
    assert len({Signer(key).address for key in keys}) == 10
    assert new_play_account(SeededRng(1)) == accounts[0], "one seed, one account"
    assert isinstance(accounts[0], PlayAccount)
