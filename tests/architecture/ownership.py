"""Who may touch what: private names, parents, patches, globals."""

from __future__ import annotations

import ast
import re

from tests.architecture.rule import Faults, Rule
from tests.architecture.sources import Source, calls, dotted, imported_modules

# Underscored, yet documented for everybody.
PUBLIC_UNDERSCORED = {"_replace", "_asdict", "_fields", "_make"}

# Parents that bring no behaviour of ours: shapes, kinds and contracts.
SHAPES = {
    "ABC",
    "Enum",
    "Exception",
    "Flag",
    "Generic",
    "IntEnum",
    "IntFlag",
    "NamedTuple",
    "Protocol",
    "StrEnum",
    "Struct",
    "TypedDict",
}
REACHING = {"getattr", "setattr", "hasattr", "delattr"}
MUTABLE = {"dict", "list", "set", "deque", "defaultdict", "OrderedDict", "Counter"}


def is_private(name: str) -> bool:
    return (
        bool(re.match(r"_[^_]", name)) and not name.endswith("_") and name not in PUBLIC_UNDERSCORED
    )


def foreign_private(source: Source) -> Faults:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and not is_own(node.value):
            yield node.lineno, f"reaches into {node.attr}"
    for line, name in imported_modules(source.tree):
        if any(map(is_private, name.split("."))):
            yield line, f"imports {name}"
    for call, name in calls(source.tree):
        for argument in call.args[1:2] if name in REACHING else ():
            text = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(text, str) and is_private(text):
                yield call.lineno, f"reaches into {text}"


def is_own(owner: ast.expr) -> bool:
    return dotted(owner) in {"self", "cls"} or (
        isinstance(owner, ast.Call) and dotted(owner.func) == "super"
    )


def real_parents(node: ast.ClassDef) -> list[str]:
    names = []
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        name = dotted(plain).rpartition(".")[2]
        if name not in SHAPES and not name.endswith(("Error", "Exception")):
            names.append(name)
    return names


def two_parents(source: Source) -> Faults:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and len(real_parents(node)) > 1:
            yield node.lineno, f"{node.name} has the parents {', '.join(real_parents(node))}"


def patches(source: Source) -> Faults:
    for call, name in calls(source.tree):
        owner, _, verb = name.rpartition(".")
        if (owner == "monkeypatch" and verb in {"setattr", "delattr", "setitem"}) or (
            "patch" in name.split(".")
        ):
            yield call.lineno, f"{name} changes what another owns; hand it over instead"


def mutable_globals(source: Source) -> Faults:
    for node in source.tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        is_empty = isinstance(value, ast.Dict | ast.List) and not ast.unparse(value)[1:-1]
        maker = dotted(value.func) if isinstance(value, ast.Call) else ""
        if is_empty or maker.rpartition(".")[2] in MUTABLE:
            yield node.lineno, "a module-level container that can only be meant to change"
    for inner in ast.walk(source.tree):
        if isinstance(inner, ast.Global):
            yield inner.lineno, f"global {', '.join(inner.names)}"


RULES = (
    Rule(
        "foreign private names",
        foreign_private,
        refuses=(
            "def f(desk): return desk._orders",
            "getattr(desk, '_orders')",
            "from hive.execution.order_desk import _batch",
            "from hive._secret import batch",
        ),
        accepts=(
            "class A:\n def f(self): return self._a, super()._b, self.row._replace(a=1), A.__doc__",
            "getattr(desk, 'orders')",
            "from hive.execution.order_desk import batch",
        ),
    ),
    Rule(
        "two real parents",
        two_parents,
        refuses=("class A(Ledger, Journal): ...", "class A(Generic[T], B[T], c.D): ..."),
        accepts=(
            "class A(msgspec.Struct, Generic[T]): ...",
            "class A(VenueError, ValueError): ...",
            "class A(B[T]): ...",
        ),
    ),
    Rule(
        "patches",
        patches,
        refuses=(
            "def test(monkeypatch):\n    monkeypatch.setattr(desk, 'send', print)",
            "with mock.patch('time.time'): ...",
            "with patch.object(a, 'b'): ...",
        ),
        accepts=(
            "def test(monkeypatch):\n    monkeypatch.setenv('A', 'b')",
            "mock.Mock()",
        ),
        place="tests/unit/planted.py",
    ),
    Rule(
        "globals that change",
        mutable_globals,
        refuses=(
            "DESKS: dict[str, int] = {}",
            "DESKS = []",
            "DESKS = collections.deque()",
            "def f():\n    global desk",
        ),
        accepts=("UNIT_BY_NAME = {'ms': 1}\nclass A:\n    def f(self): x = {}",),
        product_only=True,
    ),
)
