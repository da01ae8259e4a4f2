// Phone numbers: check boxes, Number Status, three dots; a number nobody has can be returned to 8x8.
// Labels are from 8x8 public docs; the layout is invented.
import { banner, call, confirmBox, h, icon, spinner } from "./dom.js";
import { floatMenu } from "./menu.js";
import { badge, table } from "./table.js";

const LIST = "/cm-be/dids/api/v1/dids";
// invented: the text of the dialog but for its heading.
const LATER = "A number returned to 8x8 can be claimed again for 90 days.";
const LOST = "Something went wrong. Please try again later.";

async function giveBack(page, numbers) {
  if (!(await confirmBox("Are you sure?", [numbers.join(", "), LATER])) || !page.alive()) return;
  const answer = await call("POST", `${LIST}/return`, { numbers });
  if (!page.alive()) return;
  if (answer.status === 200) {
    await phoneNumbers(page);
    banner("good", answer.body.message);
  } else {
    banner("bad", answer.body.message || LOST);
  }
}

function row(page, one, tick) {
  const box = h("input", { type: "checkbox", cls: "k-tick", on: { change: (event) => tick(one.number, event.target.checked) } });
  const dots = h("button", { type: "button", cls: "k-icon-button" }, icon("dots", "k-icon k-icon-dots"));
  const holder = h("div", { cls: "k-row-actions" }, dots);
  dots.addEventListener("click", () => floatMenu(holder, dots, [["Return number to 8x8", () => giveBack(page, [one.number])]]));
  return h("tr", {}, h("td", { cls: "k-cell-tick" }, box), h("td", { cls: "k-cell-number" }, one.number), h("td", {}, badge(one.status)), h("td", {}, one.assigned_to), h("td", {}, one.extension), h("td", {}, holder));
}

export async function phoneNumbers(page) {
  page.crumbs(["Home"], "Phone numbers");
  page.fill(spinner());
  const answer = await call("GET", LIST);
  if (!page.alive()) return;
  const ticked = new Set();
  const back = h("button", { type: "button", cls: "k-button k-button-plain k-hidden", on: { click: () => giveBack(page, [...ticked]) } }, "Return numbers to 8x8");
  const tick = (number, on) => {
    if (on) ticked.add(number);
    else ticked.delete(number);
    back.classList.toggle("k-hidden", !ticked.size);
  };
  const rows = (answer.body.content || []).map((one) => row(page, one, tick));
  page.fill(h("div", { cls: "k-toolbar k-toolbar-end" }, back), table(["", "Phone number", "Number Status", "Assigned to", "Extension", ""], rows));
}
