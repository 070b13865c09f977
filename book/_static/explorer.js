// Explorers in a built page: pictures whose states were all rendered while the book was built.
//
// This script knows nothing of convolution. It looks up the parts of the state that the controls
// ask for (the format of a pack is described in convlib/explorers/page.py), and lights the cells
// that a step names. It works from file://, asks nobody for anything, and waits for the first
// touch before it loads a pack.
(() => {
  "use strict";
  const SLOT = "\x1f", RECORD = "\x1e", SECTION = "\x1d"; // as in convlib/svg.py and page.py
  const BEAT = 900; // milliseconds between two steps while playing
  const CELL = 24; // units of an SVG
  const QUIET = 350; // of stillness before a change is announced and written into the address
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  // Packs: each is a script that hands its content to explorerPack, since file:// allows no fetch.
  const loading = new Map(), loaded = new Map(), waiting = {};
  window.explorerPack = (name, data) => waiting[name]?.(data);

  function load({ pack: url, packName: name }) {
    if (!loading.has(url)) {
      const text = new Promise((resolve, reject) => {
        const script = document.createElement("script");
        waiting[name] = resolve;
        script.onerror = reject;
        script.src = url;
        document.head.append(script);
      });
      loading.set(url, text.then(unpack).then((pack) => loaded.set(url, pack)));
      loading.get(url).catch(() => loading.delete(url)); // the next touch tries again
    }
    return loading.get(url);
  }

  async function unpack(data) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const text = await new Response(stream).text();
    const [head, parts, columns] = text.split(SECTION).map((section) => section.split(RECORD));
    const kinds = head.shift().split(SLOT);
    const templates = head.map((template) => template.split(SLOT));
    const numbers = columns.map((column) => {
      let number = 0;
      return column.split(",").map((difference) => (number += Number(difference)));
    });
    const number = (kind, state) => numbers[kinds.indexOf(kind)]?.[state] ?? 0;
    const fill = (number) => {
      const [template, ...slots] = parts[number].split(SLOT);
      return templates[template].map((piece, i) => piece + (slots[i] ?? "")).join("");
    };
    return { number, fill };
  }

  const texts = (control) => control.dataset.values?.split(" ")
    ?? Array.from(control.options, (option) => option.text);
  const place = (control) => control.selectedIndex ?? Number(control.value);
  const factor = (text) => (text.startsWith("−") ? `(${text})` : text);

  class Explorer {
    step = 0; // the one that stays lit
    point = null; // the cell that the reader points at: {kind, row, column}
    lit = [];
    shown = {}; // the pack and number of each part in the picture

    constructor(root, key) {
      const all = (selector) => [...root.querySelectorAll(selector)];
      const by = (name) => Object.fromEntries(
        all(`[data-${name}]`).map((element) => [element.dataset[name], element]));
      this.root = root;
      this.key = key;
      this.form = root.querySelector("form");
      this.controls = all("[name]");
      this.states = this.controls.reduce((count, control) => count * texts(control).length, 1);
      this.packs = [root, ...all("[data-pack]")].filter((element) => element.dataset.pack);
      this.parts = by("part");
      this.buttons = by("do");
      this.sum = root.querySelector(".sum");
      this.count = root.querySelector(".count");
      this.status = root.querySelector(".status");
      root.id = `explorer-${key}`;
      this.sum.id = `${root.id}-sum`;
      for (const element of all(":disabled")) element.disabled = false;

      const grids = root.querySelector(".grids");
      const unlessTouch = (act) => (event) => event.pointerType === "touch" || act(event);
      grids.addEventListener("pointermove", unlessTouch((event) => this.hover(this.find(event))));
      grids.addEventListener("pointerleave", unlessTouch(() => this.hover(null)));
      grids.addEventListener("click", (event) => this.choose(this.find(event)));
      grids.addEventListener("keydown", (event) => this.press(event));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.addEventListener("input", () => this.changed());
      for (const [name, button] of Object.entries(this.buttons)) {
        button.addEventListener("click", () => this[name]());
      }
      for (const touch of ["pointerenter", "pointerdown", "focusin", "keydown"]) {
        root.addEventListener(touch, () => this.draw(), { once: true });
      }
    }

    // What the controls ask for; the last control changes fastest.
    get state() {
      return this.controls.reduce((state, one) => state * texts(one).length + place(one), 0);
    }

    get fragment() {
      const values = this.controls.map(
        (one) => `${one.name}=${encodeURIComponent(texts(one)[place(one)])}`);
      if (this.step) values.push(`step=${this.step + 1}`);
      return `#${this.key}:${values}`;
    }

    // Set the values that a link or an address names: "stride=2,step=3". What it gets wrong stays.
    set(values) {
      for (const [name, text] of values.split(",").map((item) => item.split("="))) {
        const control = this.controls.find((one) => one.name === name);
        const value = control ? texts(control).indexOf(decode(text)) : -1;
        if (value >= 0) control["selectedIndex" in control ? "selectedIndex" : "value"] = value;
        if (name === "step") this.step = Number.parseInt(text, 10) - 1 || 0;
      }
      this.changed();
      this.root.scrollIntoView({ block: "nearest" });
    }

    changed() {
      this.point = null;
      this.draw(() => this.tell(this.parts.sentence.textContent));
    }

    // Show the state that the controls ask for, then do what comes next.
    draw(then) {
      for (const control of this.controls.filter((one) => one.type === "range")) {
        const text = texts(control)[place(control)];
        control.setAttribute("aria-valuetext", text);
        control.closest(".control").querySelector("output").textContent = text;
      }
      const size = this.states / this.packs.length;
      const { dataset } = this.packs[Math.floor(this.state / size)];
      const pack = loaded.get(dataset.pack);
      if (!pack) {
        load(dataset).then(() => this.draw(then), () => {
          this.sum.textContent = "This picture's data did not load; touch it to try again.";
          this.say(this.sum.textContent);
        });
        return;
      }
      const number = (kind) => pack.number(kind, this.state % size);
      for (const [kind, part] of Object.entries(this.parts)) {
        const wanted = `${dataset.pack} ${number(kind)}`;
        if (this.shown[kind] !== wanted) part.innerHTML = pack.fill(number(kind));
        this.shown[kind] = wanted;
      }
      const [names, rows, columns] = ["names", "rows", "columns"].map(
        (kind) => JSON.parse(pack.fill(number(kind)) || "[]"));
      const [over, reads, weights] = names.map((name) => `grid:${name}`);
      this.sweep = { name: names[0], over, reads, weights, rows, columns };
      this.steps = rows.length * columns.length;
      this.step = Math.max(0, Math.min(this.step, this.steps - 1));
      if (!this.steps) this.pause();
      for (const name of ["back", "play", "forward"]) {
        if (this.buttons[name]) this.buttons[name].disabled = !this.steps;
      }
      this.openToKeys();
      this.light();
      then?.();
    }

    // The grid of the steps is one tab stop, in which the arrow keys move.
    openToKeys() {
      for (const [kind, part] of Object.entries(this.parts)) {
        const open = this.steps && kind === this.sweep.over;
        const attributes = {
          tabindex: 0,
          role: "application",
          "aria-label": `${part.firstChild?.textContent}: choose a cell with the arrow keys`,
          "aria-describedby": this.sum.id,
        };
        for (const [name, value] of Object.entries(attributes)) {
          if (open) part.setAttribute(name, value);
          else part.removeAttribute(name);
        }
      }
    }

    // Outline what belongs to the cell that the reader points at, else to the current step.
    light() {
      for (const cell of this.lit) cell.classList.remove("lit");
      this.lit = [];
      const { kind, row, column } = this.point ?? {};
      const { over, reads, columns } = this.sweep;
      if (!this.steps) this.sum.textContent = "";
      else if (kind === reads) this.lightReaders(row, column);
      else if (kind === over) this.lightStep(row * columns.length + column);
      else this.lightStep(kind === "matrix" ? row : this.step);
      if (this.count) {
        this.count.textContent = this.steps ? `step ${this.step + 1} of ${this.steps}` : "";
      }
    }

    lightStep(step) {
      const { name, over, reads, weights, rows, columns } = this.sweep;
      const row = Math.floor(step / columns.length), column = step % columns.length;
      const terms = [];
      for (const [tapRow, cellRow] of rows[row]) {
        for (const [tapColumn, cellColumn] of columns[column]) {
          const cell = this.outline(reads, cellRow, cellColumn);
          terms.push(`${factor(cell)}×${factor(this.outline(weights, tapRow, tapColumn))}`);
        }
      }
      const total = this.outline(over, row, column);
      this.sum.textContent = `${name}[${row}, ${column}] = ${terms.join(" + ") || "0"} = ${total}`;
      this.lightMatrix(step);
    }

    lightReaders(row, column) {
      const { name, over, reads, rows, columns } = this.sweep;
      const readers = (links, index) =>
        [...links.keys()].filter((one) => links[one].some(([, cell]) => cell === index));
      const all = readers(rows, row).flatMap(
        (one) => readers(columns, column).map((other) => [one, other]));
      for (const reader of all) this.outline(over, ...reader);
      const cell = this.outline(reads, row, column);
      this.sum.textContent = `This ${cell} is read by ${all.length} of ${this.steps} ${name} cells.`;
      this.lightMatrix(-1);
    }

    // A matrix has one row for each step.
    lightMatrix(row) {
      const bar = this.parts.matrix?.querySelector(".lit-row");
      bar?.setAttribute("y", (row < 0 ? -this.steps : row) * bar.height.baseVal.value);
    }

    // Outline one cell, and return its text.
    outline(kind, row, column) {
      const part = this.parts[kind];
      const index = row * shape(part).columns + column;
      const cell = part.getElementsByTagName("rect")[index];
      cell.classList.add("lit");
      this.lit.push(cell);
      return part.getElementsByTagName("text")[index].textContent;
    }

    // The cell below a pointer. Cells touch each other here, though their lines do not.
    find({ target, clientX, clientY }) {
      const part = target.closest("[data-part]");
      const box = part?.querySelector("svg")?.getBoundingClientRect();
      if (!box) return null;
      const { rows, columns } = shape(part);
      const row = Math.floor(((clientY - box.top) / box.height) * rows);
      const column = Math.floor(((clientX - box.left) / box.width) * columns);
      const inside = row >= 0 && row < rows && column >= 0 && column < columns;
      return inside ? { kind: part.dataset.part, row, column } : null;
    }

    hover(point) {
      if (JSON.stringify(point) === JSON.stringify(this.point)) return;
      this.point = point;
      if (this.sweep) this.light();
    }

    choose(point) {
      if (!point) return;
      this.draw(() => {
        const { kind, row, column } = point;
        if (kind === this.sweep.over) this.go(row * this.sweep.columns.length + column);
        else if (kind === "matrix") this.go(row);
        else {
          this.hover(point);
          this.say(this.sum.textContent);
        }
      });
    }

    press(event) {
      const move = MOVES[event.key];
      if (!event.target.matches('[role="application"]') || event.ctrlKey || event.altKey) return;
      if (!move && event.key !== "Home" && event.key !== "End") return;
      event.preventDefault();
      this.pause();
      const { rows, columns } = this.sweep;
      const clamp = (index, links) => Math.max(0, Math.min(index, links.length - 1));
      const row = Math.floor(this.step / columns.length), column = this.step % columns.length;
      if (!move) this.go(event.key === "Home" ? 0 : this.steps - 1);
      else this.go(clamp(row + move[0], rows) * columns.length + clamp(column + move[1], columns));
    }

    go(step) {
      if (!this.steps) return;
      this.step = (step + this.steps) % this.steps;
      this.point = null;
      this.light();
      this.tell(this.sum.textContent);
    }

    // The buttons, by the names in their data-do.
    back() {
      this.pause();
      this.draw(() => this.go(this.step - 1));
    }

    forward() {
      this.pause();
      this.draw(() => this.go(this.step + 1));
    }

    play() {
      if (this.timer) return this.pause();
      this.draw(() => {
        if (this.step === this.steps - 1) this.go(0);
        this.buttons.play.textContent = "Pause";
        this.timer = setInterval(() => {
          this.go(this.step + 1);
          if (this.step === this.steps - 1) this.pause();
        }, BEAT);
      });
    }

    pause() {
      clearInterval(this.timer);
      this.timer = null;
      if (this.buttons.play) this.buttons.play.textContent = "Play";
    }

    reset() {
      this.pause();
      this.form.reset();
      this.step = 0;
      this.changed();
    }

    link() {
      this.copy(location.href.split("#")[0] + this.fragment, "Link");
    }

    code() {
      this.copy(this.parts.code.textContent, "Code");
    }

    async copy(text, what) {
      try {
        await navigator.clipboard.writeText(text);
      } catch { // no permission, or an address that has no clipboard
        const area = document.createElement("textarea");
        area.value = text;
        this.root.append(area);
        const { activeElement } = document;
        area.select();
        document.execCommand("copy");
        area.remove();
        activeElement.focus();
      }
      this.say(`${what} copied.`);
    }

    // Announce the newest change and write it into the address, once things are still.
    tell(text) {
      this.say(text, () => history.replaceState(null, "", this.fragment));
    }

    say(text, also) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => {
        this.status.textContent = text;
        also?.();
      }, QUIET);
    }
  }

  function shape(part) {
    const { width, height } = part.querySelector("svg").viewBox.baseVal;
    return { rows: height / CELL, columns: width / CELL };
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  // An explorer is called by its name; the second of a name is called NAME-2.
  const explorers = new Map();
  for (const root of document.querySelectorAll(".explorer")) {
    const { name } = root.dataset;
    let key = name;
    for (let number = 2; explorers.has(key); number += 1) key = `${name}-${number}`;
    explorers.set(key, new Explorer(root, key));
  }

  function follow() {
    const [key, values] = location.hash.slice(1).split(":");
    if (values) explorers.get(key)?.set(values);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-explorer][data-state]");
    const explorer = explorers.get(link?.dataset.explorer);
    if (!explorer) return;
    event.preventDefault();
    explorer.set(link.dataset.state);
  });
  addEventListener("hashchange", follow);
  follow();
})();
