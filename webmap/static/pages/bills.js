// /finance/bills: the stock of bill numbers, bills with void, copy and link, and the certificates that sign them.

import { api, badge, busy, copyText, countyName, fill, fmtDate, fmtFen, fmtNum, fmtTime, formValues, h, load, t, table, toast } from "/static/app.js";
import { askCorrection, correctionsList } from "/static/pages/billcorrections.js";
import { formDialog } from "/static/pages/formdialog.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { keepQuery, pageQuery, statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const { city, login, staff } = at("bills-page").dataset;
// By then the worker has issued the bill that takes the place of a void one.
const ISSUED_AFTER_MS = 4000;
const path = (row) => `/api/v1/receipts/${encodeURIComponent(row.code)}/${encodeURIComponent(row.number)}`;

// ---------------------------------------------------------------- stock

function stock({ stock: rows, segments, low_water: lowWater }) {
  return [table([
    { label: t("ui.bills.county"), value: (row) => h("span", { id: `stock-${row.county_code}` }, countyName(row.county_code)) },
    { label: t("ui.bills.code"), value: (row) => h("span", { class: "code" }, row.code) },
    { label: t("ui.bills.left"), class: "num", value: (row) => fmtNum(row.left) },
    { label: t("ui.bills.alert"), value: (row) => (row.low ? badge(t("ui.bills.low", { n: fmtNum(lowWater) }), "bad") : badge(t("ui.bills.enough"), "ok")) },
  ], rows, { rowKey: (row) => row.county_code }),
  h("details", { class: "entry" }, h("summary", {}, t("ui.bills.segments")), table([
    { label: t("ui.bills.county"), value: (row) => countyName(row.county_code) },
    { label: t("ui.bills.numbers"), value: (row) => h("span", { class: "code" }, `${row.code} ${row.lo}–${row.hi}`) },
    { label: t("ui.bills.next"), class: "num", value: (row) => fmtNum(row.next) },
    { label: t("ui.bills.document"), value: (row) => row.document || row.issued_by },
    { label: t("ui.bills.received"), value: (row) => [row.received_by, h("div", { class: "faint" }, fmtTime(row.received_at))] },
  ], segments))];
}

const showStock = () => load(at("stock"), () => api("/api/v1/receipts/pools"), stock);

at("receive")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  busy(form.querySelector("button"), async () => {
    const values = Object.fromEntries(new FormData(form));
    await api("/api/v1/receipts/pools", { json: { ...values, lo: Number(values.lo), hi: Number(values.hi) } });
    form.reset();
    toast(t("ui.bills.received_done"));
    await showStock();
  }, at("receive-problem"));
});

// ---------------------------------------------------------------- bills

function acts(row) {
  const made = [];
  const small = (name, label, work) => h("button", { class: "btn btn-small", type: "button", "data-testid": `bill-${name}`, onclick: work }, label);
  const signed = ["signed", "reversed"].includes(row.state);
  if (signed) made.push(h("a", { class: "btn btn-small", href: row.pdf, target: "_blank", rel: "noopener" }, "PDF"));
  if (signed && staff) made.push(small("copy", t("ui.bills.copy"), (event) => copy(row, event.currentTarget)), small("link", t("ui.bills.link"), () => link(row)));
  if (staff && row.kind === "blue" && ["signed", "held"].includes(row.state)) made.push(small("correct", t("ui.bills.correct"), () => askCorrection(row, corrected.again)));
  if (city && ["numbered", "held"].includes(row.state)) made.push(small("void", t("ui.bills.void"), () => voidBill(row)));
  made.push(small("events", t("ui.bills.events"), () => events(row)));
  return h("div", { class: "actions" }, made);
}

