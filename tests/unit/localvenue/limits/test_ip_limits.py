"""What one IP may do, and that it is counted."""

from __future__ import annotations

from tests.unit.localvenue.still_venue import Stage

from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.limits.ip_limits import IpLimits
from hive.serving.port import Subscribing

IP, OTHER = "1.1.1.1", "2.2.2.2"
USERS = [Address(f"0x{number:040x}") for number in range(4)]


def test_an_ip_has_so_many_sockets_at_once() -> None:
    ips = IpLimits(VenueLimits(connections_max=2))
    for connection in (1, 2):
        assert ips.may_connect(IP, 0)
        ips.connected(connection, IP)
    assert not ips.may_connect(IP, 0)
    assert ips.may_connect(OTHER, 0)
    ips.disconnected(1)
    assert ips.may_connect(IP, 0)
    assert ips.sockets_peak == 2
    assert ips.refusals == {"connections": 1}


def test_an_ip_opens_so_many_sockets_a_minute() -> None:
    ips = IpLimits(VenueLimits(new_connections_per_min=2))
    for connection in (1, 2):
        assert ips.may_connect(IP, 0)
        ips.connected(connection, IP)
        ips.disconnected(connection)
    assert not ips.may_connect(IP, 59_999)
    assert ips.may_connect(IP, 60_000)


def test_messages_are_counted_over_all_sockets_of_an_ip() -> None:
    ips = IpLimits(VenueLimits(messages_per_min=3))
    for connection in (1, 2):
        ips.may_connect(IP, 0)
        ips.connected(connection, IP)
    assert [ips.received(connection, 0) for connection in (1, 2, 1, 2)] == [True, True, True, False]
    assert ips.received(2, 60_000)
    assert ips.counters()[IP]["messagesPeakMinute"] == 3


def test_subscriptions_and_users_are_counted_over_all_sockets_of_an_ip() -> None:
    ips = IpLimits(VenueLimits(subscriptions_max=4, users_max=2))
    for connection in (1, 2):
        ips.may_connect(IP, 0)
        ips.connected(connection, IP)
    for connection, user in ((1, USERS[0]), (2, USERS[1])):
        assert ips.subscribing(connection, user) is Subscribing.OK
        ips.subscribed(connection, f"fills of {user}", user)
    assert ips.subscribing(1, USERS[2]) is Subscribing.TOO_MANY_USERS
    assert ips.subscribing(1, USERS[1]) is Subscribing.OK  # known already
    ips.subscribed(1, "orders of 1", USERS[1])
    ips.subscribed(1, "mids", None)
    assert ips.subscribing(2, None) is Subscribing.TOO_MANY
    assert ips.counters()[IP]["subscriptions"] == 4
    assert ips.disconnected(1) == [f"fills of {USERS[0]}", "orders of 1", "mids"]
    assert ips.subscribing(2, USERS[2]) is Subscribing.OK


def test_an_unknown_coin_drops_the_socket_and_an_unknown_dex_is_invalid() -> None:
    stage = Stage()
    stage.listen(type="allMids")

    def judge(**subscription: str) -> Subscribing:
        return stage.venue.subscribing(subscription, connection=1, now_ms=stage.now_ms)

    assert judge(type="bbo", coin="btc") is Subscribing.DROP_SOCKET
    assert judge(type="allMids", dex="nodex") is Subscribing.INVALID
    assert judge(type="bbo", coin="MATIC") is Subscribing.OK  # delisted, and still listed


def test_time_told_to_the_venue_never_goes_back() -> None:
    stage = Stage()
    stage.pass_ms(5_000)
    stage.venue.advance(stage.now_ms - 3_000)
    answers: list[bytes] = []
    stage.venue.info(
        {"type": "clearinghouseState", "user": USERS[0]},
        ip=IP,
        now_ms=0,
        answer=lambda reply: answers.append(reply.body),
    )
    assert str(stage.now_ms).encode() in answers[0]


def test_a_long_pause_is_one_step_and_not_a_million() -> None:
    stage = Stage()
    stage.listen(type="allMids")
    year_ms = 365 * 86_400_000
    before = stage.oracle(type="counters")["blocks"]
    stage.now_ms += year_ms
    stage.venue.advance(stage.now_ms)
    assert stage.oracle(type="counters")["blocks"] == before + 1
    assert len(stage.heard("allMids")) == 1
    assert stage.venue.next_deadline_ms() > stage.now_ms
