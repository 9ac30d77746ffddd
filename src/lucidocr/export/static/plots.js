// Plots as SVG: small, without a library, in the colours of the page.

import { say } from "./language.js";
import { percent } from "./words.js";

const SPACE = "http://www.w3.org/2000/svg";

function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

function text(content, x, y, attributes = {}) {
  return svg("text", { x, y, ...attributes }, content);
}

function plot(width, height, label, ...children) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": label }, ...children);
}

/** Lines across at quarters, with percent beside them. */
function grid(left, right, level, quarters = [0, 0.25, 0.5, 0.75, 1]) {
  return quarters.flatMap((share) => [
    svg("line", { x1: left, x2: right, y1: level(share), y2: level(share), class: "grid" }),
    text(`${Math.round(100 * share)}`, left - 4, level(share) + 3, { "text-anchor": "end" }),
  ]);
}

/** Bounds of numbers that columns lie between, one below each edge. */
function bounds(bins, left, step, y) {
  const parts = bins.map(({ label }) => label.split("–"));
  const edges = [...parts.map(([low]) => low), parts.at(-1).at(-1)];
  return edges.map((edge, number) => text(edge, left + number * step, y, { "text-anchor": "middle", class: "small" }));
}

/**
 * Shares that are right as columns, with their intervals and the number of lines.
 *
 * @param {string} label what the plot shows, in words
 * @param {object[]} bins label, n, share, low, high
 * @param {number} overall the share of all lines, a line across
 * @param {boolean} named whether a column has a name; its bounds stand at its edges if not
 */
export function accuracyPlot(label, bins, overall, named) {
  const [width, height, left, top, bottom] = [340, 190, 30, 18, 152];
  const right = width - 14;
  const step = (right - left) / bins.length;
  const level = (share) => bottom - share * (bottom - top);
  const columns = bins.flatMap((bin, number) => {
    const x = left + number * step;
    const middle = x + step / 2;
    const told = say("{label}: {share} of {n} lines right ({low} to {high})", {
      label: say(bin.label), share: percent(bin.share), n: bin.n, low: percent(bin.low), high: percent(bin.high),
    });
    const weak = bin.n >= 20 && bin.high < overall;
    return [
      svg("rect", { x: x + step * 0.14, width: step * 0.72, y: level(bin.share), height: bottom - level(bin.share),
        class: weak ? "column weak" : "column" }, svg("title", {}, told)),
      svg("path", { d: `M${middle} ${level(bin.low)}V${level(bin.high)}m-3 0h6M${middle - 3} ${level(bin.low)}h6`,
        class: "whisker" }),
      ...(named ? [text(say(bin.label), middle, bottom + 13, { "text-anchor": "middle" })] : []),
      text(`n ${bin.n}`, middle, bottom + 27, { "text-anchor": "middle", class: "small" }),
    ];
  });
  const line = svg("line", { x1: left, x2: right, y1: level(overall), y2: level(overall), class: "overall" });
  return plot(width, height, label, text("%", left - 4, top - 9, { "text-anchor": "end" }),
    ...grid(left, right, level), ...columns, line, ...(named ? [] : bounds(bins, left, step, bottom + 12)));
}

/** Mean confidences beside the share that is right, and how many lines lie where. */
export function reliabilityPlot(label, bins) {
  const [width, height, left, top, bottom] = [400, 380, 40, 12, 290];
  const across = (share) => left + share * (width - left - 12);
  const level = (share) => bottom - share * (bottom - top);
  const most = Math.max(...bins.map(({ n }) => n));
  const found = bins.filter(({ n }) => n > 0);
  const points = found.flatMap(({ low, high, n, said, right }) => {
    const told = say("said {said}, right {right}, {n} lines", { said: percent(said), right: percent(right), n });
    return [
      svg("line", { x1: across(said), x2: across(said), y1: level(said), y2: level(right), class: "gap" }),
      svg("circle", { cx: across(said), cy: level(right), r: 3 + 5 * Math.sqrt(n / most), class: "point" },
        svg("title", {}, told)),
      svg("rect", { x: across(low) + 1, width: across(high) - across(low) - 2, y: bottom + 70 - (34 * n) / most,
        height: (34 * n) / most, class: "column" }, svg("title", {}, told)),
    ];
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => text(`${100 * share}`, across(share), bottom + 14,
    { "text-anchor": "middle" }));
  return plot(width, height, label, ...grid(left, width - 12, level), ...ticks,
    svg("line", { x1: across(0), y1: level(0), x2: across(1), y2: level(1), class: "overall" }), ...points,
    text(say("confidence, %"), across(0.5), bottom + 30, { "text-anchor": "middle" }),
    text(say("lines, by confidence"), across(0.5), bottom + 84, { "text-anchor": "middle", class: "small" }),
    svg("text", { transform: `translate(11 ${level(0.5)}) rotate(-90)`, "text-anchor": "middle" },
      say("share that is right, %")));
}
