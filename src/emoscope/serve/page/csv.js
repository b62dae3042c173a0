// Comma-separated values, read and written after RFC 4180.

// Rows of cells. The separator is the one of , ; tab that the first line has most of.
export function parse(text) {
  text = text.replace(/^\uFEFF/, "");
  const separator = separatorOf(text);
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += '"'; i++; }
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === separator) { row.push(cell); cell = ""; }
    else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") i++;
      row.push(cell);
      rows.push(row);
      row = []; cell = "";
    } else cell += c;
  }
  if (cell !== "" || row.length) { row.push(cell); rows.push(row); }
  return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
}

function separatorOf(text) {
  const first = text.slice(0, (text + "\n").search(/[\r\n]/)).replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t"].map((s) => [first.split(s).length, s]);
  return counts.reduce((best, next) => (next[0] > best[0] ? next : best))[1];
}

export function write(rows) {
  const cell = (value) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",") + "\n").join("");
}

// The column that most likely holds the texts: by its name, else the one with the longest cells.
export function guessColumn(header, rows) {
  const named = header.findIndex((name) =>
    /^(text|texts|comment|comments|body|message|content|review|tweet|post)$/i.test(name.trim()));
  if (named >= 0) return named;
  const some = rows.slice(0, 200);
  const lengths = header.map((_, i) => some.reduce((sum, row) => sum + (row[i] || "").length, 0));
  return lengths.indexOf(Math.max(...lengths));
}
