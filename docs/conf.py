"""Settings of Sphinx: `make docs` writes the site to docs/_build/html."""

from pathlib import Path
from typing import Any

import understudy
import understudy.figures  # VTK before DOLFINx, or the process aborts

ROOT = Path(__file__).parents[1]

project = "understudy"
author = "understudy contributors"
release = understudy.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
exclude_patterns = [
    "_build",
    "sg_execution_times.rst",
    "gallery/sg_execution_times.rst",
    "results/*/*.json",
    "gallery/*.ipynb",
]
# Pages point at files of the repository, and figures come without a language.
suppress_warnings = [
    "myst.xref_missing",
    "myst.header",
    "misc.highlighting_failure",
    "config.cache",
]

html_theme = "pydata_sphinx_theme"
html_title = "understudy"
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_depth": 2,
    "secondary_sidebar_items": ["page-toc"],
}

autodoc_default_options = {"members": True, "imported-members": True}
autodoc_typehints = "none"
napoleon_google_docstring = True

# Examples are run by tests; here they are shown, and run when the builder says so:
# sphinx-build -D plot_gallery=1 -D sphinx_gallery_conf.filename_pattern=... docs docs/_build/html
plot_gallery = False
sphinx_gallery_conf = {
    "examples_dirs": str(ROOT / "examples"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "plot_gallery": False,
    "download_all_examples": False,
    "show_memory": False,
    "remove_config_comments": True,
}


def _escape(*given: Any) -> None:  # noqa: ANN401
    """Bars of mathematics in docstrings are no substitutions of reStructuredText."""
    lines = given[-1]
    lines[:] = [line.replace("|", r"\|") for line in lines]


def _escape_gallery(_app: Any, name: str, source: list[str]) -> None:  # noqa: ANN401
    """The same in the words of examples, whose code is indented."""
    if name.startswith("gallery/"):
        lines = source[0].splitlines()
        source[0] = "\n".join(
            line if line.startswith((" ", ".. ")) else line.replace("|", r"\|") for line in lines
        )


def setup(app: Any) -> None:  # noqa: ANN401
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _escape)
    app.connect("source-read", _escape_gallery)
