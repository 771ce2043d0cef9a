"""Several accounts in one process: what concerns one does not concern the others."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from tests.simulation.accounts_rig import AccountsRig

from hive.app.wiring.plan import AccountPlan
from hive.domain.errors import Busy, OperatorError
from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.actions import NoopAction
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer

MINUTE_MS = 60_000


def alarms(rig: AccountsRig, name: str) -> list[str]:
    return list(rig.account(name).desk.snapshot().recent_alarms)


def test_one_key_trades_a_master_its_sub_account_and_its_vault() -> None:
    rig = AccountsRig()
    (master,) = rig.masters
    agent = rig.agent_of(master)
    sub, vault = rig.sub_account_of(master), rig.vault_of(master)
    rig.boot(
        [
            AccountPlan(signer=agent, strategies=(rig.restless("own"),)),
            AccountPlan(signer=agent, strategies=(rig.restless("a sub"),), name="s", trade_for=sub),
            AccountPlan(
                signer=agent, strategies=(rig.restless("a vault"),), name="v", trade_for=vault
            ),
        ]
    )
    rig.pass_ms(2 * MINUTE_MS)
    rig.hush()
    assert [each.address for each in rig.runtime.accounts] == [master.address, sub, vault]
    assert len({id(each.nonces) for each in rig.runtime.accounts}) == 1
    rig.assert_in_line()
    assert [text for text in rig.venue.counters()["refusals"] if "nonce" in text] == []
    assert rig.wait_for(rig.runtime.stop(), MINUTE_MS) == 0
    assert all(not rig.venue.truth(each.address)[0].open_orders for each in rig.runtime.accounts)


def test_a_stranger_is_no_sub_account() -> None:
    rig = AccountsRig(masters=2)
    master, other = rig.masters
    plan = AccountPlan(
        signer=rig.agent_of(master),
        strategies=(rig.restless("thief"),),
        trade_for=rig.sub_account_of(other),
    )
    with pytest.raises(OperatorError, match="is no sub-account of"):
        rig.boot([plan])


def test_the_same_account_twice_is_refused() -> None:
    rig = AccountsRig()
    (master,) = rig.masters
    plans = [
        AccountPlan(signer=rig.agent_of(master, "a"), strategies=(rig.restless("one"),)),
        AccountPlan(signer=master, strategies=(rig.restless("two"),), name="again"),
    ]
    with pytest.raises(Busy, match="two of the accounts are"):
        rig.boot(plans)


def test_accounts_past_the_venues_slots_are_polled_and_stay_in_line() -> None:
    limits = VenueLimits(users_max=2)
    rig = AccountsRig(masters=4, limits=limits)
    rig.boot(
        [
            AccountPlan(signer=master, strategies=(rig.restless(f"r{n}"),), name=f"a{n}")
            for n, master in enumerate(rig.masters)
        ]
    )
    lags_ms = [each.desk.snapshot().lag_ms for each in rig.runtime.accounts]
    assert lags_ms[:2] == [0, 0]
    assert all(1_000 < lag_ms < 20_000 for lag_ms in lags_ms[2:])
    rig.pass_ms(3 * MINUTE_MS)
    rig.hush()
    rig.assert_in_line()
    assert rig.venue.counters()["limitRefusals"] == {}
    told = [line for line in rig.notices.newest(100) if "is polled" in str(line)]
    assert len(told) == 2
    assert rig.wait_for(rig.runtime.stop(), MINUTE_MS) == 0


def test_a_fill_of_a_polled_account_is_known_within_its_lag() -> None:
    rig = AccountsRig(masters=2, limits=VenueLimits(users_max=1))
    rig.boot(
        [
            AccountPlan(signer=master, strategies=(rig.restless(f"r{n}"),), name=f"a{n}")
            for n, master in enumerate(rig.masters)
        ]
    )
    polled = rig.account("a1")
    lag_ms = polled.desk.snapshot().lag_ms
    known: set[tuple[int, int]] = set()
    for _ in range(120):
        rig.pass_ms(1_000)
        known = {(fill.trade_id, fill.oid) for fill in rig.booked(polled.address)}
        old_ms = rig.clock.now_ms() - lag_ms
        true = rig.venue.truth(polled.address)[0].fills
        assert {(fill.tid, fill.oid) for fill in true if fill.ms < old_ms} <= known
    assert known


def test_a_polled_account_whose_fills_are_seldom_asked_for_does_not_halt() -> None:
    """Its state is told often, and differs until the next sweep."""
    rig = AccountsRig(masters=2, limits=VenueLimits(users_max=1, weight_per_min=240))
    rig.boot(
        [
            AccountPlan(signer=master, strategies=(rig.restless(f"r{n}"),), name=f"a{n}")
            for n, master in enumerate(rig.masters)
        ]
    )
    assert rig.account("a1").desk.snapshot().lag_ms > 30_000
    rig.pass_ms(3 * MINUTE_MS)
    assert alarms(rig, "a1") == []
    rig.hush()
    rig.pass_ms(MINUTE_MS)
    rig.assert_in_line()


def test_a_key_that_ends_stops_its_account_alone_and_another_takes_its_place() -> None:
    rig = AccountsRig(masters=2)
    keys = {"a": rig.agent_of(rig.masters[0]), "b": rig.agent_of(rig.masters[1])}
    rig.boot(
        [
            AccountPlan(
                signer=key,
                strategies=(rig.restless(f"of {name}"),),
                name=name,
                read_signer=partial(keys.__getitem__, name),
            )
            for name, key in keys.items()
        ]
    )
    rig.pass_ms(MINUTE_MS // 2)
    replaced = rig.agent_of(rig.masters[0])
    rig.pass_ms(MINUTE_MS // 2)
    stopped, other = rig.account("a").desk, rig.account("b").desk
    assert stopped.snapshot().key_refusal.startswith("Must deposit before performing actions")
    assert stopped.snapshot().hold_reason.startswith("agent: ")
    assert len([text for text in alarms(rig, "a") if "no longer trades" in text]) == 1
    actions_before, theirs_before = stopped.snapshot().signed_actions, other.snapshot().orders
    rig.pass_ms(MINUTE_MS)
    assert other.snapshot().key_refusal == ""
    assert other.snapshot().orders > theirs_before
    assert stopped.snapshot().signed_actions - actions_before < 120, "only cancels are still tried"

    keys["a"] = replaced
    fills_before = stopped.snapshot().fills
    rig.pass_ms(2 * MINUTE_MS)
    assert stopped.snapshot().key_refusal == ""
    assert stopped.snapshot().fills > fills_before
    rig.hush()
    rig.assert_in_line()


def test_accounts_that_cannot_be_stopped_are_waited_for_all_at_once() -> None:
    rig = AccountsRig(masters=3)
    keys = [rig.agent_of(master) for master in rig.masters]
    rig.boot(
        [
            AccountPlan(signer=key, strategies=(rig.restless(f"r{n}"),), name=f"a{n}")
            for n, key in enumerate(keys)
        ]
    )
    rig.hush()
    for number, account in enumerate(rig.runtime.accounts):
        bid = partial(
            account.desk.place,
            StrategyId(f"r{number}"),
            "BTC",
            Side.BUY,
            size=Decimal("0.01"),
            limit_px=Decimal(30_000),
            tif=TimeInForce.GTC,
        )
        rig.loop.call_soon(bid)
    rig.pass_ms(1_000)
    for master in rig.masters:
        rig.agent_of(master)
    assert rig.wait_for(rig.runtime.stop(), 20_000) == len(rig.masters)
    for master in rig.masters:
        assert len(rig.venue.truth(master.address)[0].open_orders) == 1


def test_a_key_is_replaced_before_it_ends_and_only_once_the_venue_takes_the_other() -> None:
    rig = AccountsRig()
    (master,) = rig.masters
    keys = [rig.agent_of(master)]
    plan = AccountPlan(
        signer=keys[0],
        read_signer=lambda: keys[-1],
        strategies=(rig.restless("one"),),
        name="a",
    )
    rig.boot([plan])
    unknown = Signer("77" * 32)
    keys.append(unknown)
    rig.pass_ms(MINUTE_MS)
    desk = rig.account("a").desk
    assert desk.snapshot().key_refusal == "", "the old one signs on"
    told = [line for line in rig.notices.newest(100) if "the new key of a" in str(line)]
    assert len(told) == 1
    keys.append(rig.agent_of(master, "another"))
    fills_before = desk.snapshot().fills
    rig.pass_ms(2 * MINUTE_MS)
    told = [line for line in rig.notices.newest(100) if "is signed for by" in str(line)]
    assert len(told) == 1
    assert desk.snapshot().key_refusal == ""
    assert desk.snapshot().fills > fills_before
    refusals = rig.venue.counters()["refusals"]
    assert [text for text in refusals if "API Wallet" in text or "deposit" in text] == []


def test_another_instance_on_the_account_is_named() -> None:
    rig = AccountsRig()
    (master,) = rig.masters
    rig.boot([AccountPlan(signer=master, strategies=(rig.restless("first"),), name="a")])
    first = rig.runtime
    rig.disk = type(rig.disk)(lambda: 0.5)  # another host: another registry, another instance
    agent = rig.agent_of(master)
    rig.boot([AccountPlan(signer=agent, strategies=(rig.restless("second"),), name="a")])
    rig.pass_ms(2 * MINUTE_MS)
    for runtime in (first, rig.runtime):
        snapshot = runtime.accounts[0].desk.snapshot()
        assert snapshot.other_instances == 1
        assert len([t for t in snapshot.recent_alarms if "another instance of Hive" in t]) == 1


def test_a_key_that_signs_elsewhere_too_is_told_of() -> None:
    rig = AccountsRig()
    (master,) = rig.masters
    rig.boot([AccountPlan(signer=master, strategies=(rig.restless("first"),), name="a")])
    for _ in range(rig.limits.nonces_kept + 1):
        rig.act(master, NoopAction(), ahead_ms=60_000)
    rig.pass_ms(MINUTE_MS)
    told = [text for text in alarms(rig, "a") if "another process signs with the key" in text]
    assert len(told) == 1
    assert rig.account("a").desk.snapshot().orders > 0


@pytest.mark.parametrize("started_alike", [True, False])
def test_of_a_state_folder_and_its_copy_one_at_most_goes_on_trading(started_alike: bool) -> None:
    rig = AccountsRig()
    (master,) = rig.masters
    plan = AccountPlan(signer=master, strategies=(rig.restless("one"),), name="a")
    rig.boot([plan])
    if started_alike:
        assert rig.wait_for(rig.runtime.stop(), MINUTE_MS) == 0
    copied = rig.disk.after("kill", lambda: 0.5)
    if started_alike:
        rig.boot([plan])
    first, rig.disk = rig.runtime, copied
    rig.boot([AccountPlan(signer=master, strategies=(rig.restless("one"),), name="a")])
    rig.pass_ms(3 * MINUTE_MS)
    snapshot = first.accounts[0].desk.snapshot()
    assert snapshot.halt_reason.startswith("another process trades")
    assert len([t for t in snapshot.recent_alarms if t.startswith("halted: another")]) == 1
