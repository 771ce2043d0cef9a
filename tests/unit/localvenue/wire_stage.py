"""A still venue behind the whole server: bytes in, bytes out, as any client would see it."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.unit.localvenue.still_venue import Stage

from hive.hyperliquid.limits import VenueLimits
from hive.serving.core import ServerCore
from hive.serving.port import ExchangeRequest, Reply

CLIENT_IP = "9.9.9.9"
JSON_MEDIA = "application/json"


class WireStage:
    """The venue and its server."""

    def __init__(self, stage: Stage | None = None, *, limits: VenueLimits | None = None) -> None:
        self.stage = stage or Stage()
        self.core = ServerCore(self.stage.venue, limits)

    def post(self, path: str, body: Any, *, content_type: str = JSON_MEDIA) -> Reply:
        """POST something (bytes as they are, all else as JSON) and wait for the answer."""
        replies: list[Reply] = []
        self.core.http(
            path,
            body if isinstance(body, bytes) else msgspec.json.encode(body),
            content_type=content_type,
            ip=CLIENT_IP,
            now_ms=self.stage.now_ms,
            answer=replies.append,
        )
        if not replies:
            self.stage.make_block()
        return replies[0]

    def info(self, **request: Any) -> Any:
        reply = self.post("/info", request)
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body)

    def exchange(self, request: ExchangeRequest) -> Any:
        """The answer to a signed request."""
        reply = self.post("/exchange", envelope_of(request))
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body)

    def connect(self) -> WireSocket:
        return WireSocket(self)


def envelope_of(request: ExchangeRequest) -> dict[str, Any]:
    """A request as a client writes it."""
    signature = request.signature
    return {
        "action": request.action,
        "nonce": request.nonce,
        "signature": {"r": signature.r, "s": signature.s, "v": signature.v},
        "vaultAddress": request.vault_address,
        "expiresAfter": request.expires_after,
    }


class WireSocket:
    """A client's socket."""

    def __init__(self, wire: WireStage) -> None:
        self._wire = wire
        self._unread: list[bytes] = []
        self.is_dropped = False
        connection = wire.core.ws_open(
            ip=CLIENT_IP,
            now_ms=wire.stage.now_ms,
            send=self._unread.append,
            drop=self._drop,
        )
        assert connection is not None
        self._connection = connection

    def _drop(self) -> None:
        self.is_dropped = True

    def send(self, frame: Any) -> list[Any]:
        """Send a frame (bytes as they are, all else as JSON); what comes at once."""
        text = frame if isinstance(frame, bytes) else msgspec.json.encode(frame)
        self._wire.core.ws_frame(self._connection, text, self._wire.stage.now_ms)
        return self.heard()

    def subscribe(self, **subscription: Any) -> list[Any]:
        return self.send({"method": "subscribe", "subscription": subscription})

    def unsubscribe(self, **subscription: Any) -> list[Any]:
        return self.send({"method": "unsubscribe", "subscription": subscription})

    def post(self, post_id: int, kind: str, payload: Any) -> list[Any]:
        request = {"type": kind, "payload": payload}
        return self.send({"method": "post", "id": post_id, "request": request})

    def heard(self) -> list[Any]:
        """The frames since the last question."""
        frames = [msgspec.json.decode(frame) for frame in self._unread]
        self._unread.clear()
        return frames
