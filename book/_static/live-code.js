/* Live code: one press makes the cells of the page editable and runs them. Before it nothing is
   loaded; then the editor is, and one of two kernels: Python in the page (live-python.js), or a
   computer that a BinderHub lends (live-binder.js). Both do what is asked of `live` below. */
(() => {
"use strict";

const KEPT = "live-code"; // the name under which this browser keeps the reader's code
const SPOKEN = 160; // letters of a result that are announced
const EDITOR = { mode: "python", theme: "book", lineWrapping: true, indentUnit: 4 };
const NEEDS = "Needs PyTorch, which browsers do not have. Below is the book's own result.";

const bar = document.querySelector(".live-bar");
const { tools, scripts } = bar.dataset;
const [status, note, progress] = [".live-status", ".live-note", ".live-progress"].map(
  (name) => bar.querySelector(name));
const button = (name) => bar.querySelector(`[data-live=${name}]`);
const offer = bar.querySelector(".live-always");

// Which buttons a state offers.
const OFFERS = {
  still: ["start", "binder"],
  starting: ["cancel"],
  live: ["all", "interrupt", "restart", "back"],
  emptied: ["above", "all", "back"],
  lost: ["again", "back"],
};

function show(state, words, aside = "") {
  const held = bar.contains(document.activeElement);
  bar.dataset.state = state;
  for (const one of bar.querySelectorAll("button")) {
    one.hidden = !OFFERS[state].includes(one.dataset.live);
  }
  progress.hidden = state !== "starting";
  offer.hidden = state !== "live" || chosen !== "python";
  progress.removeAttribute("value");
  // A button that is gone takes the focus along: hand it on.
  if (held && !bar.contains(document.activeElement.closest("button:not([hidden])"))) {
    const wanted = state === "still" && chosen === "binder" ? "binder" : OFFERS[state][0];
    button(wanted).focus();
  }
  say(words, aside);
}

function say(words, aside = "") {
  if (status.textContent !== words) status.textContent = words;
  note.textContent = aside;
}

function load(element, name) {
  return new Promise((resolve, reject) => {
    element.onload = () => resolve(element);
    element.onerror = () => {
      element.remove();
      reject(Error(`A part of this page did not load: ${name}.`));
    };
    document.head.append(element);
  });
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const loading = {};
function once(name, address) {
  loading[name] ??= load(make("script", { src: address }), name);
  loading[name].catch(() => delete loading[name]);
  return loading[name];
}

async function loadEditor() {
  const style = make("link", { rel: "stylesheet", href: `${tools}/codemirror.css` });
  if (!window.CodeMirror) document.head.prepend(style); // the page's own styles come later
  await once("codemirror.js", `${tools}/codemirror.js`);
  await Promise.all(["python.js", "show-hint.js"].map((name) => once(name, `${tools}/${name}`)));
}

// What this browser keeps by a name. Storage may be closed: then it lasts as long as the page.
const keeper = (name, nothing) => ({
  key: `${KEPT}:${name}`,
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? nothing;
    } catch { // closed, or something else is there
      return nothing;
    }
  },
  write(value) {
    try {
      const text = JSON.stringify(value);
      if (text === JSON.stringify(nothing)) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, text);
    } catch { /* closed */ }
  },
});
const kept = keeper(location.pathname, {}); // what was written, until the page is as it was
const always = keeper("always", false); // whether pages start by themselves

