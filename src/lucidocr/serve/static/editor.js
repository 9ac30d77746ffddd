// Editing the text of a line in its place in the list.

import { say } from "./evidence/language.js";
import { make } from "./evidence/parts.js";

/**
 * Put a text field into an item of a list; Enter takes the text, Escape leaves it as it was.
 *
 * @param {HTMLElement} item is emptied
 * @param {string} text what stands in the field at first
 * @param {string} read what was read
 * @param {(text: ?string, next: boolean) => void} end is called once with the new text, or null where there is none; the
 *   next line is wanted after Ctrl+Enter
 */
export function editIn(item, text, read, end) {
  let done = false;
  const field = make("input", { type: "text", className: "form-control form-control-sm", value: text, spellcheck: false,
    autocomplete: "off", attributes: { "aria-label": say("Text of the line that was read as {text}", { text: read }) } });
  const finish = (result, next = false) => {
    if (done) return;
    done = true;
    end(result, next);
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return; // Enter chooses a character then
    if (event.key === "Enter") finish(field.value, event.ctrlKey);
    if (event.key === "Escape") finish(null);
  });
  const button = (name, className, act) => {
    const made = make("button", { type: "button", className: `btn btn-sm ${className}`, textContent: name });
    made.addEventListener("click", act);
    return made;
  };
  const save = button(say("Keep"), "btn-primary", () => finish(field.value));
  const leave = button(say("Leave"), "btn-outline-secondary", () => finish(null));
  item.replaceChildren(make("div", { className: "editing" }, field, save, leave));
  field.focus();
  field.select();
}
