// The documents of this page: what they are, how far they are, what was read of them and what the user made of it.

let count = 0; // for identifiers

/** One page of a document. */
export class Page {
  /** @param {object} record the page, as docs/api.md describes it */
  constructor(record) {
    this.record = record;
    this.edits = new Map();
    this.file = null; // its picture, once it is known
    this.url = null;
  }

  /** A line's text: the user's, or what was read. */
  text(index) {
    return this.edits.get(index) ?? this.record.lines[index].text;
  }

  /** Give a line another text; its own text takes the edit back. */
  edit(index, text) {
    if (text === this.record.lines[index].text) this.edits.delete(index);
    else this.edits.set(index, text);
  }

  /** Whether a line is less than surely right, and nobody has looked at it. */
  isUnsure(index, sure) {
    return !this.edits.has(index) && this.record.lines[index].confidence < sure;
  }

  /** All lines, one below the other. */
  get whole() {
    return this.record.lines.map((_, index) => this.text(index)).join("\n");
  }

  /** An address of its picture, which is made once. */
  address() {
    if (this.file) this.url ??= URL.createObjectURL(this.file);
    return this.url;
  }

  /** Let go of its picture. */
  release() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.file = null;
  }
}

/** One file that is to be read. Its state is waiting, reading, done, failed or cancelled. */
export class Document {
  constructor(file, name) {
    this.id = `document-${(count += 1)}`;
    this.file = file;
    this.name = name;
    this.reset();
  }

  /** As if it had never been read. */
  reset() {
    this.release();
    this.state = "waiting";
    this.request = new AbortController();
    this.error = null;
    this.busy = 0; // when the service is asked again, as of Date.now(); 0 where it is not busy
    this.read = 0; // pages that have been read so far
    this.pages = [];
    this.shown = 0; // the page that is looked at
  }

  /** The page that is looked at. */
  get page() {
    return this.pages[this.shown];
  }

  /** Whether the user has changed a line of it. */
  get edited() {
    return this.pages.some((page) => page.edits.size > 0);
  }

  /** Let go of everything that it holds here and with the service. */
  release() {
    this.request?.abort();
    this.pages?.forEach((page) => page.release());
    this.reading?.release();
    this.reading = null;
  }
}

/** The list of documents, in the order in which they came, and the one that is looked at. */
export class Documents {
  constructor() {
    this.list = [];
    this.chosen = null;
    this.listeners = [];
  }

  /** Call a function whenever anything has changed. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** Say that something has changed. */
  changed() {
    this.listeners.forEach((listener) => listener());
  }

  /** Take on files. */
  add(files) {
    this.list.push(...files.map((file) => new Document(file, file.name || "picture")));
    this.changed();
  }

  /** Look at a document. */
  choose(document) {
    this.chosen = document;
    this.changed();
  }

  /** Drop a document; the next one that has been read is looked at. */
  remove(document) {
    const place = this.list.indexOf(document);
    document.release();
    this.list.splice(place, 1);
    if (this.chosen === document) {
      const rest = [...this.list.slice(place), ...this.list.slice(0, place).reverse()];
      this.chosen = rest.find(({ state }) => state === "done") ?? null;
    }
    this.changed();
  }

  /** Drop all of them. */
  clear() {
    this.list.forEach((document) => document.release());
    this.list = [];
    this.chosen = null;
    this.changed();
  }
}
