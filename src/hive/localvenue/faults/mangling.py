"""Answers and frames made wrong on purpose: what a client must not take at its word."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import msgspec

from hive.localvenue.faults.kinds import BadMeta, MangleStatuses
from hive.serving.port import Reply

ABSURD: Final = 10**6
META_KINDS: Final = ("meta", "metaAndAssetCtxs", "spotMeta", "spotMetaAndAssetCtxs")


def with_mangled_statuses(reply: Reply, how: MangleStatuses) -> Reply:
    """An answer to a batch whose list of statuses is wrong; any other answer as it is."""
    answer = msgspec.json.decode(reply.body)
    try:
        statuses = answer["response"]["data"]["statuses"]
    except (KeyError, TypeError):
        return reply
    match how.how:
        case "short":
            del statuses[-1:]
        case "long":
            statuses.extend(statuses[-1:] or [None])
        case "null":
            statuses[:] = [None for _ in statuses]
    return Reply(reply.status, msgspec.json.encode(answer))


def with_bad_meta(kind: str, payload: Any, how: BadMeta) -> Any:
    """Metadata with its last row missing, twice, or with numbers that cannot be."""
    changed = deepcopy(payload)
    meta = changed[0] if kind.endswith("AssetCtxs") else changed
    rows = meta["universe"]
    match how.how:
        case "missing":
            del rows[-1:]
        case "duplicate":
            rows.extend(deepcopy(rows[-1:]))
        case "outOfRange":
            _make_absurd(rows[-1])
    return changed


def truncated(frame: bytes, rows: int) -> bytes:
    """A first frame whose lists are cut; a book keeps its two sides."""
    message = msgspec.json.decode(frame)
    message["data"] = _cut(message["data"], rows)
    return msgspec.json.encode(message)


def oversized(size_bytes: int) -> bytes:
    """A frame of so many bytes, on a channel that means nothing."""
    frame = b'{"channel":"notification","data":{"notification":"%s"}}'
    return frame % (b"x" * max(0, size_bytes - len(frame) + 2))


def _make_absurd(row: dict[str, Any]) -> None:
    if "tokens" in row:
        row["tokens"] = [ABSURD, ABSURD]
    else:
        row["szDecimals"] = ABSURD


def _cut(value: Any, rows: int) -> Any:
    if isinstance(value, dict):
        return {name: _cut(each, rows) for name, each in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(each, list) for each in value):
            return [each[:rows] for each in value]
        return value[:rows]
    return value
