// Lets one choose between light, dark and what the system has.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";
import { recall, remember } from "./memory.js";

const CHOICES = [["light", "Light"], ["dark", "Dark"], ["system", "System"]];

/** Fill an element with the buttons; call it again once the language has changed. */
export function themeSwitch(root) {
  const chosen = recall("theme") ?? "system";
  root.replaceChildren(...CHOICES.map(([name, title]) => {
    const button = make("button", { type: "button", textContent: say(title), value: name,
      attributes: { "aria-pressed": String(name === chosen) } });
    button.addEventListener("click", () => {
      remember("theme", name === "system" ? null : name);
      document.dispatchEvent(new Event("themechange"));
      for (const one of root.children) one.setAttribute("aria-pressed", String(one === button));
    });
    return button;
  }));
}
