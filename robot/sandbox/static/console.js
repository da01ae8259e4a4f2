// The Admin Console's frame: top bar, breadcrumb strip, pages by address without reloading.
import { call, clearBanner, h, icon, tellClicks, tellPage } from "./dom.js";
import { editUser } from "./form.js";
import { licenses } from "./licenses.js";
import { phoneNumbers } from "./numbers.js";
import { startCounting } from "./select.js";
import { users } from "./users.js";

const root = document.body.firstElementChild;
let session = null;
let turn = 0;

// Tiles of the real Home page (8x8 public docs screenshots). Those without an address are not
// part of the sandbox.
const TILES = [
  ["Users", "Add & manage users", "users", "/users"],
  ["Phone numbers", "Port, get new numbers and manage number inventory", "phone", "/phone-numbers"],
  ["Devices", "View device status and inventory", "device", ""],
  ["Licenses", "View licenses", "license", "/licenses"],
  ["Company", "Manage global settings for all services and internal dial plan settings", "company", ""],
  ["API Keys", "Manage API access keys", "key", ""],
  ["Recordings", "Visualise and manage recordings", "record", ""],
  ["Work Apps Settings", "Manage Work apps configurations and settings", "gear", ""],
  ["Transcription Policy", "View Transcription Policy", "doc", ""],
  ["Nomadic 911", "Manage emergency routing service for your users", "alarm", ""],
];

function tile([name, caption, picture, path], go) {
  const inside = [h("div", { cls: "k-tile-round" }, icon(picture, "k-tile-icon")), h("div", { cls: "k-tile-name" }, name), h("div", { cls: "k-tile-caption" }, caption)];
  if (!path) return h("div", { cls: "k-tile k-tile-off" }, inside);
  return h("div", { cls: "k-tile k-tile-live", on: { click: () => go(path) } }, inside);
}

function home(page) {
  page.crumbs(["Home"]);
  page.fill(
    h("div", { cls: "k-home-heading" }, "SETUP"),
    h("div", { cls: "k-tiles" }, TILES.map((one) => tile(one, page.go))),
    h("p", { cls: "k-foot" }, "Greyed tiles are not part of the sandbox."),
  );
}

function panel(page) {
  page.crumbs(["Application Panel"]);
  const apps = [["Admin Console", "Users, licenses and phone numbers", "gear", "/"]];
  const tiles = apps.map((one) => tile(one, page.go));
  if (session.billing) {
    const leave = () => location.assign(session.billing + "/");
    tiles.push(tile(["My 8x8", "Billing and cost centers", "bill", "/"], leave));
  }
  page.fill(h("div", { cls: "k-home-heading" }, `Welcome, ${session.name}`), h("div", { cls: "k-tiles" }, tiles));
}

function missing(page) {
  page.crumbs(["Home"], "Page not found");
  page.fill(h("div", { cls: "k-empty" }, h("h2", {}, "Page not found"), h("p", {}, "There is nothing at this address.")));
}

const ROUTES = [
  [/^\/$/, home],
  [/^\/panel\/?$/, panel],
  [/^\/users\/?$/, users],
  [/^\/users\/user\/edit\/([\w-]+)\/?$/, editUser],
  [/^\/licenses\/?$/, licenses],
  [/^\/phone-numbers\/?$/, phoneNumbers],
];

function initials(name) {
  return name.split(" ").map((word) => word[0]).join("").slice(0, 2).toUpperCase();
}

function topBar(go) {
  const menu = h(
    "div",
    { cls: "k-profile k-hidden" },
    h("div", { cls: "k-profile-name" }, session.name),
    h("div", { cls: "k-profile-user" }, session.username),
    h("button", { type: "button", cls: "k-button k-button-plain", on: { click: signOut } }, "Sign out"),
  );
  const avatar = h("div", { cls: "k-avatar" }, initials(session.name));
  avatar.addEventListener("click", () => menu.classList.toggle("k-hidden"));
  return h(
    "div",
    { cls: "k-top" },
    h("div", { cls: "k-top-item", on: { click: () => go("/") } }, icon("menu")),
    h("div", { cls: "k-top-mark" }, "Admin Console"),
    h("div", { cls: "k-top-gap" }),
    h("div", { cls: "k-top-item" }, icon("tasks")),
    h("div", { cls: "k-top-line" }),
    h("div", { cls: "k-top-item", on: { click: () => go("/panel") } }, icon("apps")),
    h("div", { cls: "k-top-who" }, avatar, menu),
  );
}

async function signOut() {
  const answer = await call("POST", "/cm-be/signout", {});
  if (answer.status === 200) location.assign(answer.body.location);
}

function go(path, replace = false) {
  if (replace) history.replaceState({}, "", path);
  else history.pushState({}, "", path);
  tellPage();
  clearBanner();
  draw();
}

function draw() {
  turn += 1;
  const mine = turn;
  const strip = h("div", { cls: "k-crumbs" });
  const side = h("div", { cls: "k-side k-hidden" });
  const content = h("div", { cls: "k-content" });
  const page = {
    go,
    session,
    side,
    query: new URLSearchParams(location.search),
    alive: () => mine === turn,
    fill: (...children) => content.replaceChildren(...children),
    crumbs: (links, last = "") => {
      const parts = links.map((text, index) => {
        const target = { Home: "/", Users: "/users" }[text];
        const here = !last && index === links.length - 1;
        return here || !target ? h("span", { cls: "k-crumb" }, text) : h("a", { cls: "k-crumb k-crumb-link", href: target, on: { click: follow } }, text);
      });
      if (last) parts.push(h("span", { cls: "k-crumb" }, last));
      strip.replaceChildren(...parts.flatMap((part, index) => (index ? [h("span", { cls: "k-crumb-gap" }, "/"), part] : [part])));
      document.title = `${last || links.at(-1)} - Admin Console (sandbox)`;
    },
  };
  root.replaceChildren(
    h("div", { cls: "k-app" }, topBar(go), strip, h("div", { cls: "k-page" }, side, h("div", { cls: "k-main" }, h("div", {}, content)))),
  );
  for (const [pattern, view] of ROUTES) {
    const match = location.pathname.match(pattern);
    if (match) return view(page, match[1]);
  }
  return missing(page);
}

function follow(event) {
  event.preventDefault();
  go(event.currentTarget.getAttribute("href"));
}

async function start() {
  const answer = await call("GET", "/cm-be/session");
  session = answer.body;
  startCounting(session.selectBase);
  tellClicks();
  window.addEventListener("popstate", draw);
  draw();
}

start();
