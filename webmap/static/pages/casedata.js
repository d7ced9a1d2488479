// Parts of a case that /cases/<no> and /window both show. Needs the texts "ui.cases" and "ui.status".

import { countyName, emptyState, fmtArea, fmtFen, fmtTime, fmtUnit, h, lang, t, table } from "/static/app.js";
import { itemName, officeName, statusBadge, statusName } from "/static/pages/words.js";

/** Name of an action or node in the page's language. */
export const label = (row) => (lang === "en" && (row.label_en || row.name_en)) || row.label || row.name || row.action || row.code;

/** A share as people write it: "1/2". */
function shareText(share) {
  if (!share) return "–";
  return share === "1/1" ? "1" : share;
}

export function unitsTable(units) {
  return table([
    { label: t("ui.cases.unit"), value: (row) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(row.unit_code)}` }, fmtUnit(row.unit_code)) },
    { label: t("ui.cases.address"), value: (row) => row.address || "–" },
    { label: t("ui.cases.area"), class: "num", value: (row) => fmtArea(row.area_m2) },
    { label: t("ui.cases.use"), value: (row) => row.use_code || "–" },
    { label: t("ui.cases.plan"), value: (row) => (row.drawn ? h("a", { href: `/api/v1/units/${encodeURIComponent(row.unit_code)}/plan.pdf?lang=${lang}`, target: "_blank", rel: "noopener", "data-testid": "unit-plan" }, t("ui.cases.plan_open")) : "–") },
  ], units);
}

export function applicantsTable(applicants) {
  return table([
    { label: t("ui.cases.role"), value: (row) => statusName("party", row.role) },
    { label: t("ui.cases.name"), value: (row) => row.name },
    { label: t("ui.cases.id_number"), value: (row) => h("span", { class: "code" }, row.id_masked) },
    { label: t("ui.cases.share"), value: (row) => shareText(row.share) },
  ], applicants);
}

/** Reason of a fee line in the page's language, its clause, and the relief with document and granter. */
function feeReason(row) {
  const relief = row.relief_document && t("ui.cases.relief", { amount: fmtFen(row.relief_fen), document: row.relief_document, by: row.relief_by });
  return [(lang === "en" && row.reason_en) || row.reason || "–", row.basis ? h("div", { class: "faint" }, row.basis) : null,
    relief ? h("div", { "data-testid": "relief" }, relief) : null];
}

/** A cell of a fee line; of one that a later assessment replaced it is struck through. */
const feeCell = (value) => (row) => (row.superseded_at ? h("s", {}, value(row)) : value(row));

/** Why a fee line was replaced. */
const replacedNote = (row) => (row.superseded_at ? h("div", { class: "faint", "data-testid": "fee-replaced" }, t("ui.cases.fee_replaced", { reason: row.superseded_reason, by: row.superseded_by, at: fmtTime(row.superseded_at) })) : null);

/** Fee lines with rule and reason, those replaced by a later assessment struck through; the sum of the others below. */
export function feesTable(lines, replaced = []) {
  if (!lines.length) return emptyState(t("ui.cases.fees_none"));
  const sum = lines.reduce((total, line) => total + line.amount_fen, 0);
  return table([
    { label: t("ui.cases.fee_item"), value: feeCell((row) => itemName(row.name)) },
    { label: t("ui.cases.fee_rule"), value: (row) => h("a", { class: "code", href: `/help/tariff#${row.rule_id}` }, row.rule_id) },
    { label: t("ui.cases.fee_reason"), value: (row) => [feeCell(feeReason)(row), replacedNote(row)] },
    { label: t("ui.cases.fee_payer"), value: (row) => `${statusName("party", row.payer_role)} ${row.payer || ""}` },
    { label: t("ui.cases.county"), value: (row) => (row.county_code ? countyName(row.county_code) : t("ui.county.undecided")) },
    { label: t("ui.cases.amount"), class: "num", value: feeCell((row) => fmtFen(row.amount_fen)) },
  ], [...replaced, ...lines], { foot: [t("ui.common.total"), "", "", "", "", fmtFen(sum)] });
}

/** Taxes as assessed, with what became of them. */
export function taxesTable(taxes) {
  return table([
    { label: t("ui.cases.tax"), value: (row) => [itemName(row.name), h("div", { class: "faint" }, row.payer_name)] },
    { label: t("ui.cases.tax_numbers"), value: (row) => [h("span", { class: "code" }, row.assessment_no), h("div", { class: "code faint" }, row.tax_source_no || "–"), row.replaces ? h("div", { class: "faint" }, t("ui.cases.tax_replaces", { no: row.replaces })) : null] },
    { label: t("ui.cases.status"), value: (row) => [h("span", { "data-state": row.state }, statusBadge("tax", row.state)), h("div", { class: "faint" }, [fmtTime(row.events.at(-1).at), row.events.at(-1).reason].filter(Boolean).join(" · "))] },
    { label: t("ui.cases.tax_certificate"), value: (row) => h("span", { class: "code" }, row.certificate_no || "–") },
    { label: t("ui.cases.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  ], taxes);
}

/** What happened, newest last. */
export function timelineList(events) {
  return h("ol", { class: "steps", "data-testid": "timeline" }, events.map((event) => h("li", { class: "done" },
    h("span", {}, event.label, " ", event.to_status && event.to_status !== event.from_status ? statusBadge("case", event.to_status) : null),
    event.comment ? h("div", {}, event.comment) : null,
    h("div", { class: "when" }, [fmtTime(event.at), event.login, event.office ? officeName(event.office) : null].filter(Boolean).join(" · ")))));
}
