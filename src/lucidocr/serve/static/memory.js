// What the browser remembers: choices, never a text or a picture.

/** A choice that was made before; null where there is none, or the browser stores nothing. */
export function recall(name) {
  try {
    return localStorage.getItem(`lucidocr.${name}`);
  } catch {
    return null;
  }
}

/** Remember a choice; null forgets it. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`lucidocr.${name}`);
    else localStorage.setItem(`lucidocr.${name}`, value);
  } catch {
    // a browser that stores nothing asks again next time
  }
}
