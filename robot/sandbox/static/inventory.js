// Licenses (type, then country, then a side panel) and Phone numbers, both read-only here.
// Labels are from 8x8 public docs; the layout is invented.
import { call, h, icon, spinner } from "./dom.js";

function table(columns, rows) {
  const head = h("thead", {}, h("tr", {}, columns.map((text) => h("th", {}, text))));
  return h("div", { cls: "k-table-hold" }, h("table", { cls: "k-table k-table-plain" }, head, h("tbody", {}, rows)));
}

function badge(status) {
  const good = status === "Available" || status === "Unassigned";
  return h("span", { cls: good ? "k-badge k-badge-on" : status === "Suspended" ? "k-badge k-badge-bad" : "k-badge" }, status);
}

function drawer(name, country, entries) {
  const ticked = { Assigned: true, Unassigned: true, Suspended: true };
  const list = h("div", { cls: "k-drawer-list" });
  const fill = () => {
    const rows = entries.filter((one) => ticked[one.status]);
    list.replaceChildren(table(["License ID", "Assigned to", "Status"], rows.map((one) => h("tr", {}, h("td", {}, one.id), h("td", {}, one.assigned_to), h("td", {}, badge(one.status))))));
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

export async function licenses(page) {
  page.crumbs(["Home"], "Licenses");
  page.fill(spinner());
  const answer = await call("GET", "/cm-be/licenses/api/v1/licenses");
  if (!page.alive()) return;
  const holder = h("div", {});
  const rows = (answer.body.content || []).flatMap((type) => {
    const all = Object.values(type.countries).flat();
    const taken = all.filter((one) => one.status !== "Unassigned").length;
    const countries = Object.entries(type.countries).map(([country, entries]) => {
      const show = () => holder.replaceChildren(drawer(type.name, country, entries));
      return h("tr", { cls: "k-sub-row k-hidden", on: { click: show } }, h("td", {}, country), h("td", {}, `${entries.length}`), h("td", {}, `${entries.filter((one) => one.status !== "Unassigned").length}`));
    });
    const toggle = () => countries.forEach((one) => one.classList.toggle("k-hidden"));
    return [h("tr", { cls: "k-type-row", on: { click: toggle } }, h("td", {}, type.name), h("td", {}, `${all.length}`), h("td", {}, `${taken}`)), ...countries];
  });
  page.fill(table(["License type", "Quantity", "Assigned"], rows), holder);
}

export async function phoneNumbers(page) {
  page.crumbs(["Home"], "Phone numbers");
  page.fill(spinner());
  const answer = await call("GET", "/cm-be/dids/api/v1/dids");
  if (!page.alive()) return;
  const rows = (answer.body.content || []).map((one) => h("tr", {}, h("td", {}, one.number), h("td", {}, badge(one.status)), h("td", {}, one.assigned_to), h("td", {}, one.extension)));
  page.fill(table(["Phone number", "Number Status", "Assigned to", "Extension"], rows));
}
