// The entries of one account of the trial balance, in a dialog. Needs the texts "ui.finance".

import { api, busy, fenText, fill, fmtFen, fmtTime, h, load, t, table } from "/static/app.js";

const PAGE = 100;

/** What was posted: an order's entry leads to the way of its money, a payout's to its items. */
function source(row) {
  const href = row.order_no ? `/trace/${encodeURIComponent(row.order_no)}` : row.msg_id ? `/api/v1/payouts/${encodeURIComponent(row.msg_id)}.csv` : null;
  return href ? h("a", { class: "code", href }, row.key) : h("span", { class: "code" }, row.key);
}

const COLUMNS = [
  { label: t("ui.finance.entry_at"), value: (row) => h("span", { class: "nowrap" }, fmtTime(row.event_at)) },
  { label: t("ui.finance.entry_key"), value: source },
  { label: t("ui.finance.entry_other"), value: (row) => h("span", { class: "code nowrap-code" }, row.other) },
  { label: t("ui.finance.debit"), class: "num", value: (row) => (row.side === "debit" ? fenText(row.amount_fen) : "") },
  { label: t("ui.finance.credit"), class: "num", value: (row) => (row.side === "credit" ? fenText(row.amount_fen) : "") },
];

/** The account at the end of a day: what is posted, and what of it is not reserved. */
async function balanceLine(code, day) {
  const found = await api(`/api/v1/ledger/accounts/${encodeURIComponent(code)}/balance`, { query: { date: day } });
  return h("p", { class: "panel-body", "data-testid": "account-balance" }, t("ui.finance.balance_at", { day, balance: fmtFen(found.balance_fen), available: fmtFen(found.available_fen) }));
}

/** Shows an account: its balance at the end of a day, and all its entries in the order of writing, a page at a time. */
export function showEntries(code, name, day) {
  const title = `${t("ui.finance.entries")} · ${code} ${name}`;
  const rows = [];
  let cursor = null;
  const read = async () => {
    const found = await api(`/api/v1/ledger/accounts/${encodeURIComponent(code)}/entries`, { query: { limit: PAGE, cursor } });
    rows.push(...found.items);
    cursor = found.next || null;
    more.hidden = !cursor;
    return rows;
  };
  const list = h("div", { class: "dialog-list", tabindex: "-1" });
  const more = h("button", { class: "btn", type: "button", hidden: true, onclick: () => busy(more, async () => fill(list, table(COLUMNS, await read()))) }, t("ui.common.more"));
  const balance = h("div", { "aria-live": "polite" });
  const dialog = h("dialog", { class: "dialog-wide", "aria-label": title, "data-testid": "entries" },
    h("div", { class: "dialog-head" }, title), balance, list,
    h("div", { class: "dialog-foot" }, more, h("button", { class: "btn btn-primary", type: "button", onclick: () => dialog.close() }, t("ui.common.close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  load(balance, () => balanceLine(code, day), (line) => line);
  load(list, read, (all) => table(COLUMNS, all));
}
