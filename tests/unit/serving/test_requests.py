"""HTTP bodies become requests, or the venue's 4xx (protocol.md 0.1 and 2.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.serving.scripted_venue import USER, ask, envelope, world

from hive.serving.requests import is_from_page

NOT_JSON = b"Failed to parse the request body as JSON"
MISFIT = b"Failed to deserialize the JSON body into the target type"
PATHS = ("/info", "/exchange")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"type":"meta"',
        b'{"type":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e999}',
        b"\xff\xfe",
        b'\xef\xbb\xbf{"type":"meta"}',
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b'{"a":' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_not_json_is_answered_400(path: str, body: bytes) -> None:
    _, core = world()
    reply = ask(core, path, body)
    assert (reply.status, reply.is_text) == (400, True)
    assert reply.body.startswith(NOT_JSON)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [[], 1, "meta", None, {}, {"type": 1}, {"type": "noSuchThing"}])
def test_json_of_another_shape_is_answered_422(path: str, body: Any) -> None:
    _, core = world()
    reply = ask(core, path, body)
    assert (reply.status, reply.is_text) == (422, True)
    assert reply.body.startswith(MISFIT)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/jsonp", "application/x"])
def test_another_content_type_is_answered_415(path: str, content_type: str) -> None:
    _, core = world()
    reply = ask(core, path, {"type": "meta"}, content_type=content_type)
    assert (reply.status, reply.is_text) == (415, True)
    assert reply.body.startswith(b"Expected request with `Content-Type: application/json`")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"],
)
def test_any_json_content_type_is_read(content_type: str) -> None:
    _, core = world()
    assert ask(core, "/info", {"type": "meta"}, content_type=content_type).status == 200


@pytest.mark.parametrize("junk", [b" junk", b"}", b'{"type":5}', b"\n\x00"])
def test_junk_after_the_first_value_is_accepted(junk: bytes) -> None:
    venue, core = world()
    assert ask(core, "/info", b'{"type":"meta"}' + junk).status == 200
    assert ask(core, "/exchange", json.dumps(envelope()).encode() + junk).status == 200
    assert venue.info_requests == [{"type": "meta", "dex": ""}]
    assert len(venue.exchange_requests) == 1


def test_deep_junk_after_the_first_value_is_not_read() -> None:
    _, core = world()
    assert ask(core, "/info", b'{"type":"meta"}' + b"[" * 1_000).status == 200


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    _, core = world()
    body = {"type": "meta", "note": '\\"[{' * 200}
    assert ask(core, "/info", body).status == 200


def test_a_known_field_twice_is_answered_422_and_an_unknown_one_is_ignored() -> None:
    venue, core = world()
    assert ask(core, "/info", b'{"type":"meta","type":"meta"}').status == 422
    assert ask(core, "/info", b'{"type":"meta","zzz":1,"zzz":2}').status == 200
    body = json.dumps(envelope())[:-1] + ',"nonce":1}'
    assert ask(core, "/exchange", body.encode()).status == 422
    inner = json.dumps(envelope()).replace('"type": "noop"', '"type": "noop", "type": "noop"')
    assert ask(core, "/exchange", inner.encode()).status == 422
    assert len(venue.info_requests) == 1
    assert venue.exchange_requests == []


def test_info_drops_unknown_fields_and_absent_options() -> None:
    venue, core = world()
    request = {
        "type": "candleSnapshot",
        "req": {"coin": "BTC", "interval": "1m", "startTime": 5, "endTime": None, "x": 1},
        "extra": {"deep": [1]},
    }
    ask(core, "/info", request)
    span = {"coin": "BTC", "interval": "1m", "startTime": 5}
    assert venue.info_requests == [{"type": "candleSnapshot", "req": span}]


@pytest.mark.parametrize("address", [USER, USER[2:], USER.upper().replace("0X", "0x")])
def test_an_address_has_one_form(address: str) -> None:
    venue, core = world()
    assert ask(core, "/info", {"type": "openOrders", "user": address}).status == 200
    assert venue.info_requests[0]["user"] == USER


@pytest.mark.parametrize("address", ["0X" + "ab" * 20, USER[:-1], USER + "0", "", "zz" * 20, 5])
def test_what_is_no_address_is_answered_422(address: Any) -> None:
    _, core = world()
    assert ask(core, "/info", {"type": "openOrders", "user": address}).status == 422
    assert ask(core, "/exchange", envelope(vaultAddress=address)).status == 422


@pytest.mark.parametrize(
    "request_",
    [
        {"type": "l2Book"},
        {"type": "l2Book", "coin": 5},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": "5"},
        {"type": "meta", "dex": None},
        {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "7m", "startTime": 1}},
        {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": -1}},
        {"type": "candleSnapshot", "coin": "BTC", "interval": "1m", "startTime": 1},
        {"type": "fundingHistory", "coin": "BTC", "startTime": 2**64},
        {"type": "fundingHistory", "coin": "BTC", "startTime": 1.5},
        {"type": "fundingHistory", "coin": "BTC", "startTime": True},
        {"type": "userFillsByTime", "user": USER},
        {"type": "orderStatus", "user": USER, "oid": "0x12"},
        {"type": "orderStatus", "user": USER, "oid": -1},
    ],
)
def test_fields_of_the_wrong_kind_are_answered_422(request_: dict[str, Any]) -> None:
    venue, core = world()
    assert ask(core, "/info", request_).status == 422
    assert venue.info_requests == []


def test_an_order_is_asked_for_by_number_or_cloid() -> None:
    venue, core = world()
    for oid in (17, "0x" + "AB" * 16):
        ask(core, "/info", {"type": "orderStatus", "user": USER, "oid": oid})
    assert [request["oid"] for request in venue.info_requests] == [17, "0x" + "ab" * 16]


@pytest.mark.parametrize("name", ["vaultAddress", "expiresAfter"])
def test_an_optional_envelope_field_may_be_null_or_absent(name: str) -> None:
    venue, core = world()
    assert ask(core, "/exchange", envelope(**{name: None})).status == 200
    assert ask(core, "/exchange", envelope(**{name: ...})).status == 200
    first, second = venue.exchange_requests
    assert first == second
    assert first.vault_address is None
    assert first.expires_after is None


def test_the_envelope_is_handed_on_with_the_action_in_the_senders_order() -> None:
    venue, core = world()
    action = {"type": "cancel", "zeta": 1, "alpha": 2}
    ask(core, "/exchange", envelope(action=action, vaultAddress=USER.upper()[2:], expiresAfter=9))
    (request,) = venue.exchange_requests
    assert list(request.action) == ["type", "zeta", "alpha"]
    assert request.vault_address == USER
    assert request.expires_after == 9
    assert (request.signature.r, request.signature.v) == ("0x1", 27)


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"action": ...},
        {"action": "noop"},
        {"action": {"type": 5}},
        {"nonce": ...},
        {"nonce": None},
        {"nonce": "1"},
        {"nonce": 1.0},
        {"nonce": -1},
        {"nonce": 2**64},
        {"nonce": True},
        {"signature": ...},
        {"signature": {"r": "0x1", "s": "0x1"}},
        {"signature": {"r": "1", "s": "0x1", "v": 27}},
        {"signature": {"r": "0x", "s": "0x1", "v": 27}},
        {"signature": {"r": "0x" + "0" * 65, "s": "0x1", "v": 27}},
        {"signature": {"r": "0x1", "s": "0x1", "v": "27"}},
        {"expiresAfter": "soon"},
    ],
)
def test_an_envelope_that_does_not_fit_is_answered_422(changes: dict[str, Any]) -> None:
    venue, core = world()
    assert ask(core, "/exchange", envelope(**changes)).status == 422
    assert venue.exchange_requests == []


def test_extra_fields_in_a_signature_are_tolerated() -> None:
    _, core = world()
    signature = {"r": "0x1", "s": "0x1", "v": 99, "yParity": 0}
    assert ask(core, "/exchange", envelope(signature=signature)).status == 200


def test_a_body_beyond_the_bound_is_answered_413() -> None:
    _, core = world()
    assert ask(core, "/info", b" " * ((1 << 20) + 1)).status == 413


def test_the_oracle_is_for_this_machine_only() -> None:
    _, core = world()
    assert ask(core, "/oracle", {"type": "truth"}, ip="10.0.0.9").status == 404
    assert ask(core, "/oracle", {"type": "truth"}, ip="127.0.0.1").status == 200
    assert ask(core, "/oracle", {"type": "truth"}, ip="::1").status == 200
    assert ask(core, "/oracle", [], ip="127.0.0.1").status == 422


def test_another_path_is_answered_404() -> None:
    _, core = world()
    assert ask(core, "/infos", {"type": "meta"}).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:8421"},
        {"Host": "127.1.2.3"},
        {"Host": "localhost:8421", "Sec-Fetch-Site": "none"},
        {"Host": "LOCALHOST"},
        {"Host": "[::1]:8421"},
    ],
)
def test_a_tool_of_this_machine_is_not_a_page(headers: dict[str, str]) -> None:
    assert not is_from_page(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": ""},
        {"Host": "rebound.example:8421"},
        {"Host": "127.0.0.1.rebound.example"},
        {"Host": "localhost.rebound.example"},
        {"Host": "localhost:8421", "Origin": "https://page.example"},
        {"Host": "localhost:8421", "Origin": "null"},
        {"Host": "localhost:8421", "Sec-Fetch-Site": "cross-site"},
        {"Host": "localhost:8421", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_page_is_known_by_its_origin_or_by_a_host_that_is_not_ours(
    headers: dict[str, str],
) -> None:
    assert is_from_page(headers)
