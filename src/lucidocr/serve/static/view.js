// Draws a page: boxes over the picture, the list of lines, the characters of the chosen line.

import { say } from "./evidence/language.js";
import { level, levelWord, percent, visible } from "./evidence/words.js";

const SVG = "http://www.w3.org/2000/svg";

function element(name, className, text = "") {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = text;
  return node;
}

function polygon(corners, className) {
  const node = document.createElementNS(SVG, "polygon");
  node.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  node.setAttribute("class", className);
  return node;
}

function button(className, text = "") {
  const node = element("button", className, text);
  node.type = "button";
  node.tabIndex = -1; // only the buttons of one line are reached with Tab
  return node;
}

function lineItem(line, index) {
  const item = element("li", "");
  item.id = `line-${index}`;
  const kind = level(line.confidence);
  const chooses = button("choose");
  chooses.append(
    element("span", "text", line.text),
    element("span", `confidence ${kind}`, `${percent(line.confidence)} ${levelWord(line.confidence)}`),
  );
  const why = button("why btn btn-outline-secondary btn-sm", say("Why?"));
  why.setAttribute("aria-label", say("Why? {text}", { text: line.text }));
  item.append(chooses, why);
  return item;
}

function characterItem(span) {
  const kind = level(span.confidence);
  const item = element("li", kind);
  const values = { percent: percent(span.confidence), level: levelWord(span.confidence) };
  item.title = `${span.char === " " ? say("space") : span.char}: ${say("{percent}, {level}", values)}`;
  item.append(element("b", "", visible(span.char)), element("small", "", percent(span.confidence)));
  return item;
}

/**
 * The result's part of the page. Holds what is drawn and which line is chosen.
 *
 * @param {Document} root holds the page's elements
 * @param {(index: number) => void} onWhy is told which line is asked about
 * @param {(index: number) => void} onPick is told which line is clicked
 */
export class ResultView {
  constructor(root, onWhy, onPick) {
    const find = (id) => root.querySelector(`#${id}`);
    this.list = find("lines");
    this.overlay = find("overlay");
    this.detail = find("detail");
    this.characters = find("characters");
    this.onWhy = onWhy;
    this.onPick = onPick;
    this.items = [];
    this.boxes = [];
    this.lines = [];
    this.chosen = -1;
    this.list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Draw another page; nothing of the last one stays. */
  show(page) {
    this.lines = page.lines;
    this.chosen = -1;
    this.detail.hidden = true;
    this.overlay.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
    this.items = page.lines.map(lineItem);
    this.boxes = page.lines.map((line) => polygon(line.box, `line ${level(line.confidence)}`));
    this.list.replaceChildren(...this.items);
    this.overlay.replaceChildren(...this.boxes);
    this.#reach(0);
    page.lines.forEach((_, index) => {
      this.#part(index, ".why").addEventListener("click", () => this.onWhy(index));
      for (const node of [this.items[index], this.boxes[index]]) {
        node.addEventListener("click", () => this.#pick(index));
        node.addEventListener("pointerenter", () => this.#hover(index, true));
        node.addEventListener("pointerleave", () => this.#hover(index, false));
      }
    });
  }

  /** Mark a line in the list and on the picture, and show its characters. */
  choose(index) {
    this.#mark(this.chosen, false);
    this.chosen = index;
    this.#mark(index, true);
    this.#reach(index);
    this.items[index].scrollIntoView({ block: "nearest" });
    this.#showCharacters(this.lines[index]);
  }

  #pick(index) {
    this.choose(index);
    this.onPick(index);
  }

  #part(index, selector) {
    return this.items[index].querySelector(selector);
  }

  /** Let Tab reach the buttons of one line only; the arrow keys lead to the others. */
  #reach(index) {
    this.items.forEach((item, number) => {
      for (const node of item.children) node.tabIndex = number === index ? 0 : -1;
    });
  }

  #mark(index, on) {
    if (index < 0) return;
    this.items[index].classList.toggle("chosen", on);
    this.#part(index, ".choose").setAttribute("aria-current", String(on));
    this.boxes[index].classList.toggle("chosen", on);
  }

  #hover(index, on) {
    this.items[index].classList.toggle("hovered", on);
    this.boxes[index].classList.toggle("hovered", on);
  }

  #showCharacters(line) {
    this.overlay.querySelectorAll(".character").forEach((node) => node.remove());
    this.characters.replaceChildren(
      ...line.spans.map((span) => {
        const item = characterItem(span);
        if (span.box) {
          const box = polygon(span.box, "character");
          this.overlay.append(box);
          item.addEventListener("pointerenter", () => box.classList.add("hovered"));
          item.addEventListener("pointerleave", () => box.classList.remove("hovered"));
        }
        return item;
      }),
    );
    this.detail.hidden = line.spans.length === 0;
  }

  #onKey(event) {
    const last = this.items.length - 1;
    const here = this.items.findIndex((item) => item.contains(event.target));
    const target = {
      ArrowDown: Math.min(here + 1, last),
      ArrowUp: Math.max(here - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    this.choose(target);
    this.#part(target, ".choose").focus();
  }
}
