// The pieces that the evidence for a line is shown with: elements without behaviour.

import { say } from "./language.js";
import { finePercent, level, levelWord, percent, visible } from "./words.js";

/** An element with properties, attributes and children. */
export function make(name, properties = {}, ...children) {
  const { attributes = {}, ...own } = properties;
  const node = Object.assign(document.createElement(name), own);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A picture out of a record. */
export function picture(base64, alt, className) {
  return make("img", { src: `data:image/png;base64,${base64}`, alt, className });
}

/** Lay a node over a stretch of the line, from left to right in its pixels. */
export function place(node, line, left, right) {
  node.style.left = `${(100 * left) / line.width}%`;
  node.style.width = `${(100 * (right - left)) / line.width}%`;
  return node;
}

/** Lay a node over left, top, right, bottom in pixels of the line. */
export function cover(node, line, [left, top, right, bottom]) {
  node.style.top = `${(100 * top) / line.height}%`;
  node.style.height = `${(100 * (bottom - top)) / line.height}%`;
  return place(node, line, left, right);
}

/** The time step at which a character is most probable. */
function timeStep({ attention, posterior }) {
  return attention ? attention.frame : posterior.first + posterior.values.indexOf(Math.max(...posterior.values));
}

/** A character's part of the ribbon. */
export function share(line, character) {
  const { left, right, centre, deviation, posterior } = character;
  const frame = line.width / line.frames;
  const bars = posterior.values.map((probability, step) => {
    const start = (posterior.first + step) * frame;
    const bar = place(make("i", { className: "bar" }), line, start, start + frame);
    bar.style.setProperty("--share", probability);
    return bar;
  });
  return make(
    "div",
    { className: `share ${level(character.confidence)}` },
    place(make("i", { className: "band" }), line, left, right),
    ...bars,
    place(make("i", { className: "whisker" }), line, centre - deviation, centre + deviation),
    place(make("b", { textContent: visible(character.char) }), line, centre, centre),
  );
}

/** A character's button. */
export function letter(character, number, count) {
  const { char, confidence } = character;
  const named = {
    number: number + 1, count, name: char === " " ? say("space") : char, percent: percent(confidence),
    level: levelWord(confidence),
  };
  return make(
    "button",
    {
      type: "button",
      className: `letter ${level(confidence)}`,
      tabIndex: -1,
      attributes: {
        role: "radio",
        "aria-checked": "false",
        "aria-label": say("{number} of {count}: {name}, {percent}, {level}", named),
      },
    },
    make("b", { textContent: visible(char) }),
    make("small", { textContent: percent(confidence) }),
  );
}

function row(cells, heading = -1) {
  return make("tr", {}, ...cells.map((cell, number) => {
    if (cell instanceof Node) return make("td", {}, cell);
    return number === heading
      ? make("th", { textContent: cell, scope: "row" })
      : make("td", { textContent: cell });
  }));
}

function table(caption, headings, rows, className = "") {
  const head = make("tr", {}, ...headings.map((text) => (
    text ? make("th", { textContent: text, scope: "col" }) : make("td")
  )));
  return make(
    "div",
    { className: `wide ${className}`, tabIndex: 0, attributes: { role: "group", "aria-label": caption } },
    make("table", {}, make("caption", { textContent: caption }), make("thead", {}, head), make("tbody", {}, ...rows)),
  );
}

/** A bar as long as a probability. */
function bar(probability) {
  const node = make("i", { className: "probability" });
  node.style.setProperty("--share", probability);
  return node;
}

/** The most probable readings of a character's place. */
export function alternatives(character) {
  const rows = character.alternatives.slice(0, 5).map(({ char, probability }) => {
    const made = row([visible(char), bar(probability), finePercent(probability)], 0);
    made.className = char === character.char ? "read" : "";
    return made;
  });
  return table(say("What might stand here"), [say("character"), "", say("probability")], rows, "choices places");
}

/** A text in which the part that another text has otherwise is marked; what it lacks is a mark without text. */
function compared(text, other) {
  const [own, its] = [[...text], [...other]];
  let start = 0;
  while (start < own.length && own[start] === its[start]) start += 1;
  let end = 0;
  const most = Math.min(own.length, its.length) - start;
  while (end < most && own[own.length - 1 - end] === its[its.length - 1 - end]) end += 1;
  const stop = own.length - end;
  const marked = text === other ? [] : [make("mark", { textContent: own.slice(start, stop).join("") })];
  return make("span", {}, own.slice(0, start).join(""), ...marked, own.slice(stop).join(""));
}

/** The most probable strings of the line; what differs from the text that is explained is marked. */
export function candidates(line) {
  const rows = line.candidates.map(({ text, confidence }) => {
    const made = row([compared(text, line.text), bar(confidence), finePercent(confidence)]);
    made.className = text === line.text ? "read" : "";
    return made;
  });
  const headings = [say("reading"), "", say("confidence")];
  return table(say("The most probable readings of the whole line"), headings, rows, "choices");
}

function region([left, top, right, bottom]) {
  const [a, b, c, d] = [left, right, top, bottom].map(Math.round);
  return `x ${a}–${b}, y ${c}–${d}`;
}

function lookHeadings() {
  return [say("time step"), say("character"), say("region looked at"), say("it would read")];
}

function looks(character) {
  const { char, attention } = character;
  if (!attention) return [timeStep(character), visible(char), "–", "–"];
  const read = `${visible(attention.char)} (${percent(attention.probability)})`;
  return [attention.frame, visible(char), region(attention.region), read];
}

/** One character's row of the attention table. */
export function attentionRow(character) {
  return table(say("Where the attention head looks (dashed box)"), lookHeadings(), [row(looks(character), 1)]);
}

/** The attention table, and what is known of every character beside. */
export function allCharacters(line) {
  const looked = line.characters.some((character) => character.attention);
  const [step, character, ...seen] = lookHeadings();
  const known = [say("confidence"), say("from x to x"), say("rival"), say("lead, nats")];
  const rows = line.characters.map((one, number) => {
    const [frame, char, ...its] = looks(one);
    const span = one.span.map((edge) => edge.toFixed(1)).join("–");
    const lead = one.contrast?.toFixed(1).replace("-", "−") ?? "∞";
    const cells = [number + 1, frame, char, percent(one.confidence), span, visible(one.against), lead];
    return row(looked ? [...cells, ...its] : cells, 2);
  });
  const caption = say("All characters; regions and places in pixels of the picture");
  return table(caption, ["", step, character, ...known, ...(looked ? seen : [])], rows);
}

/** The line as it was given and as the network has it. */
export function beforeAndAfter(line) {
  const figure = (base64, text, className) =>
    make(
      "figure",
      { tabIndex: 0, attributes: { role: "group", "aria-label": text } },
      picture(base64, "", className), make("figcaption", { textContent: text }),
    );
  const { width, height } = line;
  return make(
    "div",
    { className: "pair" },
    figure(line.image, say("As given: {width} × {height} pixels", { width, height }), "given"),
    figure(line.network_image, say("As the network sees it: 32 pixels high"), "seen"),
  );
}

/** What can be folded up. */
export function more(summary, content, open) {
  return make("details", { open }, make("summary", { textContent: summary }), content);
}
