// What became of the findings of the version before: gone, new, remaining. Needs the texts "ui.surveys".

import { api, badge, fmtNum, h, t, table } from "/static/app.js";
import { goTo } from "/static/pages/placemap.js";
import { statusBadge } from "/static/pages/words.js";

const SHOWN = 300;
const TONES = { gone: "ok", new: "bad", remaining: "warn" };

/** Nodes of the panel for a survey that follows another, or null when the two cannot be compared. */
export async function differencesPanel(survey, place) {
  let found;
  try {
    found = await api(`/api/v1/surveys/${encodeURIComponent(survey.id)}/findings/differences`);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
  const rows = found.features.map((feature, index) => ({ ...feature, properties: { ...feature.properties, key: `d${index}` } }));
  const figure = (word) => h("div", { class: "figure", "data-tone": found.counts[word] ? TONES[word] : null },
    h("dt", {}, t(`ui.surveys.difference.${word}`)), h("dd", { "data-testid": `difference-${word}` }, fmtNum(found.counts[word])));
  return [
    h("p", {}, h("a", { href: `/surveys/${encodeURIComponent(found.previous.id)}` }, t("ui.surveys.difference.previous", { version: found.previous.version }))),
    h("dl", { class: "figures" }, ["new", "remaining", "gone"].map(figure)),
    table([
      { label: t("ui.surveys.difference"), value: ({ properties }) => badge(t(`ui.surveys.difference.${properties.difference}`), TONES[properties.difference]) },
      { label: t("ui.surveys.severity"), value: ({ properties }) => statusBadge("severity", properties.severity) },
      { label: t("ui.surveys.rule"), value: ({ properties }) => properties.rule_id },
      { label: t("ui.surveys.object"), value: ({ properties }) => h("span", { class: "code" }, [properties.object_id, properties.other_id].filter(Boolean).join(" · ")) },
      { label: t("ui.surveys.findings"), value: ({ properties }) => properties.message },
    ], rows.slice(0, SHOWN), { onRow: (row) => goTo(place, row.geometry, { maxZoom: 19, padding: 120 }), rowKey: (row) => row.properties.key }),
    rows.length > SHOWN ? h("p", { class: "faint" }, t("ui.surveys.more_findings", { n: rows.length - SHOWN })) : null,
  ];
}
