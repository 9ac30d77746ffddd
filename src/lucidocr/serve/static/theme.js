// Shows the page light or dark: as it was chosen, or as the system has it. Loaded before the style sheets, so that
// nothing flashes; themes.js lets one choose.
"use strict";

const darkTheme = window.matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  let chosen = null;
  try {
    chosen = localStorage.getItem("lucidocr.theme");
  } catch {
    // a browser that stores nothing follows the system
  }
  const system = darkTheme.matches ? "dark" : "light";
  document.documentElement.dataset.bsTheme = chosen === "dark" || chosen === "light" ? chosen : system;
}

darkTheme.addEventListener("change", applyTheme);
document.addEventListener("themechange", applyTheme);
applyTheme();
