"""The documentation site in headless Chromium, where `make docs` or `make gallery` built it."""

from pathlib import Path

import pytest

from report.browser import ABSENT, CHROMIUM, Browser

SITE = Path(__file__).parents[2] / "docs/_build/html"
PAGES = ("index", "start", "notation", "methods/stochastic_boundary", "gallery/index", "api")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason=ABSENT),
    pytest.mark.skipif(
        not (SITE / "index.html").is_file(), reason="there is no site; make docs builds it"
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_word_from_a_network(browser, name, width):
    browser.open(SITE / f"{name}.html", width)
    browser.run("new Promise(done => setTimeout(done, 300))")
    assert browser.errors == []
    assert [url for url in browser.requests if url.startswith("http")] == []
    images = browser.run(
        "[...document.images].map(i => { i.loading = 'eager';"
        "return [i.currentSrc, i.complete && i.naturalWidth > 0, i.alt] })"
    )
    assert [source for source, loaded, _ in images if not loaded] == []
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def test_formulas_are_drawn_by_the_browser(browser):
    browser.open(SITE / "methods/generative.html", 1280)
    heights = browser.run(
        "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)"
    )
    assert len(heights) > 5
    assert min(heights) > 5
    assert browser.run("document.querySelector('merror') === null")
    assert "\\frac" not in browser.run("document.querySelector('main').innerText")


def test_examples_that_draw_have_their_pictures(browser):
    """Only a gallery that was run has some."""
    drawn = sorted((SITE / "_images").glob("sphx_glr_*_001.png"))
    if not drawn:
        pytest.skip("the examples were not run; make gallery runs them")
    page = drawn[0].name.removeprefix("sphx_glr_").removesuffix("_001.png")
    browser.open(SITE / f"gallery/{page}.html", 1280)
    sizes = browser.run("[...document.querySelectorAll('main img')].map(i => i.naturalWidth)")
    assert max(sizes) > 300
    assert len(drawn) > 20
