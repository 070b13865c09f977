"""Live code on Binder: a browser, a real Jupyter server, and a BinderHub that the test plays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.book.binder import BinderHub
from tests.book.live import (
    CHAPTER,
    EDITED,
    EXERCISE,
    EXPLORER,
    LAST,
    RAISING,
    STILL_TEXT,
    assert_accessible,
    assert_as_it_was,
    break_and_mend,
    editor,
    open_page,
    output,
    press,
    status,
    write,
)
from tests.book.tools import BUILT, Site, build, make_book
from tests.live.jupyter import TOKEN, JupyterServer
from tests.waiting import wait_for

NOBODY = "http://127.0.0.1:1025/"
BUTTON = "Run all of it on Binder"


@pytest.fixture(scope="module")
def hub():
    with BinderHub() as hub:
        yield hub


@pytest.fixture(scope="module")
def live_site(tmp_path_factory, hub):
    """A small book whose pages ask the test's BinderHub."""
    top = tmp_path_factory.mktemp("live")
    make_book(top, index=CHAPTER, plain="# Plain\n\nNo cells here.\n")
    result = build(top, GITHUB_REPOSITORY="someone/cells", BINDERHUB_URL=hub.url)
    assert result.returncode == 0, result.stdout[-3000:]
    with Site(top / BUILT) as site:
        yield site


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """The address of a Jupyter server that answers pages from elsewhere, as Binder's do."""
    folder = tmp_path_factory.mktemp("jupyter")
    with JupyterServer(folder, "jupyter_server", ["--ServerApp.allow_origin=*"]) as server:
        yield f"{server.url}/"


@pytest.fixture
def ready(hub, jupyter):
    """Let the BinderHub lend the Jupyter server."""
    phases = [{"phase": phase, "message": "..."} for phase in ("waiting", "built", "launching")]
    hub.messages = [*phases, {"phase": "ready", "url": jupyter, "token": TOKEN, "message": ""}]


@pytest.fixture
def still(chromium, live_site):
    """The page as it is opened."""
    opened = open_page(chromium, live_site)
    yield opened
    opened.page.close()


@pytest.fixture(scope="module")
def opened(chromium, live_site):
    opened = open_page(chromium, live_site)
    yield opened
    opened.page.close()


@pytest.fixture
def live(opened, ready):
    """A live page whose cells hold the chapter's code and have run; one for all tests."""
    page = opened.page
    opened.complaints.clear()
    if not page.locator(".live-cell").count():
        press(page, BUTTON)
        expect(page.locator(".live-cell")).to_have_count(6)
    undo = page.get_by_role("button", name="Undo my changes").locator("visible=true")
    while undo.count():
        undo.first.click()
    press(page, "Run all")
    expect(page.locator(":is([data-live=running], [data-live=waiting])")).to_have_count(0)
    return page


def go_live(page):
    press(page, BUTTON)
    expect(status(page)).to_have_text("Done: 6 cells.")


def test_button_is_where_code_is(still, live_site):
    bar = still.page.locator(".live-bar")
    expect(bar.get_by_role("button")).to_have_count(2)
    assert_accessible(still.page)
    assert not re.search("thebe|build/", " ".join(still.asked))
    still.page.goto(f"{live_site.url}/book/plain.html")
    expect(bar).to_have_count(0)


def test_button_needs_scripts(chromium, live_site):
    page = open_page(chromium, live_site, java_script_enabled=False).page
    expect(page.locator(".live-bar")).to_be_hidden()
    page.close()


def test_one_press_makes_the_page_live(still, ready, hub, jupyter, live_site):
    page = still.page
    go_live(page)
    assert hub.asked[-1] == "/build/gh/someone/cells/HEAD"
    assert output(page, EDITED).inner_text().strip() == STILL_TEXT
    assert page.get_by_text("hidden 42").locator("visible=true").count() == 1
    expect(output(page, RAISING)).to_contain_text("ValueError: invalid literal")
    expect(output(page, LAST)).to_have_text("last")
    expect(output(page, EXPLORER).locator("img")).to_be_visible()
    expect(page.locator("#explorer-stride")).to_be_hidden()
    allowed = (live_site.url, hub.url, jupyter, "data:", "blob:")
    assert [url for url in still.asked if not url.startswith(allowed)] == []
    assert still.complaints == []


