"""What can be set about a strategy: declared once as a `Params` struct, read strictly.

An author writes names, types, bounds and defaults; configuration files, the command line and tests
all pass through `read_params`, so a wrong key or value is met before the strategy exists, and all
faults are told together.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, dataclass_transform

import msgspec

from hive.domain.errors import ConfigRefused


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a strategy. Subclass it, one field per setting, each with a default if it can.

    The unit belongs in the name (`size_usd`, `edge_bps`, `interval_ms`); bounds belong in the type:
    the annotated ones below, or `Annotated[float, msgspec.Meta(ge=0)]` of your own.
    """


Usd = Annotated[float, msgspec.Meta(gt=0, le=1e9, description="US dollars, above zero")]
Bps = Annotated[float, msgspec.Meta(ge=0, le=10_000, description="hundredths of a percent")]
Ratio = Annotated[float, msgspec.Meta(gt=0, le=1_000, description="a positive factor")]
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000, description="how many, at least one")]
DurationMs = Annotated[int, msgspec.Meta(ge=1, le=31_536_000_000, description="milliseconds")]
CandleMs = Annotated[
    int,
    msgspec.Meta(ge=1_000, multiple_of=1_000, description="candle length: whole seconds, in ms"),
]
Coin = Annotated[str, msgspec.Meta(min_length=1, max_length=40, description="the venue's name")]

P = TypeVar("P", bound=Params)


class ParamFault(msgspec.Struct, frozen=True):
    """One setting that cannot be used: which key, and why."""

    key: str
    message: str


def param_faults(params_type: type[Params], settings: Mapping[str, object]) -> list[ParamFault]:
    """Everything that is wrong with `settings`, in their own order; empty when they can be used."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(params_type)}
    faults: list[ParamFault] = []
    for key, value in settings.items():
        field = fields.get(key)
        if field is None:
            near = get_close_matches(key, fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(fields) or 'none'}"
            faults.append(ParamFault(key, f"no such parameter; {hint}"))
            continue
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            faults.append(ParamFault(key, str(error)))
    faults.extend(
        ParamFault(name, "is required and has no default")
        for name, field in fields.items()
        if field.required and name not in settings
    )
    return faults


def read_params(params_type: type[P], settings: Mapping[str, object]) -> P:
    """The settings as typed parameters.

    Raises:
        ConfigRefused: a key is unknown or a value does not fit; the message lists every fault.
    """
    faults = param_faults(params_type, settings)
    if not faults:
        try:
            return msgspec.convert(dict(settings), params_type)
        except msgspec.ValidationError as error:  # a rule over several fields (`__post_init__`)
            faults = [ParamFault("", str(error))]
    lines = [f"{fault.key}: {fault.message}" if fault.key else fault.message for fault in faults]
    raise ConfigRefused("; ".join(lines))


def checked(params: P) -> P:
    """`params` again, after its bounds were checked: building a struct in code does not check them.

    Raises:
        ConfigRefused: a value is out of its bounds.
    """
    values: dict[str, Any] = msgspec.structs.asdict(params)
    return read_params(type(params), values)
