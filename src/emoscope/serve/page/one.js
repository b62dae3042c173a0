// One text: bars, groups, words, threshold.

import { post, readable } from "./api.js";
import { bar, by, clearProblem, make, percent } from "./drawing.js";

const SAMPLES = [
  "Thank you so much, you saved my whole week!",
  "Ugh, the train is late again and nobody tells us anything.",
  "Wait, you two are married?? Since when?",
  "I miss my grandmother; the house is so quiet now.",
];
const FEW = 7; // bars before “show all”
const WORTH = 0.12; // share of the strongest word's effect from which a word is coloured

const NOTES = {
  low_coverage: "Mostly words that are not in the model's vocabulary. Do not rely on the result.",
  other_language: "This text seems to be in another language than English. Do not rely on the result.",
  long_text: "This text is longer than the model reads at once; it was read in overlapping parts.",
};

export function startOne(model, tone, report, lookAtLines) {
  const text = by("text"), slider = by("threshold");
  let threshold = null; // null: those tuned for each label
  let chosen = null; // the label whose words are shown; null: the strongest
  let all = false;
  let shown = null; // the last answer and its text
  let running = new AbortController();
  let timer = 0;

  for (const sample of SAMPLES) {
    const button = make("button", "", sample);
    button.type = "button";
    button.addEventListener("click", () => { text.value = sample; chosen = null; look(); text.focus(); });
    by("samples").append(button);
  }

  text.addEventListener("input", () => {
    chosen = null;
    clearTimeout(timer);
    timer = setTimeout(look, 140);
    const lines = text.value.split("\n").filter((line) => line.trim()).length;
    by("lines-hint").hidden = lines < 2;
    by("lines-count").textContent = `This is one text of ${lines} lines.`;
  });
  by("clear").addEventListener("click", () => { text.value = ""; text.dispatchEvent(new Event("input")); text.focus(); });
  by("lines-switch").addEventListener("click", () => lookAtLines(text.value));
  by("more").addEventListener("click", () => { all = !all; draw(); });
  by("tuned").addEventListener("click", () => { threshold = null; slider.value = 50; look(false); slider.focus(); });
  slider.addEventListener("input", () => {
    threshold = slider.value / 100;
    clearTimeout(timer);
    drawThreshold();
    timer = setTimeout(() => look(false), 60);
  });
  drawThreshold();

  async function look(explainToo = true) {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const sent = readable(text.value);
    by("samples").hidden = Boolean(sent);
    by("clear").hidden = !sent;
    if (!sent.trim()) {
      shown = null;
      for (const id of ["result", "words-card"]) by(id).hidden = true;
      by("empty").hidden = false;
      clearProblem();
      return;
    }
    try {
      const body = threshold === null ? { texts: sent } : { texts: sent, threshold };
      const answer = await post("v1/emotions", body, signal);
      shown = { text: sent, thresholds: answer.thresholds, ...answer.results[0] };
      draw();
      clearProblem();
      if (explainToo) await explain(signal);
    } catch (error) {
      report(error);
    }
  }

  async function explain(signal) {
    const label = chosen || shown.top_label;
    drawWords(await post("v1/explain", { text: shown.text, label }, signal));
  }

  function draw() {
    drawThreshold();
    if (!shown) return;
    by("empty").hidden = true;
    by("result").hidden = false;
    drawSummary();
    const notes = shown.notes.map((note) => NOTES[note]).filter(Boolean);
    by("notes").textContent = notes.join(" ");
    by("notes").hidden = !notes.length;
    drawGroups();
    drawBars();
  }

  function drawSummary() {
    const held = shown.labels.map((found) => found.label);
    const summary = by("summary");
    summary.replaceChildren();
    if (!held.length) {
      const rest = ` comes closest, with ${percent(shown.probabilities[shown.top_label])}.`;
      summary.append("No emotion passes. ", make("span", "rest", shown.top_label + rest));
      return;
    }
    summary.append(held[0]);
    const others = held.slice(1);
    if (others.length > 3) others.splice(2, others.length, `${others.length - 2} more`);
    if (others.length) {
      const last = others.pop();
      summary.append(make("span", "rest", ` with ${others.length ? `${others.join(", ")} and ` : ""}${last}`));
    }
  }

  function drawGroups() {
    const names = { ekman: "Basic emotion", sentiment: "Sentiment" };
    by("groups").replaceChildren(...Object.entries(shown.rollups).map(([name, rollup]) => {
      const group = make("div");
      group.append(make("dt", "", names[name] || name));
      for (const label of rollup.labels) group.append(make("dd", tone(label), label));
      if (!rollup.labels.length) group.append(make("dd", "neutral", "none"));
      return group;
    }));
  }

  function drawBars() {
    const held = new Set(shown.labels.map((found) => found.label));
    const ranked = Object.entries(shown.probabilities).sort((a, b) => b[1] - a[1]);
    const few = Math.max(FEW, ranked.findLastIndex(([label]) => held.has(label)) + 1);
    const drawn = all ? ranked : ranked.slice(0, few);
    const focused = document.activeElement?.dataset?.label;
    by("bars").replaceChildren(...drawn.map(([label, p]) => oneBar(label, p, held.has(label))));
    if (focused) by("bars").querySelector(`[data-label="${CSS.escape(focused)}"]`)?.focus();
    const more = by("more");
    more.hidden = ranked.length <= few;
    more.textContent = all ? "Show the strongest only" : `Show all ${ranked.length}`;
    more.setAttribute("aria-expanded", String(all));
  }

  function oneBar(label, p, held) {
    const item = make("li", [held ? "held" : "", tone(label)].join(" ").trim());
    const name = make("button", "name", label);
    name.type = "button";
    name.dataset.label = label;
    name.title = `Show the words that moved ${label}`;
    name.setAttribute("aria-pressed", String(label === (chosen || shown.top_label)));
    name.addEventListener("click", () => {
      chosen = label;
      drawBars();
      running.abort();
      running = new AbortController();
      explain(running.signal).catch(report);
    });
    const track = bar(tone(label), p);
    const least = threshold ?? shown.thresholds[label];
    if (least > 0) {
      const mark = make("span", "mark");
      mark.style.left = `${100 * least}%`;
      track.append(mark);
    }
    const value = make("span", "value", percent(p));
    const passed = least > 0 ? `, ${held ? "passes" : "below"} its threshold of ${percent(least)}` : "";
    value.append(make("span", "said", passed));
    const tick = make("span", "tick", held ? "✓" : "");
    tick.setAttribute("aria-hidden", "true");
    item.append(name, track, value, tick);
    return item;
  }

  function drawThreshold() {
    const tuned = threshold === null;
    by("threshold-value").textContent = tuned ? "tuned for each emotion" : `${percent(threshold)} for all`;
    slider.setAttribute("aria-valuetext", by("threshold-value").textContent);
    by("tuned").hidden = tuned;
    slider.classList.toggle("idle", tuned);
  }

  function drawWords(found) {
    const most = Math.max(...found.words.map((word) => Math.abs(word.contribution)), 0);
    const characters = Array.from(found.text); // places count code points, not UTF-16 units
    const words = by("words");
    words.replaceChildren();
    let at = 0;
    for (const { start, end, contribution } of found.words) {
      const share = most > 0.0005 ? Math.abs(contribution) / most : 0;
      if (share < WORTH) continue;
      const mark = make("mark", contribution > 0 ? "raised" : "lowered", characters.slice(start, end).join(""));
      mark.style.setProperty("--depth", (0.1 + 0.5 * share).toFixed(2));
      mark.title = said(contribution);
      words.append(characters.slice(at, start).join(""), mark);
      at = end;
    }
    words.append(characters.slice(at).join(""));
    const strongest = found.words
      .filter((word) => Math.abs(word.contribution) > Math.max(0.0005, WORTH * most))
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
      .slice(0, 6);
    by("words-said").textContent = strongest.length
      ? `Strongest words for ${found.label}: ${strongest.map((w) => `${w.text} ${said(w.contribution)}`).join(", ")}.`
      : `No word moves ${found.label} by itself.`;
    by("words-label").textContent = found.label;
    by("words-card").hidden = false;
  }
}

function said(contribution) {
  const points = (100 * contribution).toFixed(1);
  return `${contribution > 0 ? "+" : ""}${points} points`;
}
