"""The ways out of a desk, made of what it is handed."""

from __future__ import annotations

from hive.execution.desk.ports import Callbacks, DeskPorts
from hive.execution.desk.settings import DeskSettings
from hive.execution.ports import (
    ActionLink,
    HttpActions,
)
from hive.execution.queue.admission import Roads
from hive.execution.sending.action_sender import NS_BY_MS
from hive.execution.sending.links import HttpLink, SyncGate


def roads_of(settings: DeskSettings, ports: DeskPorts, calls: Callbacks) -> Roads:
    """The account's socket, and HTTP where there is one; behind a sync where that is wanted."""
    account = settings.account
    owner = None if settings.is_polled else account
    roads = [ports.streams.action_link(owner, calls.on_reply, calls.on_unanswered)]
    if ports.http is not None:
        roads.append(_http_link(ports.http, settings, ports, calls))
    if settings.durability == "power":
        # Whatever the road, nothing leaves before it survives what it is to survive.
        gate = SyncGate(ports.journal, ports.tasks, f"desk {account} sync", calls.on_unsent)
        roads = [gate.before(road) for road in roads]
    return Roads(*roads)


def _http_link(
    http: HttpActions, settings: DeskSettings, ports: DeskPorts, calls: Callbacks
) -> ActionLink:
    def admits(weight: int) -> bool:
        now_ms = ports.clock.monotonic_ns() // NS_BY_MS
        return ports.ip_budget.weight.admits(weight, now_ms, urgent=True)

    return HttpLink(
        http,
        ports.tasks,
        f"desk {settings.account} http",
        batch_len_max=settings.send.batch_len_max,
        admits=admits,
        on_reply=calls.on_http_reply,
        on_unanswered=calls.on_unanswered,
        on_unsent=calls.on_unsent,
    )
