// Why something failed, in the language of the page. The service's own words are English; they are shown where there
// are no others, and where they say more.

import { isChinese, say } from "./evidence/language.js";
import { ServiceError } from "./client.js";

/** What went wrong and what to do, by the codes of docs/errors.md. */
const REASONS = {
  bad_input: "The picture cannot be used. Save it anew, as jpg or png for instance.",
  not_an_image: "This is not a picture or PDF, whatever its name says. Save it as jpg, png, bmp, tiff, webp, gif or pdf.",
  damaged_image: "The file is damaged. Open it in a viewer and save it again, or fetch it anew.",
  image_size: "The picture has too many pixels, or is too long for its width. Scale it down, or cut it into parts.",
  too_large: "The file is too large. Send a smaller one, or read it with the command line, which has no such limit.",
  bad_option: "One of the options cannot be used. Set it back, and read again.",
  not_alignable: "This text cannot lie on this line: it is too long, or nothing is where it needs a character.",
  no_such_job: "The service has forgotten this document. Read it again.",
  access_refused: "The service does not answer pages of this address. Ask the one who runs it.",
  key_refused: "The key was refused. Check it, or ask for another one.",
  too_many_requests: "There were more requests than are allowed. Wait a while, and read again.",
  busy: "The service has more to do than it takes on. Wait a while, and read again.",
  timed_out: "It takes longer than the service allows. Send a smaller picture.",
  missing_part: "The service lacks a part that this needs. Ask the one who runs it.",
  bad_model: "The service's model is incomplete. Ask the one who runs it.",
  error: "The service met an error of its own. Try again, and report it if it comes back.",
  internal_error: "The service met an error of its own. Try again, and report it if it comes back.",
};

/** Why something failed, and what to do, in a sentence or two. */
export function reasonOf(error) {
  if (!(error instanceof ServiceError)) return say("This page failed: {message}", error);
  return isChinese() && REASONS[error.code] ? say(REASONS[error.code]) : error.message;
}
