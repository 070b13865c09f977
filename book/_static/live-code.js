/* Live code: one press asks a BinderHub for a computer and makes the cells of the page editable.
   Before it nothing is loaded; then thebe's published build is, from vendor/, which brings the
   editor, the connection to the kernel, and the outputs with their widgets. */
(() => {
"use strict";

// Milliseconds
const PATIENCE = 60_000; // until the BinderHub's first word
const CONNECTING = 120_000; // until a computer that is there has a kernel
const GRACE = 10_000; // until a computer that was lent earlier answers
const KEPT = "live-code"; // the name under which this tab remembers its computer
const SPOKEN = 160; // letters of a result that are announced
const EDITOR = { theme: "book", lineNumbers: false, lineWrapping: true, indentUnit: 4 };

const bar = document.querySelector(".live-bar");
const { build, folder } = bar.dataset;
const { host } = new URL(build);
const [status, note, progress] = [".live-status", ".live-note", ".live-progress"].map(
  (name) => bar.querySelector(name));
const button = (name) => bar.querySelector(`[data-live=${name}]`);

// What the BinderHub says it does, in the words of the reader.
const PHASES = {
  waiting: "is looking for the book",
  fetching: "is fetching the book",
  building: "is building the book's environment: this happens after each change of the book",
  pushing: "is storing the book's environment",
  built: "has the book's environment ready",
  launching: "is starting a computer for you",
};

// Which buttons a state offers.
const OFFERS = {
  still: ["start"],
  starting: ["cancel"],
  live: ["all", "interrupt", "restart", "back"],
  lost: ["again", "back"],
};

function show(state, words, aside = "") {
  const held = bar.contains(document.activeElement);
  bar.dataset.state = state;
  for (const one of bar.querySelectorAll("button")) {
    one.hidden = !OFFERS[state].includes(one.dataset.live);
  }
  progress.hidden = state !== "starting";
  // A button that is gone takes the focus along: hand it on.
  if (held && !bar.contains(document.activeElement.closest("button:not([hidden])"))) {
    button(OFFERS[state][0]).focus();
  }
  say(words, aside);
}

function say(words, aside = "") {
  status.textContent = words;
  note.textContent = aside;
}

// --- A computer ----------------------------------------------------------------------------------

// Ask the BinderHub; its answer is a stream of messages that ends with an address and a token.
function askBinder(signal) {
  return new Promise((resolve, reject) => {
    const stream = new EventSource(build);
    const end = (settle, result) => {
      clearTimeout(timer);
      stream.close();
      settle(result);
    };
    const refuse = (words) => end(reject, Error(words));
    const timer = setTimeout(() => refuse(`${host} has not answered.`), PATIENCE);
    signal.addEventListener("abort", () => end(reject, signal.reason));
    stream.onerror = () => refuse(`${host} does not answer.`);
    stream.onmessage = ({ data }) => {
      clearTimeout(timer);
      const { phase, message, url, token } = JSON.parse(data);
      if (phase === "ready") end(resolve, { url: url.replace(/\/?$/, "/"), token });
      else if (phase === "failed") refuse(`${host} could not start a computer. It says: ${message}`);
      else if (PHASES[phase]) status.textContent = `${host} ${PHASES[phase]}.`;
    };
  });
}

// The computer that an earlier page of this tab was lent, if it still runs.
async function rememberedComputer(signal) {
  try {
    const computer = JSON.parse(sessionStorage.getItem(KEPT));
    if (computer.build !== build) return null;
    const ask = (path, options) => fetch(`${computer.url}api/${path}?token=${computer.token}`,
      { signal: AbortSignal.any([signal, AbortSignal.timeout(GRACE)]), ...options });
    if (!(await ask("status")).ok) return null;
    await ask(`sessions/${computer.session}`, { method: "DELETE" }); // that page's kernel
    return computer;
  } catch { // nothing is remembered, storage is closed, or the computer is gone
    return null;
  }
}

function remember(computer) {
  try {
    if (computer) sessionStorage.setItem(KEPT, JSON.stringify({ build, ...computer }));
    else sessionStorage.removeItem(KEPT);
  } catch { /* storage is closed: the next page asks for a computer of its own */ }
}

function load(element, name) {
  return new Promise((resolve, reject) => {
    element.onload = () => resolve(element);
    element.onerror = () => reject(Error(`A part of this page did not load: ${name}.`));
    document.head.append(element);
  });
}

let tools; // thebe's script and style
function loadTools() {
  tools ??= Promise.all([
    load(make("script", { src: `${folder}/index.js` }), "index.js"),
    load(make("link", { rel: "stylesheet", href: `${folder}/thebe.css` }), "thebe.css"),
  ]);
  tools.catch(() => (tools = null));
  return tools;
}

// Widgets beyond ipywidgets' own would come from elsewhere: this page serves none, and says so.
const WIDGETS = {
  requested: true,
  ready: Promise.resolve({ require: Object.assign(
    ([name], _, refuse) => refuse(Error(`this page has no widgets from ${name}`)),
    { defined: () => true },
  ) }),
};

// Start a kernel on a computer and show the page's cells with it.
async function connect(computer, signal) {
  const { api } = window.thebeCore;
  const config = api.makeConfiguration({
    mathjaxUrl: "", // else it would come from elsewhere
    savedSessionOptions: { enabled: false },
    serverSettings: { baseUrl: computer.url, token: computer.token, appendToken: true },
    // The chapters' folder, and a name of its own: sessions of one name share a kernel.
    kernelOptions: { kernelName: "python3", path: `book/${window.thebe.randomId()}.ipynb` },
  });
  const rendermime = api.makeRenderMimeRegistry(config.mathjax);
  rendermime.removeMimeType("application/json"); // its viewer is not served; its text will do
  plainColours(rendermime.sanitizer);
  const server = api.connectToJupyter(config);
  const kernelStarts = server.ready
    .then(() => server.startNewSession(rendermime))
    .then((session) => session.kernel.info.then(() => session));
  try {
    const session = await within(kernelStarts, CONNECTING, signal);
    session.manager._loader = WIDGETS;
    const blocks = cells.map(({ id, code }) => ({ id, source: code }));
    const notebook = api.setupNotebookFromBlocks(blocks, config, rendermime);
    notebook.attachSession(session);
    return { server, session, notebook };
  } catch (error) {
    dispose(server);
    throw signal.aborted ? error : Error(`${host} lent a computer that does not answer.`);
  }
}

// IPython's finer colours suit one background, and are taken out with a warning for each.
function plainColours(sanitizer) {
  const sanitize = sanitizer.sanitize.bind(sanitizer);
  sanitizer.sanitize = (html, options) =>
    sanitize(html.replaceAll(/ style="[\w-]+: ?rgb\([\d,]+\)"/g, ""), options);
}

// The server's own dispose goes on asking which kernels run.
function dispose(server) {
  server.sessionManager?._kernelManager?.dispose();
  server.dispose();
}

function within(promise, milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(Error("too late")), milliseconds);
    signal.addEventListener("abort", () => reject(signal.reason));
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

// --- Cells ---------------------------------------------------------------------------------------

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

class Cell {
  constructor(root, index) {
    const hidden = root.querySelector(":scope > .live-source");
    this.id = `live-${index}`;
    this.root = root;
    this.input = root.querySelector(".cell_input");
    this.still = root.querySelector(".cell_output");
    this.original = hidden ? JSON.parse(hidden.textContent)
      : this.input.querySelector("pre").textContent.trimEnd();
    this.code = this.original;
    this.name = hidden ? "a hidden cell" : `cell ${(Cell.shown += 1)}`;
    this.output = make("div", { className: "live-output", hidden: true });
    new MutationObserver(() => this.describe()).observe(this.output, { childList: true, subtree: true });
    this.silent = root.matches(".tag_remove-output, .live-only");
    this.exercise = root.matches(".tag_skip-execution"); // waits for the reader's code
    this.mayRaise = root.matches(".tag_raises-exception");
  }

  // Put an editor in the place of the code, and a place for live output behind the still one.
  open(thebe) {
    this.thebe = thebe;
    thebe.model.changed.connect(() => thebe.model.length && this.reveal());
    (this.still ?? this.input ?? this.root.lastChild).after(this.output);
    if (!this.input) return thebe.attachToDOM(this.output);
    window.thebe.renderAllCells({ codeMirrorConfig: EDITOR }, { getCellById: () => thebe },
      [{ id: this.id, placeholders: { source: this.input, output: this.output } }]);
    this.box = this.root.querySelector(".thebe-cell");
    this.editor = this.box.querySelector(".CodeMirror").CodeMirror;
    this.editor.getInputField().ariaLabel = `Code of ${this.name}`;
    this.editor.setOption("extraKeys", { ...this.editor.getOption("extraKeys"),
      "Shift-Enter": () => void run([this]), "Ctrl-Enter": () => void run([this]),
      Tab: false, "Shift-Tab": false }); // Tab leads on, as it does everywhere in the page
    this.addButtons();
  }

  addButtons() {
    const add = (text, press) => make("button", { type: "button", textContent: text,
      ariaLabel: `${text}, ${this.name}`, onclick: press });
    this.stop = add("Interrupt", interrupt);
    this.undo = add("Undo my changes", () => this.editor.setValue(this.original));
    this.state = make("span", { className: "live-mark" });
    this.box.querySelector(".thebe-controls").replaceChildren(
      add("Run", () => run([this])),
      add("Run from the top to here", () => run(upTo(this))),
      this.undo, this.stop, this.state);
    const compare = () => (this.undo.hidden = this.editor.getValue() === this.original);
    this.editor.on("change", compare);
    compare();
    this.mark("");
  }

  // Take the editor away again; what was written in it is there the next time.
  close() {
    if (!this.thebe) return;
    this.code = this.thebe.source;
    this.conceal();
    this.thebe = null;
    this.box?.replaceWith(this.input);
    this.output.remove();
    this.output.replaceChildren();
    this.root.removeAttribute("data-live");
  }

  // Pictures come without words, and so do some controls of ipywidgets.
  describe() {
    const each = (selector, name) => {
      for (const one of this.output.querySelectorAll(selector)) name(one);
    };
    each("img:not([alt])", (picture) => { // a widget holds its picture's words itself
      picture.alt = picture.closest(".jupyter-widgets") ? "" : `Picture made by ${this.name}`;
    });
    each(".widget-slider .noUi-handle:not([aria-label])", (handle) => {
      handle.ariaLabel = handle.closest(".widget-slider").querySelector("label").textContent;
    });
    each(".widget-play button:not([aria-label])", (button) => {
      button.ariaLabel = button.firstChild.className.replace(/.*fa-/, "").replace("-", " ");
    });
  }

  reveal() {
    this.output.hidden = this.silent;
    if (this.still) this.still.hidden = true;
  }

  conceal() {
    this.thebe.clear();
    this.output.hidden = true;
    if (this.still) this.still.hidden = false;
    this.mark("");
  }

  mark(state, words = this.exercise ? "Run all leaves this cell to you." : "") {
    this.root.dataset.live = state;
    if (!this.box) return;
    this.stop.hidden = state !== "running";
    this.state.textContent = words;
  }

  // Run the code, or other code in its place; return the error, if any, or null if it was cut off.
  async run(code = this.thebe.source) {
    this.mark("running", "running…");
    const { thebe } = this, start = performance.now();
    const result = await thebe.execute(code);
    if (thebe !== this.thebe) return null; // the page went on without this kernel
    if (!result) {
      this.conceal();
      return null;
    }
    this.reveal();
    const [error] = result.error ?? [];
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    this.mark(error ? "failed" : "done", error ? error.ename : `done in ${took}`);
    return error;
  }

  get result() {
    const text = this.output.querySelector(".jp-RenderedText")?.textContent.trim() ?? "";
    return text.length > SPOKEN ? `${text.slice(0, SPOKEN)}…` : text;
  }
}
Cell.shown = 0;

const cells = [...document.querySelectorAll("div.cell")].map((root, index) => new Cell(root, index));

const upTo = (last) => cells.filter((cell, index) =>
  cell === last || (index < cells.indexOf(last) && !cell.exercise));
const all = () => cells.filter((cell) => !cell.exercise);

// --- Running -------------------------------------------------------------------------------------

let line = []; // cells that wait for their turn
let running = null; // the cell whose turn it is

async function run(wanted) {
  for (const cell of wanted) if (cell !== running) cell.mark("waiting", "waiting…");
  line.push(...wanted);
  if (running) return;
  const mine = live;
  let count = 0;
  while ((running = line.shift())) {
    say("", `Running ${running.name}.`);
    const cell = running, error = await cell.run();
    if (live !== mine) return; // another kernel has its own line
    if (error === null) return void (running = null); // who cut it off says why
    count += 1;
    if (error && !cell.mayRaise) {
      leaveLine();
      say(error.ename === "KeyboardInterrupt" ? `Interrupted ${cell.name}.`
        : `Stopped at ${cell.name}. ${error.ename}: ${error.evalue}`);
    } else if (!line.length) {
      say(count === 1 ? `Done: ${cell.name}. ${cell.result}` : `Done: ${count} cells.`);
    }
  }
}

function leaveLine() {
  for (const cell of line.splice(0)) cell.mark("");
}

async function interrupt() {
  if (!running) return say("Nothing is running.");
  leaveLine();
  say(`Interrupting ${running.name}…`);
  await live.session.kernel.interrupt().catch(() => say("The kernel does not answer. Restart it."));
}

// --- The page ------------------------------------------------------------------------------------

let live = null; // {server, session} while the page is live
let starting = null; // what cancels a start
let restarting = false;

async function start() {
  const { signal } = (starting = new AbortController());
  show("starting", `Asking ${host} for a computer…`, "You can go on reading.");
  const since = Date.now();
  const clock = setInterval(() => {
    const seconds = Math.round((Date.now() - since) / 1000);
    const minutes = Math.floor(seconds / 60);
    const time = `${minutes ? `${minutes} min ` : ""}${seconds % 60} s`;
    note.textContent = `${time} so far. You can go on reading.`;
  }, 1000);
  let computer;
  try {
    [computer] = await Promise.all([
      rememberedComputer(signal).then((known) => known ?? askBinder(signal)), loadTools()]);
    signal.throwIfAborted();
    status.textContent = "The computer is there. Starting Python on it…";
    const { notebook, ...made } = await connect(computer, signal);
    live = made;
    remember({ url: computer.url, token: computer.token, session: live.session.id });
    (await tools)[1].disabled = false;
    for (const cell of cells) cell.open(notebook.getCellById(cell.id));
    watch(live.session.kernel);
    show("live", "The page is live. Running its cells…");
    run(all());
  } catch (error) {
    if (signal.aborted) return;
    starting.abort(); // closes the stream if another part failed
    if (live) close();
    remember(null);
    show("still", `${error.message} The page works as before. Check your connection, and try again `
      + "in a few minutes.");
  } finally {
    clearInterval(clock);
  }
}

function cancel() {
  starting.abort();
  show("still", "Cancelled. The page is as it was.");
}

function watch(kernel) {
  let died = false; // and is being started again
  const revive = () => show("live",
    "Python stopped and was started again, with an empty memory. Run the cells again.");
  const end = () => show("lost", "Python is gone: its computer may have been taken back after a "
    + "pause. Start again, or go back to the page as it was.");
  kernel.statusChanged.connect((_, state) => {
    if (state === "dead") end();
    if (state !== "autorestarting") return;
    died = true;
    forget();
    revive();
  });
  kernel.connectionStatusChanged.connect((_, state) => {
    if (restarting || !live) return;
    if (state === "disconnected") end();
    else if (state === "connecting") {
      if (!died) show("lost", "The connection is lost. Trying to get it back…");
    } else if (died) {
      died = false;
      revive();
    } else if (bar.dataset.state === "lost") show("live", "Connected again.");
  });
}

// A lost network is noticed here long before the connection to the kernel times out.
addEventListener("offline", () => live && show("lost", "You are offline. Waiting for the network…"));
addEventListener("online", () => {
  if (live?.session.kernel?.connectionStatus === "connected") show("live", "Connected again.");
});

// What was computed is gone: show what the page showed.
function forget() {
  leaveLine();
  for (const cell of cells) cell.conceal();
}

async function restart() {
  restarting = true;
  forget();
  say("Restarting Python…");
  try {
    await live.session.kernel.restart();
    say("Python has started again, with an empty memory.");
  } catch {
    show("lost", "Python does not start again. Start again with another computer, or go back.");
  }
  restarting = false;
}

async function close() {
  const { server, session } = live;
  live = running = null;
  leaveLine();
  for (const cell of cells) cell.close();
  (await tools)[1].disabled = true;
  await session.shutdown().catch(() => {}); // the computer may be gone
  dispose(server);
}

function back() {
  close();
  const edited = cells.some(({ code, original }) => code !== original);
  show("still", "The page is as it was.",
    edited ? "Your changes to the code come back when you run it again." : "");
}

function again() {
  close();
  start();
}

const PRESSES = { start, cancel, all: () => run(all()), interrupt, restart, again, back };
for (const [name, press] of Object.entries(PRESSES)) button(name).onclick = press;

// A link that sets an explorer draws it in the new state, where its live form stands.
addEventListener("click", (event) => {
  const link = event.target.closest("a[data-explorer][data-state]");
  const root = link && document.getElementById(`explorer-${link.dataset.explorer}`);
  const cell = live && root && cells.find(({ still }) => still?.hidden && still.contains(root));
  if (!cell) return;
  event.preventDefault();
  event.stopPropagation();
  const values = link.dataset.state.split(",").map((item) => {
    const [name, text] = item.split("=").map(decodeURIComponent);
    return `${name}=${/^-?\d+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  cell.run(`__import__("convlib.explorers").explorers.EXPLORERS["${link.dataset.explorer}"](${values})`);
  cell.root.scrollIntoView({ block: "nearest" });
}, true);
})();
