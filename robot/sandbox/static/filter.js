// The filter bar of the users list. Fields, Is / Is not, and the words on its buttons are from 8x8
// docs (partner edition). invented: its layout, and that filters live in the address.
import { call, h } from "./dom.js";
import { combo } from "./select.js";

const FIELDS = { PBX: "pbx", Site: "site", License: "license", Status: "status" };
const OPERATORS = { Is: "==", "Is not": "!=" };
// 8x8 developer docs: look at the site filter when a new user is not seen. invented: that filters are
// kept between visits, and where.
const STORE = "users-filter";

const named = (table, value) => Object.keys(table).find((key) => table[key] === value) ?? "";

export function keptFilter() {
  return localStorage.getItem(STORE) ?? "";
}

// `site=="New York";status!="Inactive"` to [[field, operator, criteria], ...] and back.
export function readFilter(text) {
  return [...text.matchAll(/(\w+)(==|!=)"([^"]*)"/g)].map(([, field, operator, value]) => [named(FIELDS, field), named(OPERATORS, operator), value]);
}

function writeFilter(terms) {
  const whole = terms.filter((term) => term.every(Boolean));
  return whole.map(([field, operator, value]) => `${FIELDS[field]}${OPERATORS[operator]}"${value}"`).join(";");
}

// apply(text) is called when the filter in force changes. The returned toggle() shows or hides the bar,
// which asks what can be chosen when it is first shown.
export function filterBar(page, text, apply) {
  let terms = readFilter(text);
  let choices = null;
  const lines = h("div", {});
  const element = h("div", { cls: "k-filter-bar k-hidden" });
  const inForce = () => {
    const written = writeFilter(terms);
    localStorage.setItem(STORE, written);
    apply(written);
  };
  const button = (word, act, cls = "k-button-plain") => h("button", { type: "button", cls: `k-button ${cls}`, on: { click: act } }, word);
  const line = (term, index) => {
    const [field, operator, value] = term;
    const what = combo({ value, onChange: (one) => (term[2] = one) });
    what.setOptions(choices && (choices[FIELDS[field]] ?? []));
    const how = combo({ value: operator, onChange: (one) => (term[1] = one) });
    how.setOptions(Object.keys(OPERATORS));
    const which = combo({
      value: field,
      onChange: (one) => {
        terms[index] = [one, term[1], ""];
        draw();
      },
    });
    which.setOptions(Object.keys(FIELDS));
    const reset = () => {
      terms[index] = [term[0], "Is", ""];
      draw();
    };
    const remove = () => {
      terms.splice(index, 1);
      draw();
      inForce();
    };
    return h("div", { cls: "k-filter-line" }, which.element, how.element, what.element, button("Apply", inForce, "k-button-main"), button("Reset", reset), button("Delete filter", remove));
  };
  const draw = () => {
    lines.replaceChildren(...terms.map(line));
  };
  const add = () => {
    terms.push(["Site", "Is", ""]);
    draw();
  };
  const resetAll = () => {
    terms = [];
    draw();
    inForce();
  };
  const count = h("span", { cls: "k-filter-count" }, "Filters: ", h("span", { cls: "k-count" }, `${readFilter(text).length}`));
  const foot = h("div", { cls: "k-filter-foot" }, count, button("+ Add filter", add), button("Reset all", resetAll));
  element.append(lines, foot);
  draw();
  const load = async () => {
    const answer = await call("GET", "/cm-be/users/api/v1/filters");
    choices = answer.body.content?.[0] ?? {};
    if (page.alive()) draw();
  };
  const toggle = () => {
    element.classList.toggle("k-hidden");
    if (choices === null) load();
  };
  if (terms.length) toggle();
  return { element, toggle };
}
