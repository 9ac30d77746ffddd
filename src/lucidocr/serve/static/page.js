// Wires the page: a picture comes in by button, drop or paste, is read, and its reading is shown.

import { ReadingError, readPicture } from "./client.js";
import { ResultView, percent } from "./view.js";

const find = (id) => document.getElementById(id);
const form = find("choice");
const input = find("file");
const status = find("status");
const problem = find("problem");
const result = find("result");
const picture = find("picture");
const image = find("image");
const view = new ResultView(document);
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
  image.alt = page.text ? `The picture that says: ${page.text}` : "The picture";
  image.src = URL.createObjectURL(file);
}

function describe(page) {
  const count = page.lines.length;
  if (count === 0) return "No text was found in this picture.";
  const lines = count === 1 ? "1 line" : `${count} lines`;
  return `${lines}, ${percent(page.confidence)} confidence on average, ${Math.round(page.processing_time_ms)} ms`;
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
  if (file.size > maxBytes) {
    status.textContent = "";
    showProblem(`${file.name} has ${(file.size / 1e6).toFixed(1)} MB; at most ${maxBytes / 1e6} MB can be read here.`);
    return;
  }
  status.textContent = `Reading ${file.name} …`;
  form.setAttribute("aria-busy", "true");
  try {
    const page = await readPicture(document.body.dataset.endpoint, file, form.elements.mode.value, request.signal);
    showPage(file, page);
  } catch (error) {
    if (request.signal.aborted) return;
    status.textContent = "";
    showProblem(error instanceof ReadingError ? error.message : `This page failed: ${error.message}`);
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
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => { button.textContent = "Copy all"; }, 1500);
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
