"""What axe finds on the built pages: nothing."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from tests.book.tools import settle, watched_page

#: Of the two themes only the colours differ. Without naming what passed it takes half the time.
FAULTS = {"resultTypes": ["violations"]}
RULES = {"light": FAULTS, "dark": FAULTS | {"runOnly": ["color-contrast"]}}
#: The dark theme has the same colours on every page: one in three is looked at twice.
TWICE = 3
#: Of words of code of one colour one is enough, and of a picture's cells of one look: axe takes a
#: quarter of the time.
ONE_OF_EACH = """() => {
  const seen = new Set();
  const again = (key) => seen.has(key) || !seen.add(key);
  for (const word of document.querySelectorAll("pre span, .sig span"))
    if (!word.children.length && again(word.className)) word.remove();
  for (const picture of document.querySelectorAll(".grid svg")) {
    const texts = [...picture.querySelectorAll("text")];
    for (const [i, cell] of [...picture.querySelectorAll("rect")].entries())
      if (again(`${cell.getAttribute("class")} ${!!texts[i]?.textContent}`)) {
        cell.remove();
        texts[i]?.remove();
      }
  }
}"""


def test_axe_finds_no_violation(chromium, site, looked_at):
    faults = []
    for number, name in enumerate(looked_at):
        with watched_page(chromium, site.url, color_scheme="light") as (page, _):
            settle(page, f"{site.url}/{name}")
            page.evaluate(ONE_OF_EACH)
            page.add_style_tag(content="* { transition: none !important }")  # no half-way colours
            for theme, options in [*RULES.items()][: 1 if number % TWICE else 2]:
                page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
                for violation in Axe().run(page, options=options).response["violations"]:
                    for node in violation["nodes"]:
                        faults.append(
                            f"{name}, {theme}: {violation['id']}: {node['target']} "
                            f"{node['html'][:200]}\n"
                            f"    {node['failureSummary'].splitlines()[-1].strip()}"
                        )
    assert not faults, "\n".join(faults)
