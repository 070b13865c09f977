// The menus above the article. A press of the button, or an arrow key on it, shows its list; Escape, a
// press, and the focus going elsewhere hide it.
(() => {
const BUTTON = ".dropdown-toggle", SHOWN = ".dropdown-menu.show";

function set(button, shown) {
  button.setAttribute("aria-expanded", shown);
  for (const part of [button, button.nextElementSibling]) part.classList.toggle("show", shown);
}

function hide(except) {
  for (const list of document.querySelectorAll(SHOWN))
    if (list !== except) set(list.previousElementSibling, false);
}

addEventListener("click", ({ target }) => {
  const button = target.closest(BUTTON);
  hide(button?.nextElementSibling);
  if (button) set(button, button.getAttribute("aria-expanded") === "false");
});

addEventListener("focusout", ({ relatedTarget: next }) => {
  if (next) hide(next.closest(".dropdown")?.querySelector(SHOWN));
});

addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const menu = event.target.closest?.(".dropdown");
  if (!menu || !(step || event.key === "Escape")) return;
  const [button, list] = menu.children;
  set(button, Boolean(step));
  if (!step) return button.focus();
  event.preventDefault();
  const items = [...list.querySelectorAll(".dropdown-item")];
  const last = items.length - 1, place = items.indexOf(document.activeElement);
  const next = place < 0 ? (step > 0 ? 0 : last) : Math.min(Math.max(place + step, 0), last);
  items[next].focus();
});
})();
