"""Every page of the built book in a browser, with everyone else out of reach."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from tests.book.tools import settle, watched_page
from tests.thorough import one_in
from tests.waiting import wait_for

#: Bytes that a first visit to a chapter may transfer, compressed, fonts included.
FIRST_VISIT = 400_000
CHAPTER = "book/stride.html"


class Links(HTMLParser):
    """The ids of a page, and the addresses it points to or loads."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values[name] for name in ("id", "name") if values.get(name)}
        self.targets += [values[name] for name in ("href", "src") if values.get(name)]
        if "data-pack" in values:
            self.targets.append(values["data-pack"])


#: All that a page loads late, pictures and fonts.
LOADED = """() => {
  const pictures = [...document.images].map((picture) => {
    picture.loading = "eager";
    return picture.complete || new Promise((done) => { picture.onload = picture.onerror = done });
  });
  return Promise.all([document.fonts.ready, ...pictures]).then(() => true);
}"""


# From disk every page is opened.
@one_in(8)
def test_pages_complain_of_nothing_from_a_server(chromium, site, pages, every):
    faults = []
    for name in pages[::every]:
        with watched_page(chromium, site.url) as (page, complaints):
            settle(page, f"{site.url}/{name}")
            faults += [f"{name}: {complaint}" for complaint in complaints]
    assert not faults, "\n".join(faults)


@one_in(3)
def test_pages_complain_of_nothing_from_disk(chromium, book_html, pages, every):
    faults = []
    for name in pages[::every]:
        with watched_page(chromium, book_html.as_uri()) as (page, complaints):
            page.goto(f"{book_html.as_uri()}/{name}")
            page.evaluate(LOADED)
            faults += [f"{name}: {complaint}" for complaint in complaints]
    assert not faults, "\n".join(faults)


def test_top_leads_to_the_first_page(chromium, site, book_html):
    for top in (f"{site.url}/", f"{book_html.as_uri()}/index.html"):
        with watched_page(chromium, top.rpartition("/")[0]) as (page, complaints):
            page.goto(top)
            page.wait_for_url("**/book/index.html")
            page.wait_for_load_state("networkidle")
            assert not complaints


def test_watched_page_notices_what_it_should(chromium, site):
    with watched_page(chromium, site.url) as (page, complaints):
        page.goto(f"{site.url}/{CHAPTER}")
        page.evaluate(
            """() => {
              console.warn("a warning");
              new Image().src = "https://elsewhere.example/a.png";
              new Image().src = "/not-there.png";
              setTimeout(() => { throw new Error("thrown"); }, 0);
            }"""
        )
        for part in ("a warning", "elsewhere.example", "status 404", "thrown"):
            # While the page is asked, what it said arrives.
            wait_for(lambda part=part: page.title() and part in "\n".join(complaints), part)


def test_links_lead_somewhere(book_html, pages):
    found = {name: Links((book_html / name).read_text(encoding="utf-8")) for name in pages}
    faults = []
    for name, links in found.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            if target.startswith("/"):  # would be wrong below a folder, and on disk
                faults.append(f"{name}: {target} starts at the top")
            path = unquote(urlsplit(urljoin(f"http://x/{name}", target)).path).lstrip("/") or name
            path = f"{path}index.html" if path.endswith("/") else path
            if not (book_html / path).is_file():
                faults.append(f"{name}: {target} is not there")
                continue
            anchors = found[path].ids if path in found else set()
            if parts.fragment and unquote(parts.fragment) not in anchors:
                faults.append(f"{name}: {target} has no such anchor")
    assert not faults, "\n".join(faults)


def test_links_to_others_are_ordinary_links(book_html, pages):
    """Nothing is loaded from elsewhere: addresses of others are in links to follow only."""

    class Loaded(HTMLParser):
        def __init__(self, text):
            super().__init__()
            self.addresses = []
            self.feed(text)

        def handle_starttag(self, tag, attributes):
            if tag != "a":
                self.addresses += [
                    value for name, value in attributes if name in ("href", "src", "action")
                ]

    for name in pages:
        loaded = Loaded((book_html / name).read_text(encoding="utf-8"))
        assert not [one for one in loaded.addresses if urlsplit(one or "").netloc], name


