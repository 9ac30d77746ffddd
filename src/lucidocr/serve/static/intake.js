// How files come in: chosen, photographed, dropped or pasted; of a folder, the files that lie in it.

/** All files of a dropped entry, those in folders below it too. */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most a hundred
    if (some.length === 0) break;
    for (const one of some) if (!one.name.startsWith(".")) found.push(...await filesOf(one));
  }
  return found;
}

/** What was dropped or pasted, as files. */
async function filesIn(transfer) {
  const given = [...(transfer?.files ?? [])];
  const entries = [...(transfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return given;
  return (await Promise.all(entries.map(filesOf))).flat();
}

/**
 * Let files in.
 *
 * @param {HTMLFormElement} form is where they are dropped; the whole page takes them, too
 * @param {(files: File[]) => void} take is given them
 */
export function letIn(form, take) {
  const give = (files) => {
    if (files.length) take(files);
  };
  const [file, camera] = ["file", "camera"].map((id) => form.querySelector(`#${id}`));
  for (const [button, input] of [["choose", file], ["photograph", camera]]) {
    form.querySelector(`#${button}`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      give([...input.files]);
      input.value = ""; // the same file may be chosen again
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    give(await filesIn(event.dataTransfer));
  });
  document.addEventListener("paste", async (event) => {
    if (event.clipboardData?.files.length) give(await filesIn(event.clipboardData));
  });
}
