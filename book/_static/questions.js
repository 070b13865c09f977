// Questions in a built page. Their answers were computed with the book: this compares what a reader
// gives with them (convlib/questions/page.py), and keeps it on the reader's own device.
(() => {
const KEY = "convolution-cell-by-cell:questions"; // holds the state of each, by its name
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// Storage may be closed; then what the reader does is kept until the page is left.
const attempt = (act) => {
  try { return act(); } catch { return null; }
};
const kept = () => attempt(() => JSON.parse(localStorage.getItem(KEY))) ?? {};
const keep = (name, state) => attempt(() => localStorage.setItem(
  KEY, JSON.stringify({ ...kept(), [name]: state })));

async function unpack(data) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const fill = (text, ...values) => text.replaceAll("{}", () => values.shift()); // as str.format
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const plain = (text) => text.normalize("NFKC").trim(); // full-width digits are digits

class Unread extends Error {} // no answer, or none that can be read: it is no mistake

class Question {
  constructor(root) {
    const one = (selector) => root.querySelector(selector);
    Object.assign(this, {
      root, name: root.dataset.name, form: one("form"), text: one("legend"), fields: one(".fields"),
      result: one(".result"), done: one(".done"), details: one("details"), solution: one(".solution"),
    });
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.check();
      this.save({ checked: true });
    };
    this.form.oninput = () => {
      this.say("");
      this.save({ checked: false });
    };
    this.fields.onkeydown = (event) => this.walk(event);
    one("[data-do=next]").onclick = () => this.another();
  }

  // The data are packed; their digest tells whether what was kept is about this question.
  async open() {
    const data = this.root.dataset.question;
    this.data = await unpack(data);
    this.id = data.slice(-12);
    const state = kept()[this.name] ?? {};
    this.state = state.id === this.id ? state : { solved: state.solved };
    this.show(this.state.variant ?? 0, this.state.given);
    if (this.state.checked) this.check();
    this.form.querySelector("fieldset").disabled = false;
  }

  get inputs() {
    return [...this.fields.querySelectorAll("input")];
  }

  show(variant, given = []) {
    const { texts, fields, solutions } = this.data;
    this.variant = variant % texts.length;
    this.text.innerHTML = texts[this.variant];
    this.fields.innerHTML = fields[this.variant];
    this.solution.innerHTML = solutions[this.variant];
    this.details.open = false;
    this.say("");
    this.inputs.forEach((input, index) => {
      if (input.type === "text") input.value = given[index] ?? "";
      else input.checked = given.includes(index);
      if (input.type === "checkbox") input.tabIndex = index ? -1 : 0; // one tab stop
    });
    this.done.hidden = !this.state.solved;
  }

  another() {
    this.show(this.variant + 1);
    this.save({ checked: false });
    this.inputs[0].focus();
  }

  clear() {
    keep(this.name);
    this.state = {};
    this.show(0);
  }

  // What is filled in: texts, or the numbers of what is chosen.
  get given() {
    if (this.inputs[0].type === "text") return this.inputs.map((input) => input.value);
    return [...this.inputs.keys()].filter((index) => this.inputs[index].checked);
  }

  save(change) {
    Object.assign(this.state, change, { id: this.id, variant: this.variant, given: this.given });
    keep(this.name, this.state);
    progress.show();
  }

  check() {
    const { says, keys } = this.data;
    try {
      const key = this.read(), right = key === keys[this.variant];
      if (right) this.state.solved = true;
      this.say(right ? says.right : `${says.wrong} ${this.hint(key)}`, right ? "right" : "wrong");
      this.done.hidden = !this.state.solved;
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      this.say(error.message);
      this.inputs[0].focus();
    }
  }

  // The answer in its normal form.
  read() {
    const { kind } = this.root.dataset, { given } = this;
    if (kind === "choice" && !given.length) throw new Unread(this.data.says.choose);
    if (kind === "choice" || kind === "cells") return given.join(" ");
    return this.apart(given.map(plain)).map((text) => this.readNumber(text)).join("×");
  }

  // A size that stands in one field, as 3×4 or (3, 4): its numbers move into both.
  apart(texts) {
    if (texts.length < 2 || texts.filter(Boolean).length > 1) return texts;
    const pair = new RegExp(`^(?:${this.data.pair})$`).exec(texts.join(""))?.slice(1);
    pair?.forEach((text, index) => { this.inputs[index].value = text; });
    return pair ?? texts;
  }

  readNumber(text) {
    const { says, number } = this.data;
    if (!text) throw new Unread(says.empty);
    const match = new RegExp(`^(?:${number})$`).exec(text);
    if (!match) throw new Unread(says.unreadable);
    const [, sign, digits, decimals = ""] = match;
    const value = (/[-−]/.test(sign) ? -1 : 1) * `${digits.replace(/[ ,_]/g, "")}.${decimals}`;
    return /[1-9]/.test(decimals) ? (Math.floor(100 * value + 0.5) / 100).toFixed(2) : String(value);
  }

  hint(key) {
    const { says, keys, hints, labels } = this.data, right = keys[this.variant];
    const known = hints[this.variant][key];
    if (known) return known;
    if (this.root.dataset.kind === "cells") {
      const [given, wanted] = [key, right].map((text) => text.split(" ").filter(Boolean));
      if (!given.length) throw new Unread(says.mark);
      const count = given.filter((cell) => wanted.includes(cell)).length;
      return fill(says.some, count, wanted.length, given.length - count);
    }
    if (key.includes(".")) throw new Unread(says.whole);
    const parts = key.split("×").map((part, index) => part === right.split("×")[index]);
    if (labels.length < 2 || !parts.includes(true)) return says.look;
    return fill(says.first, ...(parts[0] ? labels : [...labels].reverse()));
  }

  // A new element is read aloud even if its text is the old one.
  say(text, manner = "") {
    this.result.replaceChildren(...(text ? [make("p", { textContent: text, className: manner })] : []));
  }

  walk(event) {
    const move = ARROWS[event.key], from = this.inputs.indexOf(event.target);
    if (event.target.type !== "checkbox" || !move) return;
    event.preventDefault();
    const columns = +event.target.parentNode.style.getPropertyValue("--columns");
    const row = Math.floor(from / columns) + move[0], column = (from % columns) + move[1];
    const to = this.inputs[row * columns + column];
    if (column < 0 || column >= columns || !to) return;
    event.target.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }
}

const questions = [...document.querySelectorAll(".question")].map((root) => new Question(root));

// Below the last question: how many are answered, and how to forget that.
const progress = {
  line: make("p", { role: "status" }),
  show() {
    const solved = questions.filter((question) => question.state?.solved).length;
    const text = `${solved} of ${questions.length} questions of this chapter answered.`;
    if (this.line.textContent !== text) this.line.textContent = text;
  },
  clear(all) {
    for (const question of questions) question.clear();
    if (all) attempt(() => localStorage.removeItem(KEY));
    this.show();
    this.details.open = false;
    this.details.firstChild.focus();
  },
  place() {
    const button = (textContent, all) => make("button", { textContent, onclick: () => this.clear(all) });
    this.show();
    this.details = make("details", {}, make("summary", { textContent: "Clear answers" }),
      make("p", { textContent: "They are kept in this browser, and nowhere else." }),
      button("Of this chapter"), " ", button("Of all chapters", true));
    const box = make("div", { className: "question-progress" }, this.line, this.details);
    questions.at(-1).root.after(box);
  },
};

// A question that Python made in the page, since its cell was changed, keeps its answers as well.
document.addEventListener("book:added", ({ target }) => {
  for (const root of target.querySelectorAll(".question")) new Question(root).open();
});

if (questions.length) Promise.all(questions.map((question) => question.open())).then(() => progress.place(), (error) => {
  for (const question of questions) question.say("This browser cannot check answers; a newer one can.");
  throw error;
});
})();
