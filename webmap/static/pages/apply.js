// /apply: what to prepare for a business type. Public; nothing is sent.

import { fill, h, load, t } from "/static/app.js";
import { entryName, factText, limitText, materialLine, readEntries } from "/static/pages/handbookdata.js";
import { keepQuery, pageQuery } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);

function choose(entry) {
  keepQuery({ type: entry.type_code });
  at("limit-panel").hidden = at("prepare-panel").hidden = false;
  fill(at("limit"), h("p", {}, limitText(entry)));
  const always = entry.materials.filter((material) => !material.required_when);
  const facts = [...new Set(entry.materials.map((material) => material.required_when).filter(Boolean))];
  fill(at("prepare"), h("p", {}, entry.scope), checks(always), facts.map((fact) => [
    h("h3", {}, factText(fact)), checks(entry.materials.filter((material) => material.required_when === fact), true)]));
  count();
}

function checks(materials, optional = false) {
  return h("ul", { class: "tasks" }, materials.map((material) => {
    const box = h("input", { type: "checkbox", "data-optional": optional });
    box.addEventListener("change", count);
    return h("li", {}, h("label", { class: "check" }, box, h("span", {}, materialLine(material))));
  }));
}

function count() {
  const missing = at("prepare").querySelectorAll("input:not([data-optional]):not(:checked)").length;
  at("state").dataset.tone = missing ? "warn" : "ok";
  at("state").textContent = missing ? t("ui.handbook.apply_missing", { n: missing }) : t("ui.handbook.apply_ready");
}

load(at("types"), () => readEntries(""), (entries) => {
  const wish = pageQuery().type;
  const chosen = entries.find((entry) => entry.type_code === wish);
  if (chosen) choose(chosen);
  return entries.map((entry) => h("label", {}, h("input", { type: "radio", name: "type", checked: entry === chosen, onchange: () => choose(entry) }),
    h("span", {}, entryName(entry), h("div", { class: "faint" }, entry.scope))));
});
