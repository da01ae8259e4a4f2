// The recorder's eyes on a page: what an element is called, which attributes it has and where it
// stands. Text that is typed is never read here. record.py puts this and record_hear.js into one
// function, so that the page sees none of it.
const ACTS = "button, a[href], input, select, textarea, label, option, [role]";
const CONTROLS = "input, select, textarea, button";
const SECTION = '[data-id][data-test-id="form-section"]';
const BOX_ID = /^(.*-\d+)-(input|option(?:-\d+)+)$/;
const COUNTED = ["input", "select", "textarea", "button", "a"];
const WANTED = ["id", "name", "data-test-id", "data-testid", "data-id", "type"];
const clean = (text) => (text || "").normalize("NFC").replace(/\s+/g, " ").trim();
const shown = (el) => el.getClientRects().length > 0;
const tagOf = (el) => el.tagName.toLowerCase();

function roleOf(el) {
  const given = el.getAttribute("role");
  if (given) return given;
  const tag = tagOf(el);
  const type = (el.getAttribute("type") || "text").toLowerCase();
  if (tag === "input") {
    const known = { checkbox: "checkbox", radio: "radio", button: "button", submit: "button", search: "searchbox", number: "spinbutton" };
    if (type === "password" || type === "file" || type === "hidden") return "";
    return known[type] || "textbox";
  }
  if (tag === "a") return el.hasAttribute("href") ? "link" : "";
  if (/^h[1-6]$/.test(tag)) return "heading";
  return { button: "button", select: el.multiple ? "listbox" : "combobox", textarea: "textbox", option: "option" }[tag] || "";
}

// A label's words without those of the controls inside it.
function labelText(label) {
  const copy = label.cloneNode(true);
  for (const one of copy.querySelectorAll(CONTROLS)) one.remove();
  return clean(copy.textContent);
}

