// Parts of the edit form: collapsible sections, text fields, drop-downs, switches.
// Input names, the pair data-id / data-test-id with the value `sms`, the header's class and the
// switch's role are from public automation code; everything else has neither name nor id.
import { h, icon } from "./dom.js";
import { combo } from "./select.js";

export function section(id, title, open) {
  const body = h("div", { cls: "k-section-body" });
  const head = h("div", { cls: "k-form-section-header-container" }, h("div", { cls: "k-section-title" }, title), icon("down", "k-icon k-section-arrow"));
  const element = h("div", { cls: "k-section" }, head, body);
  if (id) element.setAttribute("data-id", id);
  element.setAttribute("data-test-id", "form-section");
  const show = (flag) => {
    body.classList.toggle("k-hidden", !flag);
    element.classList.toggle("k-section-closed", !flag);
  };
  head.addEventListener("click", () => show(body.classList.contains("k-hidden")));
  show(open);
  return { id, title, element, body, expand: () => show(true) };
}

// A problem of a field is shown in red beneath it (8x8 public docs).
function withProblem(field) {
  const text = h("div", { cls: "k-problem k-hidden" });
  field.element.append(text);
  field.complain = (message) => {
    text.textContent = message;
    text.classList.toggle("k-hidden", !message);
    field.element.classList.toggle("k-field-bad", Boolean(message));
  };
  return field;
}

export function textField({ label, name = "", value, required = false, readOnly = false, disabled = false, note = "" }) {
  const input = h("input", { type: "text", cls: "k-input", value, readOnly, disabled, autocomplete: "off", spellcheck: false });
  if (name) input.name = name;
  const text = h("span", { cls: required ? "k-label k-label-must" : "k-label" }, label);
  const element = h("div", { cls: "k-field" }, h("label", {}, text, input));
  if (note) element.append(h("div", { cls: "k-note" }, note));
  const field = withProblem({ element, required, get: () => input.value.trim(), set: (one) => (input.value = one) });
  input.addEventListener("input", () => field.complain(""));
  return field;
}

// The label of a drop-down is a plain div, as react-select leaves it.
export function comboField({ label, value, options = null, required = false, disabled = false, onChange = () => {}, onClear = null }) {
  const box = combo({
    value,
    disabled,
    onClear,
    onChange: (text) => {
      field.complain("");
      onChange(text);
    },
  });
  box.setOptions(options);
  const text = h("div", { cls: required ? "k-label k-label-must" : "k-label" }, label);
  const element = h("div", { cls: "k-field" }, text, box.element);
  const field = withProblem({ element, box, required, get: () => box.value, set: box.setValue });
  return field;
}

export function switchField({ label, value, disabled = false }) {
  const input = h("input", { type: "checkbox", cls: "k-switch-input", checked: value, disabled });
  input.setAttribute("role", "switch");
  const element = h("label", { cls: "k-switch" }, input, h("span", { cls: "k-switch-track" }), h("span", {}, label));
  return { element, get: () => input.checked, complain: () => {} };
}

export function checkField({ label, value, disabled = false }) {
  const input = h("input", { type: "checkbox", cls: "k-tick", checked: value, disabled });
  return { element: h("label", { cls: "k-check" }, input, label), get: () => input.checked, complain: () => {} };
}
