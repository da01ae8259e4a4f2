// A drop-down that behaves like react-select: an input with a generated id, options as divs
// with ids built on it, the chosen value in a div beside the input. Its label is a div, tied to
// nothing. (Public automation code: `#react-select-8-input`, "generated, unstable id".)
import { h, icon } from "./dom.js";

let next = 2;

export function startCounting(base) {
  next = base;
}

// options: {value, clearable, disabled, onChange(value), onClear()}. The returned object has
// element, value, setOptions(list or null while they load), setValue(text), setDisabled(flag).
export function combo({ value = "", disabled = false, onChange = () => {}, onClear = null }) {
  const number = next;
  next += 1;
  const input = h("input", { type: "text", id: `react-select-${number}-input`, cls: "k-combo-input", autocomplete: "off", spellcheck: false });
  const single = h("div", { cls: "k-combo-value" });
  const clear = onClear ? h("div", { cls: "k-combo-clear" }, icon("close")) : null;
  const control = h("div", { cls: "k-combo-control" }, h("div", { cls: "k-combo-hold" }, single, input), clear, h("div", { cls: "k-combo-down" }, icon("down")));
  const element = h("div", { cls: "k-combo" }, control);
  const self = { element, control, value, disabled };
  let options = [];
  let menu = null;
  let active = 0;

  const show = () => {
    single.textContent = self.value || "Select...";
    single.classList.toggle("k-combo-empty", !self.value);
    single.classList.toggle("k-hidden", input.value !== "");
    control.classList.toggle("k-combo-off", self.disabled);
    input.disabled = self.disabled;
    if (clear) clear.classList.toggle("k-hidden", !self.value || self.disabled);
  };
  const matching = () => {
    const needle = input.value.trim().toLowerCase();
    return (options || []).filter((text) => text.toLowerCase().includes(needle));
  };
  const close = () => {
    if (menu) menu.remove();
    menu = null;
    input.value = "";
    show();
  };
  const choose = (text) => {
    close();
    if (text === self.value) return;
    self.value = text;
    show();
    onChange(text);
  };
  const open = () => {
    if (self.disabled) return;
    if (menu) menu.remove();
    const found = matching();
    active = Math.max(0, Math.min(active, found.length - 1));
    const empty = options === null ? "Loading..." : "No options";
    menu = h("div", { cls: "k-combo-menu" });
    found.forEach((text, index) => {
      const row = h("div", { id: `react-select-${number}-option-${index}`, cls: "k-combo-option" }, text);
      if (index === active) row.classList.add("k-combo-active");
      if (text === self.value) row.classList.add("k-combo-chosen");
      row.addEventListener("mousedown", (event) => event.preventDefault());
      row.addEventListener("click", () => choose(text));
      menu.append(row);
    });
    if (!found.length) menu.append(h("div", { cls: "k-combo-none" }, empty));
    element.append(menu);
    show();
  };

  control.addEventListener("mousedown", (event) => {
    if (clear && clear.contains(event.target)) return;
    if (event.target !== input) event.preventDefault();
    if (self.disabled) return;
    input.focus();
    if (menu) close();
    else open();
  });
  input.addEventListener("input", () => {
    active = 0;
    open();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active += menu ? (event.key === "ArrowDown" ? 1 : -1) : 0;
      open();
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (menu && matching()[active]) choose(matching()[active]);
    } else if (event.key === "Escape" && menu) {
      close();
    }
  });
  input.addEventListener("blur", close);
  if (clear) clear.addEventListener("click", () => onClear());

  self.setOptions = (list) => {
    options = list;
    if (menu) open();
  };
  self.setValue = (text) => {
    self.value = text;
    show();
  };
  self.setDisabled = (flag) => {
    self.disabled = flag;
    show();
  };
  show();
  return self;
}
