// The picture of a page with a box around every line.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { level } from "./evidence/words.js";
import { reasonOf } from "./reasons.js";
import { Zoom } from "./zoom.js";

const SVG = "http://www.w3.org/2000/svg";

function polygon(corners, className) {
  const node = document.createElementNS(SVG, "polygon");
  node.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  node.setAttribute("class", className);
  return node;
}

/** Shows a page's picture; holds which line is chosen. */
export class Sheet {
  /**
   * @param {(id: string) => HTMLElement} find gives the page's elements
   * @param {{pick: (index: number) => void, hover: (index: number, on: boolean) => void, turn: (page: number) => void}}
   *   on is told what the user does
   */
  constructor(find, on) {
    this.find = find;
    this.on = on;
    this.zoom = new Zoom(find("viewport"), find("picture"), find("zoom"));
    this.image = find("image");
    this.overlay = find("overlay");
    this.note = find("undrawable");
    this.boxes = [];
    this.image.addEventListener("error", () => {
      if (this.image.getAttribute("src")) this.#leaveBlank(say("This browser cannot show pictures of this type; the boxes are where the text is."));
    });
  }

  /** Show a page of a document. */
  async show(shown) {
    const { page } = shown;
    const { width, height, lines } = page.record;
    this.page = page;
    this.document = shown;
    this.image.removeAttribute("src");
    this.note.hidden = true;
    this.find("picture").classList.remove("blank");
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.boxes = lines.map((line, index) => this.#box(line, index));
    this.overlay.replaceChildren(...this.boxes);
    this.zoom.show(width, height);
    this.draw();
    try {
      page.file ??= await shown.reading.picture(page.record.page, shown.request.signal);
      if (this.page === page) this.image.src = page.address();
    } catch (error) {
      if (!shown.request.signal.aborted && this.page === page) this.#leaveBlank(reasonOf(error));
    }
  }

  /** Write everything anew, in the language that is chosen by now, and mark lines that were edited. */
  draw() {
    const { width, height, lines } = this.page.record;
    this.find("picture-title").textContent = say("{name} · {width} × {height} pixels", { name: this.document.name, width, height });
    this.image.alt = lines.length ? say("The picture that says: {text}", { text: this.page.whole }) : say("The picture");
    this.zoom.draw();
    this.#drawPages();
    this.boxes.forEach((box, index) => box.classList.toggle("edited", this.page.edits.has(index)));
  }

  /** Mark a line, and bring it into sight. */
  choose(index) {
    this.boxes.forEach((box, number) => box.classList.toggle("chosen", number === index));
    this.overlay.querySelectorAll(".character").forEach((node) => node.remove());
    const line = this.page.record.lines[index];
    if (!line) return;
    if (!this.page.edits.has(index)) {
      line.spans.forEach(({ box }) => box && this.overlay.append(polygon(box, "character")));
    }
    this.zoom.reveal(line.box);
  }

  /** Mark the line that the mouse is over. */
  hover(index, on) {
    this.boxes[index].classList.toggle("hovered", on);
  }

  #box(line, index) {
    const box = polygon(line.box, `box ${level(line.confidence)}`);
    box.addEventListener("click", () => this.on.pick(index));
    box.addEventListener("pointerenter", () => this.on.hover(index, true));
    box.addEventListener("pointerleave", () => this.on.hover(index, false));
    return box;
  }

  #drawPages() {
    const { shown, pages } = this.document;
    const root = this.find("pages");
    root.hidden = pages.length < 2;
    const held = root.contains(document.activeElement) ? [...root.children].indexOf(document.activeElement) : -1;
    const button = (text, label, page) => {
      const made = make("button", { type: "button", textContent: text, disabled: !pages[page], attributes: { "aria-label": label } });
      made.addEventListener("click", () => this.on.turn(page));
      return made;
    };
    const values = { number: this.page.record.page, count: pages.length };
    root.replaceChildren(button("‹", say("Page before"), shown - 1),
      make("output", { textContent: say("Page {number} of {count}", values) }), button("›", say("Next page"), shown + 1));
    if (held >= 0) root.children[held].focus();
  }

  #leaveBlank(words) {
    this.find("picture").classList.add("blank");
    this.note.textContent = words;
    this.note.hidden = false;
  }
}
