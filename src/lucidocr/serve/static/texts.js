// Documents with the user's edits as text, Markdown, JSON and TSV: as the service writes them (lucidocr.export), which
// does not know the edits.

const INLINE = /([\\`*_[\]<>|~&$])/g; // characters that may begin a mark within a line
const LEADING = /^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|=+\s*$|-+\s*$|\d{1,9}[.)](?=\s|$))/; // and at its beginning
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{20000}-\u{3fffd}]/u;
const HYPHENATED = /\p{L}{2}[-\u2010\u00ad]$/u;

/** A cell's text with the edits of its lines. */
function cellText(cell, page) {
  return cell.lines.reduce((text, index) => text.replace(page.record.lines[index].text, () => page.text(index)), cell.text);
}

function grid(block, page) {
  const [height, width] = [["row", "row_span"], ["column", "column_span"]].map(([from, span]) => (
    Math.max(0, ...block.cells.map((cell) => cell[from] + cell[span]))
  ));
  const rows = Array.from({ length: height }, () => Array(width).fill(""));
  for (const cell of block.cells) rows[cell.row][cell.column] = cellText(cell, page);
  return rows;
}

function blocksOf({ record: { blocks, lines } }) {
  return blocks.length || !lines.length ? blocks : [{ kind: "paragraph", level: 0, lines: lines.map((_, index) => index), cells: [] }];
}

function pageText(page) {
  const { blocks, lines } = page.record;
  if (!blocks.length) return lines.map((_, index) => `${page.text(index)}\n`).join("");
  return blocks.map((block) => (block.cells.length
    ? grid(block, page).map((row) => `${row.join("\t").trimEnd()}\n`).join("")
    : block.lines.map((index) => `${page.text(index)}\n`).join(""))).join("\n");
}

/** Lines of a paragraph as one: a space between words, none beside Chinese characters, hyphenation undone. */
function joined(texts) {
  return texts.map((text) => text.trim()).reduce((whole, text) => {
    if (!whole || !text) return whole + text;
    if (HYPHENATED.test(whole) && /^\p{Ll}/u.test(text)) return whole.slice(0, -1) + text;
    return WIDE.test([...whole].at(-1)) || WIDE.test([...text][0]) ? whole + text : `${whole} ${text}`;
  }, "");
}

function inline(text) {
  return inlineSpaces(text).replace(INLINE, "\\$1");
}

function escaped(text) {
  return inline(text).replace(LEADING, (_, space, mark) => (
    space + (/\d/.test(mark[0]) ? `${mark.slice(0, -1)}\\${mark.at(-1)}` : `\\${mark}`)
  ));
}

function table(block, page) {
  const [head, ...rows] = grid(block, page).map((row) => row.map(inline));
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function form(block, page) {
  const entries = new Map();
  for (const cell of block.cells) {
    const entry = entries.get(cell.row) ?? { label: null, value: "" };
    entry[cell.column === 0 ? "label" : "value"] = inline(cellText(cell, page));
    entries.set(cell.row, entry);
  }
  return [...entries].sort(([one], [other]) => one - other).filter(([, { label }]) => label !== null)
    .map(([, { label, value }]) => `${`- **${label}**: ${value}`.trimEnd()}\n`).join("");
}

function pageMarkdown(page) {
  const { blocks, lines } = page.record;
  if (!blocks.length) return lines.map((_, index) => `${escaped(page.text(index))}\n`).join("\n");
  return blocks.map((block) => {
    if (block.kind === "table") return table(block, page);
    if (block.kind === "form") return form(block, page);
    const text = escaped(joined(block.lines.map((index) => page.text(index))));
    return `${block.kind === "heading" ? `${"#".repeat(block.level)} ` : ""}${text}\n`;
  }).join("\n");
}

function pageRecord(page) {
  const { success, processing_time_ms: time, ...record } = page.record;
  const lines = record.lines.map((line, index) => (
    page.edits.has(index) ? { ...line, text: page.text(index), as_read: line.as_read ?? line.text, edited: true } : line
  ));
  return { ...record, text: page.whole, lines };
}

/** Documents in formats that are written here, from their pages. */
export const WRITERS = {
  text: (pages) => pages.map(pageText).join("\f"),
  markdown: (pages) => pages.map(pageMarkdown).join("\n---\n\n"),
  json: (pages) => `${JSON.stringify(pages.map(pageRecord), null, 2)}\n`,
};

/**
 * Put edits into TSV that the service has written: an edited line has one row for all of its words.
 *
 * @param {string} tsv as the service writes it
 * @param {Page[]} pages those that it was made of
 */
export function editedTsv(tsv, pages) {
  const kept = [];
  let skipping = false;
  for (const row of tsv.split("\n")) {
    const cells = row.split("\t");
    const level = Number(cells[0]);
    if (level === 4) {
      const [number, block, , line] = cells.slice(1, 5).map((cell) => Number(cell) - 1);
      const page = pages[number];
      const index = blocksOf(page)[block].lines[line];
      skipping = page.edits.has(index);
      kept.push(row);
      if (skipping) kept.push(["5", ...cells.slice(1, 5), "1", ...cells.slice(6, 10), "100", inlineSpaces(page.text(index))].join("\t"));
    } else if (level !== 5 || !skipping) {
      skipping = skipping && level === 5;
      kept.push(row);
    }
  }
  return kept.join("\n");
}

function inlineSpaces(text) {
  return text.split(/\s+/).filter(Boolean).join(" ");
}
