// Symbols and pictures are tied: a letter of an explorer's formula outlines what it counts, and a cell
// marks the letters that count it. What they count is declared (SYMBOLS in convlib/explorers).
(() => {
const LETTER = /(?<![\p{L}\p{M}])([a-z])(?![\p{L}\p{M}\p{N}])/u;

// The cells of each kind, of which a picture has those of its state.
const FIND = {
  side: (cells) => {
    const own = cells.filter(({ role }) => !/padding|zero|blank/.test(role));
    const first = Math.min(...own.map(({ column }) => column));
    return own.filter(({ column }) => column === first);
  },
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

  // Letters become elements, the first of each kind one that the arrow keys reach.
  follow() {
    this.shown = [];
    if (this.letters.length || !Object.keys(this.known).length) return;
    const seen = new Set();
    const pieces = this.formula.textContent.split(LETTER).map((piece, index) => {
      if (index % 2 === 0 || !this.known[piece]) return piece;
      const letter = document.createElement("i");
      Object.assign(letter, { textContent: piece, className: `symbol symbol-${this.known[piece][1]}` });
      letter.dataset.symbol = piece;
      if (!seen.has(piece)) Object.assign(letter, { tabIndex: seen.size ? -1 : 0, role: "button", ariaLabel: this.words(piece) });
      seen.add(piece);
      return letter;
    });
    this.formula.replaceChildren(...pieces);
  }

  words(letter) {
    return `${letter}: ${this.known[letter][0]}`;
  }

  cells(letter) {
    const [, grid, kind] = this.known[letter], { sweep } = this.explorer;
    if ((kind === "stride" || kind === "dilation") && sweep.slices?.[0][0] !== grid) return [];
    const { cells, columns } = this.explorer.cells(`grid:${grid}`);
    const all = cells.map((element, index) => ({
      element, role: element.getAttribute("class"), row: Math.floor(index / columns), column: index % columns }));
    return FIND[kind](all, sweep).map(({ element }) => element);
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
