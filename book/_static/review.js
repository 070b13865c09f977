// The review: the questions that are due, one at a time, asked as their chapters ask them; the progress
// over the book; and what is kept, into a file and out of it (remember.js).
(() => {
const { bookMemory: memory, bookQuestion: Question } = window, { make, top } = memory;
const one = (selector) => document.querySelector(selector);
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
let book = []; // its chapters

function when(day) {
  const days = day - memory.today();
  if (days < 2) return days < 1 ? "today" : "tomorrow";
  const words = days < 7 ? { weekday: "long" } : { day: "numeric", month: "long" };
  return `on ${new Date(day * memory.DAY).toLocaleDateString("en-GB", { timeZone: "UTC", ...words })}`;
}

// The questions of the chapters that were read, each with its day.
function known() {
  const records = memory.all();
  return book.filter(({ questions }) => memory.isRead(questions, records)).flatMap((chapter) =>
    chapter.questions.map((name) => ({ chapter, name, day: memory.dayOf(memory.of(name, records)) })));
}

// Those due today: the longest due first, and chapter by turns.
function due() {
  const turns = new Map(), found = known().filter(({ day }) => day <= memory.today());
  for (const question of found.sort((a, b) => a.day - b.day)) {
    question.turn = turns.get(question.chapter) ?? 0;
    turns.set(question.chapter, question.turn + 1);
  }
  return found.sort((a, b) => a.turn - b.turn);
}

function next() {
  const later = known().filter(({ day }) => day > memory.today());
  const day = Math.min(...later.map((question) => question.day));
  const number = later.filter((question) => question.day === day).length;
  if (!number) return "";
  return number > 1 ? `The next ${number} are due ${when(day)}.` : `The next one is due ${when(day)}.`;
}

// A question in the review has other numbers each time; its chapter stays as the reader left it.
class Asked extends Question {
  constructor(root, answered) {
    super(root);
    this.button = root.querySelector("[data-do=next]");
    Object.assign(this.button, { textContent: "Next", hidden: true });
    // Who looks at the worked answer first did not know.
    this.details.ontoggle = () => { if (this.details.open) this.tell(false); };
    this.answered = answered;
  }

  resume({ variant = 0, asked = variant }) {
    const number = this.data.texts.length;
    const numbers = [1, 2].map((step) => (asked + step) % number);
    const other = numbers.find((one) => one !== variant % number);
    memory.put({ [this.name]: { asked: other } });
    this.show(other);
  }

  submit() {
    const right = this.check();
    if (right === undefined) return;
    this.tell(right);
    if (right) this.button.focus();
  }

  tell(right) {
    if (!this.button.hidden) return; // the first answer counts
    this.button.hidden = false;
    memory.put({ [this.name]: memory.answered(memory.of(this.name), right) });
    this.answered(right);
  }

  save() {}

  another() {
    this.button.disabled = true; // once, however often it is pressed
    session.next();
  }
}

const session = {
  line: one(".review-line"), on: one(".review-on"), place: one(".review-question"),
  start: one("[data-review=start]"), stop: one("[data-review=stop]"),

  // Between two sessions: what is due, when the next are, and where to read on.
  rest(said = "") {
    this.queue = null;
    this.place.hidden = true;
    this.place.replaceChildren();
    const waiting = due(), from = new Set(waiting.map(({ chapter }) => chapter)).size;
    const read = known().length, ahead = book.find(({ questions }) => !memory.isRead(questions))
      ?? book.find(({ questions }) => memory.solved(questions) < questions.length);
    const state = waiting.length
      ? `${count(waiting.length, "question")} ${waiting.length > 1 ? "are" : "is"} due, from ${
        count(from, "chapter")}.`
      : read ? `${said ? "" : "Nothing is due. "}${next()}`
        : "Answer a question in a chapter, and it will come back here.";
    this.say(`${said} ${state}`);
    this.on.replaceChildren(...(waiting.length || !ahead ? [] : [read ? "Read on: " : "Begin with ",
      make("a", { href: new URL(`${ahead.page}.html`, top), textContent: ahead.title }), "."]));
    this.start.hidden = !waiting.length;
    this.stop.hidden = true;
  },

  say(text) {
    this.line.textContent = text.trim();
  },

  begin() {
    Object.assign(this, { queue: due(), asked: 0, right: 0, number: 0 });
    this.start.hidden = true;
    this.stop.hidden = false;
    this.on.replaceChildren();
    this.next();
  },

  async next() {
    const { queue } = this, question = queue.shift();
    if (!question) return this.end("That was all for today");
    const { chapter, name } = question;
    try {
      const forms = await memory.forms(chapter), address = new URL(`${chapter.page}.html#question-${name}`, top);
      const html = forms.find((text) => text.includes(`data-name="${name}"`));
      const from = make("p", { className: "review-from" }, "From ",
        make("a", { href: address, textContent: chapter.title }));
      const asked = new Asked(make("div", { innerHTML: html }).firstElementChild,
        (right) => this.answered(question, right));
      await asked.open();
      if (this.queue !== queue) return; // stopped meanwhile
      this.place.replaceChildren(from, asked.root);
      this.place.hidden = false;
      this.asked += 1;
      this.sayPlace();
      asked.inputs[0].focus();
    } catch (error) {
      this.rest("A question could not be opened: reload the page, or take a newer browser.");
      this.line.focus();
      throw error;
    }
  },

  // A wrong one comes again at the end, once.
  answered(question, right) {
    if (!question.again) {
      this.number += 1;
      this.right += right;
      if (!right) this.queue.push({ ...question, again: true });
    }
    const again = right || question.again ? "" : "at the end, and ";
    this.sayPlace(` It comes again ${again}${when(memory.dayOf(memory.of(question.name)))}.`);
    chapters.show();
  },

  sayPlace(more = "") {
    this.say(`Question ${this.asked} of ${this.asked + this.queue.length}.${more}`);
  },

  end(words) {
    const { number, right } = this;
    this.rest(number ? `${words}: ${count(number, "question")}, ${right} right at once.` : "");
    this.line.focus();
  },
};

const chapters = {
  show() {
    const records = memory.all(), days = new Map(); // of each chapter in the review: its next
    for (const { chapter, day } of known()) days.set(chapter, Math.min(day, days.get(chapter) ?? day));
    for (const chapter of book) {
      const row = one(`[data-page="${chapter.page}"]`), number = chapter.questions.length;
      const solved = memory.solved(chapter.questions, records), day = days.get(chapter);
      row.querySelector(".review-bar > span").style.width = `${(100 * solved) / number}%`;
      row.querySelector(".review-words").textContent =
        `${solved} of ${number} answered${day === undefined ? "" : `, due ${when(day)}`}`;
      const button = row.querySelector("button");
      button.disabled = false;
      button.ariaLabel = `Add ${chapter.title} to my review`;
      button.style.visibility = day === undefined ? "" : "hidden"; // its place stays
      button.onclick = () => this.add(chapter, row);
    }
    const names = book.flatMap(({ questions }) => questions);
    one(".review-total").textContent = `${memory.solved(names, records)} of ${
      count(names.length, "question")} answered, ${days.size} of ${count(book.length, "chapter")} in your review.`;
  },
  add({ questions }, row) {
    memory.take(questions, memory.today());
    show();
    row.querySelector("a").focus();
  },
};

// What a record may hold.
const whole = (value) => Number.isInteger(value) && value >= 0;
const yesOrNo = (value) => typeof value === "boolean";
const text = (value) => typeof value === "string";
const FIELDS = { id: text, variant: whole, asked: whole, step: whole, due: whole, at: whole,
  solved: yesOrNo, checked: yesOrNo,
  given: (value) => Array.isArray(value) && value.every((one) => text(one) || whole(one)) };
const fits = ([name, record]) => /^[a-z0-9-]+$/.test(name) && memory.isObject(record)
  && Object.entries(record).every(([field, value]) => Object.hasOwn(FIELDS, field) && FIELDS[field](value));
const BOOK = "convolution-cell-by-cell", FORMAT = 1;

const kept = {
  where: one(".review-where"), said: one(".review-said"), file: one(".review-kept [type=file]"),

  show() {
    this.where.textContent = memory.isRefused()
      ? "This browser refuses to keep anything for this page: all of it is gone when you leave, unless you "
        + "save it to a file."
      : `Kept here: ${count(Object.keys(memory.all()).length, "question")}.`;
  },

  save() {
    const content = { book: BOOK, format: FORMAT, questions: memory.all() };
    const href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
    const day = new Date(memory.today() * memory.DAY).toISOString().slice(0, 10);
    const link = make("a", { href, download: `${BOOK}-${day}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000); // once it is written
    this.said.textContent = `Saved as ${link.download}.`;
  },

  // The records of a file, or an error that says what is wrong with it.
  read(content) {
    let found;
    try { found = JSON.parse(content); } catch { throw new Error("it is not JSON"); }
    if (found?.book !== BOOK) throw new Error("it was not saved on this page");
    if (found.format !== FORMAT) throw new Error(`its format is ${found.format}, and not ${FORMAT}`);
    if (!memory.isObject(found.questions)) throw new Error("it holds no answers");
    const records = Object.entries(found.questions), bad = records.find((one) => !fits(one));
    if (bad) throw new Error(`what it says of “${bad[0]}” is damaged`);
    return records;
  },

  // Of two records of a question the one that was answered later is kept.
  async take(file) {
    let records;
    try { records = this.read(await file.text()); } catch (error) {
      this.said.textContent = `Nothing was changed: ${file.name} cannot be used, ${error.message}.`;
      return;
    }
    const here = memory.all();
    const later = records.filter(([name, record]) => (record.at ?? 0) >= (here[name]?.at ?? 0));
    memory.write({ ...here, ...Object.fromEntries(later) });
    this.said.textContent = `${file.name} has ${count(records.length, "question")}: ${later.length} taken over, ${
      records.length - later.length} left as they are, since you answered them later here.`;
    show();
  },

  clear() {
    memory.write({});
    session.queue = null;
    show();
    one(".review-kept details").open = false;
    one(".review-kept summary").focus();
    this.said.textContent = "Cleared.";
  },
};

// The page as things stand; a session that goes on is left alone.
function show() {
  if (!session.queue) session.rest();
  chapters.show();
  kept.show();
}

async function open() {
  try { book = await memory.chapters(); } catch (error) {
    session.say("The list of the chapters did not load. Reload the page.");
    throw error;
  }
  session.start.onclick = () => session.begin();
  session.stop.onclick = () => session.end("Stopped");
  session.line.tabIndex = -1; // focus goes there at the end
  one("[data-review=save]").onclick = () => kept.save();
  one("[data-review=clear]").onclick = () => kept.clear();
  kept.file.onchange = async () => {
    await kept.take(kept.file.files[0]);
    kept.file.value = ""; // so that the same file can be taken again
  };
  // Another page of the book was open, or this one is shown again, perhaps on the next day.
  for (const event of ["storage", "pageshow", "visibilitychange"]) addEventListener(event, show);
  show();
}
open();
})();
