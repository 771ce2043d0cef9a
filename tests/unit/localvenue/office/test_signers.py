"""Who may sign, which nonces are taken, and how many actions an address has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from tests.unit.localvenue.still_venue import START_MS, Stage, Trader, buy, order_action, sell

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.limits.nonces import NonceWindow
from hive.serving.port import SignatureHex

DAY_MS = 86_400_000
NOOP = {"type": "noop"}


def approve(master: Trader, agent: str, name: str | None = None, *, chain: Any = "Testnet") -> Any:
    """Let `agent` sign for `master`; the answer."""
    named: dict[str, Any] = {} if name is None else {"agentName": name}
    return master.sign("approveAgent", chain=chain, agentAddress=agent, **named)


# --- signers ---


def test_a_stranger_is_told_the_address_that_its_signature_recovers_to() -> None:
    stage = Stage()
    stranger = Trader(stage, 77)
    text = f"User or API Wallet {stranger.address} does not exist."
    assert stranger.act(NOOP) == {"status": "err", "response": text}


def test_a_signature_for_the_other_network_is_a_strangers() -> None:
    stage = Stage()
    answer = stage.trader(1).act(NOOP, is_mainnet=True)
    assert answer["response"].endswith("does not exist.")
    assert Stage(network="mainnet").trader(1).act(NOOP, is_mainnet=True)["status"] == "ok"


def test_a_signature_that_is_none_is_told_so() -> None:
    stage = Stage()
    request = stage.trader(1).request(NOOP)
    broken = msgspec.structs.replace(request, signature=SignatureHex("0x0", "0x0", 27))
    (reply,) = stage.send(broken)
    assert reply.body == b'{"status":"err","response":"Unable to recover signer."}'


def test_the_faucet_pays_who_is_named_but_never_a_signer() -> None:
    stage = Stage(faucet_usd=Decimal(5_000))
    trader = Trader(stage, 1)
    assert trader.act(NOOP)["response"].endswith("does not exist.")
    assert trader.state()["marginSummary"]["accountValue"] == "5000.0"
    assert trader.act(NOOP)["status"] == "ok"
    trader.state()
    assert trader.state()["marginSummary"]["accountValue"] == "5000.0"  # only once


def test_the_faucet_pays_who_is_named_in_a_subscription() -> None:
    stage = Stage(faucet_usd=Decimal(5_000))
    trader = Trader(stage, 1)
    (first,) = stage.listen(type="clearinghouseState", user=trader.address)
    assert first["clearinghouseState"]["withdrawable"] == "5000.0"


def test_an_unknown_user_must_deposit_first() -> None:
    stage = Stage()
    stranger = Trader(stage, 9)
    text = f"Must deposit before performing actions. User: {stranger.address}"
    assert approve(stranger, Trader(stage, 2).address)["response"] == text


def test_what_users_sign_names_its_network() -> None:
    stage = Stage()
    answer = approve(stage.trader(1), Trader(stage, 2).address, chain="Mainnet")
    assert answer["response"] == "Mainnet and testnet require different signature."


# --- nonces ---


def test_a_nonce_is_taken_once() -> None:
    stage = Stage()
    trader = stage.trader(1)
    assert trader.act(NOOP, nonce=START_MS)["status"] == "ok"
    text = f"Invalid nonce: duplicate nonce {START_MS}"
    assert trader.act(NOOP, nonce=START_MS)["response"] == text


def test_nonces_must_lie_around_the_time_of_the_block() -> None:
    stage = Stage()
    trader = stage.trader(1)
    low = trader.act(NOOP, nonce=START_MS - 2 * DAY_MS)["response"]
    assert low.startswith(f"Invalid nonce: nonce too low {START_MS - 2 * DAY_MS} < ")
    high = trader.act(NOOP, nonce=START_MS + DAY_MS + 10_000)["response"]
    assert high.startswith(f"Invalid nonce: nonce too high {START_MS + DAY_MS + 10_000} > ")
    edge = START_MS + DAY_MS - 120_000  # what can be used ends two minutes inside
    assert "too high" in trader.act(NOOP, nonce=edge + 1_000)["response"]
    assert trader.act(NOOP, nonce=edge - 1_000)["status"] == "ok"
    assert trader.act(NOOP, nonce=START_MS - DAY_MS)["status"] == "ok"


def test_a_nonce_must_beat_the_lowest_of_the_highest_kept() -> None:
    window = NonceWindow(VenueLimits(nonces_kept=3, nonce_behind_ms=1_000, nonce_ahead_ms=1_000))
    for nonce in (10, 30, 20, 40):
        assert window.admit(nonce, 0) is None
    assert window.admit(20, 0) == "Invalid nonce: duplicate nonce 20"
    assert window.admit(19, 0) == "Invalid nonce: nonce too low 19 < 20"
    assert window.admit(25, 0) is None
    assert window.admit(20, 0) == "Invalid nonce: nonce too low 20 < 25"


def test_a_refused_action_has_used_up_its_nonce() -> None:
    stage = Stage()
    trader = stage.trader(1)
    assert trader.act(order_action(buy(79_000, 0)), nonce=START_MS)["status"] == "err"
    assert "duplicate" in trader.act(NOOP, nonce=START_MS)["response"]


def test_a_master_and_its_agent_have_nonces_of_their_own() -> None:
    stage = Stage()
    master, agent = stage.trader(1), Trader(stage, 2)
    approve(master, agent.address)
    assert master.act(NOOP, nonce=START_MS + 7)["status"] == "ok"
    assert agent.act(NOOP, nonce=START_MS + 7)["status"] == "ok"


# --- expiry and budget ---


def test_an_expired_action_uses_up_its_nonce_and_five_requests() -> None:
    stage = Stage()
    trader = stage.trader(1)
    answer = trader.act(NOOP, nonce=START_MS + 1, expires_after=START_MS)
    assert answer == {"status": "err", "response": "Action already expired"}
    assert "duplicate" in trader.act(NOOP, nonce=START_MS + 1)["response"]
    assert stage.ask(type="userRateLimit", user=trader.address)["nRequestsUsed"] == 5
    assert trader.act(NOOP, expires_after=stage.now_ms + 1_000)["status"] == "ok"


def test_a_batch_of_n_costs_n_and_trading_earns_requests() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 1), sell(80_000, 1))
    taker.place(buy(80_000, "0.5"))
    limit = stage.ask(type="userRateLimit", user=maker.address)
    assert limit["nRequestsUsed"] == 2
    assert limit["nRequestsCap"] == 10_000 + 40_000
    assert limit["cumVlm"] == "40000.0"


def test_with_an_empty_budget_one_action_passes_every_ten_seconds_and_cancels_go_on() -> None:
    stage = Stage(limits=VenueLimits(requests_initial=2, weight_per_min=10_000))
    trader = stage.trader(1)
    oids = [trader.place_one(buy(79_000, 1))["resting"]["oid"] for _ in range(2)]
    assert "resting" in trader.place_one(buy(79_000, 1))  # the one that passes
    refused = trader.act(order_action(buy(79_000, 1)))
    assert refused["response"] == (
        "Too many cumulative requests sent (4 > 2) for cumulative volume traded $0.0. "
        "Place taker orders to free up 1 request per USDC traded."
    )
    assert trader.cancel(0, oids[0]) == "success"  # cancels may go to twice the cap
    stage.pass_ms(10_000)
    assert "resting" in trader.place_one(buy(79_000, 1))
