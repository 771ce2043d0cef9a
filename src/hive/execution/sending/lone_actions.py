"""Actions about no order, one by one: sent now, or not at all."""

from __future__ import annotations

from hive.domain.errors import DiskFailed, NotSent
from hive.execution.queue.admission import Admission, Roads
from hive.execution.sending.action_sender import ActionSender, SentAction
from hive.execution.sending.batching import Batch


class LoneActions:
    """Sends them as far as the venue's limits and the desk's state let it."""

    def __init__(self, admission: Admission, sender: ActionSender, roads: Roads) -> None:
        self._admission = admission
        self._sender = sender
        self._roads = roads

    def send(self, batch: Batch, now_ms: int, *, only_reduces: bool = False) -> SentAction | str:
        """Send it; or why not, beginning with what is in the way."""
        reason = self._admission.why_not_alone(
            now_ms, is_cancel=batch.is_cancel, only_reduces=only_reduces
        )
        if reason is not None:
            return reason
        is_urgent = batch.is_cancel or only_reduces
        road = self._roads.urgent if is_urgent else self._roads.ordinary
        try:
            return self._sender.send(batch, road, only_reduces=only_reduces)
        except (NotSent, DiskFailed) as error:
            return str(error)
