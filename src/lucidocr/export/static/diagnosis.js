// What a diagnosis says, and the line that it is about. The pages about pictures and about sets both use it; what it
// takes is a diagnosis of docs/schema/diagnosis-1.json.

import { say } from "./language.js";
import { make } from "./parts.js";
import { finePercent, percent, visible } from "./words.js";

const BARS = 4; // causes that get a bar
const AROUND = 3.2; // heights of the line that the picture of a character is wide
const LEAST = 0.05; // probability from which on a cause other than the first gets one

/** What a cause is called; null is none. */
export function causeName(words, cause) {
  return cause === null ? say("unsure: no cause is probable enough") : say(words.causes[cause]);
}

/** What a step is called. */
export function stepName(words, step) {
  return say(words.steps[step] ?? step);
}

/** A number with three digits that count. */
export function figure(value) {
  return Number(value.toPrecision(3)).toLocaleString("en", { useGrouping: false, maximumFractionDigits: 6 });
}

/** Numbers of the characters of two texts that are the same in an alignment with the fewest edits. */
function same(own, other) {
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  own.forEach((char, number) => {
    const row = [number + 1];
    other.forEach((its, column) => row.push(Math.min(
      rows[number][column] + (char === its ? 0 : 1), rows[number][column + 1] + 1, row[column] + 1,
    )));
    rows.push(row);
  });
  const found = new Set();
  let [number, column] = [own.length, other.length];
  while (number && column) {
    const equal = own[number - 1] === other[column - 1];
    if (rows[number][column] === rows[number - 1][column - 1] + (equal ? 0 : 1)) {
      number -= 1;
      column -= 1;
      if (equal) found.add(number);
    } else if (rows[number][column] === rows[number - 1][column] + 1) number -= 1;
    else column -= 1;
  }
  return found;
}

const MARKS = new Map(Object.entries({ "。": ".", "“": "\"", "”": "\"", "‘": "'", "’": "'" }));

/** What is compared of a character under a rule; nothing where the rule leaves nothing of it. */
const COMPARED = {
  exact: (char) => char,
  alnum: (char) => (/[\p{L}\p{N}]/u.test(char) ? char.toLowerCase() : ""),
  zh: (char) => (MARKS.get(char.normalize("NFKC")) ?? char.normalize("NFKC")).trim(),
};

/** A text in which the characters that another text has otherwise, under a rule, are marked. */
export function marked(text, other, rule = "exact") {
  if (text === "") return make("span", { className: "none", textContent: say("nothing") });
  const own = [...text];
  const keys = own.map(COMPARED[rule]);
  const compared_ = keys.flatMap((key, number) => (key ? [number] : []));
  const kept = same(compared_.map((number) => keys[number]), [...other].map(COMPARED[rule]).filter(Boolean));
  const different = new Set(compared_.filter((_, place) => !kept.has(place)));
  const pieces = [];
  own.forEach((char, number) => {
    const differs = different.has(number);
    const last = pieces.at(-1);
    if (last && last.differs === differs) last.text += char;
    else pieces.push({ differs, text: char });
  });
  return make("span", { className: "said" }, ...pieces.map(({ differs, text: part }) => (
    differs ? make("mark", { textContent: part }) : part
  )));
}

/** The verdict, in a sentence. */
export function verdict(words, { verdict: cause, causes, right }) {
  if (right) return say("Read right.");
  if (cause === "nothing") return say("Nothing wrong was found.");
  if (cause !== null) return say("Likely: {cause}", { cause: causeName(words, cause) });
  return say("Unsure; most probable: {cause}", { cause: causeName(words, causes[0].cause) });
}

/** Bars of the most probable causes. */
export function causeBars(words, { causes }) {
  const shown = causes.slice(0, BARS).filter(({ probability }, number) => number === 0 || probability >= LEAST);
  const rows = shown.map(({ cause, probability }) => {
    const bar = make("i", { className: "probability" });
    bar.style.setProperty("--share", probability);
    return make("tr", {}, make("th", { scope: "row", textContent: causeName(words, cause) }), make("td", {}, bar),
      make("td", { textContent: percent(probability) }));
  });
  return make("table", { className: "causes", attributes: { "aria-label": say("Probabilities of the causes") } },
    make("tbody", {}, ...rows));
}

/** What speaks for a cause, sentence by sentence. */
export function evidence(words, { indicators, look_alike: pair, resemblances, heat_on_background: heat }) {
  const sentences = indicators.map(({ name, value, low, high }) => {
    const [title, unit] = words.indicators[name];
    const values = { name: say(title), value: figure(value), low: figure(low), high: figure(high), unit: say(unit) };
    return say("{name}: {value} {unit}, usually {low} to {high}", values);
  });
  if (pair) {
    const values = { char: visible(pair.char), other: visible(pair.other), likeness: pair.likeness.toFixed(2) };
    sentences.push(pair.margin === null
      ? say("{char} looks like {other} (likeness {likeness})", values)
      : say("{char} looks like {other} (likeness {likeness}) and leads it by {nats} nats only",
        { ...values, nats: pair.margin.toFixed(1) }));
  }
  resemblances.forEach(({ char, likeness, usual }) => sentences.push(
    say("{char} looks unlike plain print (likeness {likeness}, usually above {usual})",
      { char: visible(char), likeness: likeness.toFixed(2), usual: usual.toFixed(2) }),
  ));
  if (heat !== null) {
    sentences.push(say("The heat of its weakest character lies on lines {times} times as often as by chance",
      { times: heat.toFixed(1) }));
  }
  return sentences;
}

