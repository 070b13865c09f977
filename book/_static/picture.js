// The picture explorer: it multiplies and adds along the links (which tap meets which cell) that
// Python computed, and knows no formula of convolution.
(() => {
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const bracket = (n) => (n < 0 ? `(−${-n})` : `${n}`);
const shown = (n) => `${Math.round(n * 100) / 100}`.replace("-", "−");

class Picture {
  at = [40, 40]; // row and column of the answer under the lens

  constructor(root) {
    const { side, image, kernels, links } = JSON.parse(root.dataset.picture);
    const cells = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
    const of = (name) => root.querySelector(`[data-of=${name}]`);
    Object.assign(this, { root, side, cells, kernels, links });
    [this.input, this.output, this.size] = ["input", "output", "size"].map(of);
    [this.table, this.sum, this.said] = ["table", ".sum", ".sentence"].map(
      (selector) => root.querySelector(selector));
    this.form = root.querySelector("form");
    this.form.firstElementChild.disabled = false;
    this.form.oninput = () => this.draw();
    this.output.tabIndex = 0;
    this.output.onkeydown = (event) => {
      const move = MOVES[event.key];
      if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.look(this.at[0] + move[0], this.at[1] + move[1], true);
    };
    const point = (event) => {
      const box = this.output.getBoundingClientRect(), rows = this.seen.length;
      const place = (at, from, length) => Math.floor(((at - from) / length) * rows);
      this.look(place(event.clientY, box.top, box.height), place(event.clientX, box.left, box.width),
        event.type === "click");
    };
    this.output.onpointermove = this.output.onclick = point;
    const rows = Array.from({ length: side }, (_, n) => cells.subarray(n * side, (n + 1) * side));
    paint(this.input, rows, (n) => n);
    this.draw();
  }

  draw() {
    const { kernel, stride, dilation } = this.form.elements;
    for (const one of [stride, dilation])
      one.parentNode.nextElementSibling.textContent = one.value;
    this.kernel = this.kernels[kernel.value];
    const seen = (this.seen = this.links[`${stride.value} ${dilation.value}`]);
    const { weights, over, signed } = this.kernel;
    this.answers = seen.map((rows) => seen.map((columns) => {
      let total = 0;
      for (const [a, y] of rows)
        for (const [b, x] of columns) total += weights[a][b] * this.cells[y * this.side + x];
      return total / over;
    }));
    const largest = Math.max(1, ...this.answers.flat().map(Math.abs));
    const level = (n) => (signed ? 128 + (127 * n) / largest : Math.max(0, Math.min(255, n)));
    paint(this.output, this.answers, level);
    this.size.textContent = `answers ${seen.length}×${seen.length}${signed ? ", 0 is grey" : ""}`;
    this.look(...this.at);
    this.say(`${kernel.value} with stride ${stride.value} and dilation ${dilation.value}: ` +
      `${seen.length}×${seen.length} answers.`);
  }

  // Put the lens on an answer: its window in the picture, its products, its sum.
  look(row, column, aloud) {
    const last = this.seen.length - 1;
    const [y, x] = (this.at = [row, column].map((n) => Math.max(0, Math.min(n, last))));
    const rows = this.seen[y], columns = this.seen[x], { weights, over } = this.kernel;
    unmark(this.input);
    const brush = this.input.getContext("2d");
    brush.fillStyle = "rgb(190 18 60 / 65%)";
    for (const [, top] of rows) for (const [, left] of columns) brush.fillRect(left, top, 1, 1);
    unmark(this.output);
    const terms = rows.map(([a, top]) => columns.map(([b, left]) =>
      [this.cells[top * this.side + left], weights[a][b]]));
    this.table.replaceChildren(...terms.map((line) => {
      const tr = document.createElement("tr");
      tr.append(...line.map(([cell, weight]) => {
        const td = document.createElement("td");
        td.textContent = `${cell}×${bracket(weight)}`;
        if (!weight) td.className = "nothing";
        return td;
      }));
      return tr;
    }));
    const products = terms.flat().filter(([, weight]) => weight);
    const sum = products.map(([cell, weight]) => `${cell}×${bracket(weight)}`).join(" + ");
    const value = shown(this.answers[y][x]);
    this.sum.textContent =
      `answer[${y}, ${x}] = ${over > 1 ? `(${sum}) / ${over}` : sum} = ${value}`;
    if (aloud) this.say(`Row ${y}, column ${x}: ${value}.`);
    const mark = this.output.getContext("2d"), scale = this.output.width / this.seen.length;
    mark.strokeStyle = "rgb(190 18 60)";
    mark.lineWidth = 1;
    mark.strokeRect(x * scale - 1.5, y * scale - 1.5, scale + 3, scale + 3);
  }

  say(text) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => { this.said.textContent = text; }, 350);
  }
}

// Fill a canvas with cells; it remembers its picture, so that a mark can be taken away again.
function paint(canvas, rows, level) {
  const brush = canvas.getContext("2d");
  const side = rows.length, pixels = brush.createImageData(side, side);
  rows.forEach((row, y) => row.forEach((n, x) => {
    pixels.data.set([level(n), level(n), level(n), 255], 4 * (y * side + x));
  }));
  Object.assign(canvas, { width: side, height: side, picture: pixels });
  unmark(canvas);
}

function unmark(canvas) {
  canvas.getContext("2d").putImageData(canvas.picture, 0, 0);
}

const adopt = (within) => {
  for (const root of within.querySelectorAll(".picture-explorer")) new Picture(root);
};
document.addEventListener("book:added", ({ target }) => adopt(target));
adopt(document);
})();
