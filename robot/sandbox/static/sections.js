// The sections a voice licence brings, one after the other, but for Voice basic settings itself. Their
// titles, and labels without a mark, are from 8x8 public docs and public automation code, and so is
// the place of Call recording settings: the form's eleventh block. invented: all other places, all
// choices but `Neither` and `Same as Site`, and labels marked so. Nothing here is used by the robot.
import { banner, h } from "./dom.js";
import { checkField, comboField, section, switchField, textField } from "./fields.js";

const ON_CALL = ["Voicemail", "Hang up", "Another number"];
const COUNTRIES = ["Same as Site", "United Kingdom", "United States"];
const AGENT = /- X[678]-/;

// title, data-id ("" where none is known), [kind, key of the truth, label, choices] ...
const SECTIONS = [
  ["Voicemail settings", "", ["switch", "voicemail", "Voicemail"]], // invented: the label
  ["External Caller ID", "", ["switch", "block_caller_id", "Block Outbound Caller ID"]],
  [
    "Call Forwarding Rules",
    "",
    ["choice", "forward_internet", "When the internet is down", ON_CALL],
    ["choice", "forward_busy", "When the user is busy", ON_CALL], // invented: "the user"
    ["choice", "forward_no_answer", "When the user does not answer", ON_CALL],
    ["choice", "forward_blocked", "When the user gets a call from a blocked number", ON_CALL],
  ],
  ["Music-on-Hold Settings", "", ["files", "hold_music", "Music"]], // invented: the label
  ["External Calling Permission", "", ["choice", "calling_country", "Calling Country", COUNTRIES]],
  ["Emergency Address", "", ["choice", "emergency_address", "Emergency Address", ["Same as Site", "Another address"]]],
  [
    "Call recording settings",
    "callRecording",
    ["check", "record_calls", "Record all calls for this user"],
    ["choice", "announcement", "Recording Announcement", ["Neither", "Both", "External", "Internal"]],
  ],
  ["SMS", "sms", ["switch", "sms", "Send and receive SMS"], ["switch", "sms_long", "Allow long messages"]], // invented: labels
  ["Fax Notification", "", ["switch", "fax", "Send a notification for each fax"]], // invented: the label
  ["Analytics access", "", ["switch", "analytics", "Access to analytics"]], // invented: the label
];
const AGENT_SECTION = ["Virtual Contact Center (VCC) agent settings", "", ["text", "agent_extension", "Extension"]];

// Three buttons that the docs name; choosing files is not part of the sandbox.
function musicField({ label, value, disabled }) {
  const tell = () => banner("warn", "Audio files are not part of the sandbox.");
  const buttons = ["Select file", "Change File", "Create Audio Files"].map((text) => h("button", { type: "button", cls: "k-button k-button-plain", disabled, on: { click: tell } }, text));
  const element = h("div", { cls: "k-field" }, h("div", { cls: "k-label" }, label), h("div", {}, value), h("div", { cls: "k-buttons" }, buttons));
  return { element, get: () => value, complain: () => {} };
}

const MAKERS = { switch: switchField, check: checkField, text: textField, choice: comboField, files: musicField };

// add(section, key, field) puts a field into a section. Returns the sections in their order.
export function furtherSections(license, values, disabled, add) {
  const wanted = AGENT.test(license) ? [...SECTIONS, AGENT_SECTION] : SECTIONS;
  return wanted.map(([title, id, ...fields]) => {
    const made = section(id, title, false);
    for (const [kind, key, label, options] of fields) add(made, key, MAKERS[kind]({ label, value: values[key], options, disabled }));
    return made;
  });
}
