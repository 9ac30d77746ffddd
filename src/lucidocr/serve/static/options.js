// The options of reading: made from what the service says it can do, and remembered. A lexicon is never remembered.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { recall, remember } from "./memory.js";

const KEPT = "options";

/** What fields are called, and what their values are; fields that are not here have the service's own words. */
const WORDS = {
  mode: ["Read it as", { auto: "what it looks like", line: "one line", page: "a page" }],
  preprocess: ["Mend pictures of lines", { off: "never", auto: "where a reading is doubtful", both: "wherever it may help" }],
  second_opinion: ["Ask another recogniser", { off: "never", auto: "about doubtful lines", always: "about every line" }],
  lm: ["Language model", { on: "has a say in doubtful lines", off: "has none" }],
  lexicon: ["Words to expect, and /patterns/, one a line"],
  lexicon_mode: ["Words of the list", { prefer: "are preferred", only: "are all that may be read" }],
  width: ["Letters and digits", { keep: "as they are", half: "half-width", full: "full-width" }],
  punctuation: ["Marks", { keep: "as they are", context: "as wide as the text around them" }],
  script: ["Chinese characters", { keep: "as they are", simplified: "simplified", traditional: "traditional" }],
  spaces: ["Spaces beside Chinese", { keep: "as they are", add: "added", remove: "taken out" }],
  pages: ["Pages of documents, such as 1-3,7"],
  pdf_text: ["Text that PDFs hold", { auto: "is taken where it is sound", ignore: "is not looked at" }],
};

const GROUPS = [
  ["Reading", ["mode", "preprocess", "second_opinion", "lm"]],
  ["Words", ["lexicon", "lexicon_mode"]],
  ["How it is written down", ["width", "punctuation", "script", "spaces"]],
  ["PDF and TIFF", ["pages", "pdf_text"]],
];

/** The values that a field can have; none where it is a text. */
function valuesOf({ anyOf }) {
  return (anyOf.find((kind) => kind.enum) ?? { enum: [] }).enum;
}

function defaultOf(schema) {
  if (schema.default === undefined) return "";
  return typeof schema.default === "boolean" ? { true: "on", false: "off" }[schema.default] : schema.default;
}

/** The panel with the options. */
export class Options {
  /**
   * @param {HTMLDetailsElement} panel holds a form
   * @param {() => void} onChange is called when an option has changed
   * @param {() => void} onAgain is called when everything is to be read again
   */
  constructor(panel, onChange, onAgain) {
    this.panel = panel;
    this.form = panel.querySelector("form");
    this.count = panel.querySelector(".count");
    this.onAgain = onAgain;
    this.values = JSON.parse(recall(KEPT) ?? "{}");
    this.schemas = {};
    this.known = {};
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => {
      this.values[event.target.name] = event.target.value;
      this.#keep();
      this.#showCount();
      onChange();
    });
  }

  /** Take on the fields that the service has. */
  offer(fields) {
    this.schemas = fields;
    this.known = { ...fields["/api/v1/batch"], ...fields["/api/v1/ocr"] };
    this.panel.hidden = false;
    this.draw();
  }

  /** The fields for a route, "ocr" or "batch", in so far as they differ from what the service does anyway. */
  fields(kind) {
    const known = this.schemas[`/api/v1/${kind}`] ?? {};
    return Object.fromEntries(this.#changed().filter(([name]) => known[name]));
  }

  /** Write everything anew in the language that is chosen by now. */
  draw() {
    const groups = GROUPS.map(([title, names]) => make("fieldset", {}, make("legend", { textContent: say(title) }),
      ...names.filter((name) => this.known[name]).map((name) => this.#field(name))));
    const again = make("button", { type: "button", id: "read-again", className: "btn btn-sm btn-primary",
      textContent: say("Read everything again with these") });
    again.addEventListener("click", () => this.onAgain());
    const reset = make("button", { type: "button", id: "reset-options", className: "btn btn-sm btn-outline-secondary",
      textContent: say("Set all back") });
    reset.addEventListener("click", () => this.#reset());
    this.form.replaceChildren(make("div", { className: "groups" }, ...groups),
      make("div", { className: "buttons" }, again, reset),
      make("p", { className: "small", textContent: say("Choices are remembered in this browser; words to expect are not.") }));
    this.#showCount();
  }

  #field(name) {
    const schema = this.known[name];
    const [title, words = {}] = WORDS[name];
    const id = `option-${name}`;
    const chosen = this.values[name] ?? defaultOf(schema);
    const values = valuesOf(schema);
    let input;
    if (values.length) {
      input = make("select", { id, name, className: "form-select form-select-sm" }, ...values.map((value) => make("option",
        { value, textContent: say(words[value] ?? value), selected: value === chosen })));
    } else if (name === "lexicon") {
      input = make("textarea", { id, name, rows: 4, value: chosen, className: "form-control form-control-sm", spellcheck: false });
    } else {
      input = make("input", { id, name, value: chosen, className: "form-control form-control-sm", autocomplete: "off" });
    }
    return make("div", {}, make("label", { htmlFor: id, textContent: say(title) }), input);
  }

  #changed() {
    return Object.entries(this.values).filter(([name, value]) => (
      this.known[name] && value !== defaultOf(this.known[name]) && String(value).trim() !== ""
    ));
  }

  #keep() {
    const kept = Object.fromEntries(Object.entries(this.values).filter(([name]) => !["lexicon", "pages"].includes(name)));
    remember(KEPT, JSON.stringify(kept));
  }

  #showCount() {
    const { length } = this.#changed();
    this.count.hidden = length === 0;
    this.count.textContent = say("{count} changed", { count: length });
  }

  #reset() {
    this.values = {};
    remember(KEPT, null);
    this.draw();
  }
}
