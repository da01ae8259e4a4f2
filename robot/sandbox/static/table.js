// Plain tables and the badge of a status, as the lists of licences and numbers show them.
import { h } from "./dom.js";

export function table(columns, rows) {
  const head = h("thead", {}, h("tr", {}, columns.map((text) => h("th", {}, text))));
  return h("div", { cls: "k-table-hold" }, h("table", { cls: "k-table k-table-plain" }, head, h("tbody", {}, rows)));
}

export function badge(status) {
  const good = status === "Available" || status === "Unassigned";
  return h("span", { cls: good ? "k-badge k-badge-on" : status === "Suspended" ? "k-badge k-badge-bad" : "k-badge" }, status);
}
