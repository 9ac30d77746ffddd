// Draws a page: boxes over the picture, the list of lines, the characters of the chosen line.

const SVG = "http://www.w3.org/2000/svg";
const SURE = 0.9;
const CHECK = 0.6;

/** The word for a confidence, which is also its style class. */
export function level(confidence) {
  if (confidence >= SURE) return "sure";
  return confidence >= CHECK ? "check" : "doubtful";
}

/** A confidence as whole percent; 100 only for what rounds to it from above 99.95. */
export function percent(confidence) {
  const value = confidence * 100;
  return `${value < 99.95 ? Math.min(Math.round(value), 99) : 100} %`;
}

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

function lineItem(line, index) {
  const item = document.createElement("li");
  item.id = `line-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  const kind = level(line.confidence);
  item.append(
    element("span", "text", line.text),
    element("span", `confidence ${kind}`, `${percent(line.confidence)} ${kind}`),
  );
  return item;
}

function characterItem(span) {
  const kind = level(span.confidence);
  const item = element("li", kind);
  item.title = `${span.char === " " ? "space" : span.char}: ${percent(span.confidence)}, ${kind}`;
  item.append(element("b", "", span.char === " " ? "␣" : span.char), element("small", "", percent(span.confidence)));
  return item;
}

/** The result's part of the page. Holds what is drawn and which line is chosen. */
export class ResultView {
  constructor(root) {
    const find = (id) => root.querySelector(`#${id}`);
    this.list = find("lines");
    this.overlay = find("overlay");
    this.detail = find("detail");
    this.characters = find("characters");
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
    this.list.removeAttribute("aria-activedescendant");
    page.lines.forEach((_, index) => {
      for (const node of [this.items[index], this.boxes[index]]) {
        node.addEventListener("click", () => this.choose(index));
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
    this.list.setAttribute("aria-activedescendant", this.items[index].id);
    this.items[index].scrollIntoView({ block: "nearest" });
    this.#showCharacters(this.lines[index]);
  }

  #mark(index, on) {
    if (index < 0) return;
    this.items[index].setAttribute("aria-selected", String(on));
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
    const target = {
      ArrowDown: Math.min(this.chosen + 1, last),
      ArrowUp: Math.max(this.chosen - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    this.choose(target);
  }
}
