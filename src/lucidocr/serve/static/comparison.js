// The readings of a doubtful line that were compared, and what spoke for each.

import { marked } from "./evidence/diagnosis.js";
import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { percent } from "./evidence/words.js";

const ORIGINS = {
  recogniser: "the recogniser", alternatives: "its next best texts", spaces: "lost spaces put back", lexicon: "the list of words",
  opinion: "another recogniser", mixture: "both recognisers, in part",
};

/** What sources say of a text, in nats; a source that said nothing of any of them has no column. */
const TERMS = [["recogniser", "picture"], ["language", "language"], ["lexicon", "words"], ["opinion", "other recogniser"]];

function nats(value) {
  return value === null ? "–" : value.toFixed(1).replace("-", "−");
}

/**
 * Show what was compared.
 *
 * @param {HTMLElement} root is filled
 * @param {?object} correction of the line, as docs/api.md describes it; null where the first reading was taken as it is
 * @param {boolean} native whether the line is the file's own text
 */
export function showComparison(root, correction, native) {
  if (!correction) {
    const words = native
      ? say("No reading was considered: the text is the file's own.")
      : say("No other reading was considered: the line was taken as it was read.");
    root.replaceChildren(make("p", { className: "quiet", textContent: words }));
    return;
  }
  const { before, after, changed, confidence_before: alone, confidence, asked, hypotheses } = correction;
  const values = { before, after, alone: percent(alone), sure: percent(confidence) };
  const verdict = changed
    ? say("The recogniser by itself reads “{before}”, right with {alone}; all considered, “{after}” is right with {sure}.", values)
    : say("The recogniser's own reading was kept: right with {alone} by itself, with {sure} all considered.", values);
  const terms = TERMS.filter(([name]) => hypotheses.some((one) => one.terms[name] !== null));
  const heads = ["reading", "proposed by", ...terms.map(([, title]) => title), "share"];
  const rows = hypotheses.map(({ text, origins, terms: own, probability }) => make("tr", {},
    make("th", { scope: "row" }, marked(text, before)),
    make("td", { textContent: origins.map((origin) => say(ORIGINS[origin] ?? origin)).join(say(", ")) }),
    ...terms.map(([name]) => make("td", { textContent: nats(own[name]) })), make("td", { textContent: percent(probability) })));
  const label = say("Readings that were compared; what speaks for each, in nats");
  root.replaceChildren(
    make("p", { textContent: verdict }),
    make("p", { className: "quiet", hidden: !asked, textContent: say("Asked: {asked}", { asked }) }),
    make("div", { className: "wide", tabIndex: 0, attributes: { role: "group", "aria-label": label } },
      make("table", { className: "compared" }, make("caption", { textContent: label }),
        make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", textContent: say(text) })))),
        make("tbody", {}, ...rows))),
  );
}
