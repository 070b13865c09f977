// Explorers in a page. Their states were rendered with the book: this shows the parts of one
// (convlib/explorers/page.py) and outlines a step's cells. Where Python runs in the page, it is asked
// for the parts (live-python.js).
(() => {
const SLOT = "\x1f", RECORD = "\x1e", SECTION = "\x1d"; // as in svg.py and page.py
const CELL = 24; // its side in an SVG
const BEAT = 900; // milliseconds between two steps while playing
const QUIET = 350; // of stillness before a change is announced and put in the address
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  Home: [-99, -99], End: [99, 99] };

// A pack is a script that hands its content to explorerPack, since file:// allows no fetch.
const loading = {}, loaded = {}, waiting = {};
window.explorerPack = (name, data) => waiting[name](data);

function load(url, name) {
  return loading[url] ??= new Promise((resolve, onerror) => {
    waiting[name] = resolve;
    document.head.append(Object.assign(document.createElement("script"), { src: url, onerror }));
  }).then(unpack).then((pack) => (loaded[url] = pack));
}

async function unpack(data) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const text = await new Response(stream).text();
  const [head, parts, columns] = text.split(SECTION).map((section) => section.split(RECORD));
  const [kinds, ...templates] = head.map((template) => template.split(SLOT));
  const numbers = columns.map((column) => {
    let number = 0;
    return column.split(",").map((change) => (number += +change));
  });
  return (kind, state) => {
    const [template, ...slots] = parts[numbers[kinds.indexOf(kind)]?.[state] ?? 0].split(SLOT);
    return templates[template].map((piece, i) => piece + (slots[i] ?? "")).join("");
  };
}

const texts = (control) => control.dataset.values.split("|"); // its value is an index of these
const factor = (text) => (text.startsWith("−") ? `(${text})` : text);
const later = (task) => requestAnimationFrame(() => setTimeout(task)); // after the next frame
const clamp = (index, count) => Math.max(0, Math.min(Math.floor(index), count - 1));

function found(svg) {
  const all = (tag) => [...(svg?.querySelectorAll(tag) ?? [])], { height = 0, width = 0 } = svg?.viewBox.baseVal ?? {};
  return { cells: all("rect"), texts: all("text"), rows: height / CELL, columns: width / CELL };
}

class Explorer {
  step = 0; // the one that stays lit
  point = null; // the cell pointed at, if any: {kind, row, column}
  lit = [];
  shown = {}; // parts by kind
  found = {}; // what `cells` found
  coming = []; // what is done once the pictures are those of the controls

  constructor(root, key) {
    const all = (selector) => [...root.querySelectorAll(selector)];
    const by = (name) => Object.fromEntries(all(`[data-${name}]`).map((one) => [one.dataset[name], one]));
    Object.assign(this, { root, key, parts: by("part"), buttons: by("do"), own: all("[data-own]") });
    this.controls = all("[name]");
    this.packs = [root, ...all("[data-pack]")].filter((one) => one.dataset.pack);
    for (const name of ["sum", "count", "status"]) [this[name]] = all(`.${name}`);
    this.numbers = new ExplorerNumbers(this); // numbers.js
    this.prediction = new ExplorerPrediction(this); // predict.js
    this.symbols = new ExplorerSymbols(this); // symbols.js
    for (const one of all(":disabled")) one.disabled = false;
    root.id = `explorer-${key}`;
    if (document.getElementById(root.id) !== root) root.removeAttribute("id"); // the page's own has it
    for (const grid of all("[role=application]")) { // one tab stop
      grid.tabIndex = 0;
      grid.onkeydown = (event) => this.press(event);
    }
    for (const [name, button] of Object.entries(this.buttons)) button.onclick = () => this[name]();
    const { form } = this.controls[0], [grids] = all(".grids");
    form.oninput = ({ target }) => {
      const own = this.own.find((one) => one.dataset.own === target.name);
      if (own) own.value = ""; // a size takes the place of one's own numbers
      this.changed();
    };
    grids.onpointermove = grids.onpointerleave = (event) => {
      if (event.pointerType !== "touch") this.hover(this.find(event));
    };
    grids.onclick = (event) => {
      if (!this.pulled) this.choose(this.find(event));
      this.pulled = false;
    };
    for (const touch of ["pointerenter", "focusin"])
      root.addEventListener(touch, () => this.draw(), { once: true });
  }

  get values() {
    const typed = this.own.filter(({ value }) => value.trim());
    return [
      ...this.controls.map((one) => `${one.name}=${encodeURIComponent(texts(one)[one.value])}`),
      ...typed.map((one) => `own-${one.dataset.own}=${encodeURIComponent(one.value.trim())}`),
    ];
  }

