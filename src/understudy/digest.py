"""Digest of the code behind a module: what must change for its results to be stale.

The digest covers the syntax tree, without docstrings, of a module and of every module of this
package that it imports, directly or not. Comments, layout and documentation leave it alone. A name
that a family's `__init__` re-exports is followed to the module that defines it, so that editing
one method leaves the digests of its siblings alone.

Only the standard library is used: the workflow's controller computes digests without the
environment of the numerical code.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["code_digest", "modules_behind"]

_ROOT = Path(__file__).resolve().parent


def code_digest(module: str) -> str:
    """First 12 hexadecimal digits of the digest of `module`, say "understudy.cli.simulate".

    Raises:
        ValueError: the package has no such module.
    """
    content = hashlib.sha256()
    for name in modules_behind(module):
        content.update(f"{name}\0{ast.dump(_tree_of(name))}\0".encode())
    return content.hexdigest()[:12]


def modules_behind(module: str) -> list[str]:
    """Names of `module` and of all modules of this package that it needs, sorted."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _imports(name)
    return sorted(seen)


def _path(module: str) -> Path | None:
    """File of a module of this package, or None."""
    if module.split(".")[0] != _ROOT.name:
        return None
    base = _ROOT.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _tree_of(module: str) -> ast.Module:
    path = _path(module)
    if path is None:
        raise ValueError(f"expected a module of {_ROOT.name}, got {module!r}")
    return _tree(path, path.stat().st_mtime_ns)


@functools.cache
def _tree(path: Path, _modified: int) -> ast.Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
    return tree


def _imports(module: str) -> Iterator[str]:
    for node in ast.walk(_tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _path(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _path(node.module):
            for alias in node.names:
                yield _home(node.module, alias.name)


def _home(module: str, name: str) -> str:
    """The module that defines `name` when it is imported from `module`."""
    if _path(f"{module}.{name}"):
        return f"{module}.{name}"
    path = _path(module)
    if path is not None and path.name == "__init__.py":
        for node in _tree_of(module).body:
            if isinstance(node, ast.ImportFrom) and node.module and _path(node.module):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return _home(node.module, alias.name)
    return module
