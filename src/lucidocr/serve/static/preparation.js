// What was tried on a line's picture before it was read: the picture before and after each step, and what was read then.

import { marked, stepName } from "./evidence/diagnosis.js";
import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { percent } from "./evidence/words.js";

/** The plan's reason, such as "skew 4.2, usually 0.1", in the language of the page. */
function reason(text, words) {
  const parts = /^(\w+) (\S+), usually (\S+)$/.exec(text);
  if (!parts || !words.indicators[parts[1]]) return text;
  const [, name, value, usual] = parts;
  return say("{name} is {value}, usually {usual}", { name: say(words.indicators[name][0]), value, usual });
}

function picture(image, caption) {
  return make("figure", {}, make("div", { className: "strip", tabIndex: 0, attributes: { role: "group", "aria-label": caption } },
    make("img", { src: `data:image/png;base64,${image}`, alt: caption })),
  make("figcaption", { textContent: caption }));
}

function same(one, other) {
  return one.join() === other.join();
}

/** One reading after some steps, with its pictures where there are some. */
function attempt(one, preparation, pictured, words) {
  const chosen = same(one.steps, preparation.chosen);
  const names = one.steps.map((step) => stepName(words, step));
  const { pictures = [] } = pictured?.attempts.find(({ steps }) => same(steps, one.steps)) ?? {};
  return make("li", { className: chosen ? "attempt taken" : "attempt" },
    make("p", {}, make("strong", { textContent: names.join(" → ") }), " ",
      make("span", { className: "badge-like", textContent: chosen ? say("kept") : say("not kept") })),
    make("p", { className: "quiet", textContent: say("Tried because {reason}", { reason: reason(one.reason, words) }) }),
    ...pictures.map(({ step, image }) => picture(image, say("after: {step}", { step: stepName(words, step) }))),
    make("p", {}, say("reads"), " ", marked(one.text, preparation.before), " ",
      make("small", { textContent: percent(one.confidence) })));
}

/** Why nothing was tried, in a sentence. */
function why(line, preprocess, native) {
  if (native) return say("Nothing was tried: the text is the file's own.");
  if (preprocess === "off") return say("Nothing was tried: mending pictures is switched off in the options.");
  if (line.confidence >= 0.9) return say("Nothing was tried: the line is read surely enough as it is.");
  return say("Nothing was tried: no step promised to help with this picture.");
}

/**
 * Show what was tried on a line's picture.
 *
 * @param {HTMLElement} root is filled
 * @param {object} line of the page, as it was read
 * @param {?object} pictured the same line's preparation with pictures, where there is one
 * @param {{words: object, preprocess: ?string, native: boolean}} about what steps and indicators are called; the option
 *   chosen; whether the line is the file's own text
 */
export function showPreparation(root, line, pictured, { words, preprocess, native }) {
  const { preparation } = line;
  if (!preparation) {
    root.replaceChildren(make("p", { className: "quiet", textContent: why(line, preprocess, native) }));
    return;
  }
  const kept = preparation.chosen.length
    ? say("The picture was mended, and the more probable reading kept.")
    : say("Steps were tried, and none gave a more probable reading: the picture was kept as it is.");
  root.replaceChildren(
    make("p", { textContent: kept }),
    ...(pictured?.image ? [picture(pictured.image, say("before"))] : []),
    make("p", {}, say("reads"), " ", make("span", { className: "said", textContent: preparation.before }), " ",
      make("small", { textContent: percent(preparation.confidence_before) })),
    make("ol", { className: "attempts" }, ...preparation.attempts.map((one) => attempt(one, preparation, pictured, words))),
  );
}
