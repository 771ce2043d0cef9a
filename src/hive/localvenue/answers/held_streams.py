"""Which streams somebody holds, found by what they are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class HeldStreams:
    """The streams that at least one socket holds, by type and by coin or user."""

    def __init__(self) -> None:
        self._holders: dict[str, int] = {}
        self._topic_by_key: dict[str, tuple[str, str]] = {}
        self._forms: dict[str, dict[str, dict[str, Json]]] = {}

    def add(self, form: Json, key: str) -> None:
        self._holders[key] = self._holders.get(key, 0) + 1
        kind, name = self._topic_by_key[key] = kind_of(form), topic_of(form)
        self._forms.setdefault(kind, {}).setdefault(name, {})[key] = form

    def drop(self, key: str) -> None:
        self._holders[key] -= 1
        if self._holders[key]:
            return
        del self._holders[key]
        kind, name = self._topic_by_key.pop(key)
        by_name = self._forms[kind]
        del by_name[name][key]
        if not by_name[name]:
            del by_name[name]
        if not by_name:
            del self._forms[kind]

    def of_type(self, kind: str) -> Mapping[str, dict[str, Json]]:
        """The forms of that type by coin or user, and by key."""
        return self._forms.get(kind, {})


def kind_of(form: Json) -> str:
    """`user` is another name for `userEvents`."""
    return "userEvents" if form["type"] == "user" else str(form["type"])


def topic_of(form: Json) -> str:
    """The user or the coin that a stream is about; empty when it is about everything."""
    return form.get("user") or form.get("coin") or ""
