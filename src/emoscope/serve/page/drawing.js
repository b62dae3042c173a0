// Small pieces that both views draw with. Texts only ever become text nodes.

export const by = (id) => document.getElementById(id);

export function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export const percent = (p) => (p > 0 && p < 0.005 ? "<1%" : `${Math.round(100 * p)}%`);

export const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

// label -> positive, negative, ambiguous or neutral, for colour; "" where the model does not say
export function tonesOf(model) {
  const tones = new Map();
  for (const [rollup, fine] of Object.entries(model.rollups.sentiment || {})) {
    for (const label of [rollup, ...fine]) tones.set(label, rollup);
  }
  for (const [rollup, fine] of Object.entries(model.rollups.ekman || {})) {
    if (!tones.has(rollup)) tones.set(rollup, tones.get(fine[0]));
  }
  const known = new Set(["positive", "negative", "ambiguous", "neutral"]);
  return (label) => (known.has(tones.get(label)) ? tones.get(label) : "");
}

export function bar(tone, share) {
  const track = make("span", "track");
  track.setAttribute("aria-hidden", "true");
  const fill = make("span", "fill");
  fill.style.width = `${100 * share}%`;
  track.append(fill);
  return track;
}

let problemAt = 0;

export function showProblem(message) {
  problemAt = Date.now();
  by("problem").textContent = message;
  by("problem").hidden = !message;
}

export function clearProblem() {
  if (Date.now() - problemAt > 300) showProblem("");
}
