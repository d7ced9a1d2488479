// Facts the applicant states on /window, and the documents on which reliefs are granted. Needs "ui.window", "ui.handbook".

import { api, fill, h, lang, t } from "/static/app.js";
import { factText } from "/static/pages/handbookdata.js";

// Facts the register or the form shows by itself.
const FOUND = ["agent", "organisation", "mortgaged", "mortgage_forbids_transfer", "objection"];
// What the tariff asks beside the reliefs that somebody grants.
const OF_TARIFF = ["with_dwelling"];

/** Facts with a relief in today's tariff: fact -> its first rule. */
async function grantedFacts() {
  const { rules } = await api("/api/v1/tariff");
  const found = new Map();
  for (const rule of rules.filter((row) => row.evidence)) for (const fact of rule.flags_all) if (!found.has(fact)) found.set(fact, rule);
  return found;
}

export class Facts {
  constructor(box, onChange) {
    Object.assign(this, { box, onChange, granted: grantedFacts().catch(() => new Map()) });
  }

  /** Shows what an entry of the handbook and the tariff may ask. */
  async draw(entry) {
    const granted = await this.granted;
    const asked = entry.materials.map((material) => material.required_when).filter((fact) => fact && !FOUND.includes(fact));
    fill(this.box, [...new Set([...asked, ...OF_TARIFF, ...granted.keys()])].map((fact) => this.row(fact, granted.get(fact))));
  }

  row(fact, rule) {
    const document = rule ? h("input", { type: "text", maxlength: "200", hidden: true, "data-fact": fact, "data-testid": `relief-${fact}`,
      "aria-label": t("ui.window.relief_document"), placeholder: (lang === "en" && rule.evidence_en) || rule.evidence }) : null;
    const box = h("input", { type: "checkbox", value: fact, "data-testid": `declare-${fact}`, onchange: () => {
      if (document) { document.hidden = !box.checked; if (box.checked) document.focus(); }
      this.onChange();
    } });
    return h("div", { class: "fact" }, h("label", { class: "check" }, box, factText(fact)), document);
  }

  declares() {
    return [...this.box.querySelectorAll(":checked")].map((box) => box.value);
  }

  /** Documents named for the facts that are declared. */
  reliefs() {
    const declared = new Set(this.declares());
    return [...this.box.querySelectorAll("[data-fact]")].filter((input) => declared.has(input.dataset.fact) && input.value.trim())
      .map((input) => ({ fact: input.dataset.fact, document: input.value.trim() }));
  }
}
