"""What one IP may do (protocol.md 4): weight, sockets, subscriptions, users, messages. All counted.

Windows are exact sliding minutes. The same struct of limits tells the client's side what to keep
and this side what to enforce, so a test can set either tighter.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.serving.port import Subscribing

MINUTE_MS: Final = 60_000


class MinuteWindow:
    """What was spent within the last minute."""

    __slots__ = ("_spent", "peak", "total", "used")

    def __init__(self) -> None:
        self._spent: deque[tuple[int, int]] = deque()
        self.used = 0
        self.total = 0
        self.peak = 0

    def admits(self, amount: int, cap: int, now_ms: int) -> bool:
        """Spend if it fits; whether it did."""
        self._forget(now_ms)
        if self.used + amount > cap:
            return False
        self.spend(amount, now_ms)
        return True

    def spend(self, amount: int, now_ms: int) -> None:
        """Count what cannot be refused any more, such as the rows of an answer."""
        if amount:
            self._forget(now_ms)
            self._spent.append((now_ms, amount))
            self.used += amount
            self.total += amount
            self.peak = max(self.peak, self.used)

    def _forget(self, now_ms: int) -> None:
        while self._spent and self._spent[0][0] <= now_ms - MINUTE_MS:
            self.used -= self._spent.popleft()[1]


class _Visitor:
    """One IP."""

    __slots__ = ("connections", "connects", "messages", "peak", "weight")

    def __init__(self) -> None:
        self.weight = MinuteWindow()
        self.messages = MinuteWindow()
        self.connects = MinuteWindow()
        self.connections: dict[int, dict[str, Address | None]] = {}
        """Open sockets; what each holds, and the user it names."""
        self.peak = 0


class IpLimits:
    """Every IP's counts."""

    def __init__(self, limits: VenueLimits) -> None:
        self._limits = limits
        self._visitors: dict[str, _Visitor] = {}
        self._ip_by_connection: dict[int, str] = {}
        self.refusals: dict[str, int] = {}
        """How often each limit refused something."""
        self.sockets_peak = 0
        """The most that were open at once, from all IPs."""

    def spend_weight(self, ip: str, amount: int, now_ms: int) -> bool:
        admitted = self._visitor(ip).weight.admits(amount, self._limits.weight_per_min, now_ms)
        return admitted or self._refuse("weight")

    def charge_rows(self, ip: str, amount: int, now_ms: int) -> None:
        """Weight that is known only once the answer is there."""
        self._visitor(ip).weight.spend(amount, now_ms)

    def may_connect(self, ip: str, now_ms: int) -> bool:
        visitor = self._visitor(ip)
        if len(visitor.connections) >= self._limits.connections_max:
            return self._refuse("connections")
        admitted = visitor.connects.admits(1, self._limits.new_connections_per_min, now_ms)
        return admitted or self._refuse("new connections")

    def connected(self, connection: int, ip: str) -> None:
        visitor = self._visitor(ip)
        visitor.connections[connection] = {}
        visitor.peak = max(visitor.peak, len(visitor.connections))
        self._ip_by_connection[connection] = ip
        self.sockets_peak = max(self.sockets_peak, self.sockets)

    @property
    def sockets(self) -> int:
        """How many are open now."""
        return len(self._ip_by_connection)

    def holder_of(self, kind: str) -> int | None:
        """The oldest socket that holds a subscription of that type."""
        for connection, ip in self._ip_by_connection.items():
            held = self._visitors[ip].connections[connection]
            if any(f'"type":"{kind}"' in key for key in held):
                return connection
        return None

    def disconnected(self, connection: int) -> list[str]:
        """The keys it held."""
        ip = self._ip_by_connection.pop(connection, None)
        if ip is None:
            return []
        return list(self._visitor(ip).connections.pop(connection))

    def received(self, connection: int, now_ms: int) -> bool:
        messages = self._of(connection).messages
        admitted = messages.admits(1, self._limits.messages_per_min, now_ms)
        return admitted or self._refuse("messages")

    def subscribing(self, connection: int, user: Address | None) -> Subscribing:
        """Whether one more subscription fits; `user` is the one it names."""
        visitor = self._of(connection)
        held = [held for each in visitor.connections.values() for held in each.values()]
        if len(held) >= self._limits.subscriptions_max:
            self._refuse("subscriptions")
            return Subscribing.TOO_MANY
        users = _users(visitor)
        if user is not None and user not in users and len(users) >= self._limits.users_max:
            self._refuse("users")
            return Subscribing.TOO_MANY_USERS
        return Subscribing.OK

    def subscribed(self, connection: int, key: str, user: Address | None) -> None:
        self._of(connection).connections[connection][key] = user

    def unsubscribed(self, connection: int, key: str) -> None:
        self._of(connection).connections[connection].pop(key, None)

    def counters(self) -> dict[str, Any]:
        """Per IP: weight spent and its worst minute, sockets now and at most, and so on."""
        return {
            ip: {
                "weight": visitor.weight.total,
                "weightPeakMinute": visitor.weight.peak,
                "messages": visitor.messages.total,
                "messagesPeakMinute": visitor.messages.peak,
                "connections": len(visitor.connections),
                "connectionsPeak": visitor.peak,
                "connects": visitor.connects.total,
                "subscriptions": sum(len(held) for held in visitor.connections.values()),
                "users": len(_users(visitor)),
            }
            for ip, visitor in self._visitors.items()
        }

    def _refuse(self, limit: str) -> bool:
        self.refusals[limit] = self.refusals.get(limit, 0) + 1
        return False

    def _visitor(self, ip: str) -> _Visitor:
        return self._visitors.setdefault(ip, _Visitor())

    def _of(self, connection: int) -> _Visitor:
        return self._visitors[self._ip_by_connection[connection]]


def _users(visitor: _Visitor) -> set[Address]:
    """Whom its subscriptions name, on all its sockets."""
    held = (user for each in visitor.connections.values() for user in each.values())
    return {user for user in held if user is not None}
