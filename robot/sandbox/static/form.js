// The edit page: one long form, sections that fold, Save at the very bottom.
import { banner, call, confirmBox, h, pause, spinner } from "./dom.js";
import { comboField, section, switchField, textField } from "./fields.js";
import { furtherSections } from "./sections.js";

const LIST = "/cm-be/users/api/v1/users";
// 8x8 support: what taking a licence off destroys.
const LOSS = [
  "Removing the license deletes the user's call history, call forwarding settings, voicemails and greetings, and deactivates the device.",
  "The phone number returns to your available numbers.",
];
const SCIM_NOTE = "Managed by your identity provider"; // invented
const OFF_NOTE = "This user is deactivated. Reactivate the user to change settings."; // invented
const LOST = "Something went wrong. Please try again later."; // invented
const SOFTPHONE = "8x8 Work (softphone)"; // invented: the text
const DEVICES = [SOFTPHONE, "Poly VVX 450"];

class Form {
  constructor(page, user) {
    this.page = page;
    this.user = user;
    this.off = user.status !== "ACTIVE";
    this.fields = {};
    this.extras = {};
    this.owner = new Map();
    this.voice = [];
    this.menu = h("div", { cls: "k-side-menu" });
    this.element = h("form", { cls: "k-form", noValidate: true });
    this.element.addEventListener("submit", (event) => event.preventDefault());
  }

  add(home, key, field) {
    this.fields[key] = field;
    this.owner.set(key, home);
    home.body.append(field.element);
    return field;
  }

  addExtra(home, key, field) {
    this.extras[key] = field;
    home.body.append(field.element);
  }

  text(home, key, label, name, options = {}) {
    return this.add(home, key, textField({ label, name, value: this.user[key], disabled: this.off, ...options }));
  }

  choice(home, key, label, options = {}) {
    const list = this.user.options[key] ?? null;
    return this.add(home, key, comboField({ label, value: this.user[key], options: list, disabled: this.off, ...options }));
  }

  build() {
    // invented: the ids of all sections but sms. The real inputs' names begin with words like
    // these (basicInfo.firstName), but what data-id the other sections have was not found.
    const basic = section("basicInfo", "Basic information", true);
    const more = section("additionalInfo", "Additional information", true);
    const services = section("services", "Services and permissions", true);
    const sso = section("ssoPolicies", "Single Sign-On (SSO)", false);
    this.sections = [basic, more, services, sso];
    const must = { required: true, readOnly: this.user.scim, note: this.user.scim ? SCIM_NOTE : "" };
    this.text(basic, "first_name", "First name", "basicInfo.firstName", must);
    this.text(basic, "last_name", "Last name", "basicInfo.lastName", must);
    this.text(basic, "email", "Email", "basicInfo.primaryEmail", must);
    this.text(basic, "username", "Username", "", must);
    this.choice(basic, "site", "Site", { required: true, onChange: () => this.siteChanged() });
    this.choice(basic, "language", "Language", { required: true });
    this.choice(basic, "time_zone", "Time Zone");
    this.choice(basic, "directory_scope", "Contact Directory Scope");
    // invented: the label. The documents only say that there is such a setting.
    const seen = switchField({ label: "Display in Company Directory", value: this.user.display_in_directory, disabled: this.off });
    this.add(basic, "display_in_directory", seen);
    this.moreLink(basic);
    const address = textField({ label: "Address", value: this.user.extras.address, disabled: this.off });
    this.addExtra(more, "address", address);
    const template = "8x8 Master User Template";
    services.body.append(comboField({ label: "Policy profile", value: template, options: [template], disabled: this.off }).element);
    this.choice(services, "license", "License", { onChange: () => this.licensed(), onClear: () => this.askToRemove() });
    const google = this.user.extras.google_id;
    this.addExtra(sso, "google_id", textField({ label: "Google ID", name: "ssoPolicies.googleId", value: google, disabled: this.off }));

    this.foot = h("div", { cls: "k-form-foot" });
    this.save = h("button", { type: "button", cls: "k-button k-button-main", disabled: this.off, on: { click: () => this.submit() } }, "Save");
    const cancel = h("button", { type: "button", cls: "k-button k-button-plain", on: { click: () => this.page.go("/users") } }, "Cancel");
    this.foot.append(cancel, this.save);
    const note = this.off ? h("div", { cls: "k-off-note" }, OFF_NOTE) : null;
    this.element.append(...this.sections.map((one) => one.element), this.foot);
    this.drawMenu();
    this.page.side.classList.remove("k-hidden");
    this.page.side.replaceChildren(this.menu);
    this.page.fill(...(note ? [note] : []), this.element);
    this.loadLicenses();
    if (this.user.license) this.licensed();
  }

  // 8x8 support: these fields come after a click on `Show More`. invented: that the link then goes.
  moreLink(home) {
    const link = h("a", { cls: "k-more" }, "Show More");
    link.addEventListener("click", () => {
      link.remove();
      this.text(home, "job_title", "Job Title", "additionalInfo.jobTitle");
      this.text(home, "department", "Department", "additionalInfo.department");
      this.text(home, "personal_contact_number", "Personal Contact Number", "");
    });
    home.body.append(link);
  }

