// Fills the page about a set of labelled lines from the record inside it.

import { causeName, figure, hotSpot, lineCard, stepName } from "./diagnosis.js";
import { languageSwitch, onLanguage, say, sayAll } from "./language.js";
import { make } from "./parts.js";
import { accuracyPlot, reliabilityPlot } from "./plots.js";
import { finePercent, percent, visible } from "./words.js";

const MOST_WEAK = 12;
const MOST_CHARACTERS = 12;
const MOST_PAIRS = 16;

const record = JSON.parse(document.getElementById("record").textContent);
const { cards, words } = record;

const WAYS = {
  off: "alone, pictures as they are",
  auto: "alone, pictures mended where doubtful (--preprocess auto)",
  both: "alone, pictures mended wherever it may help (--preprocess both)",
  default: "as lucidocr read does: mended, and corrected by language model and second opinion",
};

const GROUPS = { length: "length, characters", script: "script", text_height: "height of the text, pixels" };

/** What a grouping is called. */
function groupName(name) {
  if (GROUPS[name]) return say(GROUPS[name]);
  const [title, unit] = words.indicators[name];
  return unit ? say("{name}, {unit}", { name: say(title), unit: say(unit) }) : say(title);
}

function count(n, one, many) {
  return n === 1 ? one : many.replace("{count}", n);
}

function lines(n) {
  return count(n, say("1 line"), say("{count} lines"));
}

function heading(id, title, about) {
  return [make("h2", { id, textContent: title }), make("p", { className: "fact", textContent: about })];
}

function sheet(caption, heads, rows, className = "") {
  const head = make("tr", {}, ...heads.map((textContent) => make("th", { textContent, scope: "col" })));
  const body = rows.map((cells) => make("tr", { className: cells.mark ? "read" : "" }, ...cells.map((cell, number) => (
    number === 0
      ? make("th", { scope: "row" }, cell)
      : make("td", { className: typeof cell === "number" ? "number" : "" }, typeof cell === "number" ? String(cell) : cell)
  ))));
  return make("div", { className: `wide ${className}`, tabIndex: 0, attributes: { role: "group", "aria-label": caption } },
    make("table", { className: "sheet" }, make("caption", { textContent: caption }), make("thead", {}, head),
      make("tbody", {}, ...body)));
}

function shareBar(share) {
  const bar = make("i", { className: "probability" });
  bar.style.setProperty("--share", share);
  return bar;
}

function glyph(char) {
  return make("b", { className: "glyph", textContent: char === "" ? "∅" : visible(char) });
}

function way(name) {
  return record.ways.find((one) => one.way === name);
}

// ---------------------------------------------------------------------------------------------------- at a glance

function tile(value, name, more = "") {
  return make("div", { className: "tile" }, make("b", { textContent: value }), make("span", { textContent: name }),
    make("small", { textContent: more }));
}

function glance() {
  const { low, high, share, cer } = way("off");
  const [ece, floor] = [record.calibration.ece, record.calibration.ece_floor];
  const named = record.causes.filter(({ cause }) => cause !== null);
  const top = named[0];
  return make("div", { className: "tiles" },
    tile(percent(share), say("of lines read right"),
      say("{low} to {high} with 95 % confidence", { low: percent(low), high: percent(high) })),
    tile(String(record.wrong), say("lines misread"), say("of {count}", { count: record.lines })),
    tile(finePercent(cer), say("of characters wrong (CER)")),
    top ? tile(causeName(words, top.cause), say("most frequent cause"), lines(top.count)) : "",
    tile(ece.toFixed(3), say("calibration error (ECE)"), say("{floor} by chance alone", { floor: floor.toFixed(3) })));
}

// ---------------------------------------------------------------------------------------------------- what to do