def test_live_explorer_moves(live):
    explorer = output(live, EXPLORER)
    code = explorer.locator("pre")
    expect(code).to_contain_text("stride=2")
    before = explorer.locator("img").get_attribute("src")
    slider = explorer.locator(".widget-slider", has_text="stride").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    expect(code).to_contain_text("stride=3")
    expect(explorer.locator("img")).not_to_have_attribute("src", before)
    live.get_by_role("link", name="a stride of 3").click()
    expect(code).to_contain_text("stride=3, padding=1")
    expect(explorer.get_by_text("7×7 input")).to_be_visible()


def test_edit_that_breaks_and_back(live, opened, hub):
    asked, ended = len(hub.asked), []
    live.on("request", lambda request: request.method == "DELETE" and ended.append(request.url))
    break_and_mend(live, LAST)
    press(live, "Back to the page as it was")
    assert_as_it_was(live)
    expect(live.locator(".live-note")).to_contain_text(
        "Your changes come back when you run it again"
    )
    # What was written is there when the page is live again, on the same computer.
    press(live, BUTTON)
    expect(output(live, LAST)).to_have_text("still here 40")
    assert len(hub.asked) == asked
    assert len(ended) == 1  # the kernel of before, once
    assert opened.complaints == []


def test_run_from_the_top_to_here_follows_an_edit(live):
    write(live, EDITED, "number = 3")
    expect(status(live)).to_contain_text("Done: cell 1.")
    write(live, EXPLORER, "print(secret + number)")
    expect(output(live, EXPLORER)).to_have_text("43")
    editor(live, EDITED).get_by_role("button", name="Undo my changes").click()
    run = editor(live, EXPLORER).get_by_role("button", name="Run from the top to here")
    run.click()
    expect(output(live, EXPLORER)).to_have_text("42")
    expect(status(live)).to_have_text("Done: 3 cells.")


def test_endless_loop_is_interrupted(live):
    write(live, LAST, "while True:\n    pass")
    expect(editor(live, LAST)).to_contain_text("running")
    editor(live, LAST).get_by_role("button", name="Interrupt").click()
    expect(status(live)).to_have_text("Interrupted cell 5.")
    expect(output(live, LAST)).to_contain_text("KeyboardInterrupt")
    write(live, LAST, "print(number)")
    expect(output(live, LAST)).to_have_text("2")


def test_restart_ends_a_loop_and_forgets(live):
    write(live, LAST, "while True:\n    pass")
    expect(editor(live, LAST)).to_contain_text("running")
    press(live, "Restart")
    expect(status(live)).to_contain_text("empty memory")
    expect(live.locator("#explorer-stride")).to_be_visible()
    write(live, LAST, "print(number)")
    expect(status(live)).to_contain_text("NameError: name 'number' is not defined")


def test_exercise_waits_for_the_reader(live):
    expect(editor(live, EXERCISE)).to_contain_text("Run all leaves this cell to you.")
    write(live, EXERCISE, "print('written')")
    expect(output(live, EXERCISE)).to_have_text("written")
    write(live, EXERCISE, "")
    live.keyboard.press("Tab")
    expect(editor(live, EXERCISE).get_by_role("button", name="Run, cell 4")).to_be_focused()


def test_kernel_that_dies_is_told(live):
    write(live, LAST, "import os; os._exit(1)")
    expect(status(live)).to_contain_text("Python stopped and was started again")
    expect(live.locator(".cell_output", has_text=STILL_TEXT)).to_be_visible()
    write(live, LAST, "print('alive')")
    expect(output(live, LAST)).to_have_text("alive")


@pytest.mark.long
def test_kernel_that_ends_is_told(live, jupyter):
    headers = {"Authorization": f"token {TOKEN}"}
    for session in live.request.get(f"{jupyter}api/sessions", headers=headers).json():
        live.request.delete(f"{jupyter}api/sessions/{session['id']}", headers=headers)
    expect(status(live)).to_contain_text("Python is gone")
    press(live, "Start again")
    expect(output(live, LAST)).to_have_text("last")


