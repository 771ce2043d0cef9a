"""HTTP bodies: from bytes to a request, or to the 4xx that the venue gives (protocol.md 0.1, 2.1).

The texts begin as the venue's do, since clients show them; 4xx bodies are plain text, because the
official SDK expects fields in any 4xx body that is JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import parse_address
from hive.serving.info_requests import INFO_TYPES, MisfitRequest, tidy_info_request
from hive.serving.json_text import Decoded, MalformedJson, read_json
from hive.serving.port import ExchangeRequest, Reply, SignatureHex
from hive.serving.request_fields import UINT64_MAX

BODY_BYTES_MAX: Final = 1 << 20
"""The largest request read; a batch of a thousand orders has about 200 kB."""

NOT_FOUND: Final = Reply(404, b"", is_text=True)
TOO_LARGE: Final = Reply(
    413, b"Failed to buffer the request body: length limit exceeded", is_text=True
)
UNSUPPORTED_MEDIA: Final = Reply(
    415, b"Expected request with `Content-Type: application/json`", is_text=True
)

FOR_TOOLS_ONLY: Final = Reply(403, b"The oracle answers tools, not web pages", is_text=True)

_JSON_MEDIA: Final = re.compile(r"application/(?:[\w.!#$&^-]+\+)?json", re.IGNORECASE)
_OWN_HOST: Final = re.compile(
    r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.IGNORECASE
)
_HEX_256: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_ENVELOPE_FIELDS: Final = frozenset(
    ("action", "nonce", "signature", "vaultAddress", "expiresAfter")
)


def is_json_media(content_type: str) -> bool:
    """Whether the header announces JSON; parameters such as a charset do not matter."""
    return _JSON_MEDIA.fullmatch(content_type.partition(";")[0].strip()) is not None


def is_from_page(headers: Mapping[str, str]) -> bool:
    """Whether a request may come from a web page that a browser of this machine shows.

    Browsers name the page's origin; and where a page had its own name resolved to this machine, to
    pass for ours, the host it asks for is not a name of this machine.
    """
    if "Origin" in headers or headers.get("Sec-Fetch-Site", "none") != "none":
        return True
    return _OWN_HOST.fullmatch(headers.get("Host", "")) is None


def refusal(error: MalformedJson | MisfitRequest) -> Reply:
    """The 400 or 422 that tells a client what was wrong with its body."""
    if isinstance(error, MalformedJson):
        text = f"Failed to parse the request body as JSON: {error}"
        return Reply(400, text.encode(errors="replace"), is_text=True)
    text = f"Failed to deserialize the JSON body into the target type: {error}"
    return Reply(422, text.encode(errors="replace"), is_text=True)


def read_body(body: bytes) -> Decoded:
    """The JSON of a request body; junk after it is accepted.

    Raises:
        MalformedJson: it is not JSON.
    """
    return read_json(body, trailing_ok=True)


def parse_info(decoded: Decoded) -> dict[str, Any]:
    """A tidy /info request.

    Raises:
        MisfitRequest: it does not fit; also when a known field occurs twice.
    """
    for name in decoded.repeated:
        if name in INFO_TYPES.field_names:
            raise MisfitRequest(f"duplicate field `{name}`")
    return tidy_info_request(decoded.value)


def parse_exchange(decoded: Decoded) -> ExchangeRequest:
    """A well-formed /exchange request. The action stays as it came: its own shape is the venue's.

    Raises:
        MisfitRequest: the envelope does not fit.
    """
    if decoded.repeated:
        raise MisfitRequest(f"duplicate field `{decoded.repeated[0]}`")
    envelope = decoded.value
    if not isinstance(envelope, dict):
        raise MisfitRequest("expected an object")
    for name in envelope:
        if name not in _ENVELOPE_FIELDS:
            raise MisfitRequest(f"unknown field `{name[:40]}`")
    action = envelope.get("action")
    if not isinstance(action, dict) or not isinstance(action.get("type"), str):
        raise MisfitRequest("action: expected an object with a type")
    return ExchangeRequest(
        action=action,
        nonce=_unsigned(envelope, "nonce"),
        signature=_signature(envelope.get("signature")),
        vault_address=_vault(envelope.get("vaultAddress")),
        expires_after=_optional_unsigned(envelope, "expiresAfter"),
    )


def _signature(value: Any) -> SignatureHex:
    """r and s are hexadecimal, padded or not; a v that is no v is for the venue to refuse."""
    if not isinstance(value, dict):
        raise MisfitRequest("signature: expected an object")
    r, s = value.get("r"), value.get("s")
    for number in (r, s):
        if not isinstance(number, str) or _HEX_256.fullmatch(number) is None:
            raise MisfitRequest("signature: r and s are 0x and up to 64 hex digits")
    return msgspec.convert({"r": r, "s": s, "v": _unsigned(value, "v")}, SignatureHex)


def _vault(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str):
        raise MisfitRequest("vaultAddress: expected an address")
    try:
        return parse_address(value)
    except MalformedIdentifier as error:
        raise MisfitRequest(f"vaultAddress: {error}") from None


def _optional_unsigned(fields: dict[str, Any], name: str) -> int | None:
    return None if fields.get(name) is None else _unsigned(fields, name)


def _unsigned(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    # A bool is an int in Python and none in JSON.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= UINT64_MAX:
        raise MisfitRequest(f"{name}: expected an unsigned 64-bit integer")
    return value