/** What is read after a step. */
function fixed(words, { step, image, after, right }, reading, rule) {
  const outcome = right ? say("which is right") : "";
  return make("figure", { className: "fix" },
    make("div", { className: "strip" }, make("img", { src: image, alt: "" })),
    make("figcaption", {}, make("span", { className: "tag",
      textContent: say("Fix tested: {step}", { step: stepName(words, step) }) }), " ",
    say("reads"), " ", marked(after, reading, rule), outcome && make("b", { className: "good", textContent: ` ${outcome}` })));
}

/** Lay a node over left, top, right, bottom of a window that begins at `start` and is so wide and high. */
function lay(node, [left, top, right, bottom], [start, width, height]) {
  Object.assign(node.style, {
    left: `${(100 * (left - start)) / width}%`, top: `${(100 * top) / height}%`,
    width: `${(100 * (right - left)) / width}%`, height: `${(100 * (bottom - top)) / height}%`,
  });
  return node;
}

/** The part of a line around a character, with the heat that speaks for it. */
export function hotSpot(card, { char, against, overlay, grid, span: [from, to] }) {
  const { height } = card;
  const width = Math.min(card.width, Math.max(AROUND * height, to - from));
  const start = Math.min(Math.max((from + to - width) / 2, 0), card.width - width);
  const window_ = [start, width, height];
  const shown = make("div", { className: "crop" },
    lay(make("img", { src: card.image, alt: "" }), [0, 0, card.width, height], window_),
    lay(make("img", { src: overlay, alt: "" }), grid, window_),
    lay(make("i", { className: "bracket" }), [from, 0, to, height], window_));
  shown.style.aspectRatio = `${width} / ${height}`;
  const caption = say("Heat for {char}, not {other}", { char: visible(char), other: visible(against) });
  return make("figure", { className: "hot" }, shown, make("figcaption", { textContent: caption }));
}

/**
 * A line and its diagnosis.
 *
 * @param {object} words what causes, steps and indicators are called
 * @param {object} card the line: diagnosis, image (an address), width, height; heat and fixes where there are some
 * @param {{brief?: boolean, title?: string, rule?: string}} [options] `brief` leaves out bars and advice; `rule` is how
 *     texts are compared
 */
export function lineCard(words, card, { brief = false, title = "", rule = "exact" } = {}) {
  const { diagnosis, heat = [], fixes = [] } = card;
  const first = diagnosis.causes[0];
  const known = diagnosis.truth !== null;
  const rows = [
    [say("read"), marked(diagnosis.reading, known ? diagnosis.truth : card.text ?? diagnosis.reading, rule),
      finePercent(diagnosis.confidence)],
  ];
  if (known) rows.push([say("truth"), marked(diagnosis.truth, diagnosis.reading, rule), ""]);
  else if (card.text !== undefined && card.text !== diagnosis.reading) {
    rows.push([say("all considered"), marked(card.text, diagnosis.reading, rule), finePercent(card.confidence)]);
  }
  const facts = make("dl", { className: "facts" }, ...rows.flatMap(([name, text, sure]) => [
    make("dt", { textContent: name }),
    make("dd", {}, text, sure && make("small", { textContent: sure })),
  ]));
  const sentences = evidence(words, first);
  const list = sentences.length
    ? make("ul", {}, ...sentences.map((textContent) => make("li", { textContent })))
    : make("p", { className: "quiet", textContent: say("Nothing measured stands out; the whole picture speaks for it.") });
  const named = diagnosis.verdict !== null && diagnosis.verdict !== "nothing";
  const advice = make("p", { className: "advice", textContent: say(first.advice) });
  return make("article", { className: brief ? "line brief" : "line" },
    title && make("h4", { textContent: title }),
    make("div", { className: "strip" }, make("img", { src: card.image, alt: "" })),
    facts,
    make("p", { className: diagnosis.verdict === null ? "verdict open" : "verdict",
      textContent: verdict(words, diagnosis) }),
    ...(brief ? [] : [causeBars(words, diagnosis)]),
    ...(first.cause === "nothing" ? [] : [list]),
    heat.length ? make("div", { className: "spots" }, ...heat.map((one) => hotSpot(card, one))) : "",
    ...fixes.map((one) => fixed(words, one, diagnosis.reading, rule)),
    ...(named && !brief ? [advice] : []));
}
