// Fills the HTML report from the record inside it.

import { EvidenceView } from "./evidence.js";
import { languageSwitch, onLanguage, say, sayAll } from "./language.js";
import { make } from "./parts.js";
import { level, levelWord, percent } from "./words.js";

const FEW = 40; // characters of a lone line up to which its table is not folded up

const record = JSON.parse(document.getElementById("record").textContent);

function heading(line, id) {
  const { confidence } = line;
  const values = { percent: percent(confidence), level: levelWord(confidence) };
  const words = say("Right as a whole: {percent}, {level}", values);
  const given = say("This text was given; the picture reads “{text}”.", { text: line.reading.text });
  return [
    make("div", { className: "title" },
      make("h2", { id, textContent: line.text }),
      make("span", { className: `badge ${level(confidence)}`, textContent: words })),
    make("p", { className: "fact", textContent: given, hidden: line.reading.text === line.text }),
  ];
}

/** A line's section; gives what writes its heading anew, and what makes its view once it is laid out. */
function section(line, number) {
  const id = `line-${number + 1}`;
  const top = make("header");
  const root = make("div");
  const write = () => top.replaceChildren(...heading(line, id));
  write();
  document.getElementById("lines").append(make("section", { attributes: { "aria-labelledby": id } }, top, root));
  const unfolded = record.lines.length === 1 && line.characters.length <= FEW;
  const view = () => new EvidenceView(root, line, record.methods, { unfolded });
  return { write, view };
}

function contents(lines) {
  const links = lines.map((line, number) => make(
    "li", {},
    make("a", { href: `#line-${number + 1}`, textContent: line.text }),
    make("small", { className: level(line.confidence), textContent: percent(line.confidence) }),
  ));
  return make("ol", {}, ...links);
}

function summary() {
  const { width, height, lines } = record;
  const size = say("{width} × {height} pixels", { width, height });
  if (lines.length === 0) return `${size} · ${say("No text was found in this picture.")}`;
  return `${size} · ${lines.length === 1 ? say("1 line") : say("{count} lines", { count: lines.length })}`;
}

function write() {
  sayAll(document);
  document.getElementById("summary").textContent = summary();
}

const sections = record.lines.map(section);
const drawn = sections.map(({ view }) => view());
const nav = document.getElementById("contents");
nav.append(contents(record.lines));
nav.hidden = record.lines.length < 2;
languageSwitch(document.getElementById("languages"));
write();
onLanguage(() => {
  write();
  sections.forEach((one) => one.write());
  drawn.forEach((view) => view.draw());
});
