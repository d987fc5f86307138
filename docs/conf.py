"""Settings of Sphinx: `make docs` writes the site to docs/_build/html."""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx_gallery.scrapers import figure_rst

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

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "understudy"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_depth": 2,
    "secondary_sidebar_items": ["page-toc"],
}

autodoc_default_options = {
    "members": True,
    "imported-members": True,
    # What scikit-learn adds to its estimators points into its own manual.
    "exclude-members": "set_fit_request, set_predict_request, set_score_request",
}
autodoc_typehints = "none"
napoleon_google_docstring = True


def pictures(_block: Any, told: dict[str, Any], settings: dict[str, Any]) -> str:  # noqa: ANN401
    """Pictures that an example wrote beside itself, moved to where the site looks for them."""
    taken = []
    for written in sorted(Path(told["src_file"]).parent.glob("*.png")):
        taken.append(next(told["image_path_iterator"]))
        shutil.move(written, taken[-1])
    return figure_rst(taken, settings["src_dir"])


# Examples are run by tests; here they are shown, and run for their pictures when the builder says
# so: make gallery, which is sphinx-build -D plot_gallery=1.
plot_gallery = False
sphinx_gallery_conf = {
    "examples_dirs": str(ROOT / "examples"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "plot_gallery": False,
    "image_scrapers": (pictures,),
    "download_all_examples": False,
    "show_memory": False,
    "remove_config_comments": True,
}


def _escape(*given: Any) -> None:  # noqa: ANN401
    """Bars of mathematics in docstrings are no substitutions of reStructuredText."""
    lines = given[-1]
    lines[:] = [line.replace("|", r"\|") for line in lines]


def _escape_gallery(_app: Any, name: str, source: list[str]) -> None:  # noqa: ANN401
    """The same in the words of examples, whose code is indented; and a title, which they lack."""
    if name.startswith("gallery/"):
        lines = source[0].splitlines()
        label = f".. _sphx_glr_{name.replace('/', '_')}.py:"
        if label in lines:
            title = name.partition("/")[2].replace("_", " ").capitalize()
            lines[lines.index(label) + 1 : lines.index(label) + 1] = ["", title, "=" * len(title)]
        source[0] = "\n".join(
            line if line.startswith((" ", ".. ")) else line.replace("|", r"\|") for line in lines
        )


def _formula(display: str) -> Any:  # noqa: ANN401
    """Formulas as MathML, which browsers draw themselves: the site fetches no script for them."""
    wide = '<div style="overflow-x: auto">{}</div>' if display == "block" else "{}"

    def visit(translator: Any, node: Any) -> None:  # noqa: ANN401
        translator.body.append(wide.format(convert(node.astext(), display=display)))
        raise nodes.SkipNode

    return visit, None


def setup(app: Any) -> None:  # noqa: ANN401
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", _formula("inline"), _formula("block"))
    app.connect("autodoc-process-docstring", _escape)
    app.connect("source-read", _escape_gallery)
