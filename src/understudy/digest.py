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
from dataclasses import dataclass
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
        content.update(f"{name}\0{_dump_of(name)}\0".encode())
    return content.hexdigest()[:12]


def modules_behind(module: str) -> list[str]:
    """Names of `module` and of all modules of this package that it needs, sorted."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _imports(*_version_of(name))
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


def _version_of(module: str) -> tuple[Path, int]:
    """File of a module and when it was modified: what is known of a file is kept for both."""
    path = _path(module)
    if path is None:
        raise ValueError(f"expected a module of {_ROOT.name}, got {module!r}")
    return path, path.stat().st_mtime_ns


def _body_of(module: str) -> list[ast.stmt]:
    return _read(*_version_of(module)).body


def _dump_of(module: str) -> str:
    return _read(*_version_of(module)).dump


@dataclass(frozen=True)
class _Source:
    """What a digest needs of a file.

    Attributes:
        body: statements of the module.
        imports: import statements anywhere in it.
        dump: its syntax tree as text, without docstrings.
    """

    body: list[ast.stmt]
    imports: list[ast.Import | ast.ImportFrom]
    dump: str


@functools.cache
def _read(path: Path, _modified: int) -> _Source:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
    return _Source(tree.body, imports, ast.dump(tree))


@functools.cache
def _imports(path: Path, modified: int) -> tuple[str, ...]:
    """Modules of this package that a file imports."""
    found: list[str] = []
    for node in _read(path, modified).imports:
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names if _path(alias.name))
        elif node.module and _path(node.module):
            found += (_home(node.module, alias.name) for alias in node.names)
    return tuple(found)


@functools.cache
def _home(module: str, name: str) -> str:
    """The module that defines `name` when it is imported from `module`."""
    if _path(f"{module}.{name}"):
        return f"{module}.{name}"
    path = _path(module)
    if path is not None and path.name == "__init__.py":
        for node in _body_of(module):
            if isinstance(node, ast.ImportFrom) and node.module and _path(node.module):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return _home(node.module, alias.name)
    return module
