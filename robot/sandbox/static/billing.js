// My 8x8: cost centers. Another product with another layout; its names are from 8x8 public
// docs, its markup is invented.
import { settingsCard } from "./billing_settings.js";
import { banner, call, h, icon, spinner, tellClicks, tellPage } from "./dom.js";

const root = document.body.querySelector("div");
const TABS = ["Cost Center Setup", "Cost Center Assignment"];
let session = null;
let turn = 0;

function frame(...content) {
  const nav = (text, path, cls) => h("a", { href: path, cls: location.pathname === path ? `${cls} k-bill-here` : cls, on: { click: follow } }, text);
  root.replaceChildren(
    h(
      "div",
      { cls: "k-bill" },
      h(
        "aside",
        { cls: "k-bill-side" },
        h("div", { cls: "k-bill-mark" }, icon("bill"), "My 8x8"),
        nav("Home", "/", "k-bill-link"),
        h("div", { cls: "k-bill-group" }, "Billing"),
        nav("Cost Center Management", "/billing/cost-centers", "k-bill-link"),
        h("div", { cls: "k-bill-gap" }),
        h("a", { href: `${session.console}/panel`, cls: "k-bill-link" }, "Application Panel"),
        h("div", { cls: "k-bill-who" }, session.username),
      ),
      h("main", { cls: "k-bill-main" }, content),
    ),
  );
}

function follow(event) {
  event.preventDefault();
  history.pushState({}, "", event.currentTarget.getAttribute("href"));
  tellPage();
  draw();
}

// 8x8 public docs: both are disabled when the account is not opted in.
function tabs(active, place, disabled) {
  return h(
    "div",
    { cls: "k-bill-tabs" },
    TABS.map((text) => h("button", { type: "button", cls: text === active ? "k-bill-tab k-bill-tab-on" : "k-bill-tab", disabled, on: { click: () => place(text) } }, text)),
  );
}

function grid(columns, rows) {
  return h("table", { cls: "k-bill-table" }, h("thead", {}, h("tr", {}, columns.map((text) => h("th", {}, text)))), h("tbody", {}, rows));
}

async function setup(hold) {
  hold.replaceChildren(spinner());
  const answer = await call("GET", "/cm-be/cost-centers");
  const rows = (answer.body.content || []).map((one) => h("tr", {}, h("td", {}, one.name), h("td", {}, one.reference)));
  hold.replaceChildren(grid(["Cost Centers Name", "Cost Center Reference"], rows));
}

// The panel that changes one person's cost center; it names the person.
function panel(user, centers, reload) {
  const pick = h("select", { cls: "k-bill-select" }, h("option", { value: "" }, "None"), centers.map((one) => h("option", { value: one.name, selected: one.name === user.cost_center }, one.name)));
  const close = () => shade.remove();
  const save = h("button", { type: "button", cls: "k-bill-button k-bill-button-main" }, "Save");
  save.addEventListener("click", async () => {
    save.disabled = true;
    const answer = await call("PUT", `/cm-be/cost-centers/assignments/${user.id}`, { cost_center: pick.value });
    save.disabled = false;
    if (answer.status === 200) {
      close();
      reload();
      banner("good", answer.body.message);
    } else {
      banner("bad", answer.body.message || "The assignment could not be saved. Please try again later.");
    }
  });
  const line = (name, value) => h("div", { cls: "k-bill-line" }, h("span", {}, name), h("strong", {}, value));
  const shade = h(
    "div",
    { cls: "k-bill-shade" },
    h(
      "div",
      { cls: "k-bill-panel" },
      h("div", { cls: "k-bill-panel-title" }, "Edit assignment"),
      line("Name", user.name),
      line("Username", user.username),
      line("Email", user.email),
      h("label", { cls: "k-bill-label" }, "Cost center", pick),
      h("div", { cls: "k-bill-buttons" }, h("button", { type: "button", cls: "k-bill-button", on: { click: close } }, "Cancel"), save),
    ),
  );
  document.body.append(shade);
}

