// Probabilities, odds and reasons in words.

import { say } from "./language.js";

const SURE = 0.9;
const CHECK = 0.6;
const MANY = 1e6;

/** The style class for a confidence; its word is `levelWord`. */
export function level(confidence) {
  if (confidence >= SURE) return "sure";
  return confidence >= CHECK ? "check" : "doubtful";
}

/** The word for a confidence. */
export function levelWord(confidence) {
  return say(level(confidence));
}

/** A probability as whole percent; 100 only for what rounds to it from above 99.95. */
export function percent(probability) {
  const value = probability * 100;
  return `${value < 99.95 ? Math.min(Math.round(value), 99) : 100} %`;
}

/** A probability to a tenth of a percent. */
export function finePercent(probability) {
  if (probability < 0.0005) return "< 0.1 %";
  return probability > 0.9995 ? "> 99.9 %" : `${(100 * probability).toFixed(1)} %`;
}

/** A character as it can be seen: a space has a sign, and no character at all a word. */
export function visible(char) {
  if (char === "") return say("nothing");
  return char === " " ? "␣" : char;
}

/** Odds of e to the power of so many nats, to one. */
export function odds(nats) {
  const ratio = Math.exp(Math.abs(nats));
  if (ratio > MANY) return say("more than a million to 1");
  const digits = ratio < 10 ? 1 : 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return say("{ratio} to 1", { ratio: ratio.toLocaleString("en", options) });
}

/** The question that a contrast answers. */
export function question({ char, against }) {
  return say("Why {own} and not {rival}?", { own: visible(char), rival: visible(against) });
}

/** Why a character and not its strongest rival, in a sentence. */
export function reason({ char, against, contrast }) {
  const values = { own: visible(char), rival: visible(against) };
  if (contrast === null) return say("With the rest of the line as it is, {rival} is impossible here.", values);
  const lead = { ...values, nats: Math.abs(contrast).toFixed(1), odds: odds(contrast) };
  return contrast < 0
    ? say("With the rest of the line as it is, the picture prefers {rival} by {nats} nats, odds of {odds}.", lead)
    : say("With the rest of the line as it is, {own} leads by {nats} nats, odds of {odds}.", lead);
}

/** What a map's verdict says, in a sentence; none where it was not judged. */
export function faithfulness({ faithfulness: verdict }) {
  if (!verdict) return [];
  const [deletion, elsewhere] = [verdict.deletion, verdict.elsewhere].map((nats) => nats.toFixed(1).replace("-", "−"));
  const values = { deletion, elsewhere, energy: percent(verdict.energy) };
  return [say(
    "Erasing its hottest places lowers the lead by {deletion} nats, as much elsewhere by {elsewhere}; {energy} of it " +
    "lies on the character.",
    values,
  )];
}

/** What is left out of a line's evidence, which the record says in English. */
export function leftOut(notice) {
  const long = /The line has (\d+) characters; heat maps and attention are made for at most (\d+) at once\./.exec(notice);
  const corrected = /The line was corrected to ['"](.*)['"], which the recogniser cannot read\./.exec(notice);
  const sentences = [];
  if (long) {
    const values = { count: long[1], most: long[2] };
    sentences.push(say("The line has {count} characters; heat maps and attention are made for at most {most} at once.", values));
  }
  if (corrected) {
    sentences.push(say("The line was corrected to “{text}”, which the recogniser cannot read.", { text: corrected[1] }));
  }
  return sentences.join(" ") || notice;
}

/** What is held against a map, in a sentence; none where nothing is. */
export function unfaithful({ faithfulness: verdict }) {
  if (!verdict || verdict.deletion > verdict.elsewhere) return [];
  return [say("This map is not to be relied on: erasing what it marks matters no more than erasing as much elsewhere.")];
}
