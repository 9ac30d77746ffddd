// Shows why a line was read as it was. The web page and the HTML report both use it; what it takes is a line of
// explanation.json with its pictures (docs/api.md).

import { say } from "./language.js";
import {
  allCharacters, alternatives, attentionRow, beforeAndAfter, candidates, cover, letter, make, more, picture, place,
  share,
} from "./parts.js";
import { faithfulness, leftOut, level, levelWord, percent, question, reason, unfaithful, visible } from "./words.js";

const OPACITY = 75; // percent, at first

const RIBBON = [
  "Bars: the probability that a time step emits the character.",
  "Whisker: its centre, with the standard deviation.",
  "Band: the part of the line it takes.",
];

let views = 0; // for identifiers

/**
 * The evidence for one line, built into an element.
 *
 * @param {Element} root is emptied and filled
 * @param {object} line a line of explanation.json, pictures included
 * @param {object[]} methods those to choose from: name, title, says, warning
 * @param {{load?: (name: string) => Promise<object>, unfolded?: boolean}} [options] `load` gives the same line with
 *     the maps of another method; `unfolded` shows the table of all characters at once
 */
export class EvidenceView {
  constructor(root, line, methods, { load, unfolded = true } = {}) {
    this.root = root;
    this.line = line;
    this.methods = methods;
    this.load = load;
    this.unfolded = unfolded;
    this.loading = {};
    this.number = views++;
    const confidences = line.characters.map((character) => character.confidence);
    this.chosen = confidences.indexOf(Math.min(...confidences)); // the least sure one is looked at first
    this.wanted = { method: methods[0]?.name, opacity: OPACITY };
    root.classList.add("evidence");
    this.draw();
  }

  /** Build it anew, in the language that is chosen by now; what is looked at stays. */
  draw() {
    const { line } = this;
    this.letters = line.characters.map((one, number) => letter(one, number, line.characters.length));
    this.shares = line.characters.map((one) => share(line, one));
    this.live = make("p", { className: "caption", attributes: { role: "status" } });
    this.warning = make("p", { className: "warning", hidden: true, attributes: { role: "note" } });
    this.detail = make("div", { className: "one" });
    this.strip = this.#makeStrip();
    this.root.replaceChildren(
      make("p", { className: "warning", textContent: leftOut(line.notice), hidden: !line.notice }),
      this.strip,
      make("p", { className: "about", textContent: RIBBON.map((one) => say(one)).join(" ") }),
      this.#makeLetters(),
      make("div", { className: "heating", hidden: this.methods.length === 0 }, this.#makeControls(), this.live),
      this.warning,
      make("div", { className: "reasons" }, this.detail, ...this.#makeCandidates()),
      more(say("All characters in a table"), allCharacters(line), this.unfolded),
      more(say("The line before and after scaling"), beforeAndAfter(line), this.unfolded),
    );
    this.choose(this.chosen);
  }

  /** Show one character's evidence. */
  choose(number) {
    if (number < 0) return;
    this.#mark(this.chosen, false);
    this.chosen = number;
    this.#mark(number, true);
    this.#showPlace();
    this.#showDetail();
    this.#showHeat();
  }

  #makeStrip() {
    const { line } = this;
    this.heat = make("img", { className: "heat", alt: "", hidden: true });
    this.spot = make("i", { className: "spot" });
    this.looked = make("i", { className: "looked", hidden: true });
    const shown = make(
      "div", { className: "shown" },
      picture(line.image, say("The line that says: {text}", { text: line.text }), "given"),
      this.heat, this.spot, this.looked,
    );
    const ribbon = make("div", { className: "ribbon", attributes: { "aria-hidden": "true" } }, ...this.shares);
    this.scale = make("div", { className: "scale" }, shown, ribbon);
    this.scale.style.setProperty("--aspect", line.width / line.height);
    this.scale.addEventListener("click", (event) => this.#onStrip(event));
    const label = say("The line above its alignment; the characters below say the same");
    const attributes = { role: "group", "aria-label": label };
    return make("div", { className: "strip", tabIndex: 0, attributes }, this.scale);
  }

  #makeLetters() {
    const attributes = { role: "radiogroup", "aria-label": say("Characters") };
    const group = make("div", { className: "letters", attributes }, ...this.letters);
    this.letters.forEach((node, number) => node.addEventListener("click", () => this.choose(number)));
    group.addEventListener("keydown", (event) => this.#onKey(event));
    return group;
  }

  #makeControls() {
    const [id, slider] = [`method-${this.number}`, `opacity-${this.number}`];
    this.method = make("select", { id }, ...this.methods.map(({ name, title, warning }) => make("option", {
      value: name,
      textContent: warning ? say("{title} (fails a check)", { title: say(title) }) : say(title),
      selected: name === this.wanted.method,
    })));
    this.method.addEventListener("change", () => this.#showHeat());
    const range = { id: slider, type: "range", min: "0", max: "100", value: String(this.wanted.opacity) };
    this.opacity = make("input", range);
    this.opacity.addEventListener("input", () => this.#onOpacity());
    this.speaksFor = make("span");
    this.spectrum = make("span", { className: "spectrum" }, make("span", { textContent: say("against") }), make("i"),
      this.speaksFor);
    this.#onOpacity();
    return make(
      "div", { className: "controls" },
      make("span", {}, make("label", { htmlFor: id, textContent: say("Heat by") }), this.method),
      make("span", {}, make("label", { htmlFor: slider, textContent: say("Opacity") }), this.opacity),
      this.spectrum,
    );
  }

  #makeCandidates() {
    return this.line.candidates.length ? [make("div", { className: "others" }, candidates(this.line))] : [];
  }

  #mark(number, on) {
    this.letters[number].setAttribute("aria-checked", String(on));
    this.letters[number].tabIndex = on ? 0 : -1;
    this.shares[number].classList.toggle("chosen", on);
  }

  #showPlace() {
    const { line, strip } = this;
    const { left, right, attention } = line.characters[this.chosen];
    place(this.spot, line, left, right);
    this.looked.hidden = !attention;
    if (attention) cover(this.looked, line, attention.grid);
    const middle = ((left + right) / 2 / line.width) * this.scale.clientWidth;
    strip.scrollLeft = middle - strip.clientWidth / 2;
  }

