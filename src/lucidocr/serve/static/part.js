// One part of what is shown of a line: it is asked for, arrives when it is ready, and may fail without the others.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { reasonOf } from "./reasons.js";

/** A section with a heading, a status and what was found. */
export class Part {
  constructor(section) {
    this.section = section;
    this.status = make("p", { className: "progress-line", attributes: { role: "status" } });
    this.root = make("div", { className: "root" });
    section.append(this.status, this.root);
    this.number = 0;
    this.state = { kind: "empty" };
  }

  /**
   * Ask for something and show it, unless something else is asked for meanwhile.
   *
   * @param {string} words what is said while it is waited for, to be translated
   * @param {() => Promise<object>} ask
   * @param {(found: object) => void} show fills `root`
   */
  async run(words, ask, show) {
    const number = (this.number += 1);
    this.root.replaceChildren();
    this.#set({ kind: "waiting", words });
    let found;
    try {
      found = await ask();
    } catch (error) {
      if (number === this.number && error.name !== "AbortError") {
        this.#set({ kind: "failed", error, again: () => this.run(words, ask, show) });
      }
      return;
    }
    if (number !== this.number) return;
    this.#set({ kind: "shown", show: () => show(found) });
  }

  /** Show what is known without asking. */
  tell(show) {
    this.number += 1;
    this.#set({ kind: "shown", show });
  }

  /** Forget everything. */
  clear() {
    this.number += 1;
    this.root.replaceChildren();
    this.#set({ kind: "empty" });
  }

  /** Write everything anew, in the language that is chosen by now. */
  draw() {
    this.#set(this.state);
  }

  #set(state) {
    this.state = state;
    const { kind, words, error, again, show } = state;
    this.section.setAttribute("aria-busy", String(kind === "waiting"));
    this.status.hidden = kind === "shown" || kind === "empty";
    this.status.className = `progress-line ${kind}`;
    if (kind === "waiting") {
      this.status.replaceChildren(make("i", { className: "turning", attributes: { "aria-hidden": "true" } }), say(words));
    }
    if (kind === "failed") {
      const button = make("button", { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: say("Try again") });
      button.addEventListener("click", again);
      this.status.replaceChildren(make("span", { textContent: reasonOf(error) }), button);
    }
    if (kind === "shown") show();
  }
}
