// Numbers in the text that belong to an explorer: dragged to the side or moved by the arrow keys, they
// move its control, and they show what it is moved to (the role {number} in book/_ext/book_states.py).
(() => {
const PULL = 16; // pixels for each value
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -99, End: 99 };

class TextNumber {
  constructor(root) {
    this.root = root;
    const { label } = this;
    Object.assign(root, { tabIndex: 0, role: "slider", ariaLabel: label,
      title: `${label}: drag to the side, or use the arrow keys` });
    root.onkeydown = (event) => {
      if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.move(this.index + KEYS[event.key]);
    };
    root.onpointerdown = (event) => this.grab(event);
    this.follow();
  }

  // Python in the page can put another explorer in the place of the book's.
  get control() {
    const { explorer, control } = this.root.dataset;
    return document.querySelector(`#explorer-${explorer} [name="${control}"]`);
  }

  get label() {
    return this.control.closest("label").querySelector(".label").textContent;
  }

  get values() {
    return this.control.dataset.values.split("|");
  }

  get index() {
    return +this.control.value;
  }

  grab(event) {
    const from = event.clientX, start = this.index;
    this.root.setPointerCapture(event.pointerId);
    this.root.onpointermove = ({ clientX }) => this.move(start + Math.round((clientX - from) / PULL));
    this.root.onpointerup = this.root.onpointercancel = () => { this.root.onpointermove = null; };
    event.preventDefault();
    this.root.focus();
  }

  move(index) {
    const to = Math.max(0, Math.min(index, this.values.length - 1));
    if (to === this.index) return;
    this.control.value = to;
    this.control.dispatchEvent(new Event("input", { bubbles: true }));
  }

  follow() {
    const { values, index } = this;
    this.root.textContent = values[index];
    Object.assign(this.root, { ariaValueMin: values[0], ariaValueMax: values.at(-1),
      ariaValueNow: values[index] });
  }
}

const numbers = [...document.querySelectorAll(".text-number")].map((root) => new TextNumber(root));
// An explorer writes its values beside its controls, whoever changed them.
const followAll = () => { for (const number of numbers) number.follow(); };
for (const form of document.querySelectorAll(".explorer form"))
  new MutationObserver(followAll).observe(form, { childList: true, subtree: true });
document.addEventListener("input", followAll);
})();
