// The menu that the three dots of a row open.
import { h } from "./dom.js";

// Beside its button, in the window: a table that scrolls would cut it off.
function place(menu, button) {
  const spot = button.getBoundingClientRect();
  const below = spot.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.top = `${below ? spot.bottom + 2 : spot.top - menu.offsetHeight - 2}px`;
  menu.style.right = `${document.documentElement.clientWidth - spot.right}px`;
}

// entries: [text, what it does] ...
export function floatMenu(holder, button, entries) {
  const menu = h("div", { cls: "k-menu" });
  const close = () => {
    menu.remove();
    document.removeEventListener("mousedown", outside, true);
    window.removeEventListener("scroll", close, true);
  };
  const outside = (event) => {
    if (!menu.contains(event.target)) close();
  };
  for (const [text, run] of entries) {
    const pick = () => {
      close();
      run();
    };
    menu.append(h("button", { type: "button", cls: "k-menu-item", on: { click: pick } }, text));
  }
  document.addEventListener("mousedown", outside, true);
  window.addEventListener("scroll", close, true);
  holder.append(menu);
  place(menu, button);
}
