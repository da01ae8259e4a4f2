// The users list: search with preview, filters, paging, pencil and three dots in each row.
// Labels of the menu, Continue and the deletion's banner are from 8x8 support. invented: columns,
// page sizes, the texts of the dialogs, and the label of the menu's last entry.
import { banner, call, confirmBox, h, icon, spinner } from "./dom.js";
import { filterBar, keptFilter } from "./filter.js";
import { floatMenu } from "./menu.js";

const LIST = "/cm-be/users/api/v1/users";
const SIZES = [25, 50, 100];
const COLUMNS = ["", "Name", "Username", "Email", "Site", "License", "Extension", "Phone number", "Status", ""];
const LOST = "Something went wrong. Please try again later.";

function address({ search = "", filter = "", page = 1, size = 25 }) {
  const query = new URLSearchParams();
  if (search) query.set("search", search);
  if (filter) query.set("filter", filter);
  if (page > 1) query.set("page", page);
  if (size !== 25) query.set("size", size);
  return query.size ? `/users?${query}` : "/users";
}

function searchBox(page, { search, filter }) {
  const input = h("input", { type: "text", cls: "k-search-input", value: search, autocomplete: "off", spellcheck: false });
  const preview = h("div", { cls: "k-preview k-hidden" });
  const box = h("div", { cls: "k-search" }, h("label", { cls: "k-search-label" }, h("span", {}, "Search"), input), icon("search", "k-search-icon"), preview);
  let turn = 0;
  let timer = 0;
  const hide = () => preview.classList.add("k-hidden");
  const showAll = () => page.go(address({ search: input.value.trim(), filter }));
  const look = async () => {
    turn += 1;
    const mine = turn;
    const keyword = input.value.trim();
    if (!keyword) return hide();
    preview.classList.remove("k-hidden");
    preview.replaceChildren(spinner());
    const query = new URLSearchParams({ search: keyword, filter, size: 5 });
    const answer = await call("GET", `${LIST}?${query}`);
    if (mine !== turn || !page.alive()) return undefined;
    if (answer.status !== 200) return hide();
    const rows = answer.body.content.map((user) =>
      h(
        "div",
        { cls: "k-preview-row", on: { click: () => page.go(`/users/user/edit/${user.id}`) } },
        h("div", { cls: "k-preview-name" }, user.name),
        h("div", { cls: "k-preview-more" }, `${user.username} · ${user.email}`),
      ),
    );
    const all = h("div", { cls: "k-preview-all", on: { click: showAll } }, `View all results for '${keyword}'`, h("span", { cls: "k-count" }, `${answer.body.totalElements}`));
    const none = rows.length ? null : h("div", { cls: "k-preview-none" }, "No users found");
    preview.replaceChildren(...rows, ...(none ? [none] : [all]));
    return undefined;
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") showAll();
    if (event.key === "Escape") hide();
  });
  return box;
}

function answered(page, answer, reload) {
  if (!page.alive()) return;
  if (answer.status === 200) {
    reload();
    banner("good", answer.body.message);
  } else {
    banner("bad", answer.body.message || LOST);
  }
}

// What is behind the three dots. Each entry asks once more before it acts.
function moreEntries(page, user, reload) {
  const who = `${user.name} (${user.username}, ${user.email})`;
  const act = async (heading, lines, method, path) => {
    if (!(await confirmBox(heading, lines)) || !page.alive()) return;
    answered(page, await call(method, `${LIST}/${user.id}${path}`), reload);
  };
  const entries = [
    ["Delete", () => act("Delete user", [`You are about to delete ${who}.`, "This cannot be undone. Voicemails, faxes and messages of this user are removed."], "DELETE", "")],
    user.status === "ACTIVE"
      ? ["Deactivate user", () => act("Deactivate user", [`You are about to deactivate ${who}.`, "The user can no longer sign in. The license stays tied to the user."], "POST", "/deactivate")]
      : ["Activate user", () => act("Activate user", [`You are about to activate ${who}.`], "POST", "/activate")],
    ["Reset user password", () => act("Reset user password", [`A link to choose a new password is sent to ${who}.`], "POST", "/reset-password")],
    // invented: the label. The documents only say that the mail can be sent again.
    ["Resend welcome email", () => act("Resend welcome email", [`The welcome email is sent again to ${who}.`], "POST", "/resend-welcome")],
  ];
  return entries;
}

// The buttons at the top right; Bulk Edit comes once rows are ticked (8x8 support).
function actions(page, ticked) {
  const absent = (what) => () => banner("warn", `${what} is not part of the sandbox.`);
  const bulkEdit = h("button", { type: "button", cls: "k-button k-button-plain", on: { click: absent("Bulk Edit") } }, "Bulk Edit");
  const upload = h("button", { type: "button", cls: "k-button k-button-plain", on: { click: absent("Bulk Upload") } }, "Bulk Upload");
  const create = h("button", { type: "button", cls: "k-button k-button-main", on: { click: absent("Create User") } }, "Create User");
  const element = h("div", { cls: "k-toolbar-right" }, upload, create);
  const show = () => {
    if (ticked.size) element.prepend(bulkEdit);
    else bulkEdit.remove();
  };
  return { element, show };
}

