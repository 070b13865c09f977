/* Python in the page: Pyodide in a worker, started by the first press. The page stays smooth, and
   an endless loop can be ended. The bytes come as scripts (book/_ext/book_python.py), since a page
   opened from disk can load nothing else. */
(() => {
"use strict";

const SIDE_BY_SIDE = 4; // pieces that load at once
const AGAIN = 1000, TIMES = 5; // an interrupted cell has so many milliseconds, so many times, to end in

const { make, load, bar, say: announce } = window.liveCode;
const parts = JSON.parse(bar.dataset.python); // {part: [digest, number of pieces, bytes]}
const EXTRA = { matplotlib: "matplotlib", PIL: "matplotlib" }; // a module, and the part it is in
const FIRST = Object.keys(parts).filter((part) => !Object.values(EXTRA).includes(part));
const base = new URL(`${bar.dataset.pieces}/`, document.baseURI);

// --- What runs in the worker ---------------------------------------------------------------------
// Both functions, as text, follow Pyodide's own source in one script, so that it needs no other.

function bytes(text) {
  return Uint8Array.fromBase64?.(text)
    ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function inWorker() {
  const TYPES = { wasm: "application/wasm" };
  const LIST = { // Pyodide's list of packages, of which it loads none itself
    info: { abi_version: "2024_0", arch: "wasm32", platform: "emscripten_3_1_58", python: "3.12.7",
      version: "0.27.7" },
    packages: {},
  };
  const opened = {}; // part: {writer, response}, bytes that arrive piece by piece
  const part = (name) => opened[name] ??= (() => {
    const { readable, writable } = new TransformStream();
    const headers = { "Content-Type": TYPES[name] ?? "application/octet-stream" };
    const stream = readable.pipeThrough(new DecompressionStream("gzip"));
    return { writer: writable.getWriter(), response: new Response(stream, { headers }) };
  })();
  const FILES = { "pyodide.asm.wasm": "wasm", "python_stdlib.zip": "stdlib" };
  self.fetch = async (address) => {
    const name = String(address).split("/").at(-1);
    if (name === "pyodide-lock.json") return new Response(JSON.stringify(LIST));
    if (FILES[name]) return part(FILES[name]).response;
    throw Error(`nothing is fetched: ${name}`);
  };

  let python, runner;
  const unpack = async (name) => {
    const data = await part(name).response.arrayBuffer();
    python.unpackArchive(data, "zip", { extractDir: "/lib/python3.12/site-packages" });
  };
  const answer = {
    piece({ part: name, text, last }) {
      const { writer } = part(name);
      if (text) writer.write(bytes(text));
      if (last) writer.close();
    },
    async start({ shared }) {
      python = await loadPyodide({ indexURL: "https://python/",
        env: { HOME: "/home/pyodide", CONVLIB_PAGE: "live", MPLBACKEND: "agg" } });
      await unpack("numpy");
      await unpack("convlib");
      if (shared) python.setInterruptBuffer(new Uint8Array(shared));
      runner = python.pyimport("cells").Cells((result) => postMessage({ result }));
      return python.version;
    },
    async unpack({ part: name }) {
      await unpack(name);
      python.runPython("import importlib; importlib.invalidate_caches()");
      runner.prepare();
    },
    run: ({ name, code }) => runner.run(name, code),
    bring: ({ code }) => runner.bring(code),
    complete: ({ code, position }) => JSON.parse(runner.complete(code, position)),
    explore: ({ name, values }) => JSON.parse(python.pyimport("cells").explore(name, values)),
    forget: () => runner.forget(),
  };
  self.onmessage = async ({ data }) => {
    try {
      const value = await answer[data.ask](data);
      if (data.id) postMessage({ id: data.id, value });
    } catch (error) {
      const words = String(error.message ?? error).trim().split("\n").at(-1); // of a traceback, its end
      postMessage({ id: data.id, failed: words });
    }
  };
}

// --- The bytes -----------------------------------------------------------------------------------

const texts = {}; // part: its pieces, in base64
window.pythonPiece = (part, number, text) => ((texts[part] ??= [])[number] = text);

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

// The pieces of some parts, in their order.
const piecesOf = (names) => names.flatMap((part) => {
  const [digest, count, size] = parts[part];
  return Array.from({ length: count }, (_, number) => ({ part, number, size: size / count,
    file: `${part}.${digest}.${number}.js`, last: number + 1 === count }));
});

// Load the pieces of some parts, a few at a time; tell of each, in the order that they have.
async function loadParts(names, signal, told, arrived) {
  const files = piecesOf(names);
  const whole = files.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0, next = 0, handed = 0;
  const here = new Set();
  const worker = async () => {
    while (next < files.length && !signal.aborted) {
      const one = files[next++];
      if (!texts[one.part]?.[one.number]) {
        const script = await load(make("script", { src: new URL(one.file, base) }), one.file);
        script.remove();
      }
      loaded += one.size;
      told(loaded, whole);
      here.add(one);
      while (here.has(files[handed])) arrived(files[handed++]);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  signal.throwIfAborted();
}

async function unzipped(part) {
  const gzipped = new Blob(texts[part].map(bytes));
  return new Response(gzipped.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
}

// --- The kernel ----------------------------------------------------------------------------------

class Python {
  asked = new Map(); // id: {resolve, reject, answer}
  number = 0;

  constructor(script) {
    const source = new Blob([script, `\n${bytes}\n(${inWorker})();`], { type: "text/javascript" });
    this.address = URL.createObjectURL(source);
    this.shared = window.crossOriginIsolated ? new SharedArrayBuffer(1) : null;
    this.employ();
  }

  employ() {
    this.worker = new Worker(this.address);
    this.worker.onmessage = ({ data }) => {
      const result = data.result && JSON.parse(data.result);
      if (result?.kind === "begun") return this.begins?.();
      if (result) return this.show?.(result);
      const { resolve, reject } = this.asked.get(data.id) ?? {};
      this.asked.delete(data.id);
      if (data.failed !== undefined) reject?.(Error(data.failed));
      else resolve?.(data.value);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.asked.values()) reject(Error(event.message));
    };
  }

  ask(what, about = {}) {
    const id = (this.number += 1);
    const asked = {};
    asked.answer = new Promise((resolve, reject) => Object.assign(asked, { resolve, reject }));
    this.asked.set(id, asked);
    this.worker.postMessage({ id, ask: what, ...about });
    return asked.answer;
  }

  hand({ part, number, last }) {
    this.worker.postMessage({ ask: "piece", part, text: texts[part][number], last });
  }

  // End the worker, with all names; what it was asked has no answer.
  dismiss() {
    this.worker.terminate();
    for (const { resolve } of this.asked.values()) resolve(null);
    this.asked.clear();
  }

  // Another worker, with the bytes that are here.
  async again() {
    this.dismiss();
    this.employ();
    const ready = this.ask("start", { shared: this.shared });
    for (const piece of piecesOf(FIRST)) if (piece.part !== "script") this.hand(piece);
    this.extra = new Set();
    await ready;
  }

  extra = new Set(); // parts beyond the first that the worker has
}

async function start(signal, say) {
  say("Loading Python…", "It comes with this page, and stays in this browser.");
  let python, ready;
  const early = []; // pieces that came before there was a worker
  const arrived = async (piece) => {
    if (piece.part !== "script") return python ? python.hand(piece) : early.push(piece);
    if (!piece.last) return;
    const script = await unzipped("script");
    if (signal.aborted) return;
    python = new Python(script);
    signal.addEventListener("abort", () => python.dismiss());
    ready = python.ask("start", { shared: python.shared });
    ready.catch(() => {});
    for (const one of early) python.hand(one);
    begun();
  };
  let begun;
  const worker = new Promise((resolve) => { begun = resolve; });
  await loadParts(FIRST, signal, (loaded, whole) => {
    say("Loading Python…", `${megabytes(loaded)} of ${megabytes(whole)} MB. You can go on reading.`,
      loaded / whole);
  }, arrived);
  say("Python is here. Starting it…", "", 1);
  await worker;
  await ready;
  signal.throwIfAborted();
  return new Kernel(python);
}

// What live-code.js asks of a kernel.
class Kernel {
  lacksTorch = true;
  asks = true; // its explorers follow links themselves

  constructor(python) {
    this.python = python;
  }

  open(cell) {
    cell.output.classList.add("cell_output");
  }

  close() {
    this.python.dismiss();
  }

  clear(cell) {
    cell.output.replaceChildren();
  }

  // Run code; return the error, if any, or null if it was cut off.
  async run(cell, code) {
    const { python } = this, name = cell.name;
    let error, begun = false;
    python.show = (result) => {
      if (!begun) cell.output.replaceChildren();
      begun = true;
      if (result.kind === "error") error = result;
      if (result.kind === "result" && isShown(cell, result.html)) return;
      cell.reveal();
      add(cell.output, result);
    };
    let missing;
    python.begun = new Promise((done) => { python.begins = done; });
    try {
      missing = await python.ask("run", { name, code });
    } catch { // not an error of the code's, but the end of Python
      await python.again();
      return { ename: "Python stopped", evalue: "it was started again, with an empty memory." };
    }
    const part = EXTRA[missing];
    if (part && !python.extra.has(part)) {
      try {
        await this.fetch(part);
      } catch ({ message }) {
        return { ename: `Without ${part}`, evalue: `${message} Run the cell again to try once more.` };
      }
      return this.run(cell, code);
    }
    if (missing === null) return null;
    if (!begun) cell.output.replaceChildren();
    return error;
  }

  async fetch(part) {
    const { python } = this;
    await loadParts([part], new AbortController().signal, (loaded, whole) => {
      announce("", `Loading ${part}: ${megabytes(loaded)} of ${megabytes(whole)} MB.`);
    }, (piece) => python.hand(piece));
    python.extra.add(part);
    await python.ask("unpack", { part });
  }

  // What a cell imports that is left out, for the cells below it.
  leave(cell) {
    return this.python.ask("bring", { code: cell.source });
  }

  complete(code, position) {
    return this.python.ask("complete", { code, position });
  }

  explore(name, values) {
    return this.python.ask("explore", { name, values: JSON.stringify(values) });
  }

  // Stop what runs: where memory can be shared, as soon as it hears of it; else the worker ends, and
  // its names with it.
  // Returns whether names are gone.
  async interrupt() {
    const { python } = this;
    if (python.shared) {
      const signal = new Uint8Array(python.shared), late = {};
      const soon = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, AGAIN, late))]);
      const ended = Promise.allSettled([...python.asked.values()].map(({ answer }) => answer));
      await soon(python.begun); // before, it would reach nobody
      for (let time = 0; time < TIMES; time += 1) {
        signal[0] = 2; // lost where Python looks and clears it at the same moment
        if (await soon(ended) !== late) return false;
      }
    }
    await python.again();
    return true;
  }

  restart() {
    return this.python.again();
  }
}

// A question that the page holds, with the reader's answers, stays as it is.
function isShown(cell, html) {
  const [data] = /(?<=data-question=")[^"]+/.exec(html) ?? [];
  return data?.endsWith(cell.still?.querySelector(".question")?.dataset.question);
}

// Put a result behind those of the cell before it.
function add(output, { kind, name, text, html }) {
  if (kind === "result") {
    const holder = make("div", { innerHTML: html });
    output.append(holder);
    holder.dispatchEvent(new CustomEvent("book:added", { bubbles: true }));
    return;
  }
  const last = output.lastElementChild;
  const style = kind === "error" ? "error" : name === "stderr" ? "stderr" : "stream";
  if (kind === "stream" && last?.classList.contains(style)) {
    last.firstChild.append(text);
  } else {
    output.append(make("div", { className: `output ${style}` }, make("pre", { tabIndex: 0 }, text)));
  }
}

// --- Explorers -----------------------------------------------------------------------------------
// Their form has no packs: Python makes the parts of each picture (convlib/explorers/asking.py).

const asking = new WeakSet(); // explorers

// Ask for the state of an explorer's controls, until the one that comes is still theirs.
window.askForPicture = async (explorer, texts) => {
  if (asking.has(explorer)) return;
  asking.add(explorer);
  let values, made;
  do {
    values = `${explorer.values}`;
    made = await window.liveCode.explore(explorer.root.dataset.asks, {
      texts: Object.fromEntries(explorer.controls.map((one) => [one.name, texts(one)[one.value]])),
      own: Object.fromEntries(explorer.own.map((one) => [one.dataset.own, one.value])),
    });
    if (made?.parts) {
      place(explorer, made.parts);
      explorer.fill((kind) => made.parts[kind] ?? "", values);
    }
  } while (made && values !== `${explorer.values}`);
  asking.delete(explorer);
  if (!made?.parts) explorer.refuse(made?.refused); // or Python was stopped
};

// Make places for parts that the picture did not have before; write its legend.
function place({ root, parts }, made) {
  for (const kind of Object.keys(made).filter((one) => /^(grid:|bars:|matrix)/.test(one))) {
    if (parts[kind]) continue;
    const [form, name = form] = kind.split(":");
    parts[kind] = make("div", { className: form === "bars" ? form : "grid" });
    Object.assign(parts[kind].dataset, { part: kind }, form === "bars" ? {} : { grid: name });
    parts.error.before(parts[kind]);
  }
  root.querySelector(".legend")?.remove();
  root.querySelector(".grids").insertAdjacentHTML("afterend", made.legend);
}

window.liveCode.kernels.python = start;
})();
