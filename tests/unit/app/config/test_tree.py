"""YAML as a tree of places: what is read, what is refused, and where."""

from __future__ import annotations

import pytest

from hive.app.config.faults import Place
from hive.app.config.tree import (
    DEPTH_MAX,
    NODES_MAX,
    Entry,
    Mapping,
    Scalar,
    Sequence,
    Unreadable,
    parse_tree,
)


def refused(text: str) -> str:
    with pytest.raises(Unreadable) as caught:
        parse_tree(text, "f")
    return str(caught.value.fault)


def test_every_node_knows_its_place() -> None:
    assert parse_tree("a:\n  - x\n  - 'y'\n", "f") == Mapping(
        Place("f", 1, 1),
        (
            Entry(
                Place("f", 1, 1),
                "a",
                Sequence(
                    Place("f", 2, 3),
                    (
                        Scalar(Place("f", 2, 5), "x", is_plain=True),
                        Scalar(Place("f", 3, 5), "y", is_plain=False),
                    ),
                ),
            ),
        ),
    )


def test_an_empty_document_is_none() -> None:
    assert parse_tree("", "f") is None
    assert parse_tree("# only a remark\n", "f") is None


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_null_only_without_quotes(text: str) -> None:
    assert Scalar(Place("f", 1, 1), text, is_plain=True).is_null
    assert not Scalar(Place("f", 1, 1), text, is_plain=False).is_null


def test_an_alias_repeats_what_it_names() -> None:
    tree = parse_tree("a: &x {b: 1}\nc: *x\n", "f")
    assert isinstance(tree, Mapping)
    first, second = tree.entries
    assert first.value == second.value
    assert second.place == Place("f", 2, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "f:2:1 not YAML: did not find expected"),
        ("a: b: c", "f:1:5 not YAML: mapping values are not allowed"),
        ("a: \x00", "f:1:1 not YAML: unacceptable character"),
        ("a: !!python/name:os.system x", "f:1:4 tags are not read: tag:yaml.org,2002:python/name"),
        ("a: &b [*b]", "f:1:8 *b repeats what is not there yet"),
        ("a: *b", "f:1:4 *b repeats what is not there yet"),
        ("a: 1\n---\nb: 2", "f:2:1 a second document begins"),
        ("{<<: {a: 1}}", "f:1:2 merge keys (<<) are not read"),
        ("? [a]\n: b", "f:1:3 a key is a plain word"),
        ("[" * (DEPTH_MAX + 1), f"f:1:{DEPTH_MAX + 1} nested deeper than {DEPTH_MAX}"),
        ("[" * 100_000, f"f:1:{DEPTH_MAX + 1} nested deeper than {DEPTH_MAX}"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(text: str, told: str) -> None:
    assert refused(text).startswith(told)


def test_a_file_cannot_unfold_into_more_than_its_bound() -> None:
    """Ten lists of ten aliases each are ten thousand million values in 300 bytes."""
    first = "a0: &a0 [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
    others = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert f"more than {NODES_MAX} values" in refused("\n".join([first, *others]))


def test_a_list_at_the_bound_is_read() -> None:
    items = NODES_MAX - 1  # and the list itself
    assert isinstance(parse_tree("[" + "1," * items + "]", "f"), Sequence)
    assert f"more than {NODES_MAX} values" in refused("[" + "1," * (items + 1) + "]")
