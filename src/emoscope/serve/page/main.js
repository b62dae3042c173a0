// The page: two tabs, the key, and what the model is.

import { get, useKey } from "./api.js";
import { by, count, showProblem, tonesOf } from "./drawing.js";
import { startMany } from "./many.js";
import { startOne } from "./one.js";

const tabs = [by("tab-one"), by("tab-many")];

function select(tab, focus = false) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    by(each.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -tabs.indexOf(tab), End: tabs.length - 1 - tabs.indexOf(tab) }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    select(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
  });
}

function report(error) {
  if (error.name === "AbortError") return;
  if (error.status === 401) {
    by("key-form").hidden = false;
    by("key").focus();
  }
  showProblem(error.status === 401 ? "" : error.message);
}

by("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(by("key").value);
  begin();
});

let started = false;

async function begin() {
  let model;
  try {
    model = await get("v1/labels");
  } catch (error) {
    return report(error);
  }
  by("key-form").hidden = true;
  showProblem("");
  if (started) return;
  started = true;
  const tone = tonesOf(model);
  const many = startMany(model, tone, report, () => select(tabs[1]));
  startOne(model, tone, report, (text) => {
    select(tabs[1], true);
    many.takeLines(text);
  });
  const kind = model.model.kind ? `, ${model.model.kind} model` : "";
  by("about").textContent = `emoscope ${model.version}: ${count(model.labels.length, "emotion")}${kind}`;
  document.body.dataset.ready = "yes";
}

begin();