  get fragment() {
    const { values } = this;
    if (this.numbers.address) values.push(`changed=${encodeURI(this.numbers.address)}`);
    if (this.step) values.push(`step=${this.step + 1}`);
    return `#${this.key}:${values}`;
  }

  // Take values from a link or an address: "stride=2,step=3".
  set(values) {
    const wanted = Object.fromEntries(values.split(",").map((item) => item.split("=")));
    for (const one of this.controls) {
      const is = (text) => [text, encodeURIComponent(text)].includes(wanted[one.name]);
      if (texts(one).some(is)) one.value = texts(one).findIndex(is);
    }
    for (const one of this.own) {
      one.value = decodeURIComponent(wanted[`own-${one.dataset.own}`] ?? "");
      one.parentNode.open ||= one.value;
    }
    this.numbers.address = decodeURIComponent(wanted.changed ?? "");
    this.pause();
    this.changed(wanted.step && (wanted.step - 1 || 0));
    const block = this.root.offsetHeight > innerHeight ? "start" : "nearest";
    this.root.scrollIntoView({ block });
  }

  changed(step) {
    this.state();
    this.point = null;
    this.soon(() => {
      if (step !== undefined) {
        this.step = clamp(step, this.steps);
        this.light();
      }
      if (!this.prediction.asks) this.say(this.parts.sentence.textContent);
    });
  }

  // The next frame answers a press with what the control says; the pictures come in the one after it.
  soon(then) {
    this.root.ariaBusy = "true";
    this.coming.push(then);
    this.frame ??= later(() => {
      this.frame = null;
      this.draw();
    });
  }

  // Write each control's value beside it; return the number of their state, and how many there are.
  state() {
    let state = 0, states = 1; // the last control changes fastest
    for (const control of this.controls) {
      const known = texts(control), output = control.parentNode.nextElementSibling;
      state = state * known.length + +control.value;
      states *= known.length;
      if (output) control.ariaValueText = output.textContent = known[control.value];
    }
    return [state, states];
  }

  get wanted() {
    return this.values + this.numbers.address;
  }

  // Show the state of the controls, then go on: at once, where it is shown.
  draw(then) {
    this.coming.push(then);
    if (this.shows === this.wanted) return this.finish();
    this.root.ariaBusy = "true";
    const [state, states] = this.state();
    if (this.root.dataset.asks) return void window.askForPicture(this, texts);
    const size = states / this.packs.length;
    const { pack: url, packName } = this.packs[Math.floor(state / size)].dataset;
    const pack = loaded[url];
    if (pack) return this.fill((kind) => pack(kind, state % size));
    load(url, packName).then(() => this.draw(), () => this.refuse("This picture's data did not load."));
  }

  // Show the parts of a state; it may no longer be that of the controls.
  fill(html, values = `${this.values}`) {
    this.found = {};
    this.numbers.forget(this.shown);
    for (const [kind, part] of Object.entries(this.parts)) {
      if (this.shown[kind] !== html(kind)) part.innerHTML = this.shown[kind] = html(kind);
    }
    const [[over, slices, form], rows, columns] = ["names", "rows", "columns"].map(
      (kind) => JSON.parse(html(kind) || "[]"));
    this.sweep = { over, slices, form, stamps: form === "stamp", rows, columns };
    this.steps = rows.length * columns.length;
    this.step = clamp(this.step, this.steps);
    this.root.classList.toggle("still", !this.steps);
    if (!this.steps) this.pause();
    this.numbers.follow(html);
    this.prediction.follow(html, values);
    this.symbols.follow();
    if (!this.has(this.point)) this.point = null;
    this.light();
    if (values !== `${this.values}`) return;
    this.shows = this.wanted;
    this.finish();
  }

  finish() {
    this.root.ariaBusy = null;
    for (const then of this.coming.splice(0)) then?.();
  }

  // The state cannot be shown, for a reason or because nobody asks any more.
  refuse(reason) {
    this.root.ariaBusy = null;
    this.coming = [];
    if (reason) this.tell(reason);
  }

  at(step) {
    const { length } = this.sweep.columns;
    return [Math.floor(step / length), step % length];
  }

  // The step that a cell stands for, if any.
  stepOf({ kind, row, column }) {
    if (kind === "matrix") return row;
    return kind === `grid:${this.sweep.over}` ? row * this.sweep.columns.length + column : null;
  }

