// Talks to the service.

import { say } from "./evidence/language.js";

/** A refusal of the service, or none at all; `message` is fit to be shown. */
export class ReadingError extends Error {}

async function send(endpoint, file, fields, signal) {
  const form = new FormData();
  form.append("image", file, file.name || "pasted picture");
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  let answer;
  try {
    const response = await fetch(endpoint, { method: "POST", body: form, signal });
    answer = await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ReadingError(say("The service does not answer. Is it still running?"));
  }
  if (!answer.success) throw new ReadingError(answer.error.message);
  return answer;
}

/**
 * Send a picture to be read.
 *
 * @param {string} endpoint address of the API
 * @param {File} file the picture
 * @param {string} mode "auto", "line" or "page"
 * @param {AbortSignal} signal ends the request early
 * @returns {Promise<object>} the page, as docs/api.md describes it
 */
export function readPicture(endpoint, file, mode, signal) {
  return send(endpoint, file, { mode }, signal);
}

/**
 * Ask why one line of a picture was read as it was.
 *
 * @param {string} endpoint address of the API
 * @param {File} file the picture
 * @param {{mode: string, box: number[][], vertical: boolean, text: ?string}} line how the picture was read, the
 *   line's place, and its text where that is not the recogniser's own reading
 * @param {{method: string, attention: string}} wanted whose heat map, and whether to ask the attention head
 * @param {AbortSignal} signal ends the request early
 * @returns {Promise<object>} the explanation, as docs/api.md describes it
 */
export function explainLine(endpoint, file, line, wanted, signal) {
  const { mode, box, vertical, text } = line;
  const place = mode === "line" ? { mode } : { box: JSON.stringify(box), vertical: String(vertical) };
  const about = text ? { ...place, text } : place;
  const fields = { ...about, methods: wanted.method, attention: wanted.attention, overlay: "true" };
  return send(endpoint, file, fields, signal);
}
