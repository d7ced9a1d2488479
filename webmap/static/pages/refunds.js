// /finance/refunds: who asked for what, who decides, what counties pay back, and money in suspense.

import { api, busy, countyName, fill, fmtFen, fmtTime, h, t, table, toast, tOr } from "/static/app.js";
import { askRefund } from "/static/pages/refundform.js";
import { formDialog } from "/static/pages/formdialog.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { itemName, keepQuery, pageQuery, statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const root = at("refunds-page");
const { city, county, login } = root.dataset;

at("state").value = pageQuery().state || "";
at("of-order").value = pageQuery().order_no || "";

// ---------------------------------------------------------------- the list

const PAYER = "payer";
const concerns = (row) => row.state === "requested" && (city || (row.lines.length > 0 && row.lines.every((line) => line.county_code === county)));
// What a payer asks for is checked by one and decided by another.
const checks = (row) => concerns(row) && row.requested_by === PAYER && !row.checked_by;
const decides = (row) => concerns(row) && !checks(row) && ![row.requested_by, row.checked_by].includes(login);
const sends = (row) => row.returns.filter((item) => item.state === "asked" && (city || item.county_code === county));
const arrives = (row) => (city ? row.returns.filter((item) => item.state === "sent") : []);

function button(name, label, work, danger) {
  return h("button", { class: danger ? "btn btn-small btn-danger" : "btn btn-small", type: "button", "data-testid": `refund-${name}`, onclick: work }, label);
}

function acts(row) {
  const made = [];
  if (checks(row)) made.push(button("check", t("ui.refunds.check"), (event) => post(event.currentTarget, `${path(row)}/check`)), button("reject", t("ui.refunds.reject"), () => decide(row, false), true));
  if (decides(row)) made.push(button("approve", t("ui.refunds.approve"), () => decide(row, true)), button("reject", t("ui.refunds.reject"), () => decide(row, false), true));
  if (row.state === "requested" && [row.requested_by, row.checked_by].includes(login)) made.push(h("span", { class: "faint" }, t("ui.refunds.own")));
  for (const item of sends(row)) made.push(button("send", t("ui.refunds.send", { county: countyName(item.county_code) }), () => send(row, item)));
  for (const item of arrives(row)) made.push(button("arrive", t("ui.refunds.arrive", { county: countyName(item.county_code) }), (event) => post(event.currentTarget, `${path(row)}/returns/${item.county_code}/arrival`)));
  if (city && row.state === "failed") made.push(button("retry", t("ui.refunds.retry"), (event) => post(event.currentTarget, `${path(row)}/retry`)));
  return h("div", { class: "actions" }, made);
}

function returned(row) {
  return row.returns.map((item) => h("div", {}, `${countyName(item.county_code)} ${fmtFen(item.amount_fen)} `, statusBadge("county_return", item.state), item.reference ? h("div", { class: "code faint" }, item.reference) : null));
}

/** An order's number; it leads to the way of its money. */
const trail = (no) => h("a", { class: "code nowrap-code", href: `/trace/${encodeURIComponent(no)}` }, no);

function subject(row) {
  return [h("div", { class: "code nowrap-code" }, row.refund_no), row.order_no ? h("div", {}, trail(row.order_no)) : null,
    h("div", { class: "faint" }, row.suspended_id ? t("ui.refunds.of_suspense") : row.whole ? t("ui.refunds.whole") : t("ui.refunds.part")),
    row.lines.map((line) => h("div", { class: "faint" }, `${line.line_no}. ${itemName(line.name)} ${fmtFen(line.amount_fen)} · ${countyName(line.county_code)}`))];
}