async function assignment(hold, fixed) {
  const input = h("input", { type: "text", cls: "k-bill-input", autocomplete: "off", spellcheck: false });
  const find = h("button", { type: "submit", cls: "k-bill-button" }, "Search");
  const list = h("div", { cls: "k-bill-list" });
  const form = h("form", { cls: "k-bill-search", noValidate: true }, h("label", { cls: "k-bill-label" }, "Search", input), find);
  // 8x8 public docs: a site based assignment follows the user's site and cannot be edited.
  const notice = fixed ? h("div", { cls: "k-bill-notice" }, "Cost Center Type: Site Based", h("br"), "The cost center follows the site of the user and cannot be edited here.") : null;
  hold.replaceChildren(...[h("h2", { cls: "k-bill-sub" }, "User Assignment"), notice, form, list].filter(Boolean));
  const centers = (await call("GET", "/cm-be/cost-centers")).body.content || [];
  let number = 1;
  const load = async () => {
    turn += 1;
    const mine = turn;
    list.replaceChildren(spinner());
    const query = new URLSearchParams({ search: input.value.trim(), page: number });
    const answer = await call("GET", `/cm-be/cost-centers/assignments?${query}`);
    if (mine !== turn) return;
    const rows = (answer.body.content || []).map((user) => {
      const edit = h("button", { type: "button", cls: "k-bill-button", on: { click: () => panel(user, centers, load) } }, "Edit");
      return h("tr", {}, h("td", {}, user.name), h("td", {}, user.username), h("td", {}, user.email), h("td", {}, user.cost_center || "-"), h("td", { cls: "k-bill-last" }, fixed ? null : edit));
    });
    if (!rows.length) {
      list.replaceChildren(h("div", { cls: "k-bill-none" }, "No users found"));
      return;
    }
    const { totalElements: total, size, page } = answer.body;
    const step = (by) => () => {
      number = page + by;
      load();
    };
    const foot = h(
      "div",
      { cls: "k-bill-paging" },
      h("span", {}, `Page ${page} of ${Math.ceil(total / size)} (${total} users)`),
      h("button", { type: "button", cls: "k-bill-button", disabled: page === 1, on: { click: step(-1) } }, "Previous"),
      h("button", { type: "button", cls: "k-bill-button", disabled: page * size >= total, on: { click: step(1) } }, "Next"),
    );
    list.replaceChildren(h("div", { cls: "k-bill-hold" }, grid(["Name", "Username", "Email", "Cost center", ""], rows)), foot);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    number = 1;
    load();
  });
  load();
}

async function costCenters() {
  const mine = turn;
  frame(h("h1", { cls: "k-bill-title" }, "Cost Center Management"), spinner());
  const values = (await call("GET", "/cm-be/cost-centers/settings")).body.content?.[0] ?? {};
  if (mine !== turn) return;
  const hold = h("div", { cls: "k-bill-card" });
  const bar = h("div", {});
  const place = (text) => {
    turn += 1;
    bar.replaceChildren(tabs(text, place, !values.opted_in));
    if (!values.opted_in) hold.replaceChildren("Cost Center Opted In: No");
    else if (text === TABS[0]) setup(hold);
    else assignment(hold, values.cost_center_type === "site_based");
  };
  const settings = settingsCard(values, draw);
  const unfold = h("button", { type: "button", cls: "k-bill-button", on: { click: () => settings.classList.toggle("k-hidden") } }, "Settings");
  frame(h("div", { cls: "k-bill-head" }, h("h1", { cls: "k-bill-title" }, "Cost Center Management"), unfold), settings, bar, hold);
  place(TABS[0]);
}

function draw() {
  turn += 1;
  document.title = "My 8x8 (sandbox)";
  if (!session.allowed) {
    frame(h("h1", { cls: "k-bill-title" }, "No access"), h("div", { cls: "k-bill-card" }, "You need the My8x8 role to open this page."));
  } else if (location.pathname === "/billing/cost-centers") {
    costCenters();
  } else if (location.pathname === "/") {
    const tile = h("a", { href: "/billing/cost-centers", cls: "k-bill-tile", on: { click: follow } }, h("strong", {}, "Cost Center Management"), h("span", {}, "Cost centers and who they are assigned to"));
    frame(h("h1", { cls: "k-bill-title" }, `Billing account of ${session.company}`), tile);
  } else {
    frame(h("h1", { cls: "k-bill-title" }, "Page not found"), h("div", { cls: "k-bill-card" }, "There is nothing at this address."));
  }
}

async function start() {
  session = (await call("GET", "/cm-be/session")).body;
  tellClicks();
  window.addEventListener("popstate", draw);
  draw();
}

start();
