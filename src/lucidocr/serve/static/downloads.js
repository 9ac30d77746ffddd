// Takes away what was read: to the clipboard, or as files in any format that the service writes.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { reasonOf } from "./reasons.js";
import { editedTsv, WRITERS } from "./texts.js";

const TITLES = {
  text: "Text", json: "JSON", tsv: "Table of words (TSV)", markdown: "Markdown", hocr: "hOCR", alto: "ALTO",
  pdf: "Searchable PDF", image: "Picture with boxes", paddle: "JSON like PaddleOCR's",
};
const WITH_EDITS = ["text", "json", "tsv", "markdown"];
const AFTER = 1500; // milliseconds that a button says what it did

async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Browsers offer the clipboard to secure origins only; a service on another machine is reached without TLS.
  const area = make("textarea", { value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying is not allowed");
}

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A document in a format, as a file; what the user has written stands in it where the format is made here. */
async function fileOf(shown, format, signal) {
  const type = format.media_type;
  if (!shown.edited || !WITH_EDITS.includes(format.name)) {
    return new Blob([await shown.reading.export(format.name, signal)], { type });
  }
  if (format.name !== "tsv") return new Blob([WRITERS[format.name](shown.pages)], { type });
  const tsv = await (await shown.reading.export("tsv", signal)).text();
  return new Blob([editedTsv(tsv, shown.pages)], { type });
}

/** The buttons below the lines. */
export class Downloads {
  /**
   * @param {(id: string) => HTMLElement} find gives the page's elements
   * @param {Documents} documents those that there are
   */
  constructor(find, documents) {
    Object.assign(this, { find, documents, formats: [] });
    this.format = find("format");
    this.note = find("download-note");
    find("copy").addEventListener("click", () => this.#copy(find("copy"), "Copy text", [documents.chosen]));
    find("copy-all").addEventListener("click", () => this.#copy(find("copy-all"), "Copy all documents", this.#done));
    find("download").addEventListener("click", () => this.#download([documents.chosen]));
    find("download-all").addEventListener("click", () => this.#download(this.#done));
    this.format.addEventListener("change", () => this.draw());
  }

  /** Offer the formats that the service has. */
  offer(formats) {
    this.formats = formats;
    this.format.replaceChildren(...formats.map(({ name }) => make("option", { value: name })));
    this.draw();
  }

  /** Write everything anew: the language, or what is there, is another one. */
  draw() {
    for (const option of this.format.options) option.textContent = say(TITLES[option.value] ?? option.value);
    const { chosen } = this.documents;
    this.find("downloads").hidden = !chosen;
    this.find("copy").disabled = !chosen?.pages.some(({ record }) => record.lines.length);
    for (const id of ["copy-all", "download-all"]) this.find(id).hidden = this.#done.length < 2;
    this.#say(chosen?.edited && !WITH_EDITS.includes(this.format.value)
      ? say("This format holds the reading as it came, without your edits. Text, Markdown, JSON and TSV hold them.") : "");
  }

  get #done() {
    return this.documents.list.filter(({ state }) => state === "done");
  }

  #say(words) {
    this.note.textContent = words;
  }

  async #copy(button, words, documents) {
    try {
      await copyText(documents.flatMap(({ pages }) => pages.map((page) => page.whole)).join("\n\n"));
      button.textContent = say("Copied");
    } catch {
      button.textContent = say("Not allowed");
    }
    setTimeout(() => { button.textContent = say(words); }, AFTER);
  }

  /** One document after the other; text of several becomes one file. */
  async #download(documents) {
    const format = this.formats.find(({ name }) => name === this.format.value);
    const texts = [];
    const failed = [];
    for (const one of documents) {
      this.#say(say("{name} is being made …", { name: one.name }));
      try {
        const blob = await fileOf(one, format, one.request.signal);
        if (format.name === "text" && documents.length > 1) texts.push(blob);
        else save(blob, one.name.replace(/\.\w+$/, "") + format.suffix);
      } catch (error) {
        failed.push(`${one.name}: ${reasonOf(error)}`);
      }
    }
    if (texts.length) save(new Blob(texts.flatMap((text) => [text, "\f"]).slice(0, -1), { type: format.media_type }), "documents.txt");
    this.draw();
    if (failed.length) this.#say(failed.join(" "));
  }
}
