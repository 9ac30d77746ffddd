// Reads documents, two at a time; the failure of one does not keep the others from being read.

import { ServiceError } from "./client.js";
import { say } from "./evidence/language.js";
import { Page } from "./documents.js";
import { BatchReading, hasPages, PictureReading } from "./readings.js";

const AT_ONCE = 2;
const KEPT = 8; // batches of documents that have been read, which the service keeps for this page

/** Reads what waits. */
export class Queue {
  /**
   * @param {Client} client sends
   * @param {Documents} documents those to read
   * @param {(kind: "ocr"|"batch") => object} fields gives the fields that the user has chosen
   */
  constructor(client, documents, fields) {
    Object.assign(this, { client, documents, fields, running: 0 });
  }

  /** Read what waits, as far as that may be done at once. */
  go() {
    while (this.running < AT_ONCE) {
      const next = this.documents.list.find(({ state }) => state === "waiting");
      if (!next) return;
      this.#work(next);
    }
  }

  /** Read a document again, with the options of now. */
  again(document) {
    document.reset();
    this.documents.changed();
    this.go();
  }

  /** Stop reading a document, or take it from those that wait. */
  cancel(document) {
    document.release();
    document.state = "cancelled";
    this.documents.changed();
  }

  async #work(document) {
    this.running += 1;
    document.state = "reading";
    const { signal } = document.request;
    this.documents.changed();
    try {
      const pages = await this.#read(document, signal);
      if (signal.aborted) return;
      document.pages = pages.map((record) => new Page(record));
      document.state = "done";
      this.documents.chosen ??= document;
    } catch (error) {
      if (signal.aborted) return;
      document.state = "failed";
      document.error = error;
    } finally {
      this.running -= 1;
      this.documents.changed();
      this.go();
    }
  }

  async #read(document, signal) {
    const { limits, features } = await this.client.options();
    const many = hasPages(document.file) && features.batch;
    checkSize(document, many ? limits.job_bytes : limits.max_bytes);
    if (/\.pdf$/i.test(document.name) && !many) {
      throw new ServiceError(say("This service takes no PDFs: it runs as several processes. Send pictures of the pages."), "no_batch");
    }
    const Reading = many ? BatchReading : PictureReading;
    if (many) this.#makeRoom(KEPT - 1);
    const reading = new Reading(this.client, document.file, this.fields(many ? "batch" : "ocr"));
    document.reading = reading;
    const onWait = (seconds) => {
      if (seconds) this.#makeRoom(0);
      document.busy = seconds && Date.now() + 1000 * seconds;
      this.documents.changed();
    };
    const onProgress = (pages) => {
      document.read = pages;
      this.documents.changed();
    };
    try {
      return await reading.read({ signal, onWait, onProgress });
    } finally {
      if (signal.aborted) reading.release();
    }
  }

  /** Have the service forget all but some of the documents that have been read; they are read again when it matters. */
  #makeRoom(most) {
    const { list, chosen } = this.documents;
    const held = list.filter((one) => one.state === "done" && one !== chosen);
    held.filter(({ reading }) => reading?.isKept).slice(0, -most || undefined).forEach(({ reading }) => reading.release());
  }
}

function checkSize({ name, file }, limit) {
  if (file.size <= limit) return;
  const values = { name, size: (file.size / 1e6).toFixed(1), limit: limit / 1e6 };
  throw new ServiceError(say("{name} has {size} MB; at most {limit} MB can be read here.", values), "too_large_here");
}
