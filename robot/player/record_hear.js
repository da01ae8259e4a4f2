// The recorder's ears: reports what is done, with the element described by record_see.js. While
// armed, the next click is described and swallowed, so that nothing behind it happens.
const KEY = "switchboard.armed"; // survives a reload of the page between arming and click

let before = null;
let typing = null;
let taken = null;
let owed = false;
let timer = 0;
const armed = () => sessionStorage.getItem(KEY);

function finish() {
  clearTimeout(timer);
  if (!taken) return;
  const { el, mode } = taken;
  taken = null;
  sessionStorage.removeItem(KEY);
  report("armed", el, { mode });
}

// On the words beside a switch, the switch is what is shown.
function aimed(el) {
  const one = meant(el);
  const control = one.closest("label")?.control;
  return control && ["checkbox", "radio"].includes(control.type) ? control : one;
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.type === "pointerdown") {
    taken = { el: aimed(event.target), mode: armed() };
    owed = true;
  }
  if (event.type === "pointerup" && taken) {
    // A disabled control gets no click: the release of the button ends it then.
    clearTimeout(timer);
    timer = setTimeout(finish, 300);
  }
  if (event.type === "click") {
    taken = taken || { el: aimed(event.target), mode: armed() };
    owed = false;
    finish();
  }
}

// While armed nothing passes; nor does the click that belongs to a press swallowed before.
const guard = (event) => {
  const late = owed && event.type === "click";
  if (!armed() && !late) {
    if (event.type === "pointerdown") owed = false;
    return false;
  }
  if (armed()) {
    swallow(event);
  } else {
    owed = false;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  return true;
};

// Keys that write or only hold others down: Playwright's recorder takes no step for them either.
const SILENT = ["Backspace", "Delete", "AltGraph", "Shift", "Control", "Meta", "Alt", "Process"];
const silent = (event, el) =>
  SILENT.includes(event.key) ||
  (event.key.toLowerCase() === "v" && (event.ctrlKey || event.metaKey)) ||
  (event.key === "Insert" && event.shiftKey) ||
  (event.key === "Enter" && (el.tagName === "TEXTAREA" || el.isContentEditable));
// Nor for presses on what opens a list of the browser's own; the choice is told instead.
const PICKERS = ["color", "date", "datetime-local", "file", "month", "range", "time", "week"];
const picker = (el) => ["SELECT", "OPTION"].includes(el.tagName) || (el.tagName === "INPUT" && PICKERS.includes(el.type));

const press = (event) => {
  if (armed()) {
    if (["Enter", " "].includes(event.key)) swallow(event);
    return;
  }
  // Letters into a field are its text; on anything else, as on a select, they are keys.
  const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  const writes = event.target.matches && event.target.matches("input, textarea, [contenteditable]");
  if ((letter && writes) || !event.isTrusted || !(event.target instanceof Element)) return;
  if (silent(event, event.target)) return;
  report("press", meant(event.target), { key: event.key });
  typing = null;
};

function changed(event) {
  const el = event.target;
  if (!event.isTrusted || !(el instanceof Element) || typing === el) return;
  if (event.type === "input" && (el.tagName === "SELECT" || ["checkbox", "radio"].includes(el.type))) return;
  typing = el;
  report("input", el, {});
}

function clicked(event) {
  if (guard(event) || !event.isTrusted || !(event.target instanceof Element)) return;
  const el = meant(event.target);
  typing = null;
  if (picker(event.target)) return;
  if (before && before.el === el) {
    window.__switchboardReport(before.said);
  } else {
    report("click", el, {});
  }
  before = null;
}

// Described when the button goes down: what that opens must not change the count.
function down(event) {
  if (guard(event) || !(event.target instanceof Element)) return;
  const el = meant(event.target);
  const box = boxOf(el);
  const host = box && box.part !== "input" ? inputOf(box) : null;
  before = { el, said: { event: "click", url: location.href, element: describe(el), box, host: host ? describe(host) : null } };
}

for (const type of ["mousedown", "pointerup", "mouseup", "dblclick", "auxclick", "touchstart", "touchend", "submit"]) {
  window.addEventListener(type, guard, { capture: true, passive: false });
}
window.addEventListener("pointerdown", down, true);
window.addEventListener("click", clicked, true);
window.addEventListener("keydown", press, true);
window.addEventListener("beforeinput", changed, true);
window.addEventListener("input", changed, true);
window.addEventListener("change", (event) => {
  const el = event.target;
  if (event.isTrusted && el.tagName === "SELECT") report("select", el, { chosen: [...el.selectedOptions].map((one) => clean(one.textContent)) });
}, true);

window.__switchboardEyes = {
  arm: (mode) => sessionStorage.setItem(KEY, mode),
  disarm: () => sessionStorage.removeItem(KEY),
  armed: () => armed() !== null || taken !== null,
  // Every attribute value of the page with the place it stands at: compared between two loads.
  survey: () => [...document.querySelectorAll(WANTED.map((key) => `[${key}]`).join())].flatMap((el) => WANTED.filter((key) => el.hasAttribute(key)).map((key) => [key, el.getAttribute(key), path(el, true)])),
};
