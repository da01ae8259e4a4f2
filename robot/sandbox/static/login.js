// Log-in in two steps, username first, then a verification code. The ids loginId, password and
// submitBtn, and the place of the code's input and button, are from public automation code.
import { call, h } from "./dom.js";

const main = document.querySelector("main");
const wanted = new URLSearchParams(location.search).get("return") || "";
let loginId = "";
let ticket = "";

function screen(heading, lead, ...content) {
  const error = h("div", { cls: "k-login-error" });
  const form = h("form", { cls: "k-login-form", noValidate: true }, ...content.slice(0, -1), error, content.at(-1));
  main.replaceChildren(
    h(
      "div",
      { cls: "k-login-page" },
      h(
        "div",
        { cls: "k-login-card" },
        h("div", { cls: "k-login-mark" }, "Admin Console"),
        h("div", {}, h("h1", { cls: "k-login-title" }, heading), h("p", { cls: "k-login-lead" }, lead), form),
      ),
    ),
  );
  return { form, error };
}

function onSubmit(form, error, button, step) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    button.disabled = true;
    const problem = await step();
    if (problem) {
      error.textContent = problem;
      button.disabled = false;
    }
  });
}

function askUsername() {
  const input = h("input", { type: "text", id: "loginId", cls: "k-login-input", autocomplete: "username" });
  const button = h("button", { type: "submit", id: "submitBtn", cls: "k-login-button" }, "Login");
  const label = h("label", { cls: "k-login-label" }, "Username", input);
  const { form, error } = screen("Log in", "Enter your login credentials and click Login", label, button);
  onSubmit(form, error, button, async () => {
    loginId = input.value.trim();
    if (!loginId) return "Enter your username.";
    const answer = await call("POST", "/sso/username", { loginId });
    if (answer.status !== 200) return answer.body.message || "Something went wrong. Try again.";
    askPassword();
    return "";
  });
  input.focus();
}

function askPassword() {
  const input = h("input", { type: "password", id: "password", cls: "k-login-input", autocomplete: "current-password" });
  const button = h("button", { type: "submit", id: "submitBtn", cls: "k-login-button" }, "Login");
  const label = h("label", { cls: "k-login-label" }, "Password", input);
  const { form, error } = screen("Log in", loginId, label, button);
  onSubmit(form, error, button, async () => {
    const answer = await call("POST", "/sso/password", { loginId, password: input.value, return: wanted });
    if (answer.status !== 200) return answer.body.message || "Something went wrong. Try again.";
    if (answer.body.location) {
      location.assign(answer.body.location);
      return "";
    }
    ticket = answer.body.ticket;
    askCode();
    return "";
  });
  input.focus();
}

// The form's six blocks: the input is in the second, the button in the sixth. That there is a check
// box to skip the code on this device is from 8x8 docs. invented: its label and place.
function askCode() {
  const input = h("input", { type: "text", cls: "k-login-input k-login-code", autocomplete: "one-time-code", inputMode: "numeric" });
  const button = h("button", { type: "submit", cls: "k-login-button" }, "Verify");
  const skip = h("input", { type: "checkbox", cls: "k-tick" });
  const error = h("div", { cls: "k-login-error" });
  const made = screen("Verification", `Signed in so far as ${loginId}`, h("div", {}), h("div", {}));
  const form = made.form;
  form.replaceChildren(
    h("div", { cls: "k-login-label" }, "Verification code"),
    h("div", {}, input),
    h("div", { cls: "k-login-hint" }, "Open your authenticator app and enter the 6-digit code."),
    error,
    h("div", {}, h("label", { cls: "k-login-skip" }, skip, "Skip verification on this device for 90 days")),
    h("div", {}, button),
  );
  onSubmit(form, error, button, async () => {
    const answer = await call("POST", "/sso/code", { loginId, ticket, code: input.value, skip: skip.checked, return: wanted });
    if (answer.status !== 200) return answer.body.message || "Something went wrong. Try again.";
    location.assign(answer.body.location);
    return "";
  });
  input.focus();
}

askUsername();
