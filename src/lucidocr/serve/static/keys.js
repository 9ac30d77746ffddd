// The keys of the page, while nothing is being written.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { recall, remember } from "./memory.js";

/** What the keys of the whole page do; those of lists and fields are their own. */
export const KEYS = [
  ["N", "next unsure line"], ["P", "unsure line before"], ["E", "edit the chosen line"], ["W", "why the chosen line is read so"],
  ["+", "larger"], ["−", "smaller"], ["0", "fit the page"], ["1", "pixel by pixel"], ["[", "page before"], ["]", "next page"],
  ["↑ ↓", "line before, next line (in the list)"], ["Enter", "keep what was written"], ["Esc", "leave it as it was"],
];

/** Fill a list with what the keys do. */
export function listKeys(root) {
  root.replaceChildren(...KEYS.flatMap(([key, does]) => [
    make("dt", {}, ...key.split(" ").map((one) => make("kbd", { textContent: one }))), make("dd", { textContent: say(does) }),
  ]));
}

/**
 * Act on keys.
 *
 * @param {object} actions functions by key, in lower case
 * @param {HTMLInputElement} wanted a box that is checked as long as keys are to act; the choice is remembered
 */
export function onKeys(actions, wanted) {
  wanted.checked = recall("keys") !== "off";
  wanted.addEventListener("change", () => remember("keys", wanted.checked ? null : "off"));
  document.addEventListener("keydown", (event) => {
    if (!wanted.checked || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [role=radiogroup]")) return;
    const act = actions[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
