"""/info requests: checked against the table of their types, and tidied.

This is done here once, for HTTP and for posts: unknown fields dropped, defaults filled in, optional
fields that are absent or null left out, addresses in lower case. A type that is not in the table is
answered 422, as the venue answers what it does not know.
"""

from __future__ import annotations

import re
from typing import Any, Final

from hive.domain.errors import MalformedIdentifier
from hive.serving.info_types import ACCOUNT_TYPES, MARKET_TYPES, SPOT_TYPES
from hive.serving.request_fields import (
    FieldTable,
    MisfitField,
    UnknownType,
    normalise_addresses,
)

_CLOID: Final = re.compile(r"0x[0-9a-fA-F]{32}")

INFO_TYPES: Final = FieldTable({**MARKET_TYPES, **SPOT_TYPES, **ACCOUNT_TYPES})


class MisfitRequest(ValueError):
    """JSON that does not fit any request (422)."""


def tidy_info_request(request: Any) -> dict[str, Any]:
    """The request with exactly the fields of its type.

    Raises:
        MisfitRequest: unknown type, missing field, wrong type, or text that is not an address.
    """
    try:
        tidy = _without_absent(INFO_TYPES.read(request))
        normalise_addresses(tidy)
    except (UnknownType, MisfitField, MalformedIdentifier) as error:
        raise MisfitRequest(str(error)) from None
    oid = tidy.get("oid")
    if isinstance(oid, str):
        if _CLOID.fullmatch(oid) is None:
            raise MisfitRequest("oid is neither a number nor a cloid")
        tidy["oid"] = oid.lower()
    return tidy


def _without_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_absent(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }
