// The key that a service may ask for: typed by the user, kept in this page, and in the tab where the user wants that.

import { onLanguage, say } from "./evidence/language.js";

const NAME = "lucidocr.key";

function stored() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function store(key) {
  try {
    if (key === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // it is kept in this page only
  }
}

/** Asks for a key with a form that is hidden as long as none is wanted. */
export class Keyring {
  constructor(form) {
    this.form = form;
    this.text = form.querySelector("input[type=password]");
    this.keep = form.querySelector("input[type=checkbox]");
    this.why = form.querySelector("[role=status]");
    this.key = stored();
    this.waiting = [];
    form.addEventListener("submit", (event) => this.#take(event));
    onLanguage(() => this.#sayWhy());
  }

  /** Ask for a key, because there is none or the one in use was refused; resolves once there is another one. */
  ask(signal) {
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (!this.form.hidden) return;
      this.refused = this.key !== null;
      store(null);
      this.form.hidden = false;
      this.#sayWhy();
      this.text.focus();
    });
  }

  #sayWhy() {
    this.why.textContent = this.refused
      ? say("The key was refused. Check it, or ask for another one.")
      : say("Reading goes on once you have given it.");
  }

  #take(event) {
    event.preventDefault();
    this.key = this.text.value.trim();
    store(this.keep.checked ? this.key : null);
    this.text.value = "";
    this.form.hidden = true;
    this.waiting.splice(0).forEach((resolve) => resolve());
  }
}
