// Breaks of reconciliation on /finance: the list, of a day or all that are not settled. Needs the texts "ui.finance" and "ui.status".

import { api, badge, busy, cityNow, countyName, fill, fmtDate, fmtFen, fmtNum, fmtTime, h, t, table, tOr } from "/static/app.js";
import { closeBreak, showBreak } from "/static/pages/finance_break.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { keepQuery, pageQuery, statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const UNSETTLED = ["open", "assigned", "explained"];
let day = "";

const COLUMNS = [
  { label: t("ui.finance.break_type"), value: (row) => [h("span", { class: "code" }, row.type), " ", tOr(`ui.finance.break.${row.type}`, "")] },
  { label: t("ui.finance.break_subject"), value: (row) => h("span", { class: "code" }, row.order_no || row.msg_id || row.detail.bill || row.detail.channel_txn || row.detail.reference || "–") },
  { label: t("ui.finance.county"), value: (row) => (row.county_code ? countyName(row.county_code) : "–") },
  { label: t("ui.finance.break_amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  { label: t("ui.finance.state"), value: (row) => statusBadge("break", row.state) },
  { label: t("ui.finance.break_owner"), value: (row) => [t(`ui.finance.break_side.${row.side}`), row.owner ? ` · ${row.owner}` : null] },
  { label: t("ui.finance.break_age"), value: (row) => h("span", { class: "nowrap" }, fmtTime(row.opened_at)) },
  { label: t("ui.finance.break_due"), value: due },
  { label: t("ui.finance.break_act"), value: (row) => h("button", { class: "btn btn-small", type: "button", "data-testid": "break-open", "aria-expanded": String(pageQuery().break === String(row.break_id)), "aria-controls": "break", onclick: () => open(row) }, t("ui.finance.break_open")) },
];

function due(row) {
  const late = UNSETTLED.includes(row.state) && row.due_on < fmtDate(cityNow());
  return [h("span", { class: "nowrap" }, row.due_on), late ? [" ", badge(t("ui.finance.break_late"), "bad")] : null];
}

function read(page) {
  const which = at("breaks-which").value;
  const asked = which === "day" ? day : "all";
  return api(`/api/v1/days/${encodeURIComponent(asked)}/breaks`, { query: { state: which === "day" ? null : which, ...page } });
}

const draw = (rows) => table(COLUMNS, rows, { empty: t("ui.finance.breaks_none"), onRow: open, rowKey: (row) => row.break_id });
const breaks = pagedList(at("breaks"), read, draw);

function open(row) {
  return showBreak(row.break_id, breaks.again);
}

/** Shows the breaks, of a day where the page asks for that. */
export function showBreaks(asked) {
  day = asked;
  return breaks.show();
}

/** Makes the choice of the list ready; a break named in the address is opened at once. */
export function breaksForm() {
  const asked = pageQuery();
  if (asked.breaks) at("breaks-which").value = asked.breaks;
  at("breaks-which").addEventListener("change", () => {
    keepQuery({ ...pageQuery(), breaks: at("breaks-which").value === "day" ? "" : at("breaks-which").value });
    closeBreak();
    breaks.show();
  });
  at("breaks-form").addEventListener("submit", (event) => event.preventDefault());
  if (/^\d+$/.test(asked.break || "")) showBreak(asked.break, breaks.again);
}

/** The form that imports a bank statement; done() is called afterwards. */
export function statementForm(done) {
  const form = at("statement");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = at("statement-problem");
    busy(form.querySelector("button"), async () => {
      const found = await api("/api/v1/statements", { form: new FormData(form) });
      fill(place, h("div", { class: "notice", "data-tone": found.breaks ? "warn" : "ok" },
        t("ui.finance.statement_done", { entries: fmtNum(found.entries), matched: fmtNum(found.matched), breaks: fmtNum(found.breaks) })));
      await done();
    }, place);
  });
}
