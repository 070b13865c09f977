// What chapters hold beyond MyST Markdown, in JupyterLab: links that set an explorer, citations,
// names of functions, cells whose code is not to be read. JupyterLab loads this file as it is: it
// is the container of one plugin, and uses nothing but what the application hands to it.
(() => {
  "use strict";

  const NAME = "convlib-chapters";
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const STATE = /^([^]+?)\s*<([\w-]+):\s*([^<>]*)>$/; // as the role {state} is written
  const FUNCTION = /^~?convlib\.[\w.]+$/;
  const TRY = /^(:{3,})\{try\}[ \t]*(.*)\n([^]*?)^\1$/gm; // a prompt: its state, and the lines below

  /** Call a function of convlib on two texts; what it returns, in each of its forms. */
  async function call(panel, module, name, ...texts) {
    const code = `__import__("convlib.explorers.${module}", fromlist=["${name}"]).${name}`;
    const kernel = panel.sessionContext.session?.kernel;
    const reply = await kernel?.requestExecute({
      code: "",
      silent: true,
      store_history: false,
      user_expressions: { form: `${code}(${texts.map((text) => JSON.stringify(text)).join(", ")})` },
    }).done;
    return reply?.content.user_expressions?.form?.data ?? {};
  }

  /** Set the explorer that the chapter shows, and bring it into view. */
  async function goTo(app, panel, name, state) {
    const shown = (await call(panel, "live", "go_to", name, state))["text/plain"];
    const index = [...panel.content.model.cells].findIndex((cell) =>
      cell.type === "code" &&
      cell.outputs.toJSON().some((output) => `'${output.data?.[VIEW]?.model_id}'` === shown));
    if (index >= 0) {
      panel.content.scrollToItem(index, "smart");
      return;
    }
    app.commands.execute("apputils:notify", {
      message: "This link moves the explorer, which is not there yet.",
      type: "info",
      options: {
        autoClose: 12000,
        actions: [{ label: "Run all cells", commandId: "notebook:run-all-cells", args: {} }],
      },
    });
  }

  /** Read the bibliography beside the chapter: what a citation says, and where it leads. */
  async function readReferences(app, panel) {
    const folder = panel.context.path.split("/").slice(0, -1);
    const path = [...folder, "references.bib"].join("/");
    const file = await app.serviceManager.contents.get(path).catch(() => ({ content: "" }));
    const references = new Map();
    for (const [, key, body] of file.content.matchAll(/^@\w+\{(.+?),([^]*?)^\}/gm)) {
      const fields = Object.fromEntries(
        [...body.matchAll(/^\s*(\w+)\s*=\s*\{(.*)\},?$/gm)].map((field) => field.slice(1)));
      const names = (fields.author ?? key).replace(/[{}]/g, "").split(" and ");
      const [first, second] = names.map((name) => name.split(",")[0]);
      const authors = names.length > 2 ? `${first} et al.` : names.length > 1
        ? `${first} and ${second}` : first;
      references.set(key, {
        textContent: `[${authors}, ${fields.year}]`,
        title: fields.title,
        href: fields.url ?? `https://doi.org/${fields.doi}`,
      });
    }
    return references;
  }

  /** Return what stands for a piece of text that nothing else knew, or nothing. */
  function standIn(app, panel, cited, span) {
    const text = span.textContent;
    if (span.title === "Citation Not Found") {
      const found = cited(text);
      if (found) return link({ ...found, target: "_blank", rel: "noopener" });
    } else if (span.title === "Cross Reference Not Found") { // a formula of another chapter
      return document.createTextNode(`(${text})`);
    } else if (FUNCTION.test(text)) {
      const code = document.createElement("code");
      return Object.assign(code, { textContent: text.split(".").at(-1) });
    } else if (STATE.test(text)) {
      const [, textContent, name, state] = text.match(STATE);
      const shown = link({ textContent, href: "#" });
      shown.addEventListener("click", (event) => {
        event.preventDefault();
        goTo(app, panel, name, state);
      });
      return shown;
    }
    return null;
  }

  function link(properties) {
    const shown = Object.assign(document.createElement("a"), properties);
    shown.dataset.lmSuppressShortcuts = ""; // Enter follows it, and does not edit the cell
    return shown;
  }

  /** Show the stand-ins. The spans themselves stay, hidden: their owner may renew them. */
  function mendTexts(app, panel, cited) {
    for (const span of panel.content.node.querySelectorAll(".myst span")) {
      if (span.nextSibling?.standsFor === span.textContent) continue;
      const shown = standIn(app, panel, cited, span);
      if (!shown) continue;
      if (span.nextSibling?.standsFor) span.nextSibling.remove();
      shown.standsFor = span.textContent;
      span.hidden = true;
      span.after(shown);
    }
  }

  /** Show a prompt with its numbers, which Python computes; without them it says where they are. */
  async function showPrompt(panel, place, [, , state, lines]) {
    await panel.sessionContext.ready;
    const { "text/markdown": text } = await call(panel, "prompts", "lab_prompt", state, lines);
    if (!text) return;
    const shown = panel.content.rendermime.createRenderer("text/markdown");
    const data = { "text/markdown": text };
    await shown.renderModel({ data, metadata: {}, trusted: true, setData() {} });
    place.replaceChildren(shown.node);
  }

  /** Show the prompts, and say quietly where the page holds more than a notebook can show. */
  function mendDirectives(panel) {
    for (const cell of panel.content.widgets) {
      const titles = [...cell.node.querySelectorAll(".myst details .myst-exercise-title")]
        .filter((title) => title.textContent.endsWith(" - Unknown Directive"));
      const prompts = [...cell.model.sharedModel.getSource().matchAll(TRY)];
      for (const [number, title] of titles.entries()) {
        const prompt = title.textContent.startsWith("try ") ? prompts.shift() : null;
        const box = title.closest("details");
        if (box.hidden) continue;
        box.hidden = true;
        // The owner of the box makes it anew now and then, and knows nothing of what stands beside it.
        const notes = [...cell.node.querySelectorAll("div")];
        const old = notes.find((note) => note.standsFor?.number === number);
        if (old && old.standsFor.text === prompt?.[0]) {
          box.after(old);
          continue;
        }
        old?.remove();
        const note = document.createElement("div");
        box.after(Object.assign(note, { textContent: "The page of the book shows more here." }));
        note.standsFor = { number, text: prompt?.[0] };
        note.style.color = prompt ? "" : "var(--jp-ui-font-color2)";
        if (prompt) showPrompt(panel, note, prompt);
      }
    }
  }

  /** Fold the code that the page leaves out: questions are to be answered, not read. */
  function foldCells(panel) {
    for (const cell of panel.content.widgets) {
      const tags = cell.model.getMetadata("tags") ?? [];
      if (!tags.includes("remove-input") && !tags.includes("hide-input")) continue;
      cell.saveCollapseState = () => {}; // it is the reader's view, and none of the file's
      cell.inputHidden = true;
    }
  }

  function dress(app, panel) {
    let references; // read when a text cites
    let waiting = false;
    const cited = (key) => {
      if (references) return references.get(key);
      references = new Map();
      readReferences(app, panel).then((found) => {
        references = found;
        mend();
      });
    };
    const mend = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mendTexts(app, panel, cited);
        mendDirectives(panel);
      });
    };
    const observer = new MutationObserver((changes) => {
      // Outputs change all the time, and hold nothing to mend. A text changes, or a cell that was
      // out of view comes in.
      const isText = ({ target, addedNodes }) =>
        (target.closest ? target : target.parentElement)?.closest(".jp-MarkdownCell") ||
        [...addedNodes].some((node) => node.matches?.(".jp-MarkdownCell"));
      if (changes.some(isText)) mend();
    });
    observer.observe(panel.content.node, { childList: true, characterData: true, subtree: true });
    panel.context.ready.then(() => foldCells(panel));
    return { isDisposed: false, dispose: () => observer.disconnect() };
  }

  const plugin = {
    id: `${NAME}:plugin`,
    autoStart: true,
    activate: (app) => {
      app.docRegistry.addWidgetExtension("Notebook", { createNew: (panel) => dress(app, panel) });
    },
  };
  const get = async () => () => ({ __esModule: true, default: plugin });
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = { init() {}, get };
})();
