// Symbols and pictures are tied: a letter of an explorer's formula outlines what it counts, and a cell
// marks the letters that count it. What they count is declared with the scenes
// (convlib/scenes/symbols.py, where the same cells are found).
(() => {
const LETTER = /(?<![A-Za-z\u0300-\u036f])([A-Za-z][HW₁₂]?)(?![\p{L}\p{N}_′\u0300-\u036f])/u;

const owned = (cells) => cells.filter(({ role }) => !/padding|zero|blank/.test(role));

function first(axis, cells) {
  const own = owned(cells), least = Math.min(...own.map((cell) => cell[axis]));
  return own.filter((cell) => cell[axis] === least);
}

// The cells of each kind, of which a picture has those of its state.
const FIND = {
  side: (cells) => first("column", cells),
  row: (cells) => first("row", cells),
  all: owned,
  padding: (cells) => cells.filter(({ role }) => role.includes("role-padding")),
  unused: (cells) => cells.filter(({ role }) => role.includes("unused")),
  // Down the first column, from the first cell of a window to that of the next one.
  stride: (cells, { rows, columns }) => between(cells, rows[0]?.[0], rows[1]?.[0], columns[0]?.[0]),
  dilation: (cells, { rows, columns }) => between(cells, rows[0]?.[0], rows[0]?.[1], columns[0]?.[0]),
};

function between(cells, from, to, across) {
  if (!from || !to || !across) return [];
  return cells.filter(({ row, column }) => column === across[1] && row >= from[1] && row < to[1]);
}

class Symbols {
  shown = []; // what is outlined

  constructor(explorer) {
    this.explorer = explorer;
    this.known = JSON.parse(explorer.root.dataset.symbols ?? "{}");
    this.formula = explorer.parts.formula;
    const of = ({ target }) => target.closest?.("[data-symbol]")?.dataset.symbol;
    this.formula.onpointerover = this.formula.onclick = (event) => this.show(of(event));
    this.formula.onpointerleave = () => this.show();
    this.formula.addEventListener("focusin", (event) => this.show(of(event), true));
    this.formula.addEventListener("focusout", () => this.show());
    this.formula.onkeydown = (event) => this.walk(event);
  }

  get letters() {
    return [...this.formula.querySelectorAll("[data-symbol]")];
  }

  follow() {
    if (!this.letters.length && Object.keys(this.known).length) this.tie();
    const { activeElement: at } = document; // the picture may be another, and the letter the same
    this.show(this.formula.contains(at) ? at.dataset.symbol : "");
  }

  // Letters become elements, the first of each kind one that the arrow keys reach.
  tie() {
    const seen = new Set();
    this.formula.replaceChildren(...this.formula.textContent.split("\n").flatMap((line, number) =>
      [...(number ? ["\n"] : []), ...this.tied(line, seen)]));
  }

  // A line as texts and letters. A key "way back: i" is for the line that begins so, "i" for all.
  tied(line, seen) {
    const about = line.includes(": ") ? line.slice(0, line.indexOf(": ")) : "";
    return line.split(LETTER).map((piece, index) => {
      const key = index % 2 && [`${about}: ${piece}`, piece].find((one) => this.known[one]);
      if (!key) return piece;
      const letter = document.createElement("i");
      Object.assign(letter, { textContent: piece, className: `symbol symbol-${this.known[key][3]}` });
      letter.dataset.symbol = key;
      if (!seen.has(key)) Object.assign(letter, { tabIndex: seen.size ? -1 : 0, role: "button", ariaLabel: this.words(key) });
      seen.add(key);
      return letter;
    });
  }

  words(key) {
    return `${key.split(": ").pop()}: ${this.known[key][0]}`;
  }

  cells(key) {
    const [, grids, kind] = this.known[key], { sweep } = this.explorer;
    return grids.flatMap((grid) => {
      if ((kind === "stride" || kind === "dilation") && sweep.slices?.[0][0] !== grid) return [];
      const { cells, columns } = this.explorer.cells(`grid:${grid}`);
      const all = cells.map((element, index) => ({
        element, role: element.getAttribute("class"), row: Math.floor(index / columns), column: index % columns }));
      return FIND[kind](all, sweep).map(({ element }) => element);
    });
  }

  show(letter, aloud) {
    for (const element of this.shown) element.classList.remove("pointed");
    this.shown = [];
    if (!letter || !this.explorer.sweep || this.explorer.prediction.asks) return;
    const cells = this.cells(letter);
    this.shown = [...cells, ...this.letters.filter(({ dataset }) => dataset.symbol === letter)];
    for (const element of this.shown) element.classList.add("pointed");
    if (aloud) this.explorer.say(`${this.words(letter)}: ${cells.length || "no"} ${cells.length === 1 ? "cell" : "cells"} outlined.`);
  }

  // The other way round: which letters count the cell that is pointed at?
  point(cell) {
    for (const element of this.letters) {
      const counted = Boolean(cell) && this.cells(element.dataset.symbol).includes(cell);
      element.classList.toggle("pointed", counted);
    }
  }

  walk(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const stops = this.letters.filter(({ role }) => role);
    const to = stops[stops.indexOf(event.target) + by];
    if (!by) return;
    event.stopPropagation(); // on its own page, an explorer steps by these keys
    if (!to) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }
}

window.ExplorerSymbols = Symbols;
})();
