"""The recorded payloads, one item per frame or answer, under a name that says where it is from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "recorded"
METADATA = ROOT / "src" / "hive" / "localvenue" / "listings" / "metadata"

CLOID = "0x4869000100020003000004000000000a"

SEVERAL_BY_KEY = {
    "hummingbot/ws_user_stream.json",
    "live_captures/bytex_exchange_errors.json",
    "live_captures/node_and_s3_lines.json",
    "live_captures/wsprobe_frames_2026-09-24.json",
}


def _items() -> dict[str, Any]:
    items: dict[str, Any] = {}
    for path in sorted(RECORDED.glob("*/*.json")):
        name = path.relative_to(RECORDED).as_posix()
        value = json.loads(path.read_bytes())
        if name.startswith("sdk/"):
            for place, exchange in enumerate(value):
                items[f"{name}#{place}"] = exchange["response"]
        elif name in SEVERAL_BY_KEY:
            items.update({f"{name}#{key}": part for key, part in value.items()})
        else:
            items[name] = value
    return items


def _requests() -> dict[str, Any]:
    return {
        f"sdk/{path.name}#{place}": exchange["request"]["body"]
        for path in sorted(RECORDED.glob("sdk/*.json"))
        for place, exchange in enumerate(json.loads(path.read_bytes()))
    }


ITEMS = _items()
REQUESTS = _requests()


def compact(value: Any) -> bytes:
    """JSON as the venue writes it: no blanks, the keys in the order they were recorded in."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def frame(item: str) -> bytes:
    """The item's bytes; the placeholder of removed cloids becomes one."""
    return compact(ITEMS[item]).replace(b'"CLOID"', b'"%b"' % CLOID.encode())
