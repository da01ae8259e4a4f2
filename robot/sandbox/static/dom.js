// Building blocks of all pages: elements, icons, back-end calls, banners, dialogs.
// Nothing here sets an id, name, role, title or aria attribute: the real console is not known
// to have them, and a robot must not get used to what may not be there.

export function h(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  const { cls, on = {}, ...properties } = options;
  if (cls) element.className = cls;
  for (const [event, handler] of Object.entries(on)) element.addEventListener(event, handler);
  for (const [key, value] of Object.entries(properties)) element[key] = value;
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const ICONS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  apps: "M5 5h2v2H5zM11 5h2v2h-2zM17 5h2v2h-2zM5 11h2v2H5zM11 11h2v2h-2zM17 11h2v2h-2zM5 17h2v2H5zM11 17h2v2h-2zM17 17h2v2h-2z",
  tasks: "M4 4h16v16H4zM8 12l3 3 5-6",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  dots: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
  users: "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM3 20c0-4 2.5-6 6-6s6 2 6 6M16 6a3 3 0 0 1 0 6M17 14c2.5.5 4 2.5 4 6",
  phone: "M6 3l3 1 1 5-2.5 1.5a12 12 0 0 0 6 6L15 14l5 1 1 3c-1 3-3 3-5 2.5C9 19 5 15 3.5 8 3 6 3 4 6 3z",
  device: "M7 3h10v18H7zM10 18h4",
  license: "M5 4h14v16l-3.5-2-3.5 2-3.5-2L5 20zM9 9h6M9 13h6",
  company: "M4 20V6l8-3v17M12 9h8v11M7 9h2M7 13h2M15 13h2M15 17h2M3 20h18",
  key: "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l9-9M17 6l3 3",
  record: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  gear: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M18.4 5.6l-2.2 2.2M7.8 16.2l-2.2 2.2",
  doc: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  alarm: "M12 3l9 17H3zM12 10v5M12 17.5v.01",
  bill: "M3 6h18v12H3zM3 10h18M7 15h4",
};

export function icon(name, cls = "k-icon") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", cls);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// A back-end call. Resolves to {status, body}; status 0 means the answer never came whole.
// An ended session sends the document to the login page, as the real console does.
export async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    const response = await fetch(path, options);
    const text = await response.text();
    answer = { status: response.status, body: text ? JSON.parse(text) : {} };
  } catch (error) {
    return { status: 0, body: { message: "" } };
  }
  if (answer.status === 401 && !path.startsWith("/sso/")) {
    location.reload();
    await new Promise(() => {});
  }
  return answer;
}

// Tells the server what was clicked, so that tests can judge a robot by what it did.
function tell(record) {
  const page = location.pathname + location.search;
  const blob = new Blob([JSON.stringify({ page, ...record })], { type: "application/json" });
  navigator.sendBeacon("/cm-be/events", blob);
}

export function tellClicks() {
  document.addEventListener(
    "click",
    (event) => {
      const target = event.target.closest("button, a, label, input, select, td, li, div");
      const element = target || event.target;
      const text = element.innerText || element.value || "";
      const type = element.tagName === "INPUT" ? element.type : "";
      const shown = type === "password" ? "" : text.trim().slice(0, 120);
      tell({ kind: "click", tag: element.tagName.toLowerCase(), text: shown, type });
    },
    true,
  );
}

export function tellPage() {
  tell({ kind: "page" });
}

export function spinner() {
  return h("div", { cls: "k-loading" }, h("div", { cls: "k-spinner" }), "Loading...");
}

let shown = null;

// The strip across the header. Green ones vanish after four seconds (8x8 support: "green
// banner"; the four seconds are invented), others stay until closed.
const STRIPS = { good: "k-banner-good", warn: "k-banner-warn", bad: "k-banner-bad" };

export function banner(kind, text) {
  clearBanner();
  const close = h("button", { type: "button", cls: "k-banner-close" }, icon("close"));
  const strip = h("div", { cls: `k-banner ${STRIPS[kind]}` }, h("span", {}, text), close);
  close.addEventListener("click", () => strip.remove());
  document.body.append(strip);
  shown = strip;
  if (kind === "good") setTimeout(() => strip.remove(), 4000);
}

export function clearBanner() {
  if (shown) shown.remove();
}

// A modal box made of plain divs. Resolves to true when Continue was pressed.
export function confirmBox(heading, lines) {
  return new Promise((resolve) => {
    const end = (value) => {
      shade.remove();
      resolve(value);
    };
    const shade = h(
      "div",
      { cls: "k-shade" },
      h(
        "div",
        { cls: "k-dialog" },
        h("div", { cls: "k-dialog-title" }, heading),
        lines.map((line) => h("p", { cls: "k-dialog-line" }, line)),
        h(
          "div",
          { cls: "k-dialog-buttons" },
          h("button", { type: "button", cls: "k-button k-button-plain", on: { click: () => end(false) } }, "Cancel"),
          h("button", { type: "button", cls: "k-button k-button-main", on: { click: () => end(true) } }, "Continue"),
        ),
      ),
    );
    document.body.append(shade);
  });
}

export function pause(milliseconds) {
  return milliseconds ? new Promise((done) => setTimeout(done, milliseconds)) : Promise.resolve();
}