@one_in(4)
def test_pages_are_readable_without_scripts(chromium, site, pages, every):
    for name in [name for name in pages if name.startswith("book/")][::every]:
        with watched_page(chromium, site.url, java_script_enabled=False) as (page, complaints):
            page.goto(f"{site.url}/{name}")
            assert page.locator("article h1").is_visible(), name
            assert not complaints, name
            boxes = page.locator("article svg, article math").evaluate_all(
                "all => all.filter((one) => one.checkVisibility()).map("
                "(one) => one.getBoundingClientRect()).map((box) => [box.width, box.height])"
            )
            assert all(min(box) > 2 for box in boxes), name


def test_styles_ask_for_nothing_that_is_not_there(book_html):
    found = 0
    for style in book_html.rglob("*.css"):
        for address in re.findall(r"url\([\"']?([^)\"'#?]+)", style.read_text(encoding="utf-8")):
            if not address.startswith("data:"):
                found += 1
                assert (style.parent / address).exists(), f"{style.name}: {address}"
    assert found, "no style asks for a file: this test cannot fail"


def test_text_does_not_wait_for_scripts(chromium, site):
    with watched_page(chromium, site.url) as (page, _):
        held = []
        page.route("**/*.js*", lambda route: held.append(route))  # never answered
        page.goto(f"{site.url}/{CHAPTER}", wait_until="commit")
        page.locator("article p").first.wait_for(state="visible")
        painted = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
        wait_for(lambda: page.evaluate(painted), "the first paint", patience=5)
        assert held, "the page asks for no script at all: this test cannot fail"
        for route in held:
            route.abort()


def test_first_visit_is_light(chromium, site):
    site.sent.clear()
    with watched_page(chromium, site.url) as (page, complaints):
        settle(page, f"{site.url}/{CHAPTER}")
        assert not complaints
    total = sum(site.sent.values())
    table = "\n".join(f"{size:8} {path}" for path, size in sorted(site.sent.items()))
    print(f"first visit to {CHAPTER}: {total} bytes\n{table}")
    assert any("stix" in path for path in site.sent), "the mathematics font was not asked for"
    assert total <= FIRST_VISIT, table


def test_pages_do_not_overflow(chromium, site, looked_at):
    faults = []
    with watched_page(chromium, site.url) as (page, _):
        for name in looked_at:
            page.goto(f"{site.url}/{name}")
            for width in (768, 320):
                page.set_viewport_size({"width": width, "height": 700})
                page.evaluate("document.fonts.ready.then(() => true)")
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    faults.append(f"{name}: {wide} px wide on a screen of {width}")
    assert not faults, "\n".join(faults)


def test_article_leaves_296_px_on_a_narrow_screen(chromium, site):
    viewport = {"width": 320, "height": 700}
    with watched_page(chromium, site.url, viewport=viewport) as (page, _):
        page.goto(f"{site.url}/{CHAPTER}")
        box = page.locator("article section").first.bounding_box()
    assert box["width"] >= 296
    assert box["x"] <= 12


def test_search_finds_a_chapter(chromium, site, book_html):
    for top in (site.url, book_html.as_uri()):
        with watched_page(chromium, top) as (page, complaints):
            page.goto(f"{top}/search.html?q=stride")
            result = page.locator("#search-results li a", has_text="Stride").first
            result.wait_for()
            page.wait_for_load_state("networkidle")
            assert not complaints
            result.click()
            page.wait_for_url("**/book/stride.html**")


def test_search_dialog_leads_to_the_search_page(chromium, site):
    with watched_page(chromium, site.url) as (page, complaints):
        page.goto(f"{site.url}/{CHAPTER}")
        page.keyboard.press("Control+k")
        page.locator("#pst-search-dialog input").fill("stride")
        page.keyboard.press("Enter")
        page.locator("#search-results li").first.wait_for()
        assert not complaints


def test_theme_button_changes_the_theme_and_is_remembered(chromium, site):
    with watched_page(chromium, site.url, color_scheme="light") as (page, complaints):
        page.goto(f"{site.url}/{CHAPTER}")
        theme = "document.documentElement.dataset.theme"
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.locator(".theme-switch-button:visible").first.click()
        assert page.evaluate(theme) == "dark"
        assert page.evaluate(paper) != light
        page.reload()
        assert page.evaluate(theme) == "dark"
        assert not complaints


