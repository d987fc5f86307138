"""Flags from the signature of a command, and specifications from flags or JSON."""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import tyro
from tqdm import tqdm

from understudy.data import tree
from understudy.digest import code_digest

__all__ = ["call", "origin", "progress"]


def call(run: Callable[..., None], argv: Sequence[str], verb: str) -> int:
    """Call `run` with the values of flags; returns 0.

    A parameter `name` whose class is a specification takes one flag a field, `--name.field`, and
    also `--name JSON`, a block of a study's configuration.

    Raises:
        ValueError: JSON that does not fit the specification; names the key.
    """
    words, given = [], {}
    hints = get_type_hints(run)
    rest = iter(argv)
    for word in rest:
        name = word.removeprefix("--").replace("-", "_")
        if word.startswith("--") and hasattr(hints.get(name), "__dataclass_fields__"):
            text = next(rest, "")
            try:
                block = json.loads(text)
            except json.JSONDecodeError as error:
                raise ValueError(f"{word}: expected JSON, got {text!r} ({error})") from error
            given[name] = tree.build(hints[name], block, name)
        else:
            words.append(word)
    tyro.cli(
        functools.partial(run, **given), prog=f"understudy {verb}", args=words,
        description=run.__doc__, config=(tyro.conf.AvoidSubcommands,),
    )  # fmt: skip
    return 0


def origin(module: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
    """Where a result comes from: the digest of the code behind a command, and further facts."""
    return {"code": code_digest(module), "command": module, **facts}


def progress(label: str) -> Callable[[int, int], None]:
    """A bar on a terminal, nothing elsewhere."""
    bar: tqdm[Any] = tqdm(desc=label, disable=None)

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return show
