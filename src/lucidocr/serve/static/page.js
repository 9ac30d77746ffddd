// Wires the page: documents come in, are read, and what was read is shown, edited and taken away.

import { Client } from "./client.js";
import { Documents } from "./documents.js";
import { Downloads } from "./downloads.js";
import { languageSwitch, learn, onLanguage, isChinese, say, sayAll, speak } from "./evidence/language.js";
import { letIn } from "./intake.js";
import { Keyring } from "./keyring.js";
import { listKeys, onKeys } from "./keys.js";
import { LinePanel } from "./linepanel.js";
import { Lines } from "./lines.js";
import { DocumentList, stateOf } from "./list.js";
import { recall, remember } from "./memory.js";
import { Options } from "./options.js";
import { CHINESE } from "./phrases.js";
import { Queue } from "./queue.js";
import { reasonOf } from "./reasons.js";
import { Sheet } from "./sheet.js";
import { themeSwitch } from "./themes.js";

const TICK = 1000; // milliseconds between two looks at how long a busy service is waited for

learn(CHINESE);
const language = recall("language");
if (language) speak(language === "zh");

const find = (id) => document.getElementById(id);
const { root, methods, words } = document.body.dataset;
const documents = new Documents();
const client = new Client(root, new Keyring(find("key")));
const options = new Options(find("options"), () => {}, () => {
  documents.list.filter(({ state }) => state !== "reading").forEach((one) => queue.again(one));
});
const queue = new Queue(client, documents, (kind) => options.fields(kind));
const list = new DocumentList(find("document-list"), documents, queue);
const downloads = new Downloads(find, documents);
const known = { methods: JSON.parse(methods), words: JSON.parse(words) };
const panel = new LinePanel(find, client, known, () => options.fields("ocr"), () => lines.focus(lines.chosen));
const sheet = new Sheet(find, { pick, hover, turn });
const lines = new Lines(find, { pick, hover, ask, edit });
let shown = null; // the page on the screen
let said = new Map(); // what was said of each document last

/** Choose a line and show what is known of it. */
function pick(index) {
  if (!shown?.record.lines[index]) return;
  lines.choose(index);
  sheet.choose(index);
  panel.open(documents.chosen, index);
}

/** The same, and go there. */
function ask(index) {
  pick(index);
  panel.open(documents.chosen, index, true);
}

function hover(index, on) {
  lines.hover(index, on);
  sheet.hover(index, on);
}

/** A line has another text. */
function edit(index) {
  sheet.draw();
  if (index === lines.chosen) sheet.choose(index);
  panel.edited(index);
  downloads.draw();
  list.draw();
}

function turn(page) {
  if (!documents.chosen?.pages[page]) return;
  documents.chosen.shown = page;
  documents.changed();
}

function step(direction) {
  if (!shown) return;
  const index = lines.unsure(direction);
  if (index < 0) return;
  pick(index);
  lines.focus(index);
}

/** Show the page that is looked at, if it is another one than before. */
function showPage() {
  const page = documents.chosen?.page ?? null;
  find("result").hidden = !page;
  if (page === shown) return;
  shown = page;
  panel.close();
  if (!page) return;
  lines.show(page);
  sheet.show(documents.chosen);
  if (page.record.lines.length === 1) pick(0);
}

/** Say what has become of documents, to those who do not see it. */
function announce() {
  const now = new Map(documents.list.map((one) => [one, one.state]));
  const changed = documents.list.filter((one) => said.get(one) !== one.state && ["done", "failed"].includes(one.state));
  if (changed.length) find("status").textContent = changed.map((one) => `${one.name}: ${stateOf(one)}`).join("; ");
  said = now;
}

function draw() {
  const { length } = documents.list;
  document.body.classList.toggle("started", length > 0);
  find("documents").hidden = length === 0;
  const done = documents.list.filter(({ state }) => !["waiting", "reading"].includes(state)).length;
  Object.assign(find("progress"), { max: Math.max(length, 1), value: done, hidden: done === length });
  find("documents-title").textContent = done < length
    ? say("Documents: {done} of {count} done", { done, count: length })
    : say("Documents ({count})", { count: length });
  list.draw();
  showPage();
  downloads.draw();
  announce();
}

/** Ask what the service can do; until that is known, options and formats are not offered. */
async function introduce() {
  find("problem").hidden = true;
  try {
    const { fields, formats, limits, features } = await client.options();
    options.offer(fields);
    downloads.offer(formats);
    sayAllowed(limits, features);
  } catch (error) {
    find("problem-text").textContent = reasonOf(error);
    find("problem").hidden = false;
  }
}

function sayAllowed(limits, features) {
  const values = { picture: limits.max_bytes / 1e6, document: limits.job_bytes / 1e6 };
  find("allowed").textContent = features.batch
    ? say("Pictures (jpg, png, bmp, tiff, webp, gif) up to {picture} MB, PDFs up to {document} MB", values)
    : say("Pictures (jpg, png, bmp, tiff, webp, gif) up to {picture} MB", values);
}

/** Write the fixed words of the page in the language that is chosen by now. */
function sayEverything() {
  sayAll(document);
  document.title = say("lucidocr: read documents");
}

/** Write everything that stands on the page anew, in the language that is chosen by now. */
async function rewrite() {
  remember("language", isChinese() ? "zh" : "en");
  sayEverything();
  themeSwitch(find("themes"));
  listKeys(find("key-list"));
  list.rewrite();
  draw();
  if (options.schemas["/api/v1/ocr"]) options.draw();
  panel.draw();
  if (shown) {
    lines.draw();
    sheet.draw();
  }
  if (client.known) await client.known.then(({ limits, features }) => sayAllowed(limits, features), () => {});
}

letIn(find("choice"), (files) => {
  documents.add(files);
  queue.go();
});
documents.onChange(draw);
find("clear").addEventListener("click", () => {
  documents.clear();
  find("status").textContent = say("Everything is forgotten.");
  find("choose").focus();
});
find("problem-again").addEventListener("click", introduce);
find("next-unsure").addEventListener("click", () => step(1));
addEventListener("pagehide", () => documents.list.forEach((one) => one.release()));
setInterval(() => {
  if (documents.list.some(({ busy }) => busy)) list.draw();
}, TICK);
onKeys({
  n: () => step(1), p: () => step(-1), e: () => shown && lines.edit(Math.max(lines.chosen, 0)),
  w: () => shown && ask(Math.max(lines.chosen, 0)),
  "+": () => sheet.zoom.more(), "=": () => sheet.zoom.more(), "-": () => sheet.zoom.less(),
  0: () => sheet.zoom.fit(), 1: () => sheet.zoom.actual(),
  "[": () => turn(documents.chosen?.shown - 1), "]": () => turn(documents.chosen?.shown + 1),
}, find("keys-wanted"));
onLanguage(rewrite);
languageSwitch(find("languages"));
themeSwitch(find("themes"));
listKeys(find("key-list"));
sayEverything();
introduce();