  // Outline what belongs to the point, else to the current step.
  light() {
    for (const cell of this.lit) cell.classList.remove("lit");
    this.lit = [];
    this.count.textContent = this.steps ? `step ${this.step + 1} of ${this.steps}` : "";
    const point = this.point ?? {}, step = this.steps ? this.stepOf(point) ?? this.step : -1;
    if (this.prediction.asks) {
      this.sum.textContent = "";
      if (step >= 0) this.outline(this.sweep.over, ...this.at(step));
      return;
    }
    const reading = step >= 0 && this.sweep.slices.some(([name]) => point.kind === `grid:${name}`);
    this.sum.textContent = reading ? this.readers(point) : step < 0 ? "" : this.product(step);
    const bar = this.root.querySelector(".lit-row"); // of a matrix with one row for each step
    bar?.setAttribute("y", (reading ? -1 - this.steps : step) * CELL);
    this.revealed = reading ? -1 : step;
    this.reveals ??= later(() => this.reveal(this.revealed));
  }

  // Where a grid scrolls in itself, keep what is lit in view, once it is laid out.
  reveal(step) {
    this.reveals = null;
    for (const part of this.root.querySelectorAll(".grid[data-part]")) {
      if (part.scrollWidth <= part.clientWidth && part.scrollHeight <= part.clientHeight) continue;
      part.tabIndex = 0; // so that the keyboard can scroll it, too
      const lit = [...part.querySelectorAll("rect.lit")];
      if (part === this.parts.matrix && step >= 0) {
        lit.push(...part.querySelectorAll(`svg > g > [transform$=" ${step * CELL})"]`));
      }
      if (!lit.length) continue;
      const boxes = lit.map((cell) => cell.getBoundingClientRect()), own = part.getBoundingClientRect();
      const ends = (from, to) => [Math.min(...boxes.map((box) => box[from])), Math.max(...boxes.map((box) => box[to]))];
      const [left, right] = ends("left", "right"), [top, bottom] = ends("top", "bottom");
      part.scrollLeft += Math.min(0, left - own.left - CELL) || Math.max(0, right - own.right + CELL);
      part.scrollTop += Math.min(0, top - own.top - CELL) || Math.max(0, bottom - own.bottom + CELL);
    }
  }

  product(step) {
    const { over, slices, form, stamps, rows, columns } = this.sweep, [row, column] = this.at(step);
    const value = this.outline(over, row, column), at = `${over}[${row}, ${column}] =`;
    const terms = slices.flatMap(([reads, weights]) => rows[row].flatMap(([tapY, y]) =>
      columns[column].map(([tapX, x]) => {
        const cell = this.outline(reads, y, x), weight = factor(this.outline(weights, tapY, tapX));
        if (stamps) return `${factor(value)}×${weight} to ${reads}[${y}, ${x}]`;
        if (form === "largest") return cell;
        if (form === "mean") return factor(cell);
        return `${factor(cell)}×${weight}`;
      })));
    if (stamps) return `${at} ${value} adds ${terms.join(", ") || "nothing"}`;
    if (form === "largest") return `${at} largest of ${terms.join(", ")} = ${value}`;
    if (form === "mean") return `${at} (${terms.join(" + ")}) ÷ ${terms.length} = ${value}`;
    return `${at} ${terms.join(" + ") || "0"} = ${value}`;
  }

  readers({ kind, row, column }) {
    const { over, stamps, rows, columns } = this.sweep;
    const meets = (links, index) => links.some(([, cell]) => cell === index);
    for (let step = 0; step < this.steps; step += 1) {
      const [y, x] = this.at(step);
      if (meets(rows[y], row) && meets(columns[x], column)) this.outline(over, y, x);
    }
    const count = this.lit.length, text = this.outline(kind.slice(5), row, column);
    return `This ${text} is ${stamps ? "made" : "read"} by ${count} of ${this.steps} ${over} cells.`;
  }

  // Outline a cell of a grid; return its text.
  outline(name, row, column) {
    const { cells, texts, columns } = this.cells(`grid:${name}`), index = row * columns + column;
    cells[index].classList.add("lit");
    this.lit.push(cells[index]);
    return texts[index].textContent;
  }

  // The cells and texts of a part, in reading order; none where it shows no picture.
  cells(kind) {
    return (this.found[kind] ??= found(this.parts[kind]?.querySelector("svg")));
  }

  // Whether a point lies in the pictures, which may be others than when it was found.
  has(point) {
    const { rows, columns } = this.cells(point?.kind);
    return point?.row < rows && point.column < columns;
  }

