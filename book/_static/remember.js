// What a reader has answered, and when each question comes again: kept on the reader's own device, for
// the chapters (questions.js) and the review (review.js). Here too: the marks of it in the contents.
window.bookMemory = (() => {
const KEY = "convolution-cell-by-cell:questions"; // holds the record of each question, by its name
const INTERVALS = [1, 5, 14, 30, 60]; // days from a right answer to the next time
const DAY = 864e5; // milliseconds
const script = document.currentScript;
const top = new URL("../", script.src); // of the book
let held; // the records where storage is refused, until the page is left

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function all() {
  let found = held;
  try { found ??= JSON.parse(localStorage.getItem(KEY)); } catch { /* closed, or damaged */ }
  return Object.fromEntries(Object.entries(isObject(found) ? found : {}).filter(
    ([, record]) => isObject(record)));
}

function write(records) {
  try {
    if (Object.keys(records).length) localStorage.setItem(KEY, JSON.stringify(records));
    else localStorage.removeItem(KEY);
    held = undefined;
  } catch { held = records; }
  mark();
}

const of = (name, records = all()) => records[name] ?? {};

// Add to the records of these names, or remove those that are null.
function put(changes) {
  const records = all();
  for (const [name, change] of Object.entries(changes)) {
    if (change) records[name] = { ...records[name], ...change };
    else delete records[name];
  }
  write(records);
}

function isRefused() {
  try {
    localStorage.setItem(`${KEY}?`, "");
    localStorage.removeItem(`${KEY}?`);
    return held !== undefined;
  } catch { return true; }
}

// The days of the reader's own calendar, numbered.
function today() {
  const now = new Date();
  return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / DAY;
}

// What an answer changes. A right one counts on its day, and the first time: what was right an hour
// ago says little. A wrong one begins again.
function answered({ step, due }, right) {
  const day = today(), now = { at: Date.now(), ...(right && { solved: true }) };
  if (!right) return { ...now, step: 0, due: day + 1 };
  if (step !== undefined && dayOf({ due }) > day) return now;
  const at = Math.min(step ?? 0, INTERVALS.length - 1);
  return { ...now, step: at + 1, due: day + INTERVALS[at] };
}

// The day of a question in a chapter that was read. It is today where there is none (the question is
// new in the chapter) or none that can be (the clock was wrong).
const dayOf = ({ due }) => (due <= today() + INTERVALS.at(-1) ? due : today());

const isRead = (names, records = all()) => names.map((name) => of(name, records)).some(
  ({ due, solved, checked }) => due !== undefined || solved || checked);

// Take the questions of a chapter into the review: those that have no day yet.
function take(names, day) {
  const records = all(), without = names.filter((name) => of(name, records).due === undefined);
  put(Object.fromEntries(without.map((name) => [name, { due: day }])));
}

const solved = (names, records = all()) => names.filter((name) => of(name, records).solved).length;

// The chapters, with the names of their questions: a script, since file:// allows no fetch.
let listed;
const chapters = () => listed ??= new Promise((resolve, onerror) => {
  window.bookChapters = resolve;
  document.head.append(make("script", { src: script.dataset.book, onerror }));
});

// Beside each chapter in the contents: whether all of its questions are answered, or some.
async function mark() {
  if (!script.dataset.book) return; // no page of the book
  const records = all(), marks = document.getElementsByClassName("book-mark");
  if (!marks.length && !Object.values(records).some(({ solved }) => solved)) return;
  const list = await chapters().catch(() => []); // without it there are no marks
  const path = (address) => new URL(address, top).pathname.replace(/\.html$/, "");
  const names = Object.fromEntries(list.map((one) => [path(one.page), one.questions]));
  for (const link of document.querySelectorAll(".bd-links a.internal")) {
    const questions = names[path(link.href)] ?? [], count = solved(questions, records);
    const words = count ? ` (${count} of ${questions.length} questions answered)` : "";
    const old = link.querySelector(".book-mark");
    if ((old?.textContent ?? "") === words) continue;
    old?.remove();
    if (!count) continue;
    const sign = make("span", { className: "book-mark", title: words.slice(2, -1) },
      make("span", { textContent: words }));
    sign.dataset.answered = count < questions.length ? "some" : "all";
    link.append(sign);
  }
}

// The forms of a chapter's questions, with their data: a script as well, loaded once.
const loading = {}, waiting = {};
window.bookForms = (page, forms) => waiting[page](forms);
const forms = ({ page, pack }) => loading[page] ??= new Promise((resolve, reject) => {
  waiting[page] = resolve;
  const failed = () => {
    delete loading[page]; // it may be there the next time
    reject(new Error(pack));
  };
  const src = new URL(pack, new URL("_static/questions/", top));
  document.head.append(make("script", { src, onerror: failed }));
});

mark();
// Another page of the book was open, or this one is shown again as it was left.
for (const event of ["storage", "pageshow"]) addEventListener(event, mark);
return { DAY, all, answered, chapters, dayOf, forms, isObject, isRead, isRefused, make, of, put, solved, take,
  today, top, write, review: script.dataset.review };
})();
