// Predict, then look: an explorer hides its answer until its reader has committed to one. The
// questions and answers come with its pictures (Guess in convlib/explorers/declaration.py).
(() => {
// The numbers and words of an answer: "3×4", "3 by 4", "(3, 4)", "4,608", "none".
const said = (text) => (text.normalize("NFKC").toLowerCase().replace(/(\d),(?=\d{3}\b)/g, "$1")
  .replaceAll("−", "-").match(/-?\d+(?:\.\d+)?|[a-z]+/g) ?? []).filter(
  (word) => !["x", "by", "and"].includes(word));

function same(given, answer) {
  const [mine, right] = [said(given), said(answer)];
  // One number stands for both sides of a square.
  if (mine.length === 1 && right.length === 2 && right[0] === right[1]) mine.push(mine[0]);
  return mine.length === right.length && mine.every((word, i) => word === right[i] || +word === +right[i]);
}

// How far a wrong size or number is off, if it can be said.
function apart(given, answer) {
  const [mine, right] = [said(given), said(answer)].map((words) => words.map(Number));
  if (mine.length !== right.length || [...mine, ...right].some(Number.isNaN)) return "";
  const by = right.map((number, i) => Math.round(100 * (mine[i] - number)) / 100);
  const words = by.map((number) => (number ? `${Math.abs(number)} too ${number > 0 ? "many" : "few"}` : "right"));
  return ` (${words.join(", ")})`;
}

class Prediction {
  asks = ""; // "size" or "cells", while an answer is hidden
  state = null; // the values that were answered for

  constructor(explorer) {
    const make = (tag, properties, ...children) => {
      const element = Object.assign(document.createElement(tag), properties);
      element.append(...children);
      return element;
    };
    Object.assign(this, { explorer, button: explorer.buttons.predict, marked: new Set() });
    if (!this.button) return;
    this.text = make("span");
    this.input = make("input", { type: "text", size: 9, autocomplete: "off", spellcheck: false });
    const skip = make("button", { type: "button", textContent: "Skip", onclick: () => this.show() });
    this.label = make("label", {}, this.text, " ", this.input);
    this.result = make("p", { className: "predicted" });
    this.box = make("form", { className: "prediction", hidden: true },
      this.label, " ", make("button", { textContent: "Look" }), " ", skip);
    this.box.onsubmit = (event) => {
      event.preventDefault();
      this.look();
    };
    this.box.onkeydown = (event) => {
      if (event.key === "Escape") this.show();
    };
    explorer.root.querySelector(".grids").before(this.box, this.result);
  }

  get on() {
    return this.button?.ariaPressed === "true";
  }

  toggle() {
    this.button.ariaPressed = String(!this.on);
    this.result.textContent = "";
    if (!this.on) return this.show();
    this.explorer.draw(() => {
      this.begin(`${this.explorer.values}`);
      this.explorer.light();
      this.input.focus();
    });
  }

  // The explorer has a picture: is there something to ask about it?
  follow(html, state) {
    if (!this.button) return;
    this.answer = JSON.parse(html("answer") || '""');
    const hidden = JSON.parse(html("hidden") || "[]");
    for (const [kind, part] of Object.entries(this.explorer.parts))
      part.classList.toggle("answer", hidden.includes(kind.slice(5)));
    // Of changed numbers, the answer may be another.
    this.button.hidden = this.explorer.numbers.some && html("retold");
    if (this.button.hidden) this.asks && this.show();
    else if (this.on && this.state !== state) this.begin(state);
  }

  begin(state) {
    this.state = state;
    this.ask("size", this.button.dataset.question);
  }

  // The explorer went to a step: which cells are in it?
  step() {
    const { explorer } = this;
    if (!this.on || this.asks === "size" || explorer.timer) return;
    const { over, slices: [[reads]], stamps } = explorer.sweep, [row, column] = explorer.at(explorer.step);
    this.reads = reads;
    this.ask("cells", `Which cells of ${reads} does ${over}[${row}, ${column}] ${stamps ? "add to" : "read"}? ` +
      "Choose them, then look.");
    explorer.light();
  }

  ask(kind, question) {
    this.unmark();
    this.asks = kind;
    this.explorer.root.dataset.awaits = kind;
    this.text.textContent = question;
    this.input.hidden = kind === "cells";
    this.input.value = "";
    this.box.hidden = false;
    this.result.textContent = "";
    this.explorer.say(question);
  }

  look() {
    if (this.asks === "cells") return this.compare();
    const given = this.input.value.trim();
    if (!given) return this.input.focus();
    const right = same(given, this.answer);
    this.show(right ? `Right: ${this.answer}.`
      : `You said ${given}${apart(given, this.answer)}; it is ${this.answer}.`);
  }

  // Show both: what was chosen, and what is lit.
  compare() {
    const chosen = [...this.marked];
    if (!chosen.length) return this.explorer.say(this.text.textContent);
    this.show("");
    const right = new Set(this.explorer.lit.filter((cell) => cell.closest(`[data-grid="${this.reads}"]`)));
    const hits = chosen.filter((cell) => right.has(cell)).length;
    for (const cell of chosen) cell.classList.add("chosen");
    this.marked = new Set(chosen);
    const missed = right.size - hits, wrong = chosen.length - hits;
    this.tell(missed || wrong
      ? `${hits} of ${right.size} cells found, ${missed} missed, ${wrong} that it does not read.`
      : `Right: ${hits === 1 ? "this cell" : `these ${hits} cells`}.`);
  }

  // A cell was chosen with the pointer or the keyboard, while cells are asked for.
  takes({ kind, row, column }) {
    if (this.asks !== "cells") return false;
    if (kind !== `grid:${this.reads}`) return true;
    const { cells, columns } = this.explorer.cells(kind), cell = cells[row * columns + column];
    const chosen = cell.classList.toggle("chosen");
    this.marked[chosen ? "add" : "delete"](cell);
    this.explorer.say(`Row ${row}, column ${column} ${chosen ? "chosen" : "left out"}.`);
    return true;
  }

  unmark() {
    for (const cell of this.marked) cell.classList.remove("chosen");
    this.marked.clear();
  }

  show(result = "") {
    this.unmark();
    const inside = this.box.contains(document.activeElement);
    this.asks = "";
    delete this.explorer.root.dataset.awaits;
    this.box.hidden = true;
    if (inside) this.button.focus();
    if (this.explorer.sweep) this.explorer.light();
    this.tell(result);
  }

  tell(result) {
    this.result.textContent = result;
    this.explorer.say(result || this.explorer.parts.sentence.textContent);
  }
}

window.ExplorerPrediction = Prediction;
})();
