// Follows the system's light or dark theme. Loaded before the style sheets, so that nothing flashes.
"use strict";

const darkTheme = window.matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  document.documentElement.dataset.bsTheme = darkTheme.matches ? "dark" : "light";
}

darkTheme.addEventListener("change", applyTheme);
applyTheme();
