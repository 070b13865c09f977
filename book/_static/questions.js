// Questions in a built page. Their answers were computed with the book: this compares what a reader
// gives with them (convlib/questions/page.py), and keeps it (remember.js). review.js asks again.
(() => {
const memory = window.bookMemory, { make } = memory;
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

async function unpack(data) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const { page, pack: address } = document.currentScript.dataset, pack = new URL(address, document.baseURI);
async function packed(id) {
  const forms = await memory.forms({ page, pack });
  return forms.map((form) => /(?<=data-question=")[^"]+/.exec(form)[0]).find((data) => data.endsWith(id));
}

const fill = (text, ...values) => text.replaceAll("{}", () => values.shift()); // as str.format
const plain = (text) => text.normalize("NFKC").trim(); // full-width digits are digits

class Unread extends Error {} // no answer, or none that can be read: it is no mistake

class Question {
  constructor(root) {
    const one = (selector) => root.querySelector(selector);
    Object.assign(this, {
      root, name: root.dataset.name, form: one("form"), text: one("legend"), fields: one(".fields"),
      result: one(".result"), done: one(".done"), details: one("details"), solution: one(".solution"),
    });
    this.form.onsubmit = (event) => { event.preventDefault(); this.submit(); };
    this.form.oninput = () => {
      this.say("");
      this.save({ checked: false });
    };
    this.fields.onkeydown = (event) => this.walk(event);
    one("[data-do=next]").onclick = () => this.another();
  }

  // The data are packed, in a chapter's page beside it: their digest stands for them, and tells
  // whether what was kept is about this question.
  async open() {
    let data = this.root.dataset.question;
    this.id = data.slice(-12);
    if (data === this.id) data = await packed(this.id);
    this.data = await unpack(data);
    this.resume(memory.of(this.name));
    this.form.querySelector("fieldset").disabled = false;
  }

  resume({ id, variant = 0, given, checked }) {
    if (id !== this.id) return this.show(0);
    this.show(variant, given);
    if (checked) this.check();
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
    this.done.hidden = !memory.of(this.name).solved;
  }

  another() {
    this.show(this.variant + 1);
    this.save({ checked: false });
    this.inputs[0].focus();
  }

  clear() {
    memory.put({ [this.name]: null });
    this.show(0);
  }

  // What is filled in: texts, or the numbers of what is chosen.
  get given() {
    if (this.inputs[0].type === "text") return this.inputs.map((input) => input.value);
    return [...this.inputs.keys()].filter((index) => this.inputs[index].checked);
  }

  save(change) {
    const { name, id, variant, given } = this;
    memory.put({ [name]: { ...change, id, variant, given } });
    this.done.hidden = !memory.of(name).solved;
    progress.show();
  }

  // After an answer the chapter is read: its other questions come tomorrow, for the first time.
  submit() {
    const right = this.check(), checked = right !== undefined;
    if (checked) memory.take(names, memory.today() + 1);
    this.save({ checked, ...(checked && memory.answered(memory.of(this.name), right)) });
  }

  // Say whether what is given is right; return it, or nothing where there is no answer.
  check() {
    const { says, keys } = this.data;
    try {
      const key = this.read(), right = key === keys[this.variant];
      this.say(right ? says.right : `${says.wrong} ${this.hint(key)}`, right ? "right" : "wrong");
      return right;
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
const names = questions.map(({ name }) => name);

// Below the last question: how many are answered, the way to the review, and how to forget.
const progress = {
  // Inert until the questions are there; its place is kept from the beginning, so that nothing moves.
  box: make("div", { className: "question-progress", inert: true }),
  line: make("p", { role: "status" }),
  review: make("p"),
  show() {
    const text = `${memory.solved(names)} of ${names.length} questions of this chapter answered.`;
    if (this.line.textContent !== text) this.line.textContent = text;
    if (!memory.review) return;
    const read = memory.isRead(names);
    if (this.read !== read) this.review.replaceChildren(read
      ? make("a", { href: memory.review, textContent: "They come again in your review." })
      : make("button", { textContent: "Add this chapter to my review", onclick: () => this.add() }));
    this.read = read;
  },
  add() {
    memory.take(names, memory.today());
    this.show();
    this.review.firstChild.focus();
  },
  clear(all) {
    for (const question of questions) question.clear();
    if (all) memory.write({});
    this.show();
    this.details.open = false;
    this.details.firstChild.focus();
  },
  place() {
    const button = (textContent, all) => make("button", { textContent, onclick: () => this.clear(all) });
    this.show();
    this.details = make("details", {}, make("summary", { textContent: "Clear answers" }),
      make("p", { textContent: memory.isRefused()
        ? "This browser keeps nothing: they are gone when you leave the page."
        : "They are kept in this browser, and nowhere else." }),
      button("Of this chapter"), " ", button("Of all chapters", true));
    this.box.append(this.line, this.review, this.details);
    questions.at(-1).root.after(this.box);
  },
};

// A question that Python made in the page, since its cell was changed, keeps its answers as well.
document.addEventListener("book:added", ({ target }) => {
  for (const root of target.querySelectorAll(".question")) new Question(root).open();
});

if (names.length) progress.place();
Promise.all(questions.map((one) => one.open())).then(() => {
  progress.box.inert = false;
}, (error) => {
  progress.box.remove();
  for (const one of questions) one.say("The questions could not be opened: reload the page, or take a newer browser.");
  throw error;
});
window.bookQuestion = Question;
})();
