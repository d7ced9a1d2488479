// Breaks of reconciliation on /finance. Needs the texts "ui.finance" and "ui.status".

import { api, busy, countyName, fill, fmtFen, fmtTime, h, load, t, table, toast, tOr } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { statusBadge } from "/static/pages/words.js";

const NEXT = { open: ["assign", "explain", "resolve"], assigned: ["explain", "resolve"], explained: ["resolve"], resolved: ["confirm"] };
const box = document.getElementById("breaks");

/** Shows the breaks of a day (and open ones of earlier days, as the server gives them). */
export function showBreaks(day) {
  return load(box, () => api(`/api/v1/days/${encodeURIComponent(day)}/breaks`), ({ items }) => table([
    { label: t("ui.finance.break_type"), value: (row) => [h("span", { class: "code" }, row.type || row.kind), " ", row.title || tOr(`break.${row.type || row.kind}`, "")] },
    { label: t("ui.finance.break_subject"), value: (row) => h("span", { class: "code" }, row.subject || row.order_no || row.channel_txn || row.msg_id || "–") },
    { label: t("ui.finance.county"), value: (row) => (row.county_code ? countyName(row.county_code) : "–") },
    { label: t("ui.finance.break_amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
    { label: t("ui.finance.state"), value: (row) => statusBadge("break", String(row.state).toLowerCase()) },
    { label: t("ui.finance.break_owner"), value: (row) => row.owner || "–" },
    { label: t("ui.finance.break_age"), value: (row) => fmtTime(row.opened_at || row.found_at || row.created_at) },
    { label: t("ui.finance.break_act"), value: (row) => acts(row, day) },
  ], items, { empty: t("ui.finance.breaks_none"), rowKey: (row) => row.break_id ?? row.id }));
}

function acts(row, day) {
  const names = row.actions || NEXT[String(row.state).toLowerCase()] || [];
  return h("div", { class: "actions" }, names.map((name) => h("button", { class: "btn btn-small", type: "button", "data-testid": `break-${name}`, onclick: () => act(row, name, day) }, tOr(`ui.finance.act.${name}`, name))));
}

function act(row, action, day) {
  formDialog({
    title: `${tOr(`ui.finance.act.${action}`, action)} · ${row.type || row.kind}`,
    fields: [{ name: "note", label: t("ui.finance.break_note"), required: true }, ...(action === "resolve" ? [{ name: "document", label: t("ui.finance.break_document"), required: true }] : [])],
    save: async (values) => {
      await api(`/api/v1/breaks/${encodeURIComponent(row.break_id ?? row.id)}/actions`, { json: { action, ...values } });
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
      fill(place, h("div", { class: "notice", "data-tone": count(found.breaks) ? "warn" : "ok" }, t("ui.finance.statement_done", { entries: count(found.entries), matched: count(found.matched), breaks: count(found.breaks) })));
      await done();
    }, place);
  });
}

const count = (value) => (Array.isArray(value) ? value.length : value ?? 0);
