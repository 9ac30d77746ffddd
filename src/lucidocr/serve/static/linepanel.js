// The panel about one line: its evidence, other readings, its diagnosis, and what was tried on its picture. Each arrives when it is ready.

import { askDiagnosis, askEvidence } from "./asking.js";
import { showComparison } from "./comparison.js";
import { showDiagnosis } from "./diagnosis.js";
import { EvidenceView } from "./evidence/evidence.js";
import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { percent } from "./evidence/words.js";
import { Part } from "./part.js";
import { showPreparation } from "./preparation.js";

const FIRST = "hirescam"; // the heat map that comes with the evidence; others are fetched when they are chosen
const CALM = 250; // milliseconds that a line must stay chosen before anything is asked

/** The panel. Holds what it was asked about and the requests that are under way. */
export class LinePanel {
  /**
   * @param {(id: string) => HTMLElement} find gives the page's elements
   * @param {Client} client asks
   * @param {{methods: object[], words: object}} known heat maps to choose from; what causes, steps and indicators are called
   * @param {() => object} fields the options of reading that the user has chosen
   * @param {() => void} onClose is called when the user closes it
   */
  constructor(find, client, { methods, words }, fields, onClose) {
    Object.assign(this, { find, client, methods, words, fields });
    this.section = find("line");
    this.title = find("line-title");
    this.about = find("about");
    [this.evidence, this.diagnosis, this.preparation] = ["evidence", "diagnosis", "preparation"].map((id) => new Part(find(id)));
    this.comparison = new Part(find("comparison"));
    this.parts = [this.evidence, this.comparison, this.diagnosis, this.preparation];
    this.request = new AbortController();
    this.asked = null;
    find("line-close").addEventListener("click", () => {
      this.close();
      onClose();
    });
    this.about.addEventListener("change", (event) => this.#ask({ ...this.asked, own: event.target.value === "own" }));
  }

  /**
   * Show a line of a page.
   *
   * @param {Document} shown the document
   * @param {number} index of the line
   * @param {boolean} lead whether to go there
   */
  open(shown, index, lead = false) {
    const { page } = shown;
    const same = this.asked?.page === page && this.asked.index === index;
    if (!same) this.#ask({ shown, page, index, own: false }, CALM);
    if (lead) {
      this.section.scrollIntoView({ block: "start" });
      this.title.focus({ preventScroll: true });
    }
  }

  /** The text of a line is another one by now. */
  edited(index) {
    if (this.asked?.index !== index) return;
    this.#ask({ ...this.asked, own: this.asked.page.edits.has(index) }, CALM);
  }

  /** Hide the panel and forget what it shows. */
  close() {
    this.#stop();
    this.section.hidden = true;
    this.asked = null;
    this.parts.forEach((part) => part.clear());
  }

  /** Write everything anew in the language that is chosen by now. */
  draw() {
    if (!this.asked) return;
    this.#writeTitle();
    this.parts.forEach((part) => part.draw());
  }

  #stop() {
    clearTimeout(this.timer);
    this.request.abort();
    this.request = new AbortController();
  }

  #ask(asked, calm = 0) {
    this.#stop();
    this.asked = asked;
    this.view = null;
    this.section.hidden = false;
    this.#writeTitle();
    const wait = new Promise((resolve) => { this.timer = setTimeout(resolve, calm); });
    const { signal } = this.request;
    const ready = wait.then(() => this.#picture(asked, signal));
    this.evidence.run("Looking for reasons …", async () => {
      await ready;
      return askEvidence(this.client, asked, { method: FIRST, attention: "auto" }, signal);
    }, (found) => this.#showEvidence(found, asked, signal));
    const line = asked.page.record.lines[asked.index];
    const native = asked.page.record.mode === "native";
    this.comparison.tell(() => showComparison(this.comparison.root, line.correction, native));
    const { preprocess = null } = this.fields();
    const diagnosed = ready.then(() => askDiagnosis(this.client, asked, preprocess, signal));
    diagnosed.catch(() => {}); // the parts below tell of it
    let first = diagnosed;
    const diagnose = () => {
      const answer = first ?? askDiagnosis(this.client, asked, preprocess, signal);
      first = null;
      return answer;
    };
    const ask = (answer, complain) => this.diagnosis.run("Looking for the cause …", answer, ({ lines }) => {
      const found = lines[0] && { ...lines[0], text: line.text, confidence: line.confidence };
      showDiagnosis(this.diagnosis.root, found, this.words, complain);
    });
    const complain = () => ask(() => askDiagnosis(this.client, { ...asked, misread: true }, preprocess, signal), null);
    ask(diagnose, asked.own ? null : complain);
    const show = (pictured) => showPreparation(this.preparation.root, line, pictured, { words: this.words, preprocess, native });
    this.preparation.run("Looking for what was tried …", async () => {
      if (!line.preparation) return null;
      return diagnosed.then(({ lines }) => lines[0]?.preparation ?? null, () => null);
    }, show);
  }

  /** A page of a document may have to be fetched as a picture first. */
  async #picture({ shown, page }, signal) {
    page.file ??= await shown.reading.picture(page.record.page, signal);
  }

  #showEvidence({ lines, methods }, asked, signal) {
    const { root } = this.evidence;
    const [line] = lines;
    if (!line) {
      root.replaceChildren(make("p", { textContent: say("No text was found in this line.") }));
      return;
    }
    if (this.view) {
      this.view.draw();
      return;
    }
    const looked = methods.some(({ name }) => name === "attention");
    const offered = this.methods.filter(({ name }) => looked || name !== "attention");
    const load = async (method) => {
      const more = await askEvidence(this.client, asked, { method, attention: "false" }, signal);
      return more.lines[0];
    };
    this.view = new EvidenceView(root, line, line.notice ? [] : offered, { load, unfolded: false });
  }

  #writeTitle() {
    const { page, index, own, shown } = this.asked;
    const { lines, mode, page: number } = page.record;
    const { confidence } = lines[index];
    const edited = page.edits.has(index);
    const place = shown.pages.length > 1
      ? say("Page {page}, line {number} of {count}", { page: number, number: index + 1, count: lines.length })
      : say("Line {number} of {count}", { number: index + 1, count: lines.length });
    const sure = mode === "native"
      ? say("the file's own text, not read from the picture")
      : say("{percent} likely to be right as read", { percent: percent(confidence) });
    this.find("line-over").textContent = [place, sure].join(" · ");
    this.title.textContent = own ? page.text(index) : lines[index].text;
    this.about.hidden = !edited;
    this.about.querySelector(`[value=${own ? "own" : "read"}]`).checked = true;
  }
}
