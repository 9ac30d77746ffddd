// How large the page is shown: fitted into the window, pixel by pixel, or anything between.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";

const STEP = 1.25;
const [LEAST, MOST] = [0.05, 8];
const ROOM = 0.68; // of the window's height, which a fitted page takes at most
const BLOWN = 2; // times its pixels, which a fitted page is at most

/** The size of what is shown in a scrolling element. */
export class Zoom {
  /**
   * @param {HTMLElement} viewport scrolls
   * @param {HTMLElement} content what is made larger and smaller
   * @param {HTMLElement} tools is filled with buttons
   */
  constructor(viewport, content, tools) {
    Object.assign(this, { viewport, content, tools, size: [1, 1], scale: null });
    this.draw();
    viewport.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    new ResizeObserver(() => this.#apply()).observe(viewport);
  }

  /** Show something of another size, fitted. */
  show(width, height) {
    this.size = [width, height];
    this.fit();
  }

  /** All of it. */
  fit() {
    this.scale = null;
    this.#apply();
  }

  /** One pixel for each of its own. */
  actual() {
    this.#to(1);
  }

  /** Larger. */
  more() {
    this.#to(this.now * STEP);
  }

  /** Smaller. */
  less() {
    this.#to(this.now / STEP);
  }

  /** Pixels of the screen for each of its own. */
  get now() {
    if (this.scale !== null) return this.scale;
    const [width, height] = this.size;
    return Math.min(this.viewport.clientWidth / width, (ROOM * window.innerHeight) / height, BLOWN);
  }

  /** Scroll to corners in its own pixels, if they are out of sight. */
  reveal(corners) {
    const scale = this.now;
    for (const [axis, side, length] of [[0, "scrollLeft", "clientWidth"], [1, "scrollTop", "clientHeight"]]) {
      const places = corners.map((corner) => corner[axis] * scale);
      const [first, last] = [Math.min(...places), Math.max(...places)];
      const [from, room] = [this.viewport[side], this.viewport[length]];
      if (first < from || last > from + room) this.viewport[side] = (first + last - room) / 2;
    }
  }

  /** Write the buttons anew, in the language that is chosen by now. */
  draw() {
    const button = (text, label, act, key) => {
      const made = make("button", { type: "button", textContent: text, title: `${label} (${key})`,
        attributes: { "aria-label": label } });
      made.addEventListener("click", act);
      return made;
    };
    this.shown = make("output", {});
    this.tools.replaceChildren(
      button("−", say("Smaller"), () => this.less(), "−"), this.shown,
      button("+", say("Larger"), () => this.more(), "+"),
      button(say("Fit"), say("Fit the page"), () => this.fit(), "0"),
      button("1:1", say("Pixel by pixel"), () => this.actual(), "1"),
    );
    this.#say();
  }

  #to(scale) {
    const { viewport } = this;
    const before = this.now;
    const middle = [viewport.scrollLeft + viewport.clientWidth / 2, viewport.scrollTop + viewport.clientHeight / 2];
    this.scale = Math.min(Math.max(scale, LEAST), MOST);
    this.#apply();
    viewport.scrollLeft = middle[0] * (this.scale / before) - viewport.clientWidth / 2;
    viewport.scrollTop = middle[1] * (this.scale / before) - viewport.clientHeight / 2;
  }

  #apply() {
    const [width, height] = this.size;
    this.content.style.width = `${Math.floor(width * this.now)}px`;
    this.content.style.aspectRatio = `${width} / ${height}`;
    this.#say();
  }

  #say() {
    this.shown.textContent = `${Math.round(100 * this.now)} %`;
  }

  #onWheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    if (event.deltaY < 0) this.more();
    else this.less();
  }
}
