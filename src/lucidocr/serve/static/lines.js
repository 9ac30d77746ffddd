// The list of a page's lines: their texts with how sure they are, edited in place, and led through by the keyboard.

import { editIn } from "./editor.js";
import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { level, levelWord, percent } from "./evidence/words.js";

export const SURE = 0.9; // below this a line is unsure

function tool(className, text, label) {
  return make("button", { type: "button", className: `tool ${className}`, textContent: text, title: label,
    attributes: { "aria-label": label } });
}

/** The list. Holds what is drawn and which line is chosen. */
export class Lines {
  /**
   * @param {(id: string) => HTMLElement} find gives the page's elements
   * @param {{pick: (index: number) => void, ask: (index: number) => void, hover: (index: number, on: boolean) => void,
   *   edit: (index: number) => void}} on is told which line is chosen, asked about, hovered over, or has another text
   */
  constructor(find, on) {
    this.find = find;
    this.on = on;
    this.list = find("lines");
    this.only = find("unsure-only");
    this.items = [];
    this.chosen = -1;
    this.list.addEventListener("keydown", (event) => this.#onKey(event));
    this.only.addEventListener("change", () => this.#filter());
  }

  /** Draw another page; nothing of the last one stays. */
  show(page) {
    this.page = page;
    this.chosen = -1;
    this.items = page.record.lines.map((_, index) => this.#item(index));
    this.list.replaceChildren(...this.items);
    this.#refresh();
  }

  /** Write everything anew, in the language that is chosen by now. */
  draw() {
    this.items.forEach((_, index) => this.#fill(index));
    this.#refresh();
  }

  /** Mark a line. */
  choose(index) {
    if (this.items[this.chosen]) this.#mark(this.chosen, false);
    this.chosen = index;
    if (!this.items[index]) return;
    this.#mark(index, true);
    this.#reach(index);
    this.items[index].scrollIntoView({ block: "nearest" });
  }

  /** Mark the line that the mouse is over. */
  hover(index, on) {
    this.items[index].classList.toggle("hovered", on);
  }

  /** Move the focus to a line. */
  focus(index) {
    this.items[index]?.querySelector(".choose")?.focus();
  }

  /** The next unsure line after the chosen one, or the one before it; from the end it goes on at the beginning. */
  unsure(step = 1) {
    const { length } = this.items;
    for (let away = 1; away <= length; away += 1) {
      const start = this.chosen < 0 && step < 0 ? 0 : this.chosen;
      const index = (((start + step * away) % length) + length) % length;
      if (this.page.isUnsure(index, SURE)) return index;
    }
    return -1;
  }

  /** Have the user write a line's text. */
  edit(index) {
    if (!this.items[index]) return;
    const before = this.page.text(index);
    const end = (text, next) => {
      if (text !== null) this.#take(index, text);
      else this.#fill(index);
      this.#filter();
      if (next && this.items[index + 1]) this.edit(this.#shownAfter(index));
      else this.focus(index);
    };
    editIn(this.items[index], before, this.page.record.lines[index].text, end);
  }

  /** Take back what the user wrote. */
  undo(index) {
    this.#take(index, this.page.record.lines[index].text);
    this.#filter();
    this.focus(index);
  }

  #take(index, text) {
    this.page.edit(index, text);
    this.#fill(index);
    this.#refresh();
    this.on.edit(index);
  }

  #shownAfter(index) {
    const after = this.items.findIndex((item, number) => number > index && !item.hidden);
    return after < 0 ? index : after;
  }

  #item(index) {
    const item = make("li", { id: `line-${index}` });
    item.addEventListener("pointerenter", () => this.on.hover(index, true));
    item.addEventListener("pointerleave", () => this.on.hover(index, false));
    item.addEventListener("click", (event) => {
      if (!event.target.closest(".tool, input")) this.on.pick(index);
    });
    this.items[index] = item;
    this.#fill(index, item);
    return item;
  }

  #fill(index, item = this.items[index]) {
    const { text: read, confidence } = this.page.record.lines[index];
    const text = this.page.text(index);
    const edited = this.page.edits.has(index);
    const sure = edited ? say("edited") : `${percent(confidence)} ${levelWord(confidence)}`;
    const choose = make("button", { type: "button", className: "choose", title: edited ? say("Read as: {text}", { text: read }) : "" },
      make("span", { className: "text", textContent: text }),
      make("span", { className: `confidence ${edited ? "edited" : level(confidence)}`, textContent: sure }));
    const edit = tool("edit", "✎", say("Edit {text}", { text }));
    edit.addEventListener("click", () => this.edit(index));
    const undo = tool("undo", "↶", say("Undo the edit of {text}", { text }));
    undo.addEventListener("click", () => this.undo(index));
    const why = tool("why", say("Why?"), say("Why? {text}", { text }));
    why.addEventListener("click", () => this.on.ask(index));
    item.replaceChildren(choose, ...(edited ? [undo] : []), edit, why);
    item.classList.toggle("edited", edited);
    if (index === this.chosen) this.#mark(index, true);
    this.#reach(this.chosen < 0 ? 0 : this.chosen);
  }

  #mark(index, on) {
    this.items[index].classList.toggle("chosen", on);
    this.items[index].querySelector(".choose")?.setAttribute("aria-current", String(on));
  }

  /** Let Tab reach the buttons of one line only; the arrow keys lead to the others. */
  #reach(index) {
    const shown = this.items[index] && !this.items[index].hidden ? index : this.items.findIndex((item) => item && !item.hidden);
    this.items.forEach((item, number) => {
      for (const node of item.querySelectorAll("button")) node.tabIndex = number === shown ? 0 : -1;
    });
  }

  #refresh() {
    const { length } = this.items;
    const unsure = this.items.filter((_, index) => this.page.isUnsure(index, SURE)).length;
    const parts = [length === 1 ? say("1 line") : say("{count} lines", { count: length })];
    if (length) parts.push(unsure ? say("{count} unsure", { count: unsure }) : say("none unsure"));
    if (this.page.edits.size) parts.push(say("{count} edited", { count: this.page.edits.size }));
    this.find("counts").textContent = length ? parts.join(" · ") : "";
    this.find("line-tools").hidden = length < 2;
    this.find("next-unsure").disabled = unsure === 0;
    this.#filter();
  }

  #filter() {
    this.items.forEach((item, index) => {
      item.hidden = this.only.checked && !this.page.isUnsure(index, SURE) && index !== this.chosen;
    });
    const none = this.find("none");
    const hidden = this.items.length > 0 && this.items.every((item) => item.hidden);
    none.hidden = this.items.length > 0 && !hidden;
    none.textContent = hidden ? say("No line is unsure.") : say("No text was found in this picture.");
    this.list.hidden = !none.hidden;
    this.#reach(this.chosen < 0 ? 0 : this.chosen);
  }

  #onKey(event) {
    if (event.target.matches("input")) return;
    const shown = this.items.flatMap((item, index) => (item.hidden ? [] : [index]));
    const here = shown.findIndex((index) => this.items[index].contains(event.target));
    const last = shown.length - 1;
    const target = {
      ArrowDown: Math.min(here + 1, last), ArrowUp: Math.max(here - 1, 0), Home: 0, End: last,
    }[event.key];
    if (event.key === "F2") this.edit(shown[here]);
    if (target === undefined || last < 0) return;
    event.preventDefault();
    this.on.pick(shown[target]);
    this.focus(shown[target]);
  }
}
