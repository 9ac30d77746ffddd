// The language of the interface: English, or Chinese where the browser prefers it or the reader asks for it.

import { CHINESE } from "./chinese.js";

const listeners = [];
let chinese = navigator.language.toLowerCase().startsWith("zh");

/** What was asked for in Chinese and has none: tests look here. */
export const untranslated = new Set();

/** Words in the chosen language. {name} stands for a value; what has no translation stays as it is. */
export function say(english, values = {}) {
  if (chinese && !CHINESE.has(english)) untranslated.add(english);
  const words = (chinese && CHINESE.get(english)) || english;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether Chinese is chosen. */
export function isChinese() {
  return chinese;
}

/** Choose a language before anything is written; later the switch does. */
export function speak(isIt) {
  chinese = isIt;
}

/** Take on further Chinese words, those of a page of its own. */
export function learn(words) {
  for (const [english, own] of words) CHINESE.set(english, own);
}

/** Call a function whenever the language has changed. */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** Write a document's fixed words in the chosen language: texts with data-say, labels with data-say-label. */
export function sayAll(root) {
  document.documentElement.lang = chinese ? "zh-Hans" : "en";
  for (const node of root.querySelectorAll("[data-say]")) {
    node.dataset.say ||= node.textContent.trim();
    node.textContent = say(node.dataset.say);
  }
  for (const node of root.querySelectorAll("[data-say-label]")) {
    node.dataset.sayLabel ||= node.getAttribute("aria-label");
    node.setAttribute("aria-label", say(node.dataset.sayLabel));
  }
}

/** Fill an element with the buttons that choose the language. */
export function languageSwitch(root) {
  const buttons = [["English", "en", false], ["中文", "zh-Hans", true]].map(([name, code, isChinese]) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: name, lang: code });
    button.addEventListener("click", () => {
      chinese = isChinese;
      mark();
      listeners.forEach((listener) => listener());
    });
    return [button, isChinese];
  });
  const mark = () => buttons.forEach(([button, own]) => button.setAttribute("aria-pressed", String(own === chinese)));
  mark();
  root.replaceChildren(...buttons.map(([button]) => button));
}
