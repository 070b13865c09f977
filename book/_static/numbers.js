// The numbers of an explorer, changed by its reader. What follows from them is multiplied and added
// along the links that Python computed; convlib/scenes/changes.py does the same.
(() => {
const LARGEST = 99, DECIMALS = 2; // as in changes.py
const PULL = 8; // pixels of a drag that change a number by 1

// As cell_text in scene.py.
function shown(number) {
  if (!Number.isFinite(number)) return number < 0 ? "−∞" : "∞";
  const hundredths = Math.floor(100 * Math.abs(number) + 0.5 + 1e-9);
  return `${number < 0 && hundredths ? "−" : ""}${hundredths / 100}`;
}

const worth = (text) => (text === "−∞" ? -Infinity : Number(text.replace("−", "-")) || 0);

// As read_number in changes.py.
function read(text) {
  const plain = text.normalize("NFKC").trim().replace("−", "-").replace(",", ".");
  const match = /^[-+]?(?:\d+(?:\.(\d*))?|\.(\d+))$/.exec(plain);
  if (!match) throw new Error(`“${text}” is no number`);
  if ((match[1] ?? match[2] ?? "").length > DECIMALS) {
    throw new Error(`“${text}” has more than ${DECIMALS} decimals`);
  }
  if (Math.abs(plain) > LARGEST) throw new Error(`“${text}” is not from −${LARGEST} to ${LARGEST}`);
  return +plain;
}

class Numbers {
  changes = {}; // by source, then by "row,column"
  views = [];
  rewritten = new Set(); // kinds of parts whose texts are no longer the book's
  preset = "";

  constructor(explorer) {
    const one = (selector) => explorer.root.querySelector(selector);
    Object.assign(this, { explorer, field: null, menu: one("[data-preset]"), grids: one(".grids") });
    this.back = one("[data-do=numbersBack]");
    if (this.menu) this.menu.oninput = (event) => {
      event.stopPropagation(); // it is none of the explorer's controls
      this.choose(this.menu.value);
    };
    this.grids.onpointerdown = (event) => this.grab(event);
    this.grids.addEventListener("touchstart", ({ touches }) => touches.length === 1 && this.hold(),
      { passive: true });
  }

  get some() {
    return Object.values(this.changes).some((own) => Object.keys(own).length);
  }

  // As part of an address: "kernel/mean;input/0/1/-5".
  get address() {
    const words = Object.entries(this.changes).flatMap(([source, own]) =>
      source === "kernel" && this.preset ? `kernel/${this.preset}`
        : Object.entries(own).map(([place, number]) => `${source}/${place.replace(",", "/")}/${number}`));
    return words.join(";");
  }

  set address(text) {
    this.clear();
    for (const word of text.split(";")) {
      const [source, row, column, number] = word.split("/");
      if (source === "kernel" && column === undefined) this.preset = row ?? "";
      else if (/^\d+$/.test(row) && /^\d+$/.test(column) && Math.abs(number) <= LARGEST) {
        (this.changes[source] ??= {})[`${row},${column}`] = +number;
      }
    }
  }

  clear() {
    this.changes = {};
    this.preset = "";
    this.shape = undefined;
  }

  // Before the explorer shows parts: the book's texts have to be there again.
  forget(known) {
    for (const kind of this.rewritten) delete known[kind];
    this.rewritten.clear();
  }

  // After it: show the reader's numbers, and what follows from them.
  follow(html) {
    const data = (kind) => JSON.parse(html(kind) || "null");
    const { sweep, parts } = this.explorer;
    this.views = data("views") ?? [];
    this.presets = data("presets") ?? {};
    this.settle();
    for (const [kind, part] of Object.entries(parts))
      part.classList.toggle("changes", this.views.some(([grid]) => kind === `grid:${grid}`));
    if (this.back) this.back.hidden = !this.some;
    this.explorer.root.dataset.changed = this.address;
    if (!this.some) return;
    this.exact = data("exact") ?? {};
    this.tables = {};
    for (const [grid, source, rows, columns] of this.views) {
      for (const [place, number] of Object.entries(this.changes[source] ?? {})) {
        const [row, column] = place.split(",").map(Number);
        rows.forEach((one, y) => one === row && columns.forEach((other, x) => {
          if (other === column) this.put(grid, y, x, number);
        }));
      }
    }
    for (const name of Object.keys(this.exact)) {
      for (const [place, number] of Object.entries(this.changes[name] ?? {})) {
        const [row, column] = place.split(","), table = this.table(name);
        if (column < table.columns && row < table.numbers.length / table.columns)
          table.numbers[row * table.columns + +column] = number;
      }
    }
    const { over, slices, form, rows, columns } = sweep;
    for (const sum of data("sums") ?? (rows.length ? [[over, slices, form, rows, columns]] : []))
      this.compute(...sum);
    for (const name of Object.keys(this.tables)) this.write(name);
    this.writeMatrix(data("weights"));
    if (data("retold")) this.retell(...data("retold"));
  }

  // What is true of the book's numbers alone gives way; as _retold in changes.py.
  retell(sentence, formula, code, without, plain) {
    const { explorer } = this, gone = without.map((name) => [`grid:${name}`, ""]);
    for (const [kind, text] of [...Object.entries({ sentence, formula, code }), ...gone]) {
      explorer.parts[kind].textContent = text;
      this.rewritten.add(kind);
    }
    for (const [name, role] of Object.entries(plain)) {
      for (const { classList } of explorer.cells(`grid:${name}`).cells)
        classList.replace([...classList].find((one) => one.startsWith("role-")), `role-${role}`);
      this.rewritten.add(`grid:${name}`);
    }
  }

  // What a grid shows, or what no grid shows, as numbers in row-major order.
  table(name) {
    return (this.tables[name] ??= this.opened(name));
  }

  opened(name) {
    const { texts, columns } = this.explorer.cells(`grid:${name}`), exact = this.exact[name];
    return {
      texts,
      columns: exact ? exact[0].length : columns,
      numbers: exact ? exact.flat() : texts.map((text) => worth(text.textContent)),
    };
  }

  put(grid, row, column, number) {
    const table = this.table(grid), index = row * table.columns + column;
    table.numbers[index] = number;
    table.texts[index].classList.add("own");
    table.made = true;
  }

  compute(over, slices, form, rows, columns) {
    const steps = this.table(over), [[reads, weights]] = slices, stamps = form === "stamp";
    const made = stamps ? this.table(reads) : steps;
    made.made = true;
    if (stamps) made.numbers.fill(0);
    rows.forEach((alongRows, row) => columns.forEach((alongColumns, column) => {
      const step = row * steps.columns + column;
      let sum = 0, largest = -Infinity, count = 0;
      for (const [cells, taps] of slices.map((pair) => pair.map((name, i) =>
        (i && !stamps && form !== "sum" ? null : this.table(name))))) {
        for (const [tapY, y] of alongRows) for (const [tapX, x] of alongColumns) {
          const cell = y * cells.columns + x;
          const weight = taps ? taps.numbers[tapY * taps.columns + tapX] : 1;
          if (stamps) cells.numbers[cell] += steps.numbers[step] * weight;
          sum += cells.numbers[cell] * weight;
          largest = Math.max(largest, cells.numbers[cell]);
          count += 1;
        }
      }
      if (!stamps) steps.numbers[step] = { sum, largest, mean: sum / count }[form];
    }));
  }

  write(name) {
    const { texts, numbers, made } = this.tables[name];
    if (!made || !texts.length) return;
    texts.forEach((text, index) => {
      const old = text.textContent;
      if (old && old !== "−∞") text.textContent = shown(numbers[index]);
    });
    fit(texts);
    this.rewritten.add(`grid:${name}`);
  }

  writeMatrix(weights) {
    const { texts } = this.explorer.cells("matrix"), { kernel } = this.tables;
    if (!weights || !kernel?.made) return;
    texts.forEach((text, index) => {
      text.textContent = kernel.texts[weights[index]].textContent;
    });
    fit(texts, this.explorer.parts.matrix.querySelector("svg > g"));
    this.rewritten.add("matrix");
  }

  // A preset belongs to a shape of kernel; another shape has its own.
  settle() {
    const kernel = this.views.find(([, source]) => source === "kernel");
    const shape = kernel && `${Math.max(...kernel[2])},${Math.max(...kernel[3])}`;
    if (this.preset && shape && shape !== this.shape) {
      this.changes.kernel = places(this.presets[this.preset]);
      if (!this.presets[this.preset]) this.preset = "";
    }
    this.shape = shape;
    if (!this.menu) return;
    const { kernel: own = {} } = this.changes, changed = Object.keys(own).length;
    const names = Object.keys(this.presets);
    this.menu.replaceChildren(...["the book’s", ...names, ...(changed && !this.preset ? ["own"] : [])].map(
      (name) => new Option(name)));
    this.menu.value = this.preset || (changed ? "own" : "the book’s");
    // It keeps its place, so that nothing moves.
    this.menu.closest(".control").style.visibility = names.length ? "" : "hidden";
  }

  choose(name) {
    if (name === "own") return;
    this.preset = this.presets[name] ? name : "";
    this.changes.kernel = places(this.presets[name]);
    this.explorer.soon(() => this.explorer.say(`The kernel is ${name}.`));
  }

  // The number that a cell shows, if a reader can change it.
  of({ kind, row, column }) {
    const found = this.views.find(([grid]) => kind === `grid:${grid}`);
    if (!found || found[2][row] < 0 || found[3][column] < 0) return null;
    const [grid, source, rows, columns] = found;
    const { texts } = this.explorer.cells(kind);
    const text = texts[row * columns.length + column].textContent;
    return { grid, source, place: `${rows[row]},${columns[column]}`, text };
  }

  change({ source, place }, number) {
    if (source === "kernel") this.preset = "";
    (this.changes[source] ??= {})[place] = number;
    this.explorer.draw(() => this.explorer.say(
      `${source}[${place.replace(",", ", ")}] is now ${shown(number)}. ${this.explorer.sum.textContent}`));
  }

  step(cell, by) {
    const number = Math.round(100 * (worth(cell.text) + by)) / 100;
    if (Math.abs(number) > LARGEST) return;
    this.change(cell, number);
    cell.text = shown(number);
  }

  // Open a field over a cell.
  open(point) {
    const cell = this.of(point);
    if (!cell) return;
    this.close();
    const { explorer } = this, before = this.changes[cell.source]?.[cell.place], { preset } = this;
    const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
    const input = make("input", { type: "text", inputMode: "decimal", value: cell.text,
      autocomplete: "off", spellcheck: false,
      ariaLabel: `${cell.grid}, row ${point.row}, column ${point.column}` });
    const nudge = (by, textContent, ariaLabel) => make("button", { type: "button", tabIndex: -1,
      textContent, ariaLabel, onclick: () => { bump(by); input.focus(); } });
    const bump = (by) => {
      this.step(cell, by);
      input.value = cell.text;
    };
    const undo = () => {
      if (before === undefined) delete this.changes[cell.source]?.[cell.place];
      else this.changes[cell.source][cell.place] = before;
      this.preset = preset;
      explorer.draw(() => explorer.say(`It stays ${this.of(point)?.text}.`));
    };
    input.oninput = () => {
      try {
        const number = read(input.value);
        input.ariaInvalid = null;
        this.change(cell, number);
        cell.text = shown(number);
      } catch (error) {
        input.ariaInvalid = "true";
        explorer.tell(`${error.message}: it stays ${cell.text}.`);
      }
    };
    input.onkeydown = (event) => {
      if (event.key === "Escape") undo();
      if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        bump(event.key === "ArrowUp" ? 1 : -1);
      }
      if (event.key === "Escape" || event.key === "Enter") {
        event.preventDefault();
        event.stopPropagation();
        this.close();
        explorer.parts[point.kind].focus();
      }
    };
    this.field = make("span", { className: "number-field" });
    this.field.append(nudge(-1, "−", "1 less"), input, nudge(1, "+", "1 more"));
    this.field.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.field?.contains(relatedTarget)) this.close();
    });
    // The buttons do not take the focus from the field, which would close it.
    this.field.onpointerdown = (event) => {
      if (event.target !== input) event.preventDefault();
      event.stopPropagation();
    };
    this.field.onclick = (event) => event.stopPropagation();
    this.grids.append(this.field);
    this.lay(point);
    input.focus();
    input.select();
  }

  // Over its cell, and within the picture.
  lay({ kind, row, column }) {
    const box = this.explorer.parts[kind].querySelector("svg").getBoundingClientRect();
    const outer = this.grids.getBoundingClientRect(), { field } = this;
    const side = box.width / this.views.find(([grid]) => kind === `grid:${grid}`)[3].length;
    const left = box.left - outer.left + (column + 0.5) * side - field.offsetWidth / 2;
    field.style.left = `${Math.max(0, Math.min(left, outer.width - field.offsetWidth))}px`;
    field.style.top = `${box.top - outer.top + (row + 0.5) * side - field.offsetHeight / 2}px`;
  }

  close() {
    const { field } = this;
    this.field = null;
    field?.remove();
  }

  // With a mouse or a pen, a number is pulled up and down.
  grab(event) {
    this.explorer.pulled = false;
    if (event.pointerType === "touch" || event.button) return;
    const point = this.explorer.find(event), cell = point && this.of(point);
    if (!cell) return;
    const from = event.clientY, start = worth(cell.text);
    let by = 0;
    const move = ({ clientY }) => {
      const now = Math.round((from - clientY) / PULL);
      if (now === by) return;
      this.explorer.pulled = true; // the click that ends it is none
      this.step({ ...cell, text: shown(start) }, (by = now));
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    event.preventDefault(); // selects no text
  }

  // With one finger on a cell, a second one above it adds 1, and below it takes 1 away.
  hold() {
    const press = (event) => {
      const [first, second] = event.touches;
      const point = second && this.explorer.find(first), cell = point && this.of(point);
      if (!cell) return;
      event.preventDefault();
      this.explorer.pulled = true;
      this.explorer.hover(point);
      this.step(cell, second.clientY < first.clientY ? 1 : -1);
    };
    const listen = (how) => {
      document[how]("touchstart", press, { passive: false });
      for (const type of ["touchend", "touchcancel"]) document[how](type, end);
    };
    const end = ({ touches }) => touches.length || listen("removeEventListener");
    listen("addEventListener");
  }
}

const places = (rows = []) => Object.fromEntries(
  rows.flatMap((row, y) => row.map((number, x) => [`${y},${x}`, number])));

// As in svg.py: a cell holds three characters at the usual size.
function fit(texts, group = texts[0].parentNode) {
  const longest = Math.max(...texts.map(({ textContent }) => textContent.length));
  group.style.fontSize = longest > 3 ? `${(33 / longest).toPrecision(3)}px` : "";
}

window.ExplorerNumbers = Numbers;
})();