// --- Cells ---------------------------------------------------------------------------------------

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
    this.name = hidden ? `hidden cell ${(Cell.hidden += 1)}` : `cell ${(Cell.shown += 1)}`;
    this.output = make("div", { className: "live-output", hidden: true });
    new MutationObserver(() => this.describe()).observe(this.output, { childList: true, subtree: true });
    this.silent = root.matches(".tag_remove-output, .live-only");
    this.exercise = root.matches(".tag_skip-execution"); // waits for the reader's code
    this.mayRaise = root.matches(".tag_raises-exception");
    this.needsTorch = root.matches(".needs-torch");
  }

  // Put an editor in the place of the code, and a place for live output behind the still one.
  open(kernel) {
    this.kernel = kernel;
    (this.still ?? this.input ?? this.root.lastChild).after(this.output);
    kernel.open(this);
    if (!this.input) return;
    this.box = make("div", { className: "live-cell" });
    this.input.replaceWith(this.box);
    this.editor = window.CodeMirror(this.box, { ...EDITOR, value: this.code, extraKeys: {
      "Shift-Enter": () => void run([this]), "Ctrl-Enter": () => void run([this]),
      "Ctrl-Space": () => this.complete(),
      Tab: false, "Shift-Tab": false } }); // Tab leads on, as it does everywhere in the page
    this.editor.getInputField().ariaLabel = `Code of ${this.name}`;
    this.addButtons();
  }

  addButtons() {
    const add = (text, press) => make("button", { type: "button", textContent: text,
      ariaLabel: `${text}, ${this.name}`, onclick: press });
    this.stop = add("Interrupt", interrupt);
    this.undo = add("Undo my changes", () => this.editor.setValue(this.original));
    this.state = make("span", { className: "live-mark" });
    this.box.append(make("div", { className: "live-controls" },
      add("Run", () => run([this])),
      add("Run from the top to here", () => run(upTo(this))),
      this.undo, this.stop, ...this.others(), this.state));
    const compare = () => (this.undo.hidden = this.source === this.original);
    this.editor.on("change", () => {
      compare();
      const { [this.id]: _, ...others } = kept.read();
      kept.write(this.undo.hidden ? others : { ...others, [this.id]: this.source });
    });
    compare();
    this.mark("");
  }

  // On the page for one's own cells, another cell; elsewhere, a way there.
  others() {
    if ("writes" in bar.dataset) {
      return [make("button", { type: "button", textContent: "Add a cell below",
        ariaLabel: `Add a cell below ${this.name}`, onclick: () => addCell(this) })];
    }
    const link = make("a", { className: "live-away", href: bar.dataset.notebook, textContent: "Open in a notebook",
      ariaLabel: `Open ${this.name} in a notebook` });
    link.onfocus = link.onpointerenter = () => {
      link.href = `${bar.dataset.notebook}#code=${encodeURIComponent(this.source)}`;
    };
    return [link];
  }

  get source() {
    return this.editor ? this.editor.getValue() : this.code;
  }

  get isLeft() { // to a kernel that has PyTorch
    return this.needsTorch && this.kernel?.lacksTorch;
  }

  complete() {
    const hint = async (editor) => {
      const position = editor.indexFromPos(editor.getCursor());
      const [list, start] = await this.kernel.complete(editor.getValue(), position);
      return { list, from: editor.posFromIndex(start), to: editor.posFromIndex(position) };
    };
    this.editor.showHint({ hint, completeSingle: false });
  }

  // Take the editor away again; what was written in it is there the next time.
  close() {
    if (!this.kernel) return;
    this.code = this.source;
    this.conceal();
    this.kernel = null;
    this.editor = null;
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
    each(".image_svg > svg:not([role])", (picture) => {
      picture.setAttribute("role", "img");
      picture.ariaLabel = `Picture made by ${this.name}`;
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
    this.kernel.clear(this);
    this.output.hidden = true;
    if (this.still) this.still.hidden = false;
    this.mark("");
  }

  mark(state, words = "") {
    this.root.dataset.live = state;
    if (!this.box) return;
    this.stop.hidden = state !== "running";
    const waits = this.exercise ? "Run all leaves this cell to you." : this.isLeft ? NEEDS : "";
    this.state.textContent = words || waits;
  }

  // Run the code, or other code in its place; return the error, if any, or null if it was cut off.
  async run(code = this.source) {
    this.mark("running", "running…");
    const { kernel } = this, start = performance.now();
    const error = await kernel.run(this, code);
    if (kernel !== this.kernel) return null; // the page went on without this kernel
    if (error === null) {
      this.conceal();
      return null;
    }
    if (this.output.childNodes.length || !this.still?.querySelector(".question")) this.reveal();
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    this.mark(error ? "failed" : "done", error ? error.ename : `done in ${took}`);
    return error;
  }

  get result() {
    const text = this.output.querySelector("pre")?.textContent.trim() ?? "";
    return text.length > SPOKEN ? `${text.slice(0, SPOKEN)}…` : text;
  }
}
Cell.shown = Cell.hidden = 0;

const cells = [...document.querySelectorAll("div.cell")].map((root, index) => new Cell(root, index));

function addCell(before, code = "") {
  const root = make("div", { className: "cell" }, make("div", { className: "cell_input" }, make("pre", {}, code)));
  before.root.after(root);
  const cell = new Cell(root, cells.length);
  cells.splice(cells.indexOf(before) + 1, 0, cell);
  cell.open(live);
  cell.editor.focus();
}

// Cells that need PyTorch are among them: run leaves them to the book's result.
const above = (last) => cells.slice(0, cells.indexOf(last)).filter((cell) => !cell.exercise);
const upTo = (last) => [...above(last), last];
const all = () => cells.filter((cell) => !cell.exercise);

// --- Running -------------------------------------------------------------------------------------

let line = []; // cells that wait for their turn
let running = null; // the cell whose turn it is

async function run(wanted) {
  if (!live) return;
  if (bar.dataset.state === "emptied") show("live", "");
  for (const cell of wanted) if (cell !== running) cell.mark("waiting", "waiting…");
  line.push(...wanted);
  if (running) return;
  const mine = live, alone = wanted.length === 1;
  let count = 0, left = 0;
  while ((running = line.shift())) {
    const cell = running;
    if (cell.isLeft && !alone) {
      left += 1;
      cell.mark("");
      await live.leave(cell);
      if (live !== mine) return;
      if (!line.length) say(`Done: ${count} cells.`, leftWords(left));
      continue;
    }
    say("", `Running ${cell.name}.`);
    const error = await cell.run();
    if (live !== mine) return; // another kernel has its own line
    if (error === null) return void (running = null); // who cut it off says why
    count += 1;
    if (error && !cell.mayRaise) {
      leaveLine();
      say(error.ename === "KeyboardInterrupt" ? `Interrupted ${cell.name}.`
        : `Stopped at ${cell.name}. ${error.ename}: ${error.evalue}`);
    } else if (!line.length) {
      say(count === 1 ? `Done: ${cell.name}. ${cell.result}` : `Done: ${count} cells.`, leftWords(left));
    }
  }
}

function leftWords(left) {
  if (!left) return "";
  return `${left} more ${left === 1 ? "needs PyTorch, and shows" : "need PyTorch, and show"} the book's result.`;
}

function leaveLine() {
  for (const cell of line.splice(0)) cell.mark("");
}

let stopped = null; // the cell whose interruption took all names along

async function interrupt() {
  if (!running) return say("Nothing is running.");
  const cell = running;
  leaveLine();
  say(`Interrupting ${cell.name}…`);
  if (await live.interrupt()) {
    stopped = cell;
    forget();
    show("emptied", `Stopped ${cell.name}. Python had to start again, so all names are gone. `
      + "Run the cells above once more?");
  }
}

// --- The page ------------------------------------------------------------------------------------

const kernels = {}; // what starts a kernel, by its name
let live = null; // the kernel, while the page is live
let starting = null; // what cancels a start
let chosen = "python";

async function start(name) {
  chosen = name;
  const { signal } = (starting = new AbortController());
  show("starting", "Starting…");
  const tell = (words, aside, part) => {
    if (signal.aborted) return;
    say(words, aside);
    if (part !== undefined) progress.value = part;
  };
  try {
    await Promise.all([loadEditor(), once(name, JSON.parse(scripts)[name])]);
    live = await kernels[name](signal, tell);
    signal.throwIfAborted();
    const codes = given ? {} : kept.read();
    for (const cell of cells) {
      cell.code = codes[cell.id] ?? cell.code;
      cell.open(live);
    }
    for (const [id, code] of "writes" in bar.dataset ? Object.entries(codes) : []) {
      if (!cells.some((cell) => cell.id === id)) addCell(cells.at(-1), code);
    }
    show("live", "The page is live. Running its cells…");
    run(all());
  } catch (error) {
    if (signal.aborted) return;
    starting.abort(); // ends what another part has begun
    if (live) close();
    show("still", `${error.message} The page works as before.`
      + (name === "binder" ? " Check your connection, and try again in a few minutes." : ""));
  }
}

function cancel() {
  starting.abort();
  show("still", "Cancelled. The page is as it was.");
}

// What was computed is gone: show what the page showed.
function forget() {
  leaveLine();
  for (const cell of cells) cell.conceal();
}

async function restart() {
  forget();
  say("Restarting Python…");
  try {
    await live.restart();
    running = null;
    say("Python has started again, with an empty memory.");
  } catch {
    show("lost", "Python does not start again. Start again, or go back.");
  }
}

async function close() {
  const kernel = live;
  live = running = null;
  leaveLine();
  for (const cell of cells) cell.close();
  await kernel.close();
}

function back() {
  close();
  kept.write({});
  const edited = cells.some(({ code, original }) => code !== original);
  show("still", "The page is as it was.", edited
    ? "Your changes come back when you run it again before you leave the page." : "");
}

function again() {
  close();
  start(chosen);
}

const PRESSES = { start: () => start("python"), binder: () => start("binder"), cancel,
  all: () => run(all()), above: () => run(above(stopped)), interrupt, restart, again, back };
for (const [name, press] of Object.entries(PRESSES)) {
  const one = button(name);
  if (one) one.onclick = press;
}

// A link that sets an explorer draws it in the new state, where its live form stands.
addEventListener("click", (event) => {
  const link = event.target.closest("a[data-explorer][data-state]");
  const root = link && document.getElementById(`explorer-${link.dataset.explorer}`);
  const cell = live && root && cells.find(({ still }) => still?.hidden && still.contains(root));
  if (!cell || live.asks) return;
  event.preventDefault();
  event.stopPropagation();
  const values = link.dataset.state.split(",").map((item) => {
    const [name, text] = item.split("=").map(decodeURIComponent);
    return `${name}=${/^-?\d+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  cell.run(`__import__("convlib.explorers").explorers.EXPLORERS["${link.dataset.explorer}"](${values})`);
  cell.root.scrollIntoView({ block: "nearest" });
}, true);

offer.onchange = ({ target }) => always.write(target.checked);
offer.firstChild.checked = always.read();

const [, given] = /^#code=(.*)/.exec(location.hash) ?? [];
if (given && "writes" in bar.dataset) {
  const [first] = cells;
  try {
    first.original = first.code = decodeURIComponent(given);
    first.input.querySelector("pre").textContent = first.code;
  } catch { /* not an address that this book made */ }
}
// Code that came with the address is somebody else's: it waits to be read, and for a press.
if (always.read() && !given) addEventListener("load", () => start("python"));

window.liveCode = { bar, cells, forget, kernels, load, make, once, say, show, state: () => bar.dataset.state,
  explore: (...about) => live.explore(...about) };
})();
