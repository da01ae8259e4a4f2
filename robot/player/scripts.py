"""The page scripts of the Playwright driver: they look, and change nothing but a mask and a handle.

None comes from a flow file. Visible means: rendered with a size and not hidden.
"""

from __future__ import annotations

_SHOWN = """
const shown = e => e.checkVisibility({checkVisibilityCSS: true}) && (() => {
  const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; })();
const text = e => (e.innerText ?? e.textContent ?? "").replace(/\\s+/g, " ").trim();
"""

#: [[handle, ...], ...] -> [[number, ...], ...]; the same number is the same element.
NUMBERED = """groups => { const seen = new Map();
  return groups.map(g => g.map(e => { if (!seen.has(e)) seen.set(e, seen.size); return seen.get(e); })); }"""

_TABLES = (
    _SHOWN
    + """
const heads = t => [...t.querySelectorAll("thead th, thead td, [role=columnheader]")];
const headers = t => (heads(t).length ? heads(t) : [...t.querySelectorAll("tr:first-child th")]).map(text);
const lines = t => [...t.querySelectorAll("tr, [role=row]")].filter(
  r => r.querySelector("td, [role=cell], [role=gridcell]") && !r.closest("thead") && r.closest("table, [role=table], [role=grid]") === t);
const cells = r => [...r.children].filter(c => c.matches("td, th, [role=cell], [role=gridcell]"));
const record = (r, names) => Object.fromEntries(cells(r).map((c, i) => [names[i] ?? "", text(c)]).filter(([n]) => n));
const fits = wanted => [...document.querySelectorAll("table, [role=table], [role=grid]")].filter(
  t => shown(t) && wanted.every(w => headers(t).includes(w)));
"""
)

#: wanted headers -> {tables, rows: [{header: text}]}
ROWS = (
    "wanted => {"
    + _TABLES
    + """
const found = fits(wanted);
return {tables: found.length, rows: found.length ? lines(found[0]).filter(shown).map(r => record(r, headers(found[0]))) : []}; }"""
)

#: {wanted, index} -> the row's element
ROW_ELEMENT = (
    "({wanted, index}) => {"
    + _TABLES
    + "const found = fits(wanted); return found.length ? lines(found[0]).filter(shown)[index] ?? null : null; }"
)

#: row element -> {attached, index, cells}
ROW_NOW = (
    "r => {"
    + _TABLES
    + """
const t = r.isConnected ? r.closest("table, [role=table], [role=grid]") : null;
if (!t) return {attached: false, index: -1, cells: {}};
return {attached: true, index: lines(t).filter(shown).indexOf(r), cells: record(r, headers(t))}; }"""
)

#: element -> the choice it shows: a select's option, or a combobox's text beside its input
CHOSEN = (
    "e => {"
    + _SHOWN
    + """
if (e.tagName === "SELECT") return text(e.selectedOptions[0] ?? {innerText: ""});
let at = e;
for (let i = 0; i < 2 && at.parentElement; i += 1) {
  at = at.parentElement;
  if (at.querySelectorAll("input").length > 1) break;
  if (text(at)) return text(at);
}
return e.value ?? ""; }"""
)

#: element -> its kind: "select", "password", "switch", "input" ...
KIND = """e => e.tagName === "SELECT" ? "select"
  : e.getAttribute("role") === "switch" ? "switch" : (e.type || e.tagName).toLowerCase()"""

#: element -> its options' texts (of a select), or of the open list a combobox owns: [texts, elements' ids or null]
SELECT_OPTIONS = "e => [...e.options].map(o => o.text.trim())"

#: combobox input -> handles of the options it shows now, by their generated ids or by role
OPTIONS = (
    "e => {"
    + _SHOWN
    + """
const own = /^(.*)-input$/.exec(e.id || "");
if (own) {
  const mine = [...document.querySelectorAll(`[id^="${CSS.escape(own[1])}-option-"]`)].filter(shown);
  if (mine.length) return mine;
}
const owned = document.getElementById(e.getAttribute("aria-controls") || e.getAttribute("aria-owns") || " ");
if (owned) return [...owned.querySelectorAll("[role=option]")].filter(shown);
const lists = [...document.querySelectorAll("[role=listbox]")].filter(shown);
return lists.length === 1 ? [...lists[0].querySelectorAll("[role=option]")].filter(shown) : []; }"""
)

TEXT = "e => { const t = (e.innerText ?? e.textContent ?? ''); return t; }"