const asked = () => formValues(at("filters"));
const bills = pagedList(at("list"), (page) => api("/api/v1/receipts", { query: { ...asked(), ...page } }), (rows) => table([
  { label: t("ui.bills.bill"), value: (row) => [h("span", { class: "code nowrap-code" }, `${row.code} ${row.number}`), row.red_of ? h("div", { class: "faint" }, t("ui.bills.red_of", { no: row.red_of })) : null, row.replaces ? h("div", { class: "faint" }, t("ui.bills.replaces", { no: row.replaces })) : null] },
  { label: t("ui.bills.order"), value: (row) => [h("a", { class: "code nowrap-code", href: `/trace/${encodeURIComponent(row.order_no)}` }, row.order_no), h("div", {}, h("a", { class: "code nowrap-code faint", href: `/cases/${encodeURIComponent(row.case_no)}` }, row.case_no))] },
  { label: t("ui.bills.payer"), value: (row) => row.payer_name },
  { label: t("ui.bills.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  { label: t("ui.bills.county"), value: (row) => countyName(row.county_code) },
  { label: t("ui.bills.issued_on"), class: "nowrap", value: (row) => fmtDate(row.issued_on) },
  { label: t("ui.bills.state"), value: (row) => statusBadge("bill", row.state) },
  { label: t("ui.bills.act"), value: acts },
], rows, { empty: t("ui.bills.none"), rowKey: (row) => row.number }));

function copy(row, button) {
  return busy(button, async () => {
    const answer = await api(`${path(row)}/copies`, { method: "POST", json: {}, raw: true });
    const number = answer.headers.get("X-Ningtu-Copy");
    const address = URL.createObjectURL(await answer.blob());
    const anchor = h("a", { href: address, download: `${row.code}-${row.number}-${number}.pdf` });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    toast(t("ui.bills.copied", { n: number }));
  }, at("message"));
}

function link(row) {
  formDialog({
    title: `${t("ui.bills.link")} · ${row.number}`,
    fields: [{ name: "hours", label: t("ui.bills.hours"), type: "number", value: "72", min: "1", required: true }],
    save: async ({ hours }) => {
      const made = await api(`${path(row)}/links`, { json: { hours: Number(hours) } });
      await copyText(new URL(made.url, location.origin).href);
      toast(t("ui.bills.link_done", { at: fmtTime(made.expires_at) }));
    },
  });
}

function voidBill(row) {
  formDialog({
    title: `${t("ui.bills.void")} · ${row.code} ${row.number}`,
    note: t("ui.bills.void_note"),
    fields: [{ name: "reason", label: t("ui.bills.reason"), required: true, maxlength: 500 }],
    danger: true,
    save: async (values) => { await api(`${path(row)}/void`, { json: values }); toast(t("ui.bills.void_done")); await bills.again(); setTimeout(bills.again, ISSUED_AFTER_MS); },
  });
}

async function events(row) {
  at("events-panel").hidden = false;
  at("events-title").textContent = `${row.code} ${row.number}`;
  await load(at("events"), () => api(`${path(row)}/events`), ({ items }) => table([
    { label: t("ui.bills.event"), value: (event) => t(`ui.bills.event.${event.kind}`, { n: event.seq }) },
    { label: t("ui.bills.who"), value: (event) => event.detail.organisation || event.actor },
    { label: t("ui.bills.reason"), value: (event) => event.detail.reason || event.detail.voucher || "–" },
    { label: t("ui.bills.when"), value: (event) => fmtTime(event.at) },
  ], items, { empty: t("ui.bills.events_none") }));
  at("events-panel").scrollIntoView({ block: "nearest" });
}

// ---------------------------------------------------------------- corrections, keys and the backlog

const corrected = correctionsList(at("corrections"), { city, login, decided: () => Promise.all([corrected.again(), bills.again()]) });

const showKeys = () => load(at("keys"), () => api("/api/v1/receipts/keys"), ({ items }) => items.map((key) => h("details", {},
  h("summary", {}, `${t(`ui.bills.key.${key.role}`)} · ${key.algorithm} ${key.sample ? `· ${key.sample}` : ""}`), h("pre", { class: "code" }, key.certificates.join("\n")))));

at("backlog")?.addEventListener("click", (event) => busy(event.currentTarget, async () => {
  const { waiting } = await api("/api/v1/receipts/backlog", { method: "POST", json: {} });
  fill(at("backlog-note"), t("ui.bills.backlog_done", { n: fmtNum(waiting) }));
}, at("message")));

const search = () => { keepQuery(asked()); return bills.show(); };
for (const [name, value] of Object.entries(pageQuery())) if (at("filters").elements[name]) at("filters").elements[name].value = value;
at("filters").addEventListener("submit", (event) => { event.preventDefault(); search(); });
at("filters").addEventListener("change", (event) => { if (event.target.name !== "q") search(); });
at("permalink").addEventListener("click", () => copyText(location.href));
showStock();
bills.show();
corrected.show();
showKeys();