function switchOn() {
  const [off, best] = [way("off"), way(record.next.way)];
  const gain = best.right - off.right;
  const values = { way: best.way, gain, gained: best.gained, lost: best.lost };
  const usual = way("default");
  const sentences = [gain > 0
    ? say("--preprocess {way} reads {gain} more lines right than off: {gained} mended, {lost} spoilt.", values)
      + (best.chance > 0.05 ? ` ${say("So few may be chance.")}` : "")
    : say("Mending pictures does not read more lines right on this set: leave --preprocess at auto, or switch it off.")];
  if (usual) {
    sentences.push(say("As lucidocr read does by default, {right} lines are right, {gain} more than the recogniser alone.",
      { right: usual.right, gain: usual.right - off.right }));
  }
  const rows = record.ways.map((one) => Object.assign([
    say(WAYS[one.way]), one.right, percent(one.share), `${percent(one.low)} – ${percent(one.high)}`, one.gained, one.lost,
    finePercent(one.cer),
  ], { mark: one.way === best.way && gain > 0 }));
  const heads = [say("read"), say("right"), say("share"), say("95 % interval"), say("mended"), say("spoilt"), say("CER")];
  return [make("h3", { textContent: say("Switch on what helps") }),
    ...sentences.map((textContent) => make("p", { textContent })),
    sheet(say("Ways of reading, measured on this set"), heads, rows), ...singleSteps()];
}

function singleSteps() {
  const { steps } = record.next;
  if (!steps.length) return [];
  const rows = steps.map(({ step, mended }) => [stepName(words, step), make("code", { textContent: step }), mended,
    shareBar(mended / record.wrong)]);
  return [sheet(say("Single steps: misread lines that one step alone makes right (it may spoil others)"),
    [say("step"), say("name"), say("lines"), say("share of the misread")], rows, "bars")];
}

function weakSentence({ grouping, label, n, share, lost }) {
  return say("{group} {label}: {share} of {n} lines right; {lost} more would be, were they read like the rest.", {
    group: groupName(grouping), label: say(label), share: percent(share), n, lost: Math.round(lost),
  });
}

function dataToAdd() {
  const { weak, missing, characters } = record.next;
  const own = weak.filter(({ grouping }) => grouping in GROUPS);
  const pictures = weak.filter(({ grouping }) => !(grouping in GROUPS));
  const parts = [make("h3", { textContent: say("Add lines like these, and fine-tune") })];
  const listed = (title, found) => found.length && parts.push(make("p", { textContent: title }),
    make("ul", {}, ...found.slice(0, MOST_WEAK).map((one) => make("li", { textContent: weakSentence(one) }))));
  listed(say("Kinds of text that are read worse than the set as a whole, beyond chance:"), own);
  listed(say("Pictures that are read worse; each respect by itself, so several may be about the same lines:"), pictures);
  if (!weak.length) {
    parts.push(make("p", { textContent: say("No kind of line is read worse than the others, beyond chance.") }));
  }
  if (missing.length) {
    const values = { chars: missing.map(({ char, seen }) => `${visible(char)} (${seen})`).join("  ") };
    parts.push(make("p", {}, say("The alphabet lacks these characters of the labels: {chars}", values)));
  }
  if (characters.length) {
    const rows = characters.slice(0, MOST_CHARACTERS).map(({ char, seen, wrong, read }) => [
      glyph(char), seen, wrong, percent(wrong / seen), make("span", {}, ...read.map(glyph)),
    ]);
    parts.push(sheet(say("Characters that were misread most often; ∅ is nothing at all"),
      [say("character"), say("seen"), say("misread"), say("share"), say("read as")], rows));
  }
  return parts;
}

function lexicon() {
  const found = record.next.words;
  const title = make("h3", { textContent: say("Words for a lexicon") });
  if (!found.length) return [title, make("p", { textContent: say("No word that occurs twice was misread by one or two characters.") })];
  const rows = found.slice(0, MOST_CHARACTERS).map(({ word, seen, near, read }) => [word, seen, near, read.join(", ")]);
  const area = make("textarea", { readOnly: true, rows: 4, value: found.map(({ word }) => word).join("\n") });
  area.setAttribute("aria-label", say("Words for a lexicon"));
  return [title,
    make("p", { textContent: say("Words of the labels that occur more than once and were misread by one or two characters. Save them, and others of their kind, and give them with --lexicon FILE.") }),
    sheet(say("Words"), [say("word"), say("seen"), say("misread"), say("read as")], rows), area];
}

