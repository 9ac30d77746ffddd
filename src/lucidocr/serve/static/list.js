// Draws the list of documents: what each is, how far it is, and what can be done about it.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { percent } from "./evidence/words.js";
import { reasonOf } from "./reasons.js";

function lines(document) {
  const count = document.pages.reduce((sum, { record }) => sum + record.lines.length, 0);
  return count === 1 ? say("1 line") : say("{count} lines", { count });
}

function pages({ length }) {
  return length === 1 ? say("1 page") : say("{count} pages", { count: length });
}

/** How far a document is, in words. */
export function stateOf(document) {
  if (document.state === "reading" && document.busy) {
    const seconds = Math.max(1, Math.ceil((document.busy - Date.now()) / 1000));
    return say("the service is busy; it is asked again in {seconds} s", { seconds });
  }
  if (document.state === "reading" && document.read) return say("reading: {pages} so far", { pages: pages({ length: document.read }) });
  if (document.state === "reading") return say("reading …");
  if (document.state === "waiting") return say("waiting");
  if (document.state === "cancelled") return say("cancelled");
  if (document.state === "failed") return reasonOf(document.error);
  const count = document.pages.reduce((sum, { record }) => sum + record.lines.length, 0);
  if (count === 0) return say("no text was found");
  const parts = document.pages.length > 1 ? [pages(document.pages)] : [];
  parts.push(lines(document));
  const sure = document.pages.flatMap(({ record }) => record.lines.map(({ confidence }) => confidence));
  parts.push(say("{percent} on average", { percent: percent(sure.reduce((sum, one) => sum + one, 0) / sure.length) }));
  if (document.edited) parts.push(say("edited"));
  return parts.join(" · ");
}

function action(text, label, className, act) {
  const button = make("button", { type: "button", className: `btn btn-sm ${className}`, textContent: text,
    attributes: { "aria-label": label } });
  button.addEventListener("click", act);
  return button;
}

/** The list. Rows are made once a document, so that the focus stays where it is. */
export class DocumentList {
  /**
   * @param {Element} root a list
   * @param {Documents} documents what is shown
   * @param {Queue} queue reads, cancels and reads again
   */
  constructor(root, documents, queue) {
    Object.assign(this, { root, documents, queue, rows: new Map() });
  }

  /** Draw what has changed. */
  draw() {
    const { list } = this.documents;
    for (const [document, row] of this.rows) {
      if (list.includes(document)) continue;
      row.remove();
      this.rows.delete(document);
    }
    for (const document of list) {
      if (!this.rows.has(document)) {
        this.rows.set(document, make("li", { id: document.id }));
        this.root.append(this.rows.get(document));
      }
      this.#fill(this.rows.get(document), document);
    }
  }

  /** Draw everything anew, in the language that is chosen by now. */
  rewrite() {
    for (const row of this.rows.values()) row.dataset.as = "";
    this.draw();
  }

  #fill(row, document) {
    const chosen = this.documents.chosen === document;
    const words = stateOf(document);
    const as = [document.state, words, chosen].join("|");
    if (row.dataset.as === as) return;
    const held = row.contains(window.document.activeElement) ? window.document.activeElement.dataset.role : null;
    row.dataset.as = as;
    row.className = `${document.state}${chosen ? " chosen" : ""}`;
    const open = make("button", { type: "button", className: "open", disabled: document.state !== "done",
      attributes: { "aria-current": String(chosen), "data-role": "open" } },
    make("i", { className: "sign", attributes: { "aria-hidden": "true" } }),
    make("span", { className: "name", textContent: document.name, title: document.name }),
    make("span", { className: "state", textContent: words }));
    open.addEventListener("click", () => this.documents.choose(document));
    row.replaceChildren(open, ...this.#actions(document));
    if (held) (row.querySelector(`[data-role=${held}]`) ?? row.querySelector("button:not(:disabled)"))?.focus();
  }

  #actions(document) {
    const { name, state } = document;
    const made = [];
    if (["waiting", "reading"].includes(state)) {
      made.push(action(say("Cancel"), say("Cancel {name}", { name }), "btn-outline-secondary", () => this.queue.cancel(document)));
    }
    if (["failed", "cancelled"].includes(state)) {
      made.push(action(say("Try again"), say("Read {name} again", { name }), "btn-outline-primary", () => this.queue.again(document)));
    }
    made.push(action("×", say("Remove {name}", { name }), "remove", () => this.documents.remove(document)));
    made.forEach((button, number) => { button.dataset.role = `action-${number}`; });
    return made;
  }
}
