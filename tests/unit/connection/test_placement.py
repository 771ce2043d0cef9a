"""Placement keeps apart what cannot be told apart, with as few sockets as possible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive.connection.placement import PUBLIC, SPARE, Placement, account_socket
from hive.domain.errors import LimitReached
from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import (
    Subscription,
    bbo,
    l2_book,
    open_orders,
    order_updates,
    route_of,
    user_events,
    user_fills,
)

USERS = tuple(Address("0x" + digit * 40) for digit in "1234")
CHOICES = [
    bbo("BTC"),
    bbo("ETH"),
    l2_book("BTC"),
    l2_book("BTC", fast=True),
    Subscription(type="l2Book", coin="BTC", n_sig_figs=2),
    Subscription(type="l2Book", coin="BTC", n_sig_figs=3),
    *(
        make(user)
        for user in USERS
        for make in (order_updates, user_events, user_fills, open_orders)
    ),
    *(Subscription(type="userFills", user=user, aggregate_by_time=True) for user in USERS),
]
LIMITS = VenueLimits(connections_max=4, users_max=3, subscriptions_held_max=12)


def test_public_streams_share_one_socket() -> None:
    placement = Placement(VenueLimits())
    assert {placement.place(bbo(coin)) for coin in ("BTC", "ETH", "SOL")} == {PUBLIC}
    assert placement.sockets == (PUBLIC,)


def test_a_user_without_a_socket_is_followed_on_the_public_one() -> None:
    placement = Placement(VenueLimits())
    assert placement.place(user_fills(USERS[0])) == PUBLIC
    assert placement.place(order_updates(USERS[0])) == account_socket(USERS[0])
    assert placement.place(open_orders(USERS[0])) == account_socket(USERS[0])


def test_a_place_is_free_again_when_it_is_released() -> None:
    placement = Placement(VenueLimits(subscriptions_held_max=1, users_max=1))
    placement.place(user_fills(USERS[0]))
    placement.release(user_fills(USERS[0]))
    assert placement.place(user_fills(USERS[1])) == PUBLIC


def test_what_names_no_user_is_never_isolated() -> None:
    placement = Placement(VenueLimits())
    placement.place(order_updates(USERS[0]))
    assert not placement.may_isolate(order_updates(USERS[0]))


def test_an_isolated_stream_frees_its_route_where_it_was() -> None:
    placement = Placement(VenueLimits())
    placement.place(l2_book("BTC"))
    placement.isolate(l2_book("BTC"))
    assert not placement.may_isolate(l2_book("BTC"))
    coarse = Subscription(type="l2Book", coin="BTC", n_sig_figs=2)
    assert placement.place(coarse) == PUBLIC
    placement.release(l2_book("BTC"))
    placement.release(coarse)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["place", "release", "isolate", "claim"]), st.sampled_from(CHOICES)
        ),
        max_size=80,
    )
)
def test_whatever_comes_and_goes_routes_stay_apart_and_bounds_are_kept(
    steps: list[tuple[str, Subscription]],
) -> None:
    placement = Placement(LIMITS)
    socket_by_key: dict[str, str] = {}
    held: dict[str, Subscription] = {}
    for verb, subscription in steps:
        key = subscription.key
        try:
            if verb == "place" and key not in held:
                socket_by_key[key] = placement.place(subscription)
                held[key] = subscription
            elif verb == "release" and held.pop(key, None) is not None:
                placement.release(subscription)
                del socket_by_key[key]
            elif verb == "isolate" and key in held and placement.may_isolate(subscription):
                placement.isolate(subscription)
                socket_by_key[key] = SPARE
            elif verb == "claim" and subscription.user is not None:
                placement.claim(subscription.user)
        except LimitReached:
            assert key not in held, "what is refused is not half-placed"
        seats = [(socket_by_key[key], route_of(one)) for key, one in held.items()]
        assert len(set(seats)) == len(seats)
        for key, one in held.items():
            if one.needs_own_socket and one.user is not None:
                assert socket_by_key[key] == account_socket(one.user)
        assert len(placement.sockets) <= LIMITS.connections_max
        assert len(held) <= LIMITS.subscriptions_held_max
        assert len({one.user for one in held.values() if one.user}) <= LIMITS.users_max