  // The cell below a pointer. Cells touch here, though their lines do not.
  find({ target, clientX, clientY }) {
    const svg = target.closest(".grid svg");
    if (!svg) return null;
    const kind = svg.parentNode.dataset.part, { rows, columns } = this.cells(kind);
    const box = svg.getBoundingClientRect();
    return {
      kind,
      row: clamp(((clientY - box.top) / box.height) * rows, rows),
      column: clamp(((clientX - box.left) / box.width) * columns, columns),
    };
  }

  hover(point) {
    this.point = this.has(point) ? point : null;
    if (!this.sweep) return;
    this.light();
    const { cells, columns } = this.cells(point?.kind);
    this.symbols.point(point && cells[point.row * columns + point.column]);
  }

  choose(point) {
    if (point) this.draw(() => {
      if (!this.has(point) || this.prediction.takes(point)) return;
      const step = this.stepOf(point);
      if (step !== null && step !== this.step) return this.soon(() => this.go(step));
      // Where it shows a number that can be changed; phones show a keyboard for what opens at once.
      this.numbers.open(point);
      this.soon(() => {
        this.hover(point);
        this.say(this.sum.textContent);
      });
    });
  }

  press(event) {
    const move = MOVES[event.key], kind = event.currentTarget.dataset.part;
    if ((!move && event.key !== "Enter") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this[move ? "soon" : "draw"](() => { // a field is open before the next key
      const { rows, columns } = this.cells(kind), steps = kind === `grid:${this.sweep.over}`;
      if (!rows) return; // an error stands in its place
      const [row, column] = steps ? this.at(this.step)
        : this.point?.kind === kind ? [this.point.row, this.point.column] : [0, 0];
      if (!move) {
        return this.prediction.takes({ kind, row, column }) || this.numbers.open({ kind, row, column });
      }
      const to = { kind, row: clamp(row + move[0], rows), column: clamp(column + move[1], columns) };
      this.pause();
      if (steps) return this.go(this.stepOf(to));
      this.hover(this.point?.kind === kind ? to : { kind, row, column });
      this.say(`Row ${this.point.row}, column ${this.point.column}. ${this.sum.textContent}`);
    });
  }

  walk(to) {
    this.pause();
    this.soon(() => this.go(to()));
  }

  go(step) {
    if (!this.steps) return;
    this.step = (step + this.steps) % this.steps;
    this.point = null;
    this.light();
    this.say(this.sum.textContent);
    this.prediction.step();
  }

  // What the buttons do, by their data-do.
  back = () => this.walk(() => this.step - 1);
  forward = () => this.walk(() => this.step + 1);
  link = () => this.copy("Link", location.href.split("#")[0] + this.fragment);
  predict = () => this.prediction.toggle();
  code = () => this.copy("Code", this.parts.code.textContent);

  play() {
    if (this.timer) return this.pause();
    this.draw(() => {
      this.buttons.play.textContent = "Pause";
      this.timer = setInterval(() => this.go(this.step + 1), BEAT);
    });
  }

  pause() {
    this.timer = clearInterval(this.timer);
    this.buttons.play.textContent = "Play";
  }

  reset() {
    this.pause();
    this.controls[0].form.reset();
    this.numbers.clear();
    this.changed(0);
  }

  numbersBack() {
    this.numbers.clear();
    this.soon(() => this.say("The book’s numbers are back."));
  }

  async copy(what, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // not permitted here
      const selection = getSelection();
      this.status.textContent = text;
      selection.selectAllChildren(this.status);
      document.execCommand("copy");
      selection.removeAllRanges();
    }
    this.say(`${what} copied.`);
  }

  // Say it where all can see it, too.
  tell(text) {
    this.sum.textContent = text;
    this.say(text);
  }

  say(text) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      this.status.textContent = text;
      history.replaceState(null, "", this.fragment);
    }, QUIET);
  }
}

// The second explorer of a name is called NAME-2; one that Python made takes the place of the page's.
const explorers = {};
const explorer = (key) => explorers[key]?.findLast(({ root }) => root.isConnected);

function adopt(within) {
  for (const root of within.querySelectorAll(".explorer[data-name]")) {
    const { name, asks } = root.dataset;
    let key = name;
    for (let number = 2; !asks && explorers[key]; number += 1) key = `${name}-${number}`;
    (explorers[key] ??= []).push(new Explorer(root, key));
  }
}

function follow() {
  const [key, values] = location.hash.slice(1).split(":");
  if (values) explorer(key)?.set(values);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-explorer][data-state]");
  const one = explorer(link?.dataset.explorer);
  if (!one) return;
  event.preventDefault();
  one.set(link.dataset.state);
});
document.addEventListener("book:added", ({ target }) => adopt(target));
addEventListener("hashchange", follow);
adopt(document);
follow();
})();
