// What is asked about one line: its evidence and its diagnosis.

import { formOf } from "./client.js";

/** The line that is asked about, as fields. */
function placeOf({ page, index }) {
  const { box, vertical } = page.record.lines[index];
  return page.record.mode === "line" ? { mode: "line" } : { box: JSON.stringify(box), vertical: String(vertical) };
}

/** The text to explain: the user's own, or what a corrected line says; null for what the recogniser reads. */
function explained({ page, index, own }) {
  const { text, as_read: read, correction } = page.record.lines[index];
  if (own) return page.text(index);
  return correction?.changed ? read ?? text : null;
}

/**
 * Ask why a line was read as it was.
 *
 * @param {Client} client
 * @param {{page: Page, index: number, own: boolean}} asked the line, and whether the user's own text is meant
 * @param {{method: string, attention: string}} wanted whose heat map, and whether to ask the attention head
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the explanation, as docs/api.md describes it
 */
export function askEvidence(client, asked, wanted, signal) {
  const fields = { ...placeOf(asked), text: explained(asked), methods: wanted.method, attention: wanted.attention, overlay: "true" };
  return client.json("api/v1/explain", { form: formOf(fields, { image: asked.page.file }), signal });
}

/**
 * Ask what may be wrong with a line.
 *
 * @param {Client} client
 * @param {{page: Page, index: number, own: boolean, misread?: boolean}} asked as above: the user's own text is taken for the
 *   truth, and `misread` says that the line is wrong, whatever it says
 * @param {?string} preprocess whether the line's picture is mended, where the user has chosen that
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the diagnosis, as docs/api.md describes it, with pictures
 */
export function askDiagnosis(client, asked, preprocess, signal) {
  const truth = asked.own ? asked.page.text(asked.index) : null;
  const misread = asked.misread ? "true" : null;
  const fields = { ...placeOf(asked), text: truth, misread, preprocess, pictures: "true" };
  return client.json("api/v1/diagnose", { form: formOf(fields, { image: asked.page.file }), signal });
}