def test_paper_is_light_whatever_the_screen_is(chromium, site):
    with watched_page(chromium, site.url, color_scheme="dark") as (page, _):
        page.goto(f"{site.url}/{CHAPTER}")
        themes = page.evaluate(
            """() => ["beforeprint", "afterprint"].map((event) => {
              dispatchEvent(new Event(event));
              return document.documentElement.dataset.theme;
            })"""
        )
        assert themes == ["light", "dark"]
        page.emulate_media(media="print")
        assert page.locator("article h1").is_visible()
        assert not page.locator(".prev-next-footer").is_visible()


def test_link_in_the_text_sets_the_explorer(chromium, site):
    with watched_page(chromium, site.url) as (page, complaints):
        settle(page, f"{site.url}/{CHAPTER}")
        links = page.locator('a.state-link[data-state*="stride=3"][data-state*=","]')
        link = links.locator("visible=true").first  # others wait in answers
        wanted = dict(item.split("=") for item in link.get_attribute("data-state").split(","))
        link.click()
        page.locator("#explorer-stride [data-part=code]", has_text="stride=3").wait_for()
        shown = page.locator("#explorer-stride [data-part=code]").inner_text()
        if wanted.get("padding", "0") != "0":
            assert f"padding={wanted['padding']}" in shown
        title = page.locator("#explorer-stride .grid-title").first.inner_text()
        assert f"input {wanted['input_size']}×" in title
        assert not complaints


def test_link_in_the_text_sets_the_picture(chromium, site):
    with watched_page(chromium, site.url) as (page, complaints):
        page.goto(f"{site.url}/book/seeing.html")
        link = page.locator(
            'a.state-link[data-explorer="picture"]', has_text="how the middle differs"
        )
        link.click()
        explorer = page.locator("#explorer-picture")
        assert explorer.locator("[name=kernel]").input_value() == "own"
        assert explorer.locator("[name=weight]").nth(4).input_value() == "9"
        page.wait_for_url("**/seeing.html#picture:kernel=-1_-1_-1_-1_9_*")
        page.locator('a.state-link[data-explorer="picture"]', has_text="Gaussian").click()
        assert explorer.locator("[name=kernel]").input_value() == "Gaussian"
        assert explorer.locator("canvas").first.is_visible()
        assert not complaints


def test_formulas_use_the_served_font(chromium, site):
    """Brackets and floors grow with what they hold only if the font has a MATH table."""
    with watched_page(chromium, site.url) as (page, _):
        settle(page, f"{site.url}/{CHAPTER}")
        assert page.evaluate("document.fonts.check('16px \"STIX Two Math\"')")
        heights = page.evaluate(
            """() => {
              const box = document.querySelector("article");
              const floor = (inside) =>
                `<math display="block"><mrow><mo>⌊</mo>${inside}<mo>⌋</mo></mrow></math>`;
              const low = "<mi>i</mi>";
              const high = `<mfrac><mfrac>${low}${low}</mfrac>${low}</mfrac>`;
              return [low, high].map((inside) => {
                box.insertAdjacentHTML("beforeend", floor(inside));
                return box.lastElementChild.querySelector("mo").getBoundingClientRect().height;
              });
            }"""
        )
    assert heights[1] > 1.8 * heights[0]


def test_missing_page_is_said_kindly_at_any_depth(chromium, site):
    """The page for a wrong address needs no other file, so it works below any folder."""
    with watched_page(chromium, site.url) as (page, complaints):
        site.sent.clear()
        page.goto(f"{site.url}/404.html")
        assert page.get_by_role("link", name="To the first page").is_visible()
        assert list(site.sent) == ["/404.html"]
        assert not complaints


def test_pages_say_what_they_are_when_shared(book_html, pages):
    titles = set()
    for name in pages:
        if not name.startswith("book/"):
            continue
        text = (book_html / name).read_text(encoding="utf-8")
        title = text.partition("<title>")[2].partition("</title>")[0].strip()
        assert title
        assert title not in titles, "two pages have one title"
        titles.add(title)
        for part in ('name="description"', 'property="og:title"', 'property="og:image"'):
            assert part in text, f"{name}: no {part}"
    for name, start in (
        ("card.png", b"\x89PNG"),
        ("favicon.png", b"\x89PNG"),
        ("favicon.svg", b"<svg"),
    ):
        assert (book_html / "_static/art" / name).read_bytes().startswith(start)
