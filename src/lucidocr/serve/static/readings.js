// How one file is read: a picture by one request, a document of several pages as a batch that is asked after.

import { formOf, pause } from "./client.js";

const FIRST = 0.3; // seconds until a batch is asked after for the first time; the time grows
const LAST = 2; // and up to this

/** Whether a file may have several pages, which one request does not read. */
export function hasPages({ name, type }) {
  return /\.(pdf|tiff?)$/i.test(name) || ["application/pdf", "image/tiff"].includes(type);
}

/** A picture: it is sent anew for every format. */
export class PictureReading {
  constructor(client, file, fields) {
    Object.assign(this, { client, file, fields });
  }

  /** The pages, of which there is one; as docs/api.md has them. */
  async read({ signal, onWait }) {
    return [await this.client.json("api/v1/ocr", { form: this.#form(), signal, onWait })];
  }

  /** The file, which is the picture. */
  async picture() {
    return this.file;
  }

  /** What was read, in a format. */
  export(format, signal) {
    return this.client.blob("api/v1/ocr", { form: this.#form({ format }), signal });
  }

  /** Nothing of it is with the service. */
  release() {}

  #form(more = {}) {
    return formOf({ ...this.fields, ...more }, { image: this.file });
  }
}

/** A document: a batch of its own, which the service keeps for a while and which is sent again once it is forgotten. */
export class BatchReading {
  constructor(client, file, fields) {
    Object.assign(this, { client, file, fields, place: null });
  }

  /** All pages; `onProgress` is told how many have been read. */
  async read({ signal, onWait, onProgress = () => {} }) {
    const form = formOf(this.fields, { documents: this.file });
    const { job } = await this.client.json("api/v1/batch", { form, signal, onWait });
    this.place = `api/v1/batch/${job.id}`;
    for (let wait = FIRST, state = job; ; wait = Math.min(1.4 * wait, LAST)) {
      onProgress(state.documents[0].pages);
      if (state.state === "done") break;
      await pause(wait, signal);
      state = (await this.client.json(this.place, { signal })).job;
    }
    const { pages } = await this.client.json(`${this.place}/documents/0`, { signal });
    return pages;
  }

  /** The picture of a page, which boxes are in pixels of. */
  async picture(page, signal) {
    const drawn = await this.#again(() => this.client.blob(`${this.place}/documents/0/pages/${page}`, { signal }), signal);
    return new File([drawn], `${this.file.name}, ${page}.png`, { type: "image/png" });
  }

  /** What was read, in a format. */
  export(format, signal) {
    return this.#again(() => this.client.blob(`${this.place}/documents/0?format=${format}`, { signal }), signal);
  }

  /** Whether the service keeps it. */
  get isKept() {
    return this.place !== null;
  }

  /** Have the service forget it. */
  release() {
    if (this.place) this.client.forget(this.place);
    this.place = null;
  }

  /** Ask, and where the service has forgotten the batch, read it again first. */
  async #again(ask, signal) {
    try {
      if (this.place) return await ask();
    } catch (error) {
      if (error.code !== "no_such_job") throw error;
    }
    await this.read({ signal });
    return ask();
  }
}