function whatToDo() {
  return make("section", {},
    ...heading("next", say("What to do next"), say("All figures are of this very set; what is learnt from it has to be measured on another one.")),
    ...switchOn(), ...dataToAdd(), ...lexicon());
}

// ---------------------------------------------------------------------------------------------------- the rest

function accuracy() {
  const overall = way("off").share;
  const plots = record.groupings.map(({ name, bins }) => {
    const label = say("Lines right, %, by {group}", { group: groupName(name) });
    return make("figure", {}, make("figcaption", { textContent: groupName(name) }), accuracyPlot(label, bins, overall, name in GROUPS));
  });
  return make("section", {},
    ...heading("accuracy", say("Accuracy by kind of line"), say("Columns: share of lines right. Whiskers: 95 % intervals. Dashed: all lines. Columns in another colour are worse beyond chance. Qualities of the picture are in fifths of the set.")),
    make("div", { className: "plots" }, ...plots));
}

function example(file, pair) {
  const card = cards[file];
  if (!card) return "";
  const heat = card.heat.find(({ char }) => char === pair.read);
  if (heat) return hotSpot(card, heat);
  return make("figure", { className: "hot" }, make("img", { src: card.image, alt: "", className: "small" }),
    make("figcaption", { textContent: card.diagnosis.reading }));
}

function pairRow(pair, most) {
  const like = pair.likeness === null ? "" : say("likeness {value}", { value: figure(pair.likeness) });
  return make("div", { className: "pair-row" },
    make("div", { className: "pair-name" }, glyph(pair.truth), make("span", { textContent: "→" }), glyph(pair.read)),
    make("div", { className: "pair-count" }, make("b", { textContent: `${pair.count} ×` }), shareBar(pair.count / most),
      make("small", { textContent: like })),
    make("div", { className: "spots" }, ...pair.files.map((file) => example(file, pair))));
}

/** A confusion that happened once: its name and its picture. */
function pairOnce(pair) {
  return make("div", {},
    make("div", { className: "pair-name" }, glyph(pair.truth), make("span", { textContent: "→" }), glyph(pair.read)),
    ...pair.files.map((file) => example(file, pair)));
}

function confusions() {
  const pairs = record.confusions.filter(({ truth, read }) => truth && read).slice(0, MOST_PAIRS);
  const rest = record.confusions.filter(({ truth, read }) => !truth || !read);
  const most = Math.max(...pairs.map((one) => one.count), 1);
  const listed = rest.map(({ truth, read, count: n }) => (
    truth ? say("{char} left out {n} ×", { char: visible(truth), n }) : say("{char} added {n} ×", { char: visible(read), n })
  ));
  return make("section", {},
    ...heading("confusions", say("Which characters are taken for which"), say("Left what stands there, right what was read. The pictures show where the evidence for the misread character lies: yellow to red speaks for it, blue against it.")),
    ...pairs.filter((pair) => pair.count > 1).map((pair) => pairRow(pair, most)),
    make("div", { className: "once" }, ...pairs.filter((pair) => pair.count === 1).map(pairOnce)),
    listed.length ? make("p", { className: "fact", textContent: listed.join(" · ") }) : "");
}

function causePart({ cause, count: n, share, expected, mended, advice, files }) {
  const steps = Object.entries(mended).map(([step, lines_]) => `${stepName(words, step)} ${lines_}`).join(", ");
  const facts = [
    say("{lines}, {share} of the misread", { lines: lines(n), share: percent(share) }),
    expected === null ? "" : say("by the sum of probabilities {expected}", { expected: expected.toFixed(1) }),
    steps ? say("made right by single steps: {steps}", { steps }) : say("no single step makes any of them right"),
  ].filter(Boolean);
  return make("div", { className: "cause" },
    make("h3", { textContent: causeName(words, cause) }), shareBar(share),
    make("p", { className: "fact", textContent: facts.join(" · ") }),
    advice ? make("p", { className: "advice", textContent: say(advice) }) : "",
    make("div", { className: "cards" }, ...files.filter((file) => cards[file])
      .map((file) => lineCard(words, cards[file], { brief: true, title: file, rule: record.rule }))));
}

