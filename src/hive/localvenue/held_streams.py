"""Which streams somebody holds, found by what they are about."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class HeldStreams:
    """The streams that at least one socket holds, by type and by coin or user."""

    def __init__(self) -> None:
        self._holders: dict[str, int] = {}
        self._topic_by_key: dict[str, tuple[str, str]] = {}
        self._forms: dict[tuple[str, str], dict[str, Json]] = {}

    def add(self, form: Json, key: str) -> None:
        self._holders[key] = self._holders.get(key, 0) + 1
        topic = self._topic_by_key[key] = _topic(form)
        self._forms.setdefault(topic, {})[key] = form

    def drop(self, key: str) -> None:
        self._holders[key] -= 1
        if self._holders[key] == 0:
            del self._holders[key]
            topic = self._topic_by_key.pop(key)
            del self._forms[topic][key]
            if not self._forms[topic]:
                del self._forms[topic]

    def about(self, kind: str, name: str) -> dict[str, Json]:
        """The forms of that type about that coin or user, by key."""
        return self._forms.get((kind, name), {})

    def of_type(self, kind: str) -> list[tuple[str, str, Json]]:
        """All forms of that type: name, key, form."""
        return [
            (name, key, form)
            for (each, name), forms in self._forms.items()
            if each == kind
            for key, form in forms.items()
        ]


def _topic(form: Json) -> tuple[str, str]:
    """`user` is another name for `userEvents`."""
    kind = "userEvents" if form["type"] == "user" else form["type"]
    return kind, form.get("coin") or form.get("user") or ""
