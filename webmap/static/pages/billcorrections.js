// Corrections of bills made out to the wrong payer: the form that asks, and the list of which another decides.

import { api, countyName, fmtFen, fmtTime, h, t, table, toast } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { statusBadge } from "/static/pages/words.js";

/** Asks that a bill is made out to another payer. */
export function askCorrection(row, asked) {
  formDialog({
    title: `${t("ui.bills.correct")} · ${row.code} ${row.number} · ${fmtFen(row.amount_fen)}`,
    note: t("ui.bills.correct_note"),
    fields: [
      { name: "payer_name", label: t("ui.bills.right_payer"), required: true, maxlength: 200 },
      { name: "payer_kind", label: t("ui.bills.payer_kind"), options: [["unit", t("ui.bills.unit")], ["person", t("ui.bills.person")]] },
      { name: "payer_code", label: t("ui.bills.payer_code"), pattern: "[0-9A-Z]{18}", maxlength: 18, nullable: true },
      { name: "reason", label: t("ui.bills.reason"), required: true, maxlength: 500 },
    ],
    save: async (values) => {
      await api(`/api/v1/receipts/${row.code}/${row.number}/corrections`, { json: values });
      toast(t("ui.bills.correct_asked"));
      await asked();
    },
  });
}

function decide(row, approve, decided) {
  formDialog({
    title: `${t(approve ? "ui.bills.approve" : "ui.bills.reject")} · ${row.code} ${row.number}`,
    note: approve ? t("ui.bills.approve_note", { from: row.wrong_name, to: row.payer_name, amount: fmtFen(row.amount_fen) }) : null,
    fields: [{ name: "comment", label: t("ui.bills.comment"), required: !approve, maxlength: 500 }],
    confirm: t(approve ? "ui.bills.approve" : "ui.bills.reject"),
    danger: !approve,
    save: async ({ comment }) => {
      await api(`/api/v1/receipts/corrections/${row.correction_id}/decision`, { json: { approve, comment } });
      toast(t("ui.bills.decided_done"));
      await decided();
    },
  });
}

/** The list of corrections, a page at a time; decided() is called after a decision. */
export function correctionsList(place, { city, login, decided }) {
  const button = (row, approve) => h("button", { class: approve ? "btn btn-small" : "btn btn-small btn-danger", type: "button", "data-testid": approve ? "correction-approve" : "correction-reject", onclick: () => decide(row, approve, decided) }, t(approve ? "ui.bills.approve" : "ui.bills.reject"));
  const acts = (row) => {
    if (!city || row.state !== "requested") return null;
    return row.requested_by === login ? h("span", { class: "faint" }, t("ui.bills.own")) : h("div", { class: "actions" }, [button(row, true), button(row, false)]);
  };
  return pagedList(place, (page) => api("/api/v1/receipts/corrections", { query: page }), (rows) => table([
    { label: t("ui.bills.bill"), value: (row) => [h("span", { class: "code nowrap-code" }, `${row.code} ${row.number}`), h("div", { class: "faint" }, `${countyName(row.county_code)} ${fmtFen(row.amount_fen)}`)] },
    { label: t("ui.bills.payer_change"), value: (row) => [h("del", {}, row.wrong_name), h("div", {}, row.payer_name), row.payer_code ? h("div", { class: "code faint" }, row.payer_code) : null] },
    { label: t("ui.bills.reason"), value: (row) => row.reason },
    { label: t("ui.bills.asked"), value: (row) => [row.requested_by, h("div", { class: "faint" }, fmtTime(row.requested_at))] },
    { label: t("ui.bills.decided"), value: (row) => (row.decided_by ? [row.decided_by, h("div", { class: "faint" }, fmtTime(row.decided_at)), row.decision] : "–") },
    { label: t("ui.bills.state"), value: (row) => statusBadge("bill_correction", row.state) },
    { label: t("ui.bills.act"), value: acts },
  ], rows, { empty: t("ui.bills.corrections_none"), rowKey: (row) => row.correction_id }));
}
