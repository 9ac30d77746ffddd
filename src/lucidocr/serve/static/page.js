// Wires the page: a picture comes in by button, drop or paste, is read, and its reading is shown.

import { ReadingError, readPicture } from "./client.js";
import { languageSwitch, onLanguage, say, sayAll } from "./evidence/language.js";
import { percent } from "./evidence/words.js";
import { WhyPanel } from "./explain.js";
import { ResultView } from "./view.js";

const find = (id) => document.getElementById(id);
const form = find("choice");
const input = find("file");
const status = find("status");
const problem = find("problem");
const result = find("result");
const picture = find("picture");
const image = find("image");
const why = new WhyPanel(find("why"));
const view = new ResultView(
  document,
  (index) => why.open(current.file, current.page, index),
  (index) => why.follow(index),
);
const maxBytes = Number(document.body.dataset.maxBytes);

let current = { file: null, page: null, request: null };

function showProblem(message) {
  problem.textContent = message;
  problem.hidden = !message;
}

function showPicture(file, page) {
  URL.revokeObjectURL(image.src);
  picture.classList.remove("undrawable");
  find("undrawable").hidden = true;
  picture.style.aspectRatio = `${page.width} / ${page.height}`;
  find("picture-title").textContent = `${file.name} · ${page.width} × ${page.height}`;
  image.alt = page.text ? say("The picture that says: {text}", { text: page.text }) : say("The picture");
  image.src = URL.createObjectURL(file);
}

function describe(page) {
  const count = page.lines.length;
  if (count === 0) return say("No text was found in this picture.");
  return say("{lines}, {percent} confidence on average, {milliseconds} ms", {
    lines: count === 1 ? say("1 line") : say("{count} lines", { count }),
    percent: percent(page.confidence),
    milliseconds: Math.round(page.processing_time_ms),
  });
}

/** Write everything that stands on the page anew in the language that is chosen by now. */
function rewrite() {
  sayAll(document);
  if (!current.page) return;
  const { chosen } = view;
  view.show(current.page);
  if (chosen >= 0) view.choose(chosen);
  status.textContent = describe(current.page);
  why.draw();
}

function showPage(file, page) {
  current.page = page;
  result.hidden = false;
  showPicture(file, page);
  view.show(page);
  find("copy").disabled = page.lines.length === 0;
  if (page.lines.length === 1) view.choose(0);
  status.textContent = describe(page);
}

async function read(file) {
  current.request?.abort();
  const request = new AbortController();
  current = { file, page: null, request };
  showProblem("");
  result.hidden = true;
  why.close();
  if (file.size > maxBytes) {
    status.textContent = "";
    const values = { name: file.name, size: (file.size / 1e6).toFixed(1), limit: maxBytes / 1e6 };
    showProblem(say("{name} has {size} MB; at most {limit} MB can be read here.", values));
    return;
  }
  status.textContent = say("Reading {name} …", file);
  form.setAttribute("aria-busy", "true");
  try {
    const page = await readPicture(document.body.dataset.endpoint, file, form.elements.mode.value, request.signal);
    showPage(file, page);
  } catch (error) {
    if (request.signal.aborted) return;
    status.textContent = "";
    showProblem(error instanceof ReadingError ? error.message : say("This page failed: {message}", error));
  } finally {
    if (current.request === request) form.removeAttribute("aria-busy");
  }
}

function firstPicture(transfer) {
  return [...(transfer?.files ?? [])][0];
}

async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Browsers offer the clipboard to secure origins only; a service on another machine is reached without TLS.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying is not allowed");
}

async function onCopy() {
  const button = find("copy");
  try {
    await copyText(current.page.text);
    button.textContent = say("Copied");
  } catch {
    button.textContent = say("Not allowed");
  }
  setTimeout(() => { button.textContent = say("Copy all"); }, 1500);
}

function onDrag(event) {
  event.preventDefault();
  form.classList.add("over");
}

function onDrop(event) {
  event.preventDefault();
  form.classList.remove("over");
  const file = firstPicture(event.dataTransfer);
  if (file) read(file);
}

function onPaste(event) {
  const file = firstPicture(event.clipboardData);
  if (file) read(file);
}

find("choose").addEventListener("click", () => input.click());
input.addEventListener("change", () => {
  if (input.files[0]) read(input.files[0]);
  input.value = ""; // the same file may be chosen again
});
form.addEventListener("change", (event) => {
  if (event.target.name === "mode" && current.file) read(current.file);
});
form.addEventListener("submit", (event) => event.preventDefault());
image.addEventListener("error", () => {
  picture.classList.add("undrawable");
  find("undrawable").hidden = false;
});
document.addEventListener("dragover", onDrag);
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) form.classList.remove("over");
});
document.addEventListener("drop", onDrop);
document.addEventListener("paste", onPaste);
find("copy").addEventListener("click", onCopy);
onLanguage(rewrite);
languageSwitch(find("languages"));
sayAll(document);