def test_lost_connection_is_told_and_found_again(still, ready):
    page, sockets, cut = still.page, [], set()

    def kernel(socket):
        return socket.url.partition("?")[0]

    def connect(socket):
        if kernel(socket) in cut:
            socket.close()
        else:
            sockets.append(socket)
            socket.connect_to_server()

    page.route_web_socket(re.compile("/channels"), connect)
    go_live(page)
    cut.add(kernel(sockets[-1]))
    sockets[-1].close()
    expect(status(page)).to_contain_text("The connection is lost. Trying to get it back")
    cut.clear()
    expect(status(page)).to_have_text("Connected again.")
    write(page, LAST, "print(number)")
    expect(output(page, LAST)).to_have_text("2")
    # What the browser tells a page; where there is no network at all, it was never "online" to it.
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(status(page)).to_contain_text("You are offline.")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(status(page)).to_have_text("Connected again.")
    write(page, LAST, "while True:\n    pass")
    expect(editor(page, LAST)).to_contain_text("running")
    cut.add(kernel(sockets[-1]))
    sockets[-1].close()
    expect(status(page)).to_contain_text("The connection is lost.")
    # It stays lost, or it would be found again before the press.
    press(page, "Start again")
    expect(output(page, EXPLORER).locator("img")).to_be_visible()
    expect(editor(page, LAST)).to_contain_text("running")
    press(page, "Back to the page as it was")
    assert_as_it_was(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_live_page_suits_everyone(live, theme):
    live.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    live.set_viewport_size({"width": 320, "height": 640})
    assert_accessible(live)
    assert live.evaluate("document.documentElement.scrollWidth") == 320


def test_slow_start_says_what_happens(still, hub):
    page = still.page
    page.clock.install()
    hub.messages = [{"phase": "building", "message": "Step 1/40"}]
    press(page, BUTTON)
    expect(status(page)).to_contain_text("is building the book's environment")
    page.clock.fast_forward(83_000)
    # The seconds go on meanwhile, so that it says 1 min 23 s or later.
    note = re.compile(r"^([1-9]\d*) min ([1-5]?\d) s so far\. You can go on reading\.$")
    expect(page.locator(".live-note")).to_have_text(note)
    minutes, seconds = note.match(page.locator(".live-note").inner_text()).groups()
    assert 60 * int(minutes) + int(seconds) >= 83
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert still.complaints == []
    assert_accessible(page)
    assert_as_it_was(page)
    press(page, "Cancel")
    expect(status(page)).to_have_text("Cancelled. The page is as it was.")
    wait_for(lambda: hub.left, "the end of the stream")


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([{"phase": "failed", "message": "No such repository"}], "It says: No such repository"),
        ([{"phase": "waiting", "message": ""}, None], "does not answer"),
        (
            [{"phase": "ready", "url": "http://127.0.0.1:1025/", "token": ""}],
            "lent a computer that",
        ),
    ],
)
def test_failure_is_told_and_can_be_tried_again(still, hub, messages, words):
    hub.messages = messages
    press(still.page, BUTTON)
    expect(status(still.page)).to_contain_text(words)
    expect(status(still.page)).to_contain_text("The page works as before.")
    expect(still.page.get_by_role("button", name=BUTTON)).to_be_focused()
    assert_as_it_was(still.page)


def test_part_that_does_not_load_is_told(still, ready):
    still.page.route("**/thebe.css", lambda route: route.abort())
    press(still.page, BUTTON)
    expect(status(still.page)).to_contain_text("A part of this page did not load: thebe.css.")
    assert_as_it_was(still.page)
    still.page.unroute_all()
    go_live(still.page)


def test_silence_is_told(still, hub):
    still.page.clock.install()
    hub.messages = []
    asked = len(hub.asked)
    press(still.page, BUTTON)
    wait_for(lambda: len(hub.asked) > asked, "a request")
    still.page.clock.fast_forward(61_000)
    expect(status(still.page)).to_contain_text("has not answered. The page works as before.")
    wait_for(lambda: hub.left, "the end of the stream")
