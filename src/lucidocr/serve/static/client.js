// Talks to the service.

/** A refusal of the service, or none at all; `message` is fit to be shown. */
export class ReadingError extends Error {}

/**
 * Send a picture to be read.
 *
 * @param {string} endpoint address of the API
 * @param {File} file the picture
 * @param {string} mode "auto", "line" or "page"
 * @param {AbortSignal} signal ends the request early
 * @returns {Promise<object>} the page, as docs/api.md describes it
 */
export async function readPicture(endpoint, file, mode, signal) {
  const form = new FormData();
  form.append("image", file, file.name || "pasted picture");
  form.append("mode", mode);
  let answer;
  try {
    const response = await fetch(endpoint, { method: "POST", body: form, signal });
    answer = await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ReadingError("The service does not answer. Is it still running?");
  }
  if (!answer.success) throw new ReadingError(answer.error.message);
  return answer;
}
