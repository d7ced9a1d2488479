// A county decision in plain words, with its evidence. Needs the texts "ui.county".

import { countyName, fmtArea, fmtNum, h, pairs, t, table, tOr } from "/static/app.js";

const PPM = 10000;

/** Parts per million as per cent with four decimals at most. */
export function percent(ppm) {
  return fmtNum(ppm / PPM, ppm % PPM === 0 ? 0 : 4);
}

/** One plain sentence: which county and why. */
function whySentence(decision) {
  const county = countyName(decision.county_code);
  if (!decision.county_code && decision.shares?.length) {
    return t("ui.county.sentence_split", { shares: decision.shares.map((part) => `${countyName(part.county_code)} ${percent(part.ratio_ppm)}%`).join(" · ") });
  }
  if (!decision.county_code) {
    const reason = decision.reason ? tOr(`ui.county.reason.${decision.reason}`, decision.reason) : "";
    return reason ? `${t("ui.county.sentence_open")} (${reason})` : t("ui.county.sentence_open");
  }
  if (decision.rule === "R5") return t("ui.county.sentence_code", { county });
  const own = (decision.overlaps || []).find((part) => part.county_code === decision.county_code);
  if (!own || ["R3", "R6", "R7"].includes(decision.rule)) return t("ui.county.sentence_person", { county });
  return t("ui.county.sentence", { county, percent: percent(own.ratio_ppm) });
}

/** The whole decision: sentence, rule, shares of the counties, distance to the line, boundary version. */
export function decisionPanel(decision) {
  const rows = decision.overlaps || [];
  return h("div", { class: "stack" },
    h("p", { "data-testid": "county-why" }, whySentence(decision)),
    pairs([
      [t("ui.county.rule"), decision.rule_text || tOr(`ui.county.rule.${decision.rule}`, decision.rule)],
      [t("ui.county.distance"), decision.distance_to_line_m === null || decision.distance_to_line_m === undefined ? null : t("ui.county.metres", { m: fmtNum(decision.distance_to_line_m, 1) })],
      [t("ui.county.outside"), decision.outside_ppm ? `${percent(decision.outside_ppm)}%` : null],
      [t("ui.county.boundary_set"), boundaryName(decision.boundary_set)],
    ]),
    rows.length > 1 ? table([
      { label: t("ui.county.county"), value: (row) => countyName(row.county_code) },
      { label: t("ui.county.ratio"), class: "num", value: (row) => `${percent(row.ratio_ppm)}%` },
      { label: t("ui.county.area"), class: "num", value: (row) => fmtArea(row.area_m2) },
    ], rows, { caption: t("ui.county.share") }) : null,
    h("p", { class: "faint" }, decision.notice || t("ui.common.boundary_notice")));
}

function boundaryName(set) {
  if (!set) return null;
  return typeof set === "object" ? set.name || set.set_id || set.id : set;
}
