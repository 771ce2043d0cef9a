"""Which socket a subscription goes to.

    names no user (orderUpdates, userEvents)     the user's own socket
    private, of a user who has a socket          that one
    everything else                              the public socket
    cannot be told from another on that socket   the spare

One public socket, one for each account that needs it, at most one spare: the venue allows few
sockets, and each new one costs a share of the thirty that may be opened in a minute.
"""

from __future__ import annotations

from typing import Final

from hive.domain.errors import LimitReached
from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.subscriptions import Route, Subscription, route_of

PUBLIC: Final = "public"
SPARE: Final = "spare"


def account_socket(user: Address) -> str:
    """The name of the user's own socket."""
    return f"account {user}"


class Placement:
    """Who sits where. Knows no sockets, only their names."""

    def __init__(self, limits: VenueLimits) -> None:
        self._limits = limits
        self._socket_by_key: dict[str, str] = {}
        self._key_by_route: dict[tuple[str, Route], str] = {}
        self._subscriptions_by_user: dict[Address, int] = {}
        self._sockets: dict[str, None] = {}

    @property
    def sockets(self) -> tuple[str, ...]:
        """Every socket that was ever needed, the oldest first."""
        return tuple(self._sockets)

    def claim(self, user: Address | None) -> str:
        """Give the user a socket, for streams from now on and for actions; None: the public one.

        Raises:
            LimitReached: no further socket is allowed.
        """
        return self._open(PUBLIC if user is None else account_socket(user))

    def place(self, subscription: Subscription) -> str:
        """The socket for a subscription that is not placed yet.

        Raises:
            LimitReached: subscriptions, users or sockets are exhausted, or two others are held
                already from which its pushes could not be told.
        """
        key, user = subscription.key, subscription.user
        assert key not in self._socket_by_key
        if len(self._socket_by_key) >= self._limits.subscriptions_held_max:
            raise LimitReached("subscriptions_held_max", f"no room for {key}")
        is_new_user = user is not None and user not in self._subscriptions_by_user
        if is_new_user and len(self._subscriptions_by_user) >= self._limits.users_max:
            raise LimitReached("users_max", f"no room for another user: {key}")
        socket = self._seat(subscription)
        self._sit(subscription, socket)
        if user is not None:
            self._subscriptions_by_user[user] = self._subscriptions_by_user.get(user, 0) + 1
        return socket

    def may_isolate(self, subscription: Subscription) -> bool:
        """Whether the spare has, or could have, a place for it."""
        here, route = self._socket_by_key[subscription.key], route_of(subscription)
        if here == SPARE or subscription.needs_own_socket or (SPARE, route) in self._key_by_route:
            return False
        return SPARE in self._sockets or len(self._sockets) < self._limits.connections_max

    def isolate(self, subscription: Subscription) -> None:
        """Move a subscription to the spare, where it disturbs no others."""
        assert self.may_isolate(subscription)
        here = self._socket_by_key[subscription.key]
        del self._key_by_route[here, route_of(subscription)]
        self._sit(subscription, self._open(SPARE))

    def release(self, subscription: Subscription) -> None:
        """The subscription is no longer held."""
        key, user = subscription.key, subscription.user
        socket = self._socket_by_key.pop(key)
        del self._key_by_route[socket, route_of(subscription)]
        if user is not None:
            self._subscriptions_by_user[user] -= 1
            if not self._subscriptions_by_user[user]:
                del self._subscriptions_by_user[user]

    def _seat(self, subscription: Subscription) -> str:
        user, wanted = subscription.user, PUBLIC
        if user is not None and (
            subscription.needs_own_socket or account_socket(user) in self._sockets
        ):
            wanted = account_socket(user)
        route = route_of(subscription)
        if (wanted, route) not in self._key_by_route:
            return self._open(wanted)
        if subscription.needs_own_socket or (SPARE, route) in self._key_by_route:
            raise LimitReached(
                "one stream per route",
                f"{subscription.key} could not be told from {self._key_by_route[wanted, route]}",
            )
        return self._open(SPARE)

    def _sit(self, subscription: Subscription, socket: str) -> None:
        self._socket_by_key[subscription.key] = socket
        self._key_by_route[socket, route_of(subscription)] = subscription.key

    def _open(self, socket: str) -> str:
        if socket not in self._sockets:
            if len(self._sockets) >= self._limits.connections_max:
                raise LimitReached("connections_max", f"no further socket for {socket}")
            self._sockets[socket] = None
        return socket
