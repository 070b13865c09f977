/* A computer that a BinderHub lends: it runs every cell of the page, those with PyTorch too. thebe's
   published build connects to it and shows its results, with their widgets. */
(() => {
"use strict";

// Milliseconds
const PATIENCE = 60_000; // until the BinderHub's first word
const CONNECTING = 120_000; // until a computer that is there has a kernel
const GRACE = 20_000; // until a computer that was lent earlier answers
const ASKING = 2_000; // between two questions to a Python that was started again
const KEPT = "live-code"; // the name under which this tab remembers its computer

const { bar, cells, forget, load, make, say, show, state } = window.liveCode;
const { build, thebe: folder } = bar.dataset;
const { host } = new URL(build);

// What the BinderHub says it does, in the words of the reader.
const PHASES = {
  waiting: "is looking for the book",
  fetching: "is fetching the book",
  building: "is building the book's environment: this happens after each change of the book",
  pushing: "is storing the book's environment",
  built: "has the book's environment ready",
  launching: "is starting a computer for you",
};

// --- A computer ----------------------------------------------------------------------------------

// Ask the BinderHub; its answer is a stream of messages that ends with an address and a token.
function askBinder(signal, told) {
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
      else if (PHASES[phase]) told(`${host} ${PHASES[phase]}.`);
    };
  });
}

// The computer that an earlier page of this tab was lent, if it still runs.
async function rememberedComputer(signal) {
  try {
    const { session, ...computer } = JSON.parse(sessionStorage.getItem(KEPT));
    if (computer.build !== build) return null;
    const ask = (path, options) => fetch(`${computer.url}api/${path}?token=${computer.token}`,
      { signal: AbortSignal.any([signal, AbortSignal.timeout(GRACE)]), ...options });
    if (!(await ask("status")).ok) return null;
    // That page's kernel may take its time to end; what this page ended is not there any more.
    if (session) await ask(`sessions/${session}`, { method: "DELETE" }).catch(() => {});
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

// --- The kernel ----------------------------------------------------------------------------------

async function start(signal, tell) {
  const since = Date.now();
  let words = `Asking ${host} for a computer…`;
  const told = (text = words) => {
    words = text;
    const seconds = Math.round((Date.now() - since) / 1000);
    const minutes = Math.floor(seconds / 60);
    const time = `${minutes ? `${minutes} min ` : ""}${seconds % 60} s`;
    tell(words, `${seconds ? `${time} so far. ` : ""}You can go on reading.`);
  };
  told();
  const clock = setInterval(told, 1000);
  try {
    const [computer] = await Promise.all([
      rememberedComputer(signal).then((known) => known ?? askBinder(signal, told)), loadTools()]);
    signal.throwIfAborted();
    told("The computer is there. Starting Python on it…");
    const made = await connect(computer, signal);
    remember({ ...computer, session: made.session.id });
    (await tools)[1].disabled = false;
    return new Kernel({ ...made, computer });
  } catch (error) {
    if (!signal.aborted) remember(null);
    throw error;
  } finally {
    clearInterval(clock);
  }
}

// What live-code.js asks of a kernel.
class Kernel {
  lacksTorch = false;

  constructor({ server, session, notebook, computer }) {
    Object.assign(this, { server, session, notebook, computer, thebes: new Map() });
    this.watch(session.kernel);
    for (const [name, act] of Object.entries(this.network)) addEventListener(name, act);
  }

  open(cell) {
    const thebe = this.notebook.getCellById(cell.id);
    this.thebes.set(cell, thebe);
    thebe.model.changed.connect(() => thebe.model.length && cell.reveal());
    thebe.attachToDOM(cell.output);
  }

  clear(cell) {
    this.thebes.get(cell).clear();
  }

  async run(cell, code) {
    const result = await this.thebes.get(cell).execute(code);
    return result ? result.error?.[0] : null;
  }

  async complete(code, position) {
    const { content } = await this.session.kernel.requestComplete({ code, cursor_pos: position });
    return [content.matches, content.cursor_start];
  }

  async interrupt() {
    await this.session.kernel.interrupt().catch(() => say("The kernel does not answer. Restart it."));
  }

  async restart() {
    this.restarting = true;
    try {
      await this.session.kernel.restart();
    } finally {
      this.restarting = false;
    }
  }

  async close() {
    this.closed = true;
    for (const [name, act] of Object.entries(this.network)) removeEventListener(name, act);
    remember(this.computer);
    (await tools)[1].disabled = true;
    await this.session.shutdown().catch(() => {}); // the computer may be gone
    dispose(this.server);
  }

  watch(kernel) {
    let died = false; // and is being started again
    const revive = () => show("live",
      "Python stopped and was started again, with an empty memory. Run the cells again.");
    const end = () => show("lost", "Python is gone: its computer may have been taken back after a "
      + "pause. Start again, or go back to the page as it was.");
    kernel.statusChanged.connect((_, now) => {
      if (this.closed) return;
      if (now === "dead") end();
      if (now !== "autorestarting") return;
      died = true;
      forget();
      revive();
      this.wake(kernel);
    });
    kernel.connectionStatusChanged.connect((_, now) => {
      if (this.restarting || this.closed) return;
      if (now === "disconnected") end();
      else if (now === "connecting") {
        if (!died) show("lost", "The connection is lost. Trying to get it back…");
      } else if (died) {
        died = false;
        revive();
      } else if (state() === "lost") show("live", "Connected again.");
    });
  }

  // What a reader asks of a Python that is being started waits for its first answer. The question for
  // that may have gone to the one that ended, so it is asked until it is answered.
  wake(kernel) {
    const asks = setInterval(() => {
      if (this.closed) clearInterval(asks);
      else kernel.requestKernelInfo().then(() => clearInterval(asks), () => {});
    }, ASKING);
  }

  // A lost network is noticed here long before the connection to the kernel times out.
  network = {
    offline: () => show("lost", "You are offline. Waiting for the network…"),
    online: () => {
      if (this.session.kernel?.connectionStatus === "connected") show("live", "Connected again.");
    },
  };
}

window.liveCode.kernels.binder = start;
})();
