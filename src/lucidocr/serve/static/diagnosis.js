// What may be wrong with a line: causes, what speaks for the first, and what the line would be read as once mended.

import { lineCard, marked, stepName } from "./evidence/diagnosis.js";
import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { percent } from "./evidence/words.js";

const SHOWN = 3; // fixes that have a picture

/** Every step that was tested, once, those that change the reading first, and among these the surest. */
function fixesOf({ causes }) {
  const steps = new Map(causes.flatMap(({ tested }) => tested).map((one) => [one.step, one]));
  const changes = ({ before, after }) => (before === after ? 0 : 1);
  return [...steps.values()].sort((one, other) => changes(other) - changes(one) || other.confidence - one.confidence);
}

function source(base64) {
  return `data:image/png;base64,${base64}`;
}

/** All fixes as a table; what they change is marked. */
function table(fixes, words) {
  const rows = fixes.map(({ step, before, after, confidence }) => make("tr", {},
    make("th", { scope: "row", textContent: stepName(words, step) }),
    make("td", {}, after === before ? make("span", { className: "quiet", textContent: say("the same") }) : marked(after, before)),
    make("td", { textContent: percent(confidence) })));
  const heads = ["fix", "what would be read", "confidence"].map((text) => make("th", { scope: "col", textContent: say(text) }));
  return make("div", { className: "wide" }, make("table", { className: "fixes" },
    make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)));
}

/**
 * Show the diagnosis of a line.
 *
 * @param {HTMLElement} root is filled
 * @param {?object} line of the answer to a diagnosis, with pictures
 * @param {object} words what causes, steps and indicators are called
 * @param {?() => void} complain asks again about a line in which nothing was found to be wrong; null where that is known
 */
export function showDiagnosis(root, line, words, complain) {
  if (!line) {
    root.replaceChildren(make("p", { className: "quiet", textContent: say("There is no diagnosis: nothing was found in this line.") }));
    return;
  }
  const { diagnosis } = line;
  const fixes = fixesOf(diagnosis);
  const changing = fixes.filter(({ before, after, gain, right }) => before !== after && (right ?? gain > 0)).slice(0, SHOWN);
  const card = {
    ...line, image: source(diagnosis.image),
    fixes: diagnosis.verdict === "nothing" ? [] : changing.map((one) => ({ ...one, image: source(one.image) })),
  };
  const shown = lineCard(words, card);
  const advice = shown.querySelector(".advice");
  if (advice) advice.textContent = advice.textContent.replace("--preprocess auto", say("the option “{option}”", { option: say("Mend pictures of lines") }));
  root.replaceChildren(shown);
  if (complain && (diagnosis.verdict ?? "nothing") === "nothing") {
    const wrong = make("button", { type: "button", className: "misread btn btn-sm btn-outline-secondary", textContent: say("It is misread all the same") });
    wrong.addEventListener("click", complain);
    root.append(wrong);
  }
  if (fixes.length) {
    const folded = make("details", {}, make("summary", { textContent: say("What each fix would read ({count})", { count: fixes.length }) }),
      table(fixes, words));
    root.append(folded);
  }
}
