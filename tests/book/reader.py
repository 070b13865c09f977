"""Somebody who reads a page with explorers: a mouse, a finger, a keyboard, and eyes."""

from __future__ import annotations

from contextlib import contextmanager

from tests.draw.svg_reader import read_svg

# What the reader sees of one explorer, read from the page itself.
READ = """root => {
  const text = (selector) => root.querySelector(selector)?.textContent ?? "";
  const parts = [...root.querySelectorAll("[data-part]")];
  return {
    name: root.dataset.name,
    values: Object.fromEntries([...root.querySelectorAll("[name]")].map(
      (one) => [one.name, one.dataset.values.split("|")[one.value]])),
    outputs: [...root.querySelectorAll("output")].map((one) => one.textContent),
    parts: Object.fromEntries(parts.map((part) => [part.dataset.part, part.innerHTML])),
    texts: Object.fromEntries(parts.map((part) => [part.dataset.part, part.textContent])),
    changed: root.dataset.changed ?? "",
    sum: text(".sum"), count: text(".count"), status: text(".status"),
    play: text("[data-do=play]"),
  };
}"""

# Until what was pressed is shown, and the explorer is awake if that is asked for; pages' own rules
# forbid code that is given as text.
SETTLED = """async (root, awake) => {
  const asleep = () => awake && !root.hasAttribute("data-changed");
  const waits = () => asleep() || document.querySelector("[aria-busy]");
  const until = performance.now() + 180_000;
  while (waits()) {
    if (performance.now() > until) throw new Error("the picture's data did not come");
    await new Promise((done) => setTimeout(done, 5));
  }
}"""

# Until what was to be announced has been: a later timer of the page comes after an earlier one.
ANNOUNCED = "() => new Promise((done) => setTimeout(done, 370))"  # after QUIET of explorer.js


class Reader:
    """A page in the browser, and what a reader does there."""

    def __init__(self, browser, path, fragment="", **context):
        self.context = browser.new_context(**{"viewport": {"width": 900, "height": 900}} | context)
        self.page = self.context.new_page()
        self.troubles, self.requests = [], []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + fragment)
        self.root = self.page.locator(".explorer").first

    def read(self, root=None):
        self.shown()
        return (root or self.root).evaluate(READ)

    def grid(self, kind, root=None):
        return read_svg(self.read(root)["parts"][kind])

    def shown(self):
        """Wait until the answers to all presses are there."""
        self.root.evaluate(SETTLED, False)

    def wake(self):
        """Touch the explorer, and wait until its states are there."""
        self.root.locator(".explorer-title").hover()
        self.settle()

    def settle(self):
        """Wait until the picture is there."""
        self.root.evaluate(SETTLED, True)

    def set(self, **values):
        for name, value in values.items():
            control = self.root.locator(f"[name={name}]")
            known = control.get_attribute("data-values").split("|")
            control.evaluate(
                "(control, index) => { control.value = index;"
                "control.dispatchEvent(new Event('input', {bubbles: true})) }",
                known.index(str(value)),
            )
        self.settle()

    def cell(self, kind, row, column):
        """Return the middle of a cell in the viewport."""
        svg = self.root.locator(f'[data-part="{kind}"] svg')
        svg.scroll_into_view_if_needed()
        box = svg.bounding_box()
        rows, columns = self.grid(kind).shape
        return (
            box["x"] + (column + 0.5) * box["width"] / columns,
            box["y"] + (row + 0.5) * box["height"] / rows,
        )

    def point(self, kind, row, column):
        self.page.mouse.move(*self.cell(kind, row, column))

    def click(self, kind, row, column):
        self.page.mouse.click(*self.cell(kind, row, column))
        self.shown()

    def announced(self):
        self.page.evaluate(ANNOUNCED)
        return self.read()["status"]

    @property
    def fragment(self):
        return self.page.evaluate("location.hash")


@contextmanager
def readers(chromium, book_html):
    """Yield what opens an explorer on its own page; at the end no page must have complained."""
    made = []

    def opened(explorer, **values):
        state = ",".join(f"{name}={value}" for name, value in explorer.values(**values).items())
        page = book_html / "explorers" / f"{explorer.name}.html"
        made.append(Reader(chromium, page, f"#{explorer.name}:{state}"))
        made[-1].wake()
        return made[-1]

    yield opened
    for one in made:
        assert one.troubles == []
        one.context.close()
