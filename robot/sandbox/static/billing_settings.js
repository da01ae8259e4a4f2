// The settings of Cost Center Management; their names and values are from 8x8 public docs. invented:
// that they unfold behind a button, and their markup.
import { banner, call, h } from "./dom.js";

const ASKED = [
  ["opted_in", "Cost Center Opted In", { Yes: true, No: false }],
  ["cost_center_type", "Cost Center Type", { "Site Based": "site_based", Independent: "independent" }],
  ["cost_center_billing", "Cost Center Based Billing", { Yes: true, No: false }],
];

// saved() is called once the settings are others.
export function settingsCard(values, saved) {
  const picks = ASKED.map(([key, label, choices]) => {
    const options = Object.entries(choices).map(([text, value]) => h("option", { value: text, selected: value === values[key] }, text));
    const select = h("select", { cls: "k-bill-select" }, options);
    return { key, read: () => choices[select.value], element: h("label", { cls: "k-bill-label" }, label, select) };
  });
  const save = h("button", { type: "button", cls: "k-bill-button k-bill-button-main" }, "Save");
  save.addEventListener("click", async () => {
    save.disabled = true;
    const answer = await call("PUT", "/cm-be/cost-centers/settings", Object.fromEntries(picks.map((one) => [one.key, one.read()])));
    save.disabled = false;
    if (answer.status === 200) saved();
    banner(answer.status === 200 ? "good" : "bad", answer.body.message || "The settings could not be saved.");
  });
  return h("div", { cls: "k-bill-settings k-hidden" }, picks.map((one) => one.element), save);
}
