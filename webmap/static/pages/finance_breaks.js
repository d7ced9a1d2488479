// Breaks of reconciliation on /finance. Needs the texts "ui.finance" and "ui.status".

import { api, badge, busy, cityNow, countyName, fill, fmtDate, fmtFen, fmtNum, fmtTime, h, load, t, table, toast, tOr } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { statusBadge } from "/static/pages/words.js";

// What may be done in which state; money in suspense can also be paid back.
const NEXT = { open: ["assign", "explain", "resolve"], assigned: ["explain", "resolve"], explained: ["assign", "resolve"], resolved: ["confirm"] };
const IN_SUSPENSE = ["WRONG_AMOUNT", "DOUBLE_PAY", "UNKNOWN_ORDER", "LATE_PAY"];
const box = document.getElementById("breaks");
const { city, county } = document.getElementById("finance").dataset;
const may = Boolean(city || county);

/** Shows the breaks of a day. */
export function showBreaks(day) {
  return load(box, () => api(`/api/v1/days/${encodeURIComponent(day)}/breaks`), ({ items }) => table([
    { label: t("ui.finance.break_type"), value: (row) => [h("span", { class: "code" }, row.type), " ", tOr(`ui.finance.break.${row.type}`, "")] },
    { label: t("ui.finance.break_subject"), value: (row) => h("span", { class: "code" }, row.order_no || row.msg_id || row.event_id || "–") },
    { label: t("ui.finance.county"), value: (row) => (row.county_code ? countyName(row.county_code) : "–") },
    { label: t("ui.finance.break_amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
    { label: t("ui.finance.state"), value: (row) => statusBadge("break", row.state) },
    { label: t("ui.finance.break_owner"), value: (row) => [t(`ui.finance.break_side.${row.side}`), row.owner ? ` · ${row.owner}` : null] },
    { label: t("ui.finance.break_age"), value: (row) => fmtTime(row.opened_at) },
    { label: t("ui.finance.break_due"), value: (row) => due(row) },
    { label: t("ui.finance.break_act"), value: (row) => (may ? acts(row, day) : null) },
  ], items, { empty: t("ui.finance.breaks_none"), rowKey: (row) => row.break_id }));
}

function due(row) {
  const late = ["open", "assigned", "explained"].includes(row.state) && row.due_on < fmtDate(cityNow());
  return [h("span", { class: "nowrap" }, row.due_on), late ? [" ", badge(t("ui.finance.break_late"), "bad")] : null];
}

function acts(row, day) {
  const names = [...(NEXT[row.state] || [])];
  if (city && IN_SUSPENSE.includes(row.type) && names.includes("resolve")) names.push("refund");
  return h("div", { class: "actions" }, names.map((name) => h("button", { class: "btn btn-small", type: "button", "data-testid": `break-${name}`, onclick: () => act(row, name, day) }, t(`ui.finance.act.${name}`))));
}

function act(row, action, day) {
  formDialog({
    title: `${t(`ui.finance.act.${action}`)} · ${row.type}`,
    fields: [{ name: "comment", label: t("ui.finance.break_note"), required: action !== "assign", maxlength: 1000 },
      ...(action === "resolve" ? [{ name: "document", label: t("ui.finance.break_document"), maxlength: 200, nullable: true }, { name: "posting_id", label: t("ui.finance.break_posting"), type: "number", min: 1, nullable: true, hint: t("ui.finance.break_evidence") }] : []),
      ...(action === "assign" ? [{ name: "owner", label: t("ui.finance.break_owner"), required: true, maxlength: 64 }] : [])],
    save: async (values) => {
      await api(`/api/v1/breaks/${encodeURIComponent(row.break_id)}/actions`, { json: { action, ...values, ...(values.posting_id ? { posting_id: Number(values.posting_id) } : {}) } });
      toast(t("ui.finance.break_done"));
      await showBreaks(day);
    },
  });
}

/** The form that imports a bank statement; done() is called afterwards. */
export function statementForm(done) {
  const form = document.getElementById("statement");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = document.getElementById("statement-problem");
    busy(form.querySelector("button"), async () => {
      const found = await api("/api/v1/statements", { form: new FormData(form) });
      fill(place, h("div", { class: "notice", "data-tone": found.breaks ? "warn" : "ok" },
        t("ui.finance.statement_done", { entries: fmtNum(found.entries), matched: fmtNum(found.matched), breaks: fmtNum(found.breaks) })));
      await done();
    }, place);
  });
}