function nameOf(el) {
  const by = (el.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
  const texts = by.map((id) => document.getElementById(id)).filter(Boolean).map((one) => clean(one.textContent));
  if (texts.length) return clean(texts.join(" "));
  if (el.getAttribute("aria-label")) return clean(el.getAttribute("aria-label"));
  if (el.labels && el.labels.length) return clean([...el.labels].map(labelText).join(" "));
  const tag = tagOf(el);
  if (tag === "input" && ["button", "submit"].includes(el.type)) return clean(el.value);
  if (["button", "a", "option"].includes(tag) || /^h[1-6]$/.test(tag)) return clean(el.textContent) || clean(el.title);
  return clean(el.title) || clean(el.placeholder);
}

const howMany = (scope, test) => [...document.querySelectorAll(scope)].filter(test).length;

// Elements that hold words of their own and nothing else.
function isWords(el) {
  return el.children.length === 0 && clean(el.textContent) !== "" && !["SCRIPT", "STYLE", "OPTION", "TITLE", "INPUT"].includes(el.tagName);
}

const wordsCount = (text) => howMany("body *", (one) => [...one.childNodes].some((node) => node.nodeType === 3 && clean(node.data) === text));

// Words in front of an element by which it can be found again, nearest first: the nearest
// ancestor of the words that holds such a tag must hold this element.
function neighbours(el) {
  const found = [];
  const tag = tagOf(el);
  for (const words of [...document.querySelectorAll("body *")].reverse()) {
    if (found.length >= 6) break;
    if (!(words.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
    if (words.contains(el) || !isWords(words) || !shown(words)) continue;
    // Words right beside an input, not in a label, are the value it shows.
    const beside = [...words.parentElement.children].some((one) => one !== words && one.tagName === "INPUT");
    if (beside && !words.closest("label")) continue;
    const text = clean(words.textContent);
    let holder = words;
    while (holder && !holder.querySelector(tag)) holder = holder.parentElement;
    if (!holder || !holder.contains(el) || holder === document.body) continue;
    // A whole form or table between the words and the element: the count would change with it.
    if (["form", "tr"].some((part) => holder.matches(part) || (holder.querySelector(part) && !words.closest(part)))) continue;
    const index = [...holder.querySelectorAll(tag)].indexOf(el);
    if (index > (COUNTED.includes(tag) ? 3 : 6) || wordsCount(text) !== 1) continue;
    found.push({ text, index, control: Boolean(words.closest("button, a, option")), label: Boolean(words.closest("label")) });
  }
  return found;
}

function placeIn(holder, el) {
  const all = [...holder.querySelectorAll(tagOf(el))];
  const index = all.indexOf(el);
  return { index, last: index - all.length };
}

function rowOf(el) {
  const row = el.closest("tr");
  const table = row && row.closest("table");
  if (!row || row.querySelector("th")) return null;
  const cell = el.closest("td");
  const headers = [...table.querySelectorAll("thead th")].map((one) => clean(one.textContent));
  const at = [...row.children].indexOf(cell);
  return { texts: [...row.children].map((one) => clean(one.textContent)), column: headers[at] || "", ...placeIn(row, el) };
}

function path(el, numbered) {
  const parts = [];
  for (let one = el; one && one.nodeType === 1; one = one.parentElement) {
    const same = one.parentElement ? [...one.parentElement.children].filter((other) => other.tagName === one.tagName) : [one];
    parts.unshift(numbered || same.length > 1 ? `${tagOf(one)}[${same.indexOf(one) + 1}]` : tagOf(one));
  }
  return "/" + parts.join("/");
}

// The words around an element that are not its own. Around a combobox they are its value.
function near(el) {
  if (BOX_ID.test(el.id)) return "";
  const own = clean(el.innerText);
  for (let one = el.parentElement, depth = 0; one && depth < 4; one = one.parentElement, depth += 1) {
    const whole = clean(one.innerText);
    if (whole && whole !== own) return whole.slice(0, 200);
  }
  return "";
}

// By the keys of relocation, as the driver takes them of the elements it may choose from. No
// class: the real ones are generated.
function fingerprint(el) {
  const box = el.getBoundingClientRect();
  const whole = (number) => String(Math.round(number));
  const all = {
    tag: el.tagName,
    id: el.id,
    name: el.getAttribute("name"),
    href: el.getAttribute("href"),
    alt: el.getAttribute("alt"),
    type: el.getAttribute("type"),
    role: el.getAttribute("role"),
    aria_label: el.getAttribute("aria-label"),
    visible_text: clean(el.innerText).slice(0, 200),
    neighbor_text: near(el),
    xpath: path(el, false),
    idxpath: path(el, true),
    is_button: roleOf(el) === "button" ? "yes" : "no",
    x: whole(box.x),
    y: whole(box.y + scrollY),
    width: whole(box.width),
    height: whole(box.height),
    area: whole(box.width * box.height),
    shape: whole((100 * box.width) / Math.max(1, box.height)),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

// The box of a combobox an element belongs to: {key, part} where ids say so.
function boxOf(el) {
  for (let one = el, depth = 0; one && depth < 5; one = one.parentElement, depth += 1) {
    const own = BOX_ID.exec(one.id || "");
    if (own) return { key: own[1], part: own[2].startsWith("option") ? "option" : depth ? "around" : "input" };
    const inside = [...one.querySelectorAll("input")].filter((input) => BOX_ID.test(input.id));
    if (inside.length > 1 || one.tagName === "FORM" || one.matches(SECTION)) return null;
    if (inside.length === 1) return { key: BOX_ID.exec(inside[0].id)[1], part: "around" };
  }
  return null;
}

const inputOf = (box) => document.getElementById(`${box.key}-input`);

function describe(el) {
  const tag = tagOf(el);
  const role = roleOf(el);
  const name = role ? nameOf(el) : "";
  const words = isWords(el) ? clean(el.textContent) : "";
  const whole = el.labels && el.labels.length === 1 ? clean(el.labels[0].textContent) : "";
  // A label around a select has the options' words too, and is no name then.
  const labels = whole && whole === labelText(el.labels[0]) ? whole : "";
  const section = el.closest(SECTION);
  const form = el.closest("form");
  const same = (one) => shown(one) && roleOf(one) === role && nameOf(one) === name;
  const row = rowOf(el);
  return {
    tag,
    type: (el.getAttribute("type") || "").toLowerCase(),
    role,
    name: name && howMany(ACTS + ", h1, h2, h3, h4", same) === 1 ? name : "",
    label: labels && howMany(CONTROLS, (one) => one.labels && [...one.labels].some((label) => clean(label.textContent) === labels)) === 1 ? labels : "",
    text: words && wordsCount(words) === 1 ? words : "",
    words: words || name,
    attributes: WANTED.map((key) => [key, el.getAttribute(key)])
      .filter(([key, value]) => value && !(key === "type"))
      .map(([attribute, value]) => ({ attribute, value, single: howMany(`[${attribute}="${CSS.escape(value)}"]`, () => true) === 1, here: path(el, true) })),
    section: section && { section: section.dataset.id, ...placeIn(section, el), counted: COUNTED.includes(tag) },
    form: form && document.querySelectorAll("form").length === 1 && COUNTED.includes(tag) ? placeIn(form, el) : null,
    row,
    neighbours: row ? [] : neighbours(el),
    fingerprint: fingerprint(el),
  };
}

// What a person means by pressing on an element: the control around it; of a mere picture, the
// block that holds it.
function meant(el) {
  const control = el.closest("button, a[href], input, select, textarea, option");
  if (control) return control;
  if (el instanceof SVGElement) return el.closest("svg").parentElement;
  return el;
}

function report(event, el, more) {
  const box = boxOf(el);
  const host = box && box.part !== "input" ? inputOf(box) : null;
  window.__switchboardReport({
    event,
    url: location.href,
    element: describe(el),
    box,
    host: host ? describe(host) : null,
    ...more,
  });
}
