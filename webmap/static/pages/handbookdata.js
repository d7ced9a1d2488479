// Handbook entries as people read them. Needs the texts "ui.handbook".

import { api, h, lang, t, tOr } from "/static/app.js";

/** All entries in force on a day (ISO date, or empty for today), whole. */
export async function readEntries(at) {
  const found = await api("/api/v1/handbook", { query: { at } });
  return found.items;
}

/** Name of an entry in the page's language. */
export const entryName = (entry) => (lang === "en" && entry.name_en) || entry.name;

const label = (row) => (lang === "en" && (row.label_en || row.name_en)) || row.label || row.name;

/** Condition under which a material is needed, in words. */
export const factText = (fact) => tOr(`ui.handbook.fact.${fact}`, fact);

/** What a material line says: name, original or copy, shared source, condition. */
export function materialLine(material) {
  const notes = [material.original ? t("ui.handbook.original") : t("ui.handbook.copy"), t("ui.handbook.copies", { n: material.copies })];
  if (material.shared_from) notes.push(t("ui.handbook.shared", { source: material.shared_from }));
  if (material.required_when) notes.push(t("ui.handbook.when", { fact: factText(material.required_when) }));
  return [material.name, h("span", { class: "faint" }, ` ${notes.join(" · ")}`)];
}

/** The basis rows as texts: "《民法典》第二百零九条". */
export function basisLines(entry) {
  return (entry.basis || []).map((row) => (typeof row === "string" ? row : [row.doc, row.article].filter(Boolean).join(" ")));
}

export function limitText(entry) {
  return t("ui.handbook.limit_value", { promised: entry.limit.promised, statutory: entry.limit.statutory });
}

/** Steps in order: who does it, how long. */
export function nodeLines(entry) {
  return entry.nodes.map((node) => h("li", {}, label(node), h("div", { class: "when" },
    [t(`ui.handbook.by.${node.role}`), node.limit_days ? t("ui.handbook.days", { n: node.limit_days }) : null].filter(Boolean).join(" · "))));
}