function causes() {
  return make("section", {},
    ...heading("causes", say("Why lines are misread"), say("The likely cause of every misread line, with examples: those that a step mends first. A cause is named only where it is probable enough.")),
    ...record.causes.map(causePart));
}

function calibration() {
  const { bins, ece, ece_floor: floor, brier, auroc } = record.calibration;
  const rows = [
    [say("expected calibration error"), ece.toFixed(3), say("mean distance of confidence and share right over 15 bins; a perfect calibration would score {floor} on so many lines", { floor: floor.toFixed(3) })],
    [say("Brier score"), brier.toFixed(3), say("mean squared difference of confidence and outcome; 0 is perfect")],
    [say("AUROC"), auroc === null ? "–" : auroc.toFixed(3), say("probability that a right line is more confident than a wrong one")],
  ];
  return make("section", {},
    ...heading("calibration", say("Whether confidences mean what they say"), say("A point on the dashed line: of lines with this confidence, as many are right. Below it, the recogniser is too sure of itself.")),
    make("div", { className: "beside" }, reliabilityPlot(say("Reliability"), bins),
      sheet(say("Calibration of lines"), [say("measure"), say("value"), say("meaning")], rows, "wrap")));
}

function failures() {
  const found = record.instructive.filter((file) => cards[file]);
  const about = say("Chosen one by one: each time the most confident misreading, its rank lowered for every one before it with the same cause or the same confusion. So sure errors come first, and of many kinds.");
  return make("section", {},
    ...heading("failures", say("The {count} most instructive failures", { count: found.length }), about),
    make("div", { className: "cards" }, ...found.map((file) => lineCard(words, cards[file], { title: file, rule: record.rule }))));
}

function bad() {
  const { unreadable } = record;
  if (!unreadable.length) return [];
  return [make("section", {}, ...heading("unreadable", say("Pictures that could not be read"), lines(unreadable.length)),
    make("ul", {}, ...unreadable.map(({ file, message }) => make("li", { textContent: `${file}: ${message}` }))))];
}

function contents() {
  const parts = [["next", say("What to do next")], ["accuracy", say("Accuracy by kind of line")],
    ["confusions", say("Which characters are taken for which")], ["causes", say("Why lines are misread")],
    ["calibration", say("Whether confidences mean what they say")],
    ["failures", say("The most instructive failures")]];
  const shown = record.wrong ? parts : parts.filter(([id]) => id === "accuracy" || id === "calibration");
  return make("nav", { className: "parts", attributes: { "aria-label": say("Contents") } },
    ...shown.map(([id, textContent]) => make("a", { href: `#${id}`, textContent })));
}

function summary() {
  const values = { lines: lines(record.lines), model: record.model, rule: record.rule };
  const said = [say("{lines}, read by the recogniser {model} alone in pictures as they are, compared by the rule {rule}", values)];
  if (record.excluded) said.push(say("{count} left out, of whose label the rule leaves nothing", { count: record.excluded }));
  if (record.unreadable.length) said.push(say("{count} could not be read", { count: record.unreadable.length }));
  return said.join(" · ");
}

function write() {
  sayAll(document);
  document.getElementById("summary").textContent = summary();
  const wrong = record.wrong ? [whatToDo(), accuracy(), confusions(), causes(), calibration(), failures()]
    : [make("p", { textContent: say("Every line was read right.") }), accuracy(), calibration()];
  document.getElementById("main").replaceChildren(glance(), contents(), ...wrong, ...bad());
}

languageSwitch(document.getElementById("languages"));
write();
onLanguage(write);
