// The picture explorer (convlib/explorers/picture_page.py): it multiplies and adds along the links,
// which tap meets which cell, that Python computed, and knows no formula of convolution.
(() => {
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const START = 40; // row and column of the lens, as in picture_page.py, and of the brush
const FAR = 8; // cells that the brush goes with Shift
const BEAT = 120; // milliseconds between two cells while playing
const QUIET = 350; // of stillness before a change is announced and put in the address
const MOST = 99; // what a weight may be
const UNDOS = 50;
const MARK = "rgb(190 18 60)", BRUSH = "rgb(37 99 235)";

const text = (number) => `${number}`.replace("-", "−");
const factor = (number) => (number < 0 ? `(${text(number)})` : text(+number.toPrecision(6)));
const shown = (number) => text(Math.round(number * 100) / 100);
const clamp = (number, last) => Math.max(0, Math.min(number, last));

// A number as people write it, else NaN: full-width digits, a true minus, a decimal comma.
function read(written) {
  const plain = written.normalize("NFKC").trim().replace(/[−–]/, "-").replace(",", ".");
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e-?\d+)?$/.test(plain) ? +plain : NaN;
  return Math.abs(number) <= MOST ? number : NaN;
}

class Picture {
  at = [START, START]; // the answer under the lens
  brush = [START, START];
  past = []; // the pictures before each stroke

  constructor(root) {
    const all = (selector) => [...root.querySelectorAll(selector)];
    const by = (name) => Object.fromEntries(all(`[data-${name}]`).map((one) => [one.dataset[name], one]));
    const { image, ...data } = JSON.parse(root.dataset.picture);
    Object.assign(this, data, by("of"), { root, buttons: by("do"), taps: all(".lens td") });
    this.given = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
    this.cells = this.given.slice();
    [this.form, this.tools] = all("form");
    this.form.firstElementChild.disabled = false;
    const { weight, over } = this.form.elements;
    this.fields = [...weight, over];
    this.numbers = this.fields.map(({ value }) => read(value));
    for (const [name, button] of Object.entries(this.buttons)) button.onclick = () => this[name]();
    this.form.oninput = ({ target }) => this.set(target);
    this.fields.forEach((field, place) => this.listen(field, place));
    this.listenToLens();
    this.listenToBrush();
    this.listenToPhotos();
    this.draw();
  }

  // The name of the kernel, if it has one.
  get kernel() {
    return Object.keys(this.kernels).find((name) => `${this.kernels[name]}` === `${this.numbers}`);
  }

  get sentence() {
    const { stride, dilation } = this.form.elements;
    return `${this.kernel ?? "Your kernel"} with stride ${stride.value} and dilation ` +
      `${dilation.value}: ${this.size.textContent}.`;
  }

  set({ name, value }) {
    if (name === "kernel") this.fill(this.kernels[value]);
    if (name !== "weight" && name !== "over") this.change();
  }

  fill(numbers) {
    this.numbers = [...numbers];
    this.fields.forEach((field, place) => { field.value = text(numbers[place]); });
  }

  // A field of a weight, or of what the sum is divided by: it is followed while it makes sense, and
  // put back when it is left while it makes none.
  listen(field, place) {
    const good = (number) => !isNaN(number) && (number !== 0 || field.name !== "over");
    const take = (number) => {
      field.ariaInvalid = !good(number);
      if (!good(number)) return;
      this.numbers[place] = number;
      this.wrong.textContent = "";
      this.change();
    };
    const put = (number) => {
      field.value = text(number);
      take(number);
    };
    let before;
    field.onfocus = () => { before = this.numbers[place]; };
    field.oninput = () => take(read(field.value));
    field.onchange = () => {
      const { value } = field, is = good(read(value));
      put(is ? read(value) : before);
      if (is) before = this.numbers[place];
      else this.wrong.textContent = `“${value}” is no number from −${MOST} to ${MOST}` +
        `${field.name === "over" ? " but 0" : ""}: nothing has changed.`;
    };
    field.onkeydown = (event) => {
      if (event.key === "Escape") return put(before);
      const [up] = MOVES[event.key] ?? [0];
      if (!up) return;
      event.preventDefault();
      const next = this.numbers[place] - up;
      put(Math.max(-MOST, Math.min(good(next) || isNaN(next) ? next : next - up, MOST)));
    };
  }

  listenToLens() {
    const { output } = this;
    output.tabIndex = 0;
    output.onkeydown = (event) => this.walk(event, (move) =>
      this.go(this.at[0] + move[0], this.at[1] + move[1]));
    output.onpointermove = output.onclick = (event) => {
      this.pause();
      this.look(...place(output, event), event.type === "click");
    };
  }

  listenToBrush() {
    const { input, paint } = this;
    paint.ontoggle = () => {
      input.tabIndex = paint.open ? 0 : -1;
      input.role = paint.open ? "application" : "img";
      input.ariaLabel = paint.open
        ? "the picture: the arrow keys move the brush, with Shift by more; the space bar paints"
        : "the picture";
      this.mark();
    };
    input.onpointerdown = (event) => {
      if (!paint.open || event.button || !event.isPrimary) return;
      input.setPointerCapture(event.pointerId);
      this.keep();
      this.brush = place(input, event);
      this.stroke(this.brush);
    };
    input.onpointermove = (event) => {
      if (!paint.open || !event.isPrimary) return;
      const from = this.brush;
      this.brush = place(input, event);
      if (event.buttons & 1) this.stroke(from);
      else this.mark();
    };
    input.onkeydown = (event) => {
      if (!paint.open) return;
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
      const [height, width] = this.shape, far = event.shiftKey ? FAR : 1;
      const aloud = () => {
        const [row, column] = this.brush;
        this.say(`Row ${row}, column ${column}: ${this.cells[row * width + column]}.`);
      };
      if (event.key === " ") {
        event.preventDefault();
        this.keep();
        this.stroke(this.brush);
        aloud();
      } else this.walk(event, ([down, right]) => {
        const [row, column] = this.brush;
        this.brush = [clamp(row + far * down, height - 1), clamp(column + far * right, width - 1)];
        this.mark();
        aloud();
      });
    };
  }

  listenToPhotos() {
    const field = this.paint.querySelector("[type=file]");
    field.onchange = () => {
      this.photo(field.files[0]);
      field.value = ""; // so that the same can be chosen again
    };
    this.drop.ondragover = (event) => event.preventDefault();
    this.drop.ondrop = (event) => {
      event.preventDefault();
      this.paint.open = true;
      this.photo(event.dataTransfer.files[0]);
    };
  }

  // Call what moves by an arrow key.
  walk(event, go) {
    const move = MOVES[event.key];
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    go(move);
  }

  // Paint from a cell to the one under the brush.
  stroke(from) {
    const [height, width] = this.shape, { colour, brush } = this.tools.elements;
    const way = [0, 1].map((axis) => this.brush[axis] - from[axis]);
    const steps = Math.max(1, ...way.map(Math.abs)), reach = (brush.value - 1) / 2;
    for (let step = 0; step <= steps; step += 1) {
      const [row, column] = from.map((start, axis) => Math.round(start + way[axis] * step / steps));
      for (let y = Math.max(0, row - reach); y <= Math.min(row + reach, height - 1); y += 1)
        for (let x = Math.max(0, column - reach); x <= Math.min(column + reach, width - 1); x += 1)
          this.cells[y * width + x] = colour.value;
    }
    this.change();
  }

  // Keep the picture as it is, to come back to it.
  keep() {
    this.past = [...this.past, this.cells.slice()].slice(-UNDOS);
    this.buttons.undo.disabled = false;
  }

  replace(cells) {
    this.keep();
    this.cells = cells;
    this.change();
  }

  // Crop the middle of a photo and turn it to grey, here.
  async photo(file) {
    try {
      const [height, width] = this.shape, whole = await createImageBitmap(file);
      const scale = Math.min(whole.height / height, whole.width / width);
      const [high, wide] = [height, width].map((side) => Math.max(1, Math.round(side * scale)));
      const left = Math.floor((whole.width - wide) / 2), top = Math.floor((whole.height - high) / 2);
      const small = await createImageBitmap(whole, left, top, wide, high,
        { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const sheet = canvas.getContext("2d");
      sheet.fillStyle = "#fff"; // behind what is transparent
      sheet.fillRect(0, 0, width, height);
      sheet.drawImage(small, 0, 0);
      const { data } = sheet.getImageData(0, 0, width, height);
      this.replace(this.cells.map((_, n) =>
        Math.round(this.luma.reduce((sum, part, channel) => sum + part * data[4 * n + channel], 0))));
      this.told.textContent = "";
    } catch {
      const name = file ? `“${file.name}”` : "That";
      this.told.textContent = `${name} is no picture that this browser can read: nothing has changed.`;
    }
  }

  change() {
    this.draw();
    this.say(this.sentence);
  }

  draw() {
    const { kernel, stride, dilation } = this.form.elements, [, width] = this.shape;
    kernel.value = this.kernel ?? "own";
    for (const one of [stride, dilation]) one.parentNode.nextElementSibling.textContent = one.value;
    const [rows, columns] = this.shape.map((size) => this.links[`${size} ${stride.value} ${dilation.value}`]);
    const over = this.numbers[9], weights = this.numbers.slice(0, 9), { cells } = this;
    this.seen = { rows, columns };
    this.answers = rows.flatMap((row) => columns.map((column) => {
      let total = 0;
      for (const [a, y] of row)
        for (const [b, x] of column) total += weights[3 * a + b] * cells[y * width + x];
      return total / over;
    }));
    // 0 is in the middle where the weights add up to no more; but for rounding, as `has_middle`.
    const signed = weights.reduce((sum, one) => sum + one / over, 0) <= 1e-9;
    const most = this.answers.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-9);
    const largest = most > 1e-9 ? most : 1;
    fill(this.input, this.shape, this.cells, (n) => n);
    fill(this.output, [rows.length, columns.length], this.answers,
      signed ? (n) => 128 + (127 * n) / largest : (n) => n);
    this.size.textContent = `answers ${rows.length}×${columns.length}${signed ? ", 0 is grey" : ""}`;
    this.look(...this.at);
  }

  // Put the lens on an answer: its window in the picture, its products, its sum.
  look(row, column, aloud) {
    const { rows, columns } = this.seen, [, width] = this.shape, over = this.numbers[9];
    const [y, x] = (this.at = [clamp(row, rows.length - 1), clamp(column, columns.length - 1)]);
    const terms = rows[y].flatMap(([a, top]) => columns[x].map(([b, left]) => {
      const weight = this.numbers[3 * a + b], td = this.taps[3 * a + b];
      td.textContent = `${this.cells[top * width + left]}×${factor(weight)}`;
      td.className = weight ? "" : "nothing";
      return weight ? td.textContent : "";
    })).filter(Boolean).join(" + ") || "0";
    const value = shown(this.answers[y * columns.length + x]);
    this.count.textContent = `row ${y}, column ${x}`;
    this.sum.textContent =
      `answer[${y}, ${x}] = ${over === 1 ? terms : `(${terms}) / ${factor(over)}`} = ${value}`;
    this.mark();
    if (aloud) this.say(`Row ${y}, column ${x}: ${value}.`);
  }

  // Mark what the lens sees, where it is, and what the brush covers.
  mark() {
    const { rows, columns } = this.seen, [y, x] = this.at, sheet = clean(this.input);
    sheet.fillStyle = "rgb(190 18 60 / 65%)";
    for (const [, top] of rows[y]) for (const [, left] of columns[x]) sheet.fillRect(left, top, 1, 1);
    if (this.paint.open) {
      const side = +this.tools.elements.brush.value, [row, column] = this.brush;
      sheet.strokeStyle = BRUSH;
      sheet.strokeRect(column - side / 2, row - side / 2, side + 1, side + 1);
    }
    const mark = clean(this.output);
    mark.strokeStyle = MARK;
    mark.strokeRect(x - 1.5, y - 1.5, 4, 4);
  }

  go(row, column) {
    this.pause();
    this.look(row, column, true);
  }

  // What the buttons do, by their data-do.
  back = () => this.go(this.at[0], this.at[1] - 1);
  forward = () => this.go(this.at[0], this.at[1] + 1);
  first = () => this.replace(this.given.slice());
  empty = () => this.replace(new Uint8Array(this.cells.length).fill(255));

  undo() {
    if (this.past.length) this.cells = this.past.pop();
    this.buttons.undo.disabled = !this.past.length;
    this.change();
  }

  // Along the row, from its start where the lens is at its end.
  play() {
    if (this.timer) return this.pause();
    const last = this.seen.columns.length - 1;
    if (this.at[1] === last) this.look(this.at[0], 0);
    this.buttons.play.textContent = "Pause";
    this.timer = setInterval(() => {
      this.look(this.at[0], this.at[1] + 1, true);
      if (this.at[1] >= this.seen.columns.length - 1) this.pause();
    }, BEAT);
  }

  pause() {
    this.timer = clearInterval(this.timer);
    this.buttons.play.textContent = "Play";
  }

  reset() {
    this.pause();
    this.form.reset();
    this.fill(this.fields.map(({ value }) => read(value)));
    this.at = [START, START];
    this.wrong.textContent = this.told.textContent = "";
    if (this.painted) this.first();
    else this.change();
  }

  get painted() {
    return this.cells.some((cell, n) => cell !== this.given[n]);
  }

  get fragment() {
    const { stride, dilation } = this.form.elements, over = this.numbers[9], [row, column] = this.at;
    const values = [`kernel=${this.kernel ?? this.numbers.slice(0, 9).join("_")}`];
    if (!this.kernel) values.push(`over=${over}`);
    values.push(`stride=${stride.value}`, `dilation=${dilation.value}`);
    if (row !== START || column !== START) values.push(`row=${row}`, `column=${column}`);
    return `#picture:${values}`;
  }

  // Take values from a link or an address: "kernel=Sobel,stride=2".
  follow(state) {
    const wanted = Object.fromEntries(state.split(",").map((item) => item.split("=")));
    const { kernel, over } = wanted;
    const numbers = Object.hasOwn(this.kernels, kernel) ? [...this.kernels[kernel]]
      : kernel ? [...kernel.split("_").map(read), 1] : [...this.numbers];
    if (over) numbers.splice(-1, 1, read(over));
    if (numbers.length === 10 && numbers[9] && !numbers.some(isNaN)) this.fill(numbers);
    for (const name of ["stride", "dilation"])
      if (/^[1-3]$/.test(wanted[name])) this.form.elements[name].value = wanted[name];
    this.at = ["row", "column"].map((name, axis) => Math.floor(wanted[name] ?? this.at[axis]) || 0);
    this.pause();
    this.change();
    this.root.scrollIntoView({ block: this.root.offsetHeight > innerHeight ? "start" : "nearest" });
  }

  async link() {
    const address = location.href.split("#")[0] + this.fragment;
    const note = this.painted ? " The picture you made is not in it: that stays on your device." : "";
    try {
      await navigator.clipboard.writeText(address);
      this.say(`Link copied.${note}`);
    } catch { // not permitted here: it can be copied by hand
      const code = Object.assign(document.createElement("code"), { textContent: address });
      this.said.replaceChildren(code, note);
      getSelection().selectAllChildren(code);
    }
  }

  say(words) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      this.said.textContent = words;
      history.replaceState(null, "", this.fragment);
    }, QUIET);
  }
}

