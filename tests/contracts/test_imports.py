"""What imports may look like: no circles, and every deferred import of one of two stated kinds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import emoscope

PACKAGE = Path(emoscope.__file__).parent
DEFERRED = re.compile(r"#.*\bdeferred: (start-up|extra [a-z]+)\b")
Graph = Mapping[str, set[str]]


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name -> syntax tree of every module of the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("emoscope", *path.relative_to(PACKAGE).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def source_of(module: str) -> Path:
    """The file of a module or package."""
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"


Import = ast.Import | ast.ImportFrom


@cache
def imports(tree: ast.Module) -> list[tuple[Import, bool]]:
    """Imports that run, and whether they are deferred: inside a function, not at the top."""

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[Import, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):  # holds no statement
                continue
            if isinstance(child, (ast.Import, ast.ImportFrom)):
                yield child, inside
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for other in child.orelse:
                    yield from walk(other, inside)
            else:
                is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
                yield from walk(child, inside or is_function)

    return list(walk(tree, inside=False))


def targets(node: Import, known: set[str]) -> Iterator[str]:
    """Modules of the package that an import names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
        return
    base = node.module or ""
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        if inner in known:
            yield inner
        elif base in known:
            yield base


def graph_of(trees: Mapping[str, ast.Module]) -> Graph:
    """Module -> modules of the package that it imports, anywhere in its code."""
    known = set(trees)
    return {
        name: {
            target for node, _ in imports(tree) for target in targets(node, known) if target != name
        }
        for name, tree in trees.items()
    }


def cycles(graph: Graph) -> list[list[str]]:
    """Strongly connected components of more than one node (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            at = stack.index(node)
            component = sorted(stack[at:])
            del stack[at:]
            if len(component) > 1:
                found.append(component)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def folder(module: str) -> str:
    """The capability that a module belongs to: the second part of its name."""
    return ".".join(module.split(".")[:2])


def test_cycles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"d"}}
    assert cycles(graph) == [["a", "b", "c"]]


def test_no_modules_import_in_a_circle() -> None:
    graph = graph_of(modules())
    # A package's __init__ re-exports what lies in it: modules inside may not import through it.
    assert cycles(graph) == []


def test_no_folders_import_in_a_circle() -> None:
    folders: dict[str, set[str]] = {}
    for module, found in graph_of(modules()).items():
        if module == "emoscope":  # the front door opens everything, at first use
            continue
        others = folders.setdefault(folder(module), set())
        others |= {folder(each) for each in found if each != "emoscope"} - {folder(module)}
    assert cycles(folders) == []


def test_deferred_imports_state_their_kind() -> None:
    unstated = []
    for name, tree in modules().items():
        lines = source_of(name).read_text(encoding="utf-8").splitlines()
        for node, deferred in imports(tree):
            if not deferred:
                continue
            own = lines[node.lineno - 1 : node.end_lineno or node.lineno]
            if not any(DEFERRED.search(line) for line in own):
                unstated.append(f"{name}:{node.lineno}")
    assert unstated == []
