// The panel that says why a line was read as it was.

import { ReadingError, explainLine } from "./client.js";
import { EvidenceView } from "./evidence/evidence.js";
import { say } from "./evidence/language.js";

const FIRST = "hirescam"; // the heat map that comes with the explanation; others are fetched when they are chosen

/** The panel below the result. Holds what it was asked about and the request that is under way. */
export class WhyPanel {
  constructor(section) {
    this.section = section;
    this.title = section.querySelector("h2");
    this.status = section.querySelector("[role=status]");
    this.root = section.querySelector(".root");
    this.methods = JSON.parse(section.dataset.methods);
    this.request = new AbortController();
    this.asked = null;
    this.view = null;
    section.querySelector(".btn-close").addEventListener("click", () => this.#leave());
  }

  /** Show why a line of a page was read as it was, and lead there. */
  open(file, page, index) {
    this.back = document.activeElement;
    const answer = this.#ask({ file, page, index });
    this.title.focus();
    return answer;
  }

  /** Where the panel is open, show another line of the same page. */
  follow(index) {
    if (this.section.hidden || this.asked.index === index) return;
    this.#ask({ ...this.asked, index });
  }

  /** Hide the panel and forget what it shows. */
  close() {
    this.request.abort();
    this.request = new AbortController();
    this.section.hidden = true;
    this.root.replaceChildren();
    this.view = null;
  }

  /** Write everything anew in the language that is chosen by now. */
  draw() {
    if (this.section.hidden) return;
    this.#writeTitle();
    this.view?.draw();
  }

  async #ask(asked) {
    this.close();
    this.asked = asked;
    this.section.hidden = false;
    this.#writeTitle();
    this.status.textContent = say("Looking for reasons …");
    const { signal } = this.request;
    const { file, page, index } = asked;
    const { box, vertical, text, correction } = page.lines[index];
    const line = { mode: page.mode, box, vertical, text: correction?.changed ? text : null };
    const ask = (wanted) => explainLine(this.section.dataset.endpoint, file, line, wanted, signal);
    try {
      this.#show(await ask({ method: FIRST, attention: "auto" }), ask);
    } catch (error) {
      if (!signal.aborted) this.status.textContent = this.#words(error);
    }
  }

  #writeTitle() {
    const { page, index } = this.asked;
    this.title.textContent = say("Why “{text}”?", { text: page.lines[index].text });
  }

  #show({ lines, methods }, ask) {
    const [line] = lines;
    this.status.textContent = line ? "" : say("No text was found in this line.");
    if (!line) return;
    const looked = methods.some(({ name }) => name === "attention");
    const offered = this.methods.filter(({ name }) => looked || name !== "attention");
    const load = async (method) => {
      const more = await ask({ method, attention: "false" });
      return more.lines[0];
    };
    this.view = new EvidenceView(this.root, line, line.notice ? [] : offered, { load, unfolded: false });
  }

  #words(error) {
    return error instanceof ReadingError ? error.message : say("This page failed: {message}", error);
  }

  #leave() {
    this.close();
    this.back?.focus();
  }
}
