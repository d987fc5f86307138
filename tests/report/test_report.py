"""The report in headless Chromium: nothing fails, nothing is cut off, everything can be read."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from report.browser import ABSENT, CHROMIUM, Browser
from report.pages import write_report
from understudy.figures.turn import turns

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason=ABSENT),
]

WIDTHS = (1280, 390)
# A study's own page may be looked at too: UNDERSTUDY_REPORT=results/quick/report.html
OWN = os.environ.get("UNDERSTUDY_REPORT")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    if OWN:
        return Path(OWN)
    code, path = write_report(tmp_path_factory.mktemp("made"))
    assert code == 0
    return path


@pytest.fixture(params=WIDTHS, scope="module")
def opened(request, browser, page):
    browser.open(page, request.param)
    return browser


@pytest.mark.claim("The report fetches nothing, and all its pictures are there.")
def test_the_console_is_silent_and_nothing_is_fetched(opened, page):
    assert opened.errors == []
    fetched = [url for url in opened.requests if not url.startswith(("data:", "blob:"))]
    assert fetched == [page.resolve().as_uri()]


def test_every_picture_loads_and_says_what_it_shows(opened):
    images = opened.run(
        "Promise.all([...document.images].map(async i => { await i.decode().catch(() => {});"
        "return [i.complete && i.naturalWidth > 0, i.alt] }))"
    )
    assert len(images) >= 2
    assert all(loaded and alt.strip() for loaded, alt in images)
    assert opened.run(
        "[...document.querySelectorAll('svg')].every(s => s.closest('[aria-label]') || "
        "s.getAttribute('aria-hidden') === 'true')"
    )


def test_the_page_does_not_scroll_sideways_and_wide_tables_do(opened):
    assert opened.run("document.documentElement.scrollWidth <= innerWidth")
    assert opened.run(
        "[...document.querySelectorAll('table')].every(t => { const b = t.closest('.scroll');"
        "return b && b.getBoundingClientRect().right <= innerWidth && b.tabIndex === 0 &&"
        "t.getAttribute('aria-label') })"
    )


def test_headings_are_in_order_and_links_arrive(opened):
    levels = opened.run("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert opened.run(
        "[...document.querySelectorAll('a[href^=\"#\"]')].every(a => "
        "document.getElementById(a.hash.slice(1)))"
    )
    assert opened.run(
        "(ids => ids.length === new Set(ids).size)([...document.querySelectorAll('[id]')]"
        ".map(e => e.id))"
    )


def test_text_stands_out_from_its_ground(opened):
    """Contrast of at least 4.5 for words and verdicts, as WCAG 2 defines it (1.4.3)."""
    script = """
    (() => {
      const parse = c => c.match(/[\\d.]+/g).map(Number);
      const light = c => { const [r, g, b] = parse(c).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b };
      const ground = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (parse(c)[3] !== 0) return c } return 'rgb(255,255,255)' };
      return Math.min(...[...document.querySelectorAll('p, dt, dd, li, th, td, a, .word, small,'
        + ' summary, button.turner')].map(e => {
        const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) }));
    })()"""
    for scheme in ("light", "dark"):
        opened.call("Emulation.setEmulatedMedia",
                    features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
        assert opened.run(script) >= 4.5, scheme
    opened.call("Emulation.setEmulatedMedia", features=[])


def test_the_first_screen_asks_answers_and_judges(browser, page):
    browser.open(page, 1280, height=800)
    seen = browser.run(
        "[...document.querySelectorAll('article')].filter(a => "
        "a.getBoundingClientRect().top < 700).map(a => a.innerText)"
    )
    assert len(seen) >= 3
    for text in seen:
        assert "?" in text
        assert any(word in text for word in ("holds", "with care", "do not use"))
        assert any(digit in text for digit in "123456789")


def test_the_page_can_be_printed(browser, page, tmp_path):
    """What is folded is unfolded, buttons are gone."""
    browser.open(page, 1280)
    browser.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    assert browser.run("[...document.querySelectorAll('details')].every(d => d.open)")
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.run(
        "[...document.querySelectorAll('nav, .turner')].every(e => "
        "getComputedStyle(e).display === 'none')"
    )
    browser.call("Emulation.setEmulatedMedia", media="")


@pytest.mark.skipif(not turns(), reason="trame-vtk is absent; bash envs/setup.sh report")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_field_turns_when_it_is_dragged(browser, page, width, tmp_path):
    browser.open(page, width)
    if not browser.run("document.querySelector('.turner') !== null"):
        pytest.skip("this page has no field that can be turned")
    browser.run("document.querySelector('.turner').click()")
    browser.run(
        "new Promise((done, fail) => { const start = Date.now(); const look = () => {"
        "const c = document.querySelector('iframe')?.contentDocument?.querySelector('canvas');"
        "if (c && c.width > 100) done(true); else if (Date.now() - start > 20000)"
        "fail(new Error('no canvas within 20 s')); else setTimeout(look, 100) }; look() })"
    )
    # Until vtk.js has drawn its first frame.
    browser.run("new Promise(done => setTimeout(done, 2500))")
    box = browser.run(
        "(() => { const f = document.querySelector('iframe');"
        "f.scrollIntoView({block: 'center', behavior: 'instant'});"
        "const r = f.getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })()"
    )
    browser.run("new Promise(done => setTimeout(done, 800))")
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2

    def shot(name):
        browser.screenshot(tmp_path / name)
        return (tmp_path / name).read_bytes()

    before, still = shot("a.png"), shot("b.png")
    for kind, dx, buttons in (("mousePressed", 0, 1), ("mouseMoved", 60, 1), ("mouseMoved", 90, 1),
                              ("mouseReleased", 90, 0)):  # fmt: skip
        browser.call("Input.dispatchMouseEvent", type=kind, x=x + dx, y=y, button="left",
                     buttons=buttons, clickCount=1)  # fmt: skip
    browser.run("new Promise(done => setTimeout(done, 800))")
    assert before == still
    assert shot("c.png") != before
    assert browser.errors == []
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def test_a_picture_is_enlarged_and_put_back(browser, page):
    browser.open(page, 390)
    browser.run("document.querySelector('.enlarge').click()")
    assert browser.run("document.querySelector('dialog').open")
    browser.run("document.querySelector('dialog').click()")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("document.querySelector('dialog') === null")
    assert browser.run("document.activeElement.classList.contains('enlarge')")


def test_screenshots_are_kept_to_be_looked_at(opened):
    folder = Path(".cache/report")
    folder.mkdir(parents=True, exist_ok=True)
    width = opened.run("innerWidth")
    path = folder / f"{width}.png"
    opened.screenshot(path)
    assert path.stat().st_size > 10_000
