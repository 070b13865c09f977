// An explorer on a page of its own: keys for a lecturer, and the code that puts it elsewhere.
(() => {
const root = document.querySelector("main > .explorer");
const press = (name) => root.querySelector(`[data-do=${name}]`)?.click();
// The keys of a presenter's remote, too.
const KEYS = { ArrowRight: "forward", PageDown: "forward", ArrowLeft: "back", PageUp: "back",
  " ": "play" };

addEventListener("keydown", (event) => {
  const action = KEYS[event.key];
  const used = event.target.closest?.("input, select, button, a, summary, [role=application]");
  if (!action || used || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  press(action);
});

// As high as it is here, in a frame of this width.
function code() {
  const frame = document.createElement("iframe");
  const height = Math.ceil(document.documentElement.scrollHeight);
  Object.assign(frame, { src: location.href, title: document.title, loading: "lazy", height });
  frame.width = "100%";
  frame.style.border = 0;
  frame.allow = "clipboard-write";
  return frame.outerHTML;
}

const [status, button] = ["footer [role=status]", "#embed"].map((one) => document.querySelector(one));
button.onclick = async () => {
  try {
    await navigator.clipboard.writeText(code());
    status.textContent = "Embed code copied.";
  } catch { // not permitted here: it can be copied by hand
    status.textContent = code();
    getSelection().selectAllChildren(status);
  }
};
for (const hidden of document.querySelectorAll("footer [hidden]")) hidden.hidden = false;
})();