// The cell of a canvas below a pointer.
function place(canvas, { clientX, clientY }) {
  const box = canvas.getBoundingClientRect();
  const cell = (at, from, length, count) => clamp(Math.floor(((at - from) / length) * count), count - 1);
  return [cell(clientY, box.top, box.height, canvas.height),
    cell(clientX, box.left, box.width, canvas.width)];
}

// Fill a canvas with cells; it remembers its picture, so that a mark can be taken away again.
function fill(canvas, [height, width], numbers, level) {
  Object.assign(canvas, { width, height, picture: new ImageData(width, height) });
  const { data } = canvas.picture; // which cuts off what is below 0 or above 255
  numbers.forEach((number, n) => {
    data[4 * n] = data[4 * n + 1] = data[4 * n + 2] = level(number);
    data[4 * n + 3] = 255;
  });
}

function clean(canvas) {
  const sheet = canvas.getContext("2d");
  sheet.putImageData(canvas.picture, 0, 0);
  return sheet;
}

const pictures = [];

function adopt(within) {
  for (const root of within.querySelectorAll(".picture-explorer")) {
    if (document.getElementById(root.id) !== root) root.removeAttribute("id"); // the first has it
    pictures.push(new Picture(root));
  }
}

// One that Python made stands where the page's own is hidden.
function follow(state) {
  const one = pictures.find(({ root }) => root.offsetParent);
  if (state) one?.follow(state);
  return one;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-explorer=picture][data-state]");
  if (link && follow(link.dataset.state)) event.preventDefault();
});
document.addEventListener("book:added", ({ target }) => adopt(target));
const goThere = () => follow(location.hash.match(/^#picture:(.+)/)?.[1]);
addEventListener("hashchange", goThere);
adopt(document);
goThere();
})();