  #showDetail() {
    const character = this.line.characters[this.chosen];
    const { char, confidence, attention } = character;
    const words = say("{percent}, {level}", { percent: percent(confidence), level: levelWord(confidence) });
    const heading = make("h3", { className: level(confidence) },
      make("b", { textContent: visible(char) }), " ", make("span", { textContent: words }));
    const parts = [
      heading,
      make("p", { className: "reason" },
        make("strong", { textContent: question(character) }), " ", make("span", { textContent: reason(character) })),
      alternatives(character),
      ...(attention ? this.#makeAttention(character) : []),
    ];
    this.detail.replaceChildren(...parts);
  }

  #makeAttention(character) {
    const other = character.attention.char;
    const known = this.methods.find(({ name }) => name === "attention");
    const parts = [attentionRow(character)];
    if (other !== character.char) {
      const words = say("The attention head would read {other} here.", { other: visible(other) });
      parts.push(make("p", { className: "warning", textContent: words }));
    }
    if (known?.warning) parts.push(make("p", { className: "warning", textContent: this.#warn(known) }));
    return parts;
  }

  #warn({ title, warning }) {
    return warning && say("{title} fails a sanity check. {warning}", { title: say(title), warning: say(warning) });
  }

  async #showHeat() {
    const name = this.method.value;
    const method = this.methods.find((one) => one.name === name);
    if (!method) return;
    this.wanted.method = name;
    this.#showWarning(this.#warn(method));
    if (!this.#heatBy(name) && this.load) await this.#fetch(method);
    if (this.method.value === name) this.#drawHeat(method);
  }

  #heatBy(name) {
    return this.line.characters[this.chosen].maps?.[name];
  }

  async #fetch({ name, title }) {
    this.heat.hidden = true;
    this.live.textContent = say("{title} is being computed …", { title: say(title) });
    this.loading[name] ??= this.load(name);
    try {
      const { characters } = await this.loading[name];
      characters.forEach((one, number) => {
        this.line.characters[number].maps[name] = one.maps[name];
      });
    } catch (error) {
      delete this.loading[name]; // choosing it again tries again
      this.live.textContent = error.message;
    }
  }

  #drawHeat(method) {
    const { name, title, says } = method;
    const character = this.line.characters[this.chosen];
    const map = this.#heatBy(name);
    this.heat.hidden = !map;
    this.spectrum.hidden = !map;
    if (!map) return;
    cover(this.heat, this.line, map.grid);
    this.heat.src = `data:image/png;base64,${map.overlay}`;
    this.spectrum.classList.toggle("signed", map.range[0] < 0);
    this.speaksFor.textContent = say("for {char}", { char: visible(character.char) });
    const [low, high] = map.range.map((value) => value.toPrecision(2).replace("-", "−"));
    const words = { title: say(title), says: say(says), low, high };
    this.live.textContent =
      [say("{title}: {says}. Values from {low} to {high}.", words), ...faithfulness(map)].join(" ");
    this.#showWarning(this.#warn(method), ...unfaithful(map));
  }

  #showWarning(...sentences) {
    this.warning.textContent = sentences.filter(Boolean).join(" ");
    this.warning.hidden = !this.warning.textContent;
  }

  #onStrip(event) {
    const box = this.scale.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.line.width;
    const away = this.line.characters.map(({ left, right }) => Math.max(left - x, x - right, 0));
    this.choose(away.indexOf(Math.min(...away)));
  }

  #onOpacity() {
    this.wanted.opacity = Number(this.opacity.value);
    this.heat.style.opacity = String(this.wanted.opacity / 100);
    this.opacity.setAttribute("aria-valuetext", `${this.opacity.value} %`);
  }

  #onKey(event) {
    const last = this.letters.length - 1;
    const target = {
      ArrowLeft: Math.max(this.chosen - 1, 0),
      ArrowUp: Math.max(this.chosen - 1, 0),
      ArrowRight: Math.min(this.chosen + 1, last),
      ArrowDown: Math.min(this.chosen + 1, last),
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.choose(target);
    this.letters[target].focus();
  }
}
