// Fills the page with the diagnoses of pictures from the record inside it.

import { lineCard } from "./diagnosis.js";
import { languageSwitch, onLanguage, say, sayAll } from "./language.js";
import { make } from "./parts.js";

const FIXES = 3; // that are shown of a line

const { words, pages } = JSON.parse(document.getElementById("record").textContent);

/** Steps after which another text is read, and better, the surest first; none where nothing is wrong. */
function changes({ causes, verdict }) {
  if (verdict === "nothing") return [];
  const tested = causes.flatMap((finding) => finding.tested)
    .filter(({ before, after, right, gain }) => before !== after && (right ?? gain > 0));
  const sure = tested.sort((one, other) => (other.right === true) - (one.right === true)
    || other.confidence - one.confidence);
  return sure.slice(0, FIXES).map((one) => ({ ...one, image: `data:image/png;base64,${one.image}` }));
}

function shown(line, page) {
  const card = { ...line, image: `data:image/png;base64,${line.diagnosis.image}`, fixes: changes(line.diagnosis) };
  const [xs, ys] = [0, 1].map((axis) => line.box.map((corner) => Math.round(corner[axis])));
  const place = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  const title = page.mode === "line" ? "" : say("x {left}–{right}, y {top}–{bottom}", place);
  return lineCard(words, card, { title, rule: page.rule });
}

function section(page) {
  const { source, count, lines } = page;
  const counts = { count, doubtful: lines.length };
  return make("section", {},
    pages.length > 1 ? make("h2", { textContent: source }) : "",
    make("p", { className: "fact", textContent: count === 0
      ? say("No text was found in this picture.")
      : say("{count} lines read, {doubtful} diagnosed", counts) }),
    make("div", { className: "cards" }, ...lines.map((line) => shown(line, page))));
}

function write() {
  sayAll(document);
  document.getElementById("main").replaceChildren(...pages.map(section));
}

languageSwitch(document.getElementById("languages"));
write();
onLanguage(write);