function row(page, user, reload, tick) {
  const edit = h("button", { type: "button", cls: "k-icon-button", on: { click: () => page.go(`/users/user/edit/${user.id}`) } }, icon("pencil"));
  const holder = h("div", { cls: "k-row-actions" }, edit);
  const more = h("button", { type: "button", cls: "k-icon-button" }, icon("dots", "k-icon k-icon-dots"));
  more.addEventListener("click", () => floatMenu(holder, more, moreEntries(page, user, reload)));
  holder.append(more);
  const active = user.status === "ACTIVE";
  const badge = h("span", { cls: active ? "k-badge k-badge-on" : "k-badge" }, active ? "Active" : "Inactive");
  const texts = [user.username, user.email, user.site, user.license, user.extension, user.phone_number];
  return h(
    "tr",
    { cls: active ? "k-row" : "k-row k-row-off" },
    h("td", { cls: "k-cell-tick" }, h("input", { type: "checkbox", cls: "k-tick", on: { change: (event) => tick(user.id, event.target.checked) } })),
    h("td", { cls: "k-cell-name" }, user.name),
    texts.map((text) => h("td", {}, text)),
    h("td", {}, badge),
    h("td", { cls: "k-cell-actions" }, holder),
  );
}

function paging(page, state, answer) {
  const { page: number, size, totalElements: total } = answer;
  const first = total ? (number - 1) * size + 1 : 0;
  const turn = (step) => () => page.go(address({ ...state, page: number + step }));
  const pick = h("select", { cls: "k-page-size" }, SIZES.map((one) => h("option", { value: one, selected: one === size }, `${one}`)));
  pick.addEventListener("change", () => page.go(address({ search: state.search, filter: state.filter, size: Number(pick.value) })));
  return h(
    "div",
    { cls: "k-paging" },
    h("label", { cls: "k-page-label" }, "Rows per page", pick),
    h("span", { cls: "k-page-range" }, `${first}-${Math.min(number * size, total)} of ${total}`),
    h("button", { type: "button", cls: "k-button k-button-plain", disabled: number === 1, on: { click: turn(-1) } }, "Previous"),
    h("button", { type: "button", cls: "k-button k-button-plain", disabled: number * size >= total, on: { click: turn(1) } }, "Next"),
  );
}

export function users(page) {
  page.crumbs(["Home", "Users"]);
  const asked = Number(page.query.get("size"));
  const state = {
    search: page.query.get("search") || "",
    filter: page.query.get("filter") ?? keptFilter(),
    page: Number(page.query.get("page")) || 1,
    size: SIZES.includes(asked) ? asked : 25,
  };
  const list = h("div", { cls: "k-list" });
  const clear = () => page.go(address({ filter: state.filter }));
  const found = state.search
    ? h("div", { cls: "k-filter" }, h("span", {}, `Results for '${state.search}'`), h("button", { type: "button", cls: "k-link", on: { click: clear } }, "Clear search"))
    : null;
  const bar = filterBar(page, state.filter, (filter) => page.go(address({ ...state, filter, page: 1 })));
  const funnel = h("button", { type: "button", cls: "k-icon-button", on: { click: bar.toggle } }, icon("filter"));
  const ticked = new Set();
  const buttons = actions(page, ticked);
  const tick = (id, on) => {
    if (on) ticked.add(id);
    else ticked.delete(id);
    buttons.show();
  };
  page.fill(h("div", { cls: "k-toolbar" }, searchBox(page, state), funnel, buttons.element), bar.element, ...(found ? [found] : []), list);

  const load = async () => {
    list.replaceChildren(spinner());
    ticked.clear();
    buttons.show();
    const query = new URLSearchParams({ search: state.search, filter: state.filter, page: state.page, size: state.size });
    const answer = await call("GET", `${LIST}?${query}`);
    if (!page.alive()) return;
    if (answer.status !== 200) {
      list.replaceChildren(h("div", { cls: "k-empty" }, h("h2", {}, "Users could not be loaded"), h("p", {}, LOST)));
      return;
    }
    const rows = answer.body.content;
    if (!rows.length) {
      list.replaceChildren(h("div", { cls: "k-empty" }, h("h2", {}, "No users found"), h("p", {}, "It's lonely in here. Try another keyword.")));
      return;
    }
    const head = h("thead", {}, h("tr", {}, COLUMNS.map((text) => h("th", {}, text))));
    const body = h("tbody", {}, rows.map((user) => row(page, user, load, tick)));
    list.replaceChildren(h("div", { cls: "k-table-hold" }, h("table", { cls: "k-table" }, head, body)), paging(page, state, answer.body));
  };
  load();
}
