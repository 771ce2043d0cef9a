"""How large and how deep code may be. The numbers are held from the first day, so they are real."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.rule import Faults, Rule
from tests.architecture.sources import Source

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
POSITIONAL_MAX = 5
NESTING_MAX = 3

Function = ast.FunctionDef | ast.AsyncFunctionDef

BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def functions(tree: ast.AST) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def long_file(source: Source) -> Faults:
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield lines, f"{lines} lines, {FILE_LINES_MAX} allowed"


def long_functions(source: Source) -> Faults:
    for function in functions(source.tree):
        lines = last_line(function) - function.lineno + 1 - docstring_lines(function)
        if lines > FUNCTION_LINES_MAX:
            yield function.lineno, f"{function.name}: {lines} lines, {FUNCTION_LINES_MAX} allowed"


def last_line(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno


def docstring_lines(function: Function) -> int:
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return 0
    return last_line(first) - first.lineno + 1


def many_parameters(source: Source) -> Faults:
    for function in functions(source.tree):
        names = [parameter.arg for parameter in function.args.posonlyargs + function.args.args]
        if names[:1] in (["self"], ["cls"]):
            del names[0]
        if len(names) > POSITIONAL_MAX:
            yield function.lineno, f"{function.name}: more than {POSITIONAL_MAX} positional"


def deep_nesting(source: Source) -> Faults:
    for function in functions(source.tree):
        for line in lines_too_deep(function.body, 0):
            yield line, f"{function.name}: blocks nested deeper than {NESTING_MAX}"


def lines_too_deep(body: list[ast.stmt], depth: int) -> Iterator[int]:
    for statement in body:
        if not isinstance(statement, BLOCKS):
            continue  # a nested function is counted as a function of its own
        if depth == NESTING_MAX:
            yield statement.lineno
        else:
            for inner, is_elif in bodies(statement):
                yield from lines_too_deep(inner, depth if is_elif else depth + 1)


def bodies(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The bodies of a block. An `elif` reads as deep as its `if`, though it stands in its else."""
    for part in ("body", "orelse", "finalbody"):
        inner: list[ast.stmt] = getattr(statement, part, [])
        chained = part == "orelse" and len(inner) == 1 and isinstance(inner[0], ast.If)
        yield inner, chained and isinstance(statement, ast.If)
    for clause in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield clause.body, False


RULES = (
    Rule(
        "file length",
        long_file,
        refuses=("x = 1\n" * (FILE_LINES_MAX + 1),),
        accepts=("x = 1\n" * FILE_LINES_MAX,),
    ),
    Rule(
        "function length",
        long_functions,
        refuses=("def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX,),
        accepts=('def f():\n    """A.\n\n    B.\n    """\n' + "    x = 1\n" * 49,),
    ),
    Rule(
        "positional parameters",
        many_parameters,
        refuses=("def f(a, b, /, c, d, e, f): ...",),
        accepts=("class A:\n    def f(self, a, b, c, d, e, *, f, g): ...",),
    ),
    Rule(
        "nesting",
        deep_nesting,
        refuses=("def f():\n if a:\n  for b in c:\n   with d:\n    while e:\n     pass",),
        accepts=(
            "def f():\n if a:\n  b()\n elif c:\n  for d in e:\n   try: g()\n   finally: h()",
            "def f():\n if a:\n  if b:\n   def g():\n    if c:\n     if d:\n      pass",
        ),
    ),
)
