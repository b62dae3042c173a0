// Many texts: pasted lines or a file in; a table, shares and a CSV out.

import { post, readable } from "./api.js";
import { guessColumn, parse, write } from "./csv.js";
import { bar, by, clearProblem, count, make } from "./drawing.js";

const AT_ONCE = 64; // texts in a request
const DRAWN = 100; // rows of the table at a time

export function startMany(model, tone, report, show) {
  let file = null; // {name, header, rows}
  let found = []; // for each row {result, cut}, in order
  let table = { header: [], rows: [], column: 0 };
  let running = null;
  let drawn = 0;

  by("run").addEventListener("click", run);
  by("stop").addEventListener("click", () => running?.abort());
  by("download").addEventListener("click", download);
  by("rows-more").addEventListener("click", drawRows);
  by("file").addEventListener("change", () => take(by("file").files[0]));
  by("file-remove").addEventListener("click", () => { file = null; by("file").value = ""; drawFile(); });
  by("lines").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });

  for (const name of ["dragenter", "dragover"]) {
    addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      by("dropping").hidden = false;
    });
  }
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) by("dropping").hidden = true; });
  addEventListener("drop", (event) => {
    by("dropping").hidden = true;
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    show();
    take(event.dataTransfer.files[0]);
  });

  async function take(chosen) {
    if (!chosen) return;
    const text = new TextDecoder().decode(await chosen.arrayBuffer());
    if (/\.txt$/i.test(chosen.name)) {
      const rows = text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line.trim()).map((line) => [line]);
      file = { name: chosen.name, header: ["text"], rows };
    } else {
      const [header = [], ...rows] = parse(text);
      file = { name: chosen.name, header, rows };
    }
    if (!file.rows.length) {
      const name = file.name;
      file = null;
      drawFile();
      report(new Error(`${name} has no rows below its header.`));
      return;
    }
    clearProblem();
    drawFile();
    await run();
  }

  function drawFile() {
    by("chosen").hidden = !file;
    by("lines").hidden = Boolean(file);
    document.querySelector("label[for=lines]").hidden = Boolean(file);
    if (!file) return;
    by("file-name").textContent = file.name;
    by("file-rows").textContent = count(file.rows.length, "row");
    const guess = guessColumn(file.header, file.rows);
    by("column").replaceChildren(...file.header.map((name, i) => {
      const option = make("option", "", name || `column ${i + 1}`);
      option.value = i;
      option.selected = i === guess;
      return option;
    }));
  }
  by("column").addEventListener("change", run);

  function wanted() {
    if (file) return { ...file, column: Number(by("column").value) };
    const rows = by("lines").value.split("\n").filter((line) => line.trim()).map((line) => [line]);
    return { header: ["text"], rows, column: 0 };
  }

  async function run() {
    running?.abort();
    const mine = (running = new AbortController());
    table = wanted();
    found = [];
    if (!table.rows.length) {
      by("lines").focus();
      return report(new Error("There is no text yet. Paste some lines, or choose a file."));
    }
    clearProblem();
    begin();
    try {
      const size = Math.min(AT_ONCE, model.limits.max_texts);
      for (let start = 0; start < table.rows.length; start += size) {
        await score(table.rows.slice(start, start + size), mine.signal);
        drawProgress();
        if (drawn < DRAWN) drawRows();
      }
    } catch (error) {
      if (error.name !== "AbortError") report(error);
    }
    if (running === mine) finish();
  }

  async function score(rows, signal) {
    const most = model.limits.max_characters;
    const texts = rows.map((row) => Array.from(readable(row[table.column] || "")));
    const sent = texts.map((characters) => characters.slice(0, most).join(""));
    let done = 0;
    for (const piece of pieces(sent)) {
      const answer = await post("v1/emotions", { texts: piece }, signal);
      for (const result of answer.results) found.push({ result, cut: texts[done++].length > most });
    }
  }

  // Texts in order, in lists whose JSON stays well below the longest request body.
  function pieces(texts) {
    const lists = [[]];
    let room = model.limits.max_body_bytes / 8; // a character takes six bytes at most, as \u0000
    for (const text of texts) {
      if (room < text.length && lists.at(-1).length) {
        lists.push([]);
        room = model.limits.max_body_bytes / 8;
      }
      lists.at(-1).push(text);
      room -= text.length;
    }
    return lists;
  }

  function begin() {
    drawn = 0;
    by("rows").replaceChildren();
    by("run").disabled = true;
    by("stop").hidden = false;
    by("download").hidden = true;
    by("shares-card").hidden = true;
    by("table-card").hidden = false;
    by("progress-line").hidden = false;
    by("many-said").textContent = "";
    drawProgress();
  }

  function finish() {
    running = null;
    by("run").disabled = false;
    by("stop").hidden = true;
    by("progress-line").hidden = true;
    by("table-card").hidden = !found.length;
    by("download").hidden = !found.length;
    if (!found.length) return;
    drawRows();
    drawShares();
    const whole = found.length === table.rows.length ? "" : ` of ${table.rows.length.toLocaleString("en")}`;
    by("many-said").textContent = `Done: ${count(found.length, "text")}${whole}. The table and a download follow.`;
  }

  function drawProgress() {
    by("progress").value = found.length / table.rows.length;
    by("progress-text").textContent = `${found.length.toLocaleString("en")} of ${count(table.rows.length, "text")}`;
    by("caption").textContent = count(found.length, "text");
  }

  function drawRows() {
    by("caption").textContent = count(found.length, "text");
    const until = Math.min(found.length, drawn + DRAWN);
    const fresh = [];
    for (; drawn < until; drawn++) fresh.push(oneRow(drawn));
    by("rows").append(...fresh);
    by("rows-more").hidden = drawn >= found.length;
    by("rows-more").textContent = `Show ${Math.min(DRAWN, found.length - drawn)} more rows`;
  }

  function oneRow(i) {
    const { result } = found[i];
    const row = make("tr");
    const text = make("td");
    text.append(make("span", "clip", table.rows[i][table.column] || ""));
    const chips = make("span", "chips");
    for (const { label, probability } of result.labels) {
      chips.append(make("span", `chip ${tone(label)}`, `${label} ${Math.round(100 * probability)}%`));
    }
    if (!result.labels.length) chips.append(make("span", "chip none", "none passes"));
    if (result.notes.includes("low_coverage")) chips.append(make("span", "chip none", "unsure: unknown words"));
    if (result.notes.includes("other_language")) chips.append(make("span", "chip none", "unsure: other language"));
    const cell = make("td");
    cell.append(chips);
    row.append(make("td", "", (i + 1).toLocaleString("en")), text, cell);
    return row;
  }

  function drawShares() {
    const counts = new Map();
    for (const { result } of found) {
      for (const { label } of result.labels) counts.set(label, (counts.get(label) || 0) + 1);
    }
    const ranked = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
    by("shares-card").hidden = !ranked.length;
    by("shares").replaceChildren(...ranked.map(([label, n]) => {
      const item = make("li", tone(label));
      const share = n / found.length;
      const value = `${n.toLocaleString("en")} · ${Math.round(100 * share)}%`;
      item.append(make("span", "", label), bar(tone(label), share), make("span", "value", value));
      return item;
    }));
  }

  function download() {
    const labels = model.labels.map((each) => each.label);
    const added = ["labels", "top_label", ...labels, "notes"].map((name) => free(name, table.header));
    const rows = found.map(({ result, cut }, i) => [
      ...table.header.map((_, j) => table.rows[i][j] ?? ""),
      result.labels.map((held) => held.label).join(","),
      result.top_label,
      ...labels.map((label) => result.probabilities[label]),
      [...result.notes, ...(cut ? ["text_cut"] : [])].join(","),
    ]);
    const content = write([[...table.header, ...added], ...rows]);
    const link = make("a");
    link.href = URL.createObjectURL(new Blob(["\uFEFF", content], { type: "text/csv;charset=utf-8" }));
    link.download = `${(file?.name || "texts").replace(/\.[^.]*$/, "")}-emotions.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  return {
    takeLines(text) {
      file = null;
      drawFile();
      by("lines").value = text;
      run();
    },
  };
}

// A column's name that the file does not have yet.
function free(name, header) {
  return header.includes(name) ? free(`emoscope_${name}`, header) : name;
}