const asked = () => ({ state: at("state").value, order_no: at("of-order").value.trim() });
const refunds = pagedList(at("list"), (page) => api("/api/v1/refunds", { query: { ...asked(), ...page } }), (rows) => table([
  { label: t("ui.refunds.refund"), value: subject },
  { label: t("ui.refunds.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  { label: t("ui.refunds.why"), value: (row) => [tOr(`ui.refunds.cause.${row.cause}`, row.cause), h("div", { class: "faint" }, row.reason)] },
  { label: t("ui.refunds.asked"), value: (row) => [row.requested_by === PAYER ? t("ui.refunds.payer") : row.requested_by, h("div", { class: "faint" }, fmtTime(row.requested_at)), row.checked_by ? h("div", { class: "faint" }, t("ui.refunds.checked", { by: row.checked_by, at: fmtTime(row.checked_at) })) : null] },
  { label: t("ui.refunds.decided"), value: (row) => (row.decided_by ? [row.decided_by, h("div", { class: "faint" }, fmtTime(row.decided_at)), row.decision] : "–") },
  { label: t("ui.refunds.state"), value: (row) => [h("span", { "data-testid": "refund-state", "data-state": row.state }, statusBadge("refund", row.state)), row.last_error && row.state === "failed" ? h("div", { class: "faint" }, row.last_error) : null] },
  { label: t("ui.refunds.returns"), value: (row) => (row.returns.length ? returned(row) : "–") },
  { label: t("ui.refunds.act"), value: acts },
], rows, { empty: t("ui.refunds.none"), rowKey: (row) => row.refund_no }));

// ---------------------------------------------------------------- acts

const path = (row) => `/api/v1/refunds/${encodeURIComponent(row.refund_no)}`;

function done(words) {
  toast(t(words));
  return all();
}

function decide(row, approve) {
  formDialog({
    title: `${t(approve ? "ui.refunds.approve" : "ui.refunds.reject")} · ${fmtFen(row.amount_fen)}`,
    note: t(approve ? "ui.refunds.approve_note" : "ui.refunds.reject_note"),
    fields: [{ name: "comment", label: t("ui.refunds.comment"), required: !approve, maxlength: 500 }],
    confirm: t(approve ? "ui.refunds.approve" : "ui.refunds.reject"),
    danger: !approve,
    save: async ({ comment }) => { await api(`${path(row)}/decision`, { json: { approve, comment } }); await done("ui.refunds.saved"); },
  });
}

function post(button, address) {
  return busy(button, async () => {
    await api(address, { method: "POST", json: {} });
    await done("ui.refunds.saved");
  });
}

function send(row, item) {
  formDialog({
    title: `${t("ui.refunds.send", { county: countyName(item.county_code) })} · ${fmtFen(item.amount_fen)}`,
    note: t("ui.refunds.send_note"),
    fields: [{ name: "reference", label: t("ui.refunds.reference"), required: true, maxlength: 64 }],
    save: async (values) => { await api(`${path(row)}/returns/${item.county_code}`, { json: values }); await done("ui.refunds.saved"); },
  });
}

// ---------------------------------------------------------------- suspense

const suspense = at("suspense") && pagedList(at("suspense"), (page) => api("/api/v1/suspense", { query: page }), (rows) => table([
  { label: t("ui.refunds.arrived_at"), class: "nowrap", value: (row) => fmtTime(row.at) },
  { label: t("ui.refunds.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  { label: t("ui.refunds.why"), value: (row) => tOr(`ui.refunds.reason.${row.reason}`, row.reason) },
  { label: t("ui.refunds.channel"), value: (row) => [tOr(`ui.channels.name.${row.channel}`, row.channel), h("div", { class: "code faint" }, row.channel_txn)] },
  { label: t("ui.refunds.order"), value: (row) => (row.order_no ? trail(row.order_no) : h("span", { class: "code" }, row.payment_code || "–")) },
  { label: t("ui.refunds.act"), value: (row) => (row.refund_no ? h("span", { class: "code faint" }, row.refund_no) : city ? button("suspense", t("ui.refunds.give_back"), () => giveBack(row)) : null) },
], rows, { empty: t("ui.refunds.suspense_none"), rowKey: (row) => row.suspended_id }));

function giveBack(row) {
  formDialog({
    title: `${t("ui.refunds.give_back")} · ${fmtFen(row.amount_fen)}`,
    note: t("ui.refunds.two_persons"),
    fields: [{ name: "reason", label: t("ui.refunds.comment"), required: true, maxlength: 500 }],
    save: async ({ reason }) => { await api("/api/v1/refunds", { json: { suspended_id: row.suspended_id, reason } }); await done("ui.refunds.asked_done"); },
  });
}

// ---------------------------------------------------------------- the page

const all = () => Promise.all([refunds.again(), suspense?.again()]);
const search = () => { keepQuery(asked()); return refunds.show(); };

at("filters").addEventListener("change", search);
at("filters").addEventListener("submit", (event) => { event.preventDefault(); search(); });
at("ask")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  fill(at("ask-problem"));
  await askRefund(at("order-no").value.trim(), { place: at("ask-problem"), button: at("ask").querySelector("button"), asked: () => done("ui.refunds.asked_done") });
});
refunds.show();
suspense?.show();