#: options -> their texts
OPTION_TEXTS = "all => all.map(e => (e.innerText ?? '').trim())"

#: element -> [x, y, width, height] once it is in view; null when it has no size
BOX = """e => { const inside = b => b.top >= 0 && b.left >= 0 && b.bottom <= innerHeight && b.right <= innerWidth;
if (!inside(e.getBoundingClientRect())) e.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
const b = e.getBoundingClientRect(); return b.width && b.height ? [b.x, b.y, b.width, b.height] : null; }"""

#: (elements, source) -> what the only one of them shows; null when it is not one, or shows no such thing
GLANCE = (
    "(found, source) => { const sources = {value: e => e.value ?? null, checked: e => e.checked === "
    "undefined ? null : String(e.checked), chosen: "
    + CHOSEN
    + ", text: "
    + TEXT
    + "}; return found.length === 1 ? sources[source](found[0]) : null; }"
)

#: Black out password fields that hold something; UNMASK gives them back their look.
#: -> {title, masked: how many}
MASK = """() => { let masked = 0;
for (const e of document.querySelectorAll("input[type=password]")) { if (e.value) { masked += 1;
  e.style.setProperty("color", "black", "important"); e.style.setProperty("background", "black", "important"); } }
return {title: document.title, masked}; }"""
UNMASK = """() => { for (const e of document.querySelectorAll("input[type=password]")) {
  e.style.removeProperty("color"); e.style.removeProperty("background"); } }"""

#: () -> {floating: [texts over the page], page: [lines of the page]}
TEXTS = (
    "() => {"
    + _SHOWN
    + """
const over = [];
const look = e => { for (const c of e.children) {
  const s = getComputedStyle(c);
  const live = ["alert", "status"].includes(c.getAttribute("role")) || c.hasAttribute("aria-live");
  if ((s.position === "fixed" || live) && shown(c)) { if (text(c)) over.push(text(c)); }
  else look(c); } };
look(document.body);
return {floating: over, page: document.body.innerText.split("\\n").map(l => l.trim()).filter(Boolean)}; }"""
)

#: () -> is the document loaded? Answered after what the page has queued, so that a request which
#: follows a click or an answer is sent by then.
LOADED = """() => new Promise(told => setTimeout(
  () => told(document.readyState === 'complete'), 0))"""

#: () -> fingerprints of what could be acted on or read, by the keys of relocation
ELEMENTS = (
    "() => {"
    + _SHOWN
    + """
const path = (e, counted) => { const parts = [];
  for (let at = e; at && at.nodeType === 1; at = at.parentElement) {
    const same = at.parentElement ? [...at.parentElement.children].filter(c => c.tagName === at.tagName) : [at];
    const n = same.indexOf(at) + 1;
    parts.unshift(at.tagName.toLowerCase() + (counted || same.length > 1 ? `[${n}]` : "")); }
  return "/" + parts.join("/"); };
const near = e => { for (let at = e.parentElement, i = 0; at && i < 4; at = at.parentElement, i += 1) {
  const whole = text(at); if (whole && whole !== text(e)) return whole.slice(0, 200); } return ""; };
const wanted = "a, button, input, select, textarea, label, summary, [role], [onclick], [tabindex], td, th, h1, h2, h3, span, div";
return [...document.querySelectorAll(wanted)].filter(e => shown(e) && (!["SPAN", "DIV"].includes(e.tagName) || e.children.length === 0))
  .slice(0, 3000).map(e => { const b = e.getBoundingClientRect(); const kind = e.tagName.toLowerCase();
  const button = kind === "button" || (kind === "input" && ["button", "submit"].includes(e.type)) || e.getAttribute("role") === "button";
  const found = {tag: e.tagName, id: e.id, name: e.getAttribute("name"), class: e.getAttribute("class"), href: e.getAttribute("href"),
    alt: e.getAttribute("alt"), type: e.getAttribute("type"), role: e.getAttribute("role"), aria_label: e.getAttribute("aria-label"),
    visible_text: text(e).slice(0, 200), neighbor_text: near(e), xpath: path(e, false), idxpath: path(e, true),
    is_button: button ? "yes" : "no", x: Math.round(b.x), y: Math.round(b.y + scrollY), width: Math.round(b.width),
    height: Math.round(b.height), area: Math.round(b.width * b.height), shape: Math.round(100 * b.width / Math.max(1, b.height))};
  return Object.fromEntries(Object.entries(found).filter(([, v]) => v !== null && v !== "").map(([k, v]) => [k, String(v)])); }); }"""
)