  drawMenu() {
    this.menu.replaceChildren(
      ...this.sections.map((one) => h("div", { cls: "k-side-item", on: { click: () => one.element.scrollIntoView({ block: "start" }) } }, one.title)),
    );
  }

  site() {
    return encodeURIComponent(this.fields.site.get());
  }

  async loadLicenses() {
    const box = this.fields.license.box;
    box.setOptions(null);
    const answer = await call("GET", `${LIST}/${this.user.id}/licenses?site=${this.site()}`);
    box.setOptions(answer.body.content ?? []);
  }

  // Another site may be another country, with other licences and numbers.
  siteChanged() {
    if (!this.user.license) {
      this.fields.license.set("");
      this.removeVoice();
    }
    this.loadLicenses();
  }

  async askToRemove() {
    const name = `${this.user.first_name} ${this.user.last_name}`;
    if (!(await confirmBox("Remove license", [`License of ${name} (${this.user.username}): ${this.fields.license.get()}`, ...LOSS]))) return;
    this.fields.license.set("");
    this.removeVoice();
  }

  removeVoice() {
    for (const one of this.voice) one.element.remove();
    this.sections = this.sections.filter((one) => !this.voice.includes(one));
    this.voice = [];
    for (const key of ["phone_number", "extension", "device"]) delete this.fields[key];
    this.extras = { address: this.extras.address, google_id: this.extras.google_id };
    this.drawMenu();
  }

  // The voice sections come into the page some time after a licence is there.
  async licensed() {
    if (this.voice.length) return;
    const fresh = !this.user.license;
    await pause(this.page.session.sectionDelay);
    const ask = (what) => call("GET", `${LIST}/${this.user.id}/${what}?site=${this.site()}`);
    const extension = fresh ? (await ask("extension")).body.content?.[0] ?? "" : this.user.extension;
    if (!this.page.alive() || this.voice.length || !this.fields.license.get()) return;
    const voice = section("voiceBasicSettings", "Voice basic settings", false);
    const add = (home, key, field) => this.addExtra(home, key, field);
    this.voice = [voice, ...furtherSections(this.fields.license.get(), this.user.extras, this.off, add)];
    const number = this.choice(voice, "phone_number", "Phone Number", {
      required: true,
      value: fresh ? "" : this.user.phone_number,
      onClear: () => number.set(""),
    });
    this.text(voice, "extension", "Extension number", "voiceBasicSettings.extensionNumber", { required: true, value: extension });
    const suggest = h("button", { type: "button", cls: "k-button k-button-plain", disabled: this.off, on: { click: () => this.suggest() } }, "Suggest");
    this.fields.extension.element.append(suggest);
    this.choice(voice, "device", "Device", { required: true, value: this.user.device || SOFTPHONE });
    this.fields.device.box.setOptions(DEVICES);
    const at = this.sections.length - 1;
    this.sections.at(-1).element.before(...this.voice.map((one) => one.element));
    this.sections.splice(at, 0, ...this.voice);
    this.drawMenu();
    number.box.setOptions((await ask("numbers")).body.content ?? []);
  }

  async suggest() {
    const field = this.fields.extension;
    const answer = await call("GET", `${LIST}/${this.user.id}/extension?suggest=1&site=${this.site()}`);
    if (answer.status === 200) field.set(answer.body.content[0]);
    field.complain("");
  }

  // What differs from what was loaded (invented: only that is sent).
  changes() {
    const found = {};
    for (const [key, field] of Object.entries(this.fields)) {
      if (field.get() !== this.user[key]) found[key] = field.get();
    }
    const extras = {};
    for (const [key, field] of Object.entries(this.extras)) {
      if (field.get() !== this.user.extras[key]) extras[key] = field.get();
    }
    if (Object.keys(extras).length) found.extras = extras;
    return found;
  }

  // The first section with a missing value opens and shows a message in red.
  complain() {
    let first = null;
    for (const [key, field] of Object.entries(this.fields)) {
      const value = field.get();
      const badMail = key === "email" && value && !/^\S+@\S+$/.test(value);
      const message = field.required && !value ? "This field is required" : badMail ? "Enter a valid email address" : "";
      field.complain(message);
      if (message) {
        this.owner.get(key).expand();
        first = first ?? field;
      }
    }
    if (first) first.element.scrollIntoView({ block: "center" });
    return first !== null;
  }

  async submit() {
    if (this.complain()) return;
    const veil = h("div", { cls: "k-veil" }, spinner());
    this.save.disabled = true;
    document.body.append(veil);
    const answer = await call("PUT", `${LIST}/${this.user.id}`, this.changes());
    veil.remove();
    if (!this.page.alive()) return;
    this.save.disabled = false;
    if (answer.status === 200) {
      this.page.go("/users");
      banner("good", answer.body.message);
    } else {
      banner(answer.status === 207 ? "warn" : "bad", answer.body.message || LOST);
    }
  }
}

export async function editUser(page, id) {
  page.crumbs(["Home", "Users"], "Edit user");
  page.fill(spinner());
  const answer = await call("GET", `${LIST}/${id}`);
  if (!page.alive()) return;
  if (answer.status !== 200) {
    page.fill(h("div", { cls: "k-empty" }, h("h2", {}, "User not found"), h("p", {}, "The user may have been deleted.")));
    return;
  }
  new Form(page, answer.body.content[0]).build();
}
