// Licenses: type, then country, then a side panel; a filter by country and a search by license ID.
// Labels and levels are from 8x8 public docs; the layout is invented.
import { call, h, icon, spinner } from "./dom.js";
import { combo } from "./select.js";
import { badge, table } from "./table.js";

const EVERYWHERE = "All countries"; // invented: the text

function drawer({ name, country, entries }) {
  const ticked = { Assigned: true, Unassigned: true, Suspended: true };
  const list = h("div", { cls: "k-drawer-list" });
  const line = (one) => h("tr", {}, h("td", {}, one.id), h("td", {}, one.assigned_to), h("td", {}, one.service_address), h("td", {}, badge(one.status)));
  const fill = () => {
    const rows = entries.filter((one) => ticked[one.status]);
    list.replaceChildren(table(["License ID", "Assigned to", "Service address", "Status"], rows.map(line)));
  };
  const boxes = Object.keys(ticked).map((status) => {
    const box = h("input", { type: "checkbox", checked: true, cls: "k-tick" });
    box.addEventListener("change", () => {
      ticked[status] = box.checked;
      fill();
    });
    return h("label", { cls: "k-drawer-tick" }, box, status);
  });
  const close = h("button", { type: "button", cls: "k-icon-button", on: { click: () => side.remove() } }, icon("close"));
  const side = h("div", { cls: "k-drawer" }, h("div", { cls: "k-drawer-head" }, h("div", {}, h("div", { cls: "k-drawer-title" }, name), h("div", { cls: "k-drawer-sub" }, country)), close), h("div", { cls: "k-drawer-ticks" }, boxes), list);
  fill();
  return side;
}

const taken = (entries) => `${entries.filter((one) => one.status !== "Unassigned").length}`;

// The rows of one type: itself and, folded in beneath it, its countries.
function typeRows(type, holder) {
  const all = Object.values(type.countries).flat();
  const countries = Object.entries(type.countries).map(([country, entries]) => {
    const show = () => holder.replaceChildren(drawer({ name: type.name, country, entries }));
    return h("tr", { cls: "k-sub-row k-hidden", on: { click: show } }, h("td", {}, country), h("td", {}, `${entries.length}`), h("td", {}, taken(entries)));
  });
  const toggle = () => countries.forEach((one) => one.classList.toggle("k-hidden"));
  return [h("tr", { cls: "k-type-row", on: { click: toggle } }, h("td", {}, type.name), h("td", {}, `${all.length}`), h("td", {}, taken(all))), ...countries];
}

// What is left of the types in one country, and of licences whose id contains the words.
function narrowed(types, country, words) {
  return types
    .map((type) => {
      const kept = Object.entries(type.countries)
        .filter(([name]) => country === EVERYWHERE || name === country)
        .map(([name, entries]) => [name, entries.filter((one) => one.id.includes(words))])
        .filter(([, entries]) => entries.length);
      return { name: type.name, countries: Object.fromEntries(kept) };
    })
    .filter((type) => Object.keys(type.countries).length);
}

export async function licenses(page) {
  page.crumbs(["Home"], "Licenses");
  page.fill(spinner());
  const answer = await call("GET", "/cm-be/licenses/api/v1/licenses");
  if (!page.alive()) return;
  const types = answer.body.content || [];
  const holder = h("div", {});
  const list = h("div", {});
  const search = h("input", { type: "text", cls: "k-input", autocomplete: "off", spellcheck: false });
  const draw = () => {
    const shown = narrowed(types, country.value, search.value.trim().toLowerCase());
    holder.replaceChildren();
    list.replaceChildren(table(["License type", "Quantity", "Assigned"], shown.flatMap((type) => typeRows(type, holder))));
  };
  const country = combo({ value: EVERYWHERE, onChange: draw });
  const countries = new Set(types.flatMap((type) => Object.keys(type.countries)));
  country.setOptions([EVERYWHERE, ...[...countries].sort()]);
  search.addEventListener("input", draw);
  const filters = h(
    "div",
    { cls: "k-narrow" },
    h("div", { cls: "k-field" }, h("div", { cls: "k-label" }, "Country"), country.element),
    h("div", { cls: "k-field" }, h("label", {}, h("span", { cls: "k-label" }, "License ID"), search)),
  );
  page.fill(filters, list, holder);
  draw();
}
