// Reports on /finance: a number opens its rows, a row its money trail and its parcel on the map. The report shown is in
// the page's address. Needs the texts "ui.finance" and "ui.status".

import { api, badge, countyName, fenText, fill, fmtNum, fmtTime, h, load, t, table, tOr } from "/static/app.js";
import { showEntries } from "/static/pages/finance_entries.js";
import { itemName, keepQuery, pageQuery, statusName } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const NAMES = ["lines", "month", "unbilled", "straddles", "boundary", "pools", "bills", "ageing", "breaks", "rate", "balance"];
// Opened from a number only.
const BEHIND = ["entries", "boundary_lines"];
const FIGURES = ["due", "paid", "arrived", "cleared", "confirmed", "refunded", "returned", "disputed", "suspense", "credited", "refunded_before"];
const FORMATS = [["xlsx", "Excel"], ["csv", "CSV"], ["pdf", "PDF"]];
const COUNTS = /^(n|age_|overdue|used|left_over|line_no|median_s|rate|first_number|last_number)/;
const NARROWING = ["county", "kind", "channel", "item", "type", "age", "pool", "whole", "statement"];
const CITY = "421200";
// A narrower question than the form's, as a number asks it.
let narrowed = {};

const code = (value) => h("span", { class: "code" }, value);
const cells = {
  order_no: (value) => h("a", { class: "code", href: `/trace/${encodeURIComponent(value)}` }, value),
  parcel_code: (value) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(value)}` }, value),
  case_no: (value) => h("a", { class: "code", href: `/cases/${encodeURIComponent(value)}` }, value),
  bill_number: (value, row) => h("a", { class: "code", href: `/api/v1/receipts/${row.code}/${value}.pdf`, target: "_blank", rel: "noopener" }, value),
  county_code: countyName,
  county_today: countyName,
  day: (value) => h("span", { class: "nowrap" }, value),
  item: itemName,
  channel: (value) => tOr(`ui.finance.channel.${value}`, value),
  // States of bills; behind one that is held stand the characters that it lacks.
  bill_state: (value) => value.split("; ").map((part) => part.replace(/^\w+/, (state) => statusName("bill", state))).join("; "),
  bill_kind: (value) => t(`ui.finance.bill_kind.${value}`),
  payout_state: (value) => t(`ui.finance.payout_state.${value}`),
  list_agrees: (value) => badge(t(`ui.finance.list_agrees.${value}`), value ? "ok" : "bad"),
  items_sha256: (value) => h("span", { class: "hash", title: value }, value.slice(0, 16)),
  state: (value) => statusName("break", value),
  kind: (value) => statusName("kind", value),
  side: (value) => t(`ui.finance.break_side.${value}`),
  type: (value) => [code(value), " ", tOr(`ui.finance.break.${value}`, "")],
  reference: (value) => (/^XN\d{16}[NT]\d+$/.test(value) ? payout(value) : code(value)),
  msg_id: payout,
};

/** A payout's number; it opens the list of its items. */
function payout(value) {
  return h("a", { class: "code nowrap-code", href: `/api/v1/payouts/${encodeURIComponent(value)}.csv` }, value);
}

const ageing = (age) => (row, asOf) => ({ name: "breaks", date: asOf, to: asOf, type: row.type, county: row.county_code || CITY, ...(age ? { age } : {}) });
const line = (figure) => (row) => ({ figure, date: row.day, to: row.day, county: row.county_code, kind: row.kind, channel: row.channel, item: row.item_code });
// Lines behind a sum of the report on today's boundary; a row without county is what people would decide: it opens the differences.
const placed = (type) => (row, asOf) => ({ name: "boundary_lines", date: asOf, to: at("report-to").value, county: row.county_code, kind: row.kind, ...(type && row.county_code ? { type } : {}) });
// What stands behind a number of a report that sums: the question that lists it, from the row and the day asked for.
const SOURCES = {
  month: Object.fromEntries(FIGURES.map((figure) => [`${figure}_fen`, line(figure)])),
  ageing: { n: ageing(), amount_fen: ageing(), age_0: ageing("0"), age_1: ageing("1"), age_3: ageing("3"), age_7: ageing("7"), age_more: ageing("more"), overdue: ageing("overdue") },
  pools: {
    used: (row, asOf) => ({ name: "bills", date: asOf, to: asOf, pool: `${row.code}-${row.first_number}`, whole: "true" }),
    used_in_30_days: (row, asOf) => ({ name: "bills", date: daysBefore(asOf, 29), to: asOf, pool: `${row.code}-${row.first_number}` }),
  },
  rate: { refunded_before_fen: (row) => ({ figure: "refunded_before", date: row.day, to: row.day }), arrived_fen: (row) => ({ figure: "arrived", date: row.day, to: row.day }), credited_fen: (row) => ({ figure: "credited", date: row.day, to: row.day }) },
  boundary: { n: placed("decided"), decided_fen: placed("decided"), today_fen: placed("today"), difference_fen: placed() },
  balance: { bank_fen: (row) => ({ name: "entries", date: row.day, to: row.day, statement: row.statement_ref }) },
};

function daysBefore(day, n) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() - n);
  return moved.toISOString().slice(0, 10);
}

/** The cell of a row's column; a number opens what it sums. */
function reportCell(report, name, row, asOf) {
  const value = row[name];
  if (value === null || value === undefined || value === "") return "–";
  if (name === "at") return h("span", { class: "nowrap" }, fmtTime(value));
  if (report === "balance" && name === "ledger_fen") return number(fenText(value), `${report}-${name}`, () => showEntries("1001", t("ui.finance.account.1001"), row.day));
  if (report === "balance" && name === "difference_fen" && value) return badge(fenText(value), "bad");
  const shown = name.endsWith("_fen") ? fenText(value) : name in cells ? cells[name](value, row) : String(value);
  const source = value ? SOURCES[report]?.[name] : null;
  return source ? number(shown, `${report}-${name}`, () => openRows(source(row, asOf))) : shown;
}

/** A number that opens what it sums. */
export function number(shown, id, open) {
  return h("button", { class: "link-button num", type: "button", title: t("ui.finance.reports_lead"), "data-testid": `open-${id}`, onclick: open }, shown);
}

/** The columns of a report for table(). */
export function reportColumns(report, asOf) {
  return report.columns.map(({ name, label }) => ({ label, class: name.endsWith("_fen") || COUNTS.test(name) ? "num" : null, value: (row) => reportCell(report.name, name, row, asOf) }));
}

/** The sums of a report's rows, null where not all rows are there; cell(name, sum) draws one. */
export function reportFoot(report, cell = (name, sum) => fenText(sum)) {
  const sums = (name) => name === "amount_fen" || (report.name === "month" && name.endsWith("_fen"));
  if (report.more || !report.columns.some(({ name }) => sums(name))) return null;
  // What a bank refused was paid by a later attempt, if at all.
  const counted = report.items.filter((row) => row.payout_state !== "rejected");
  return report.columns.map(({ name }, index) => (sums(name) ? cell(name, counted.reduce((all, row) => all + (row[name] || 0), 0)) : index ? "" : t("ui.common.total")));
}

function drawn(report) {
  const n = fmtNum(report.items.length);
  return [h("p", { class: "faint panel-body" }, `${report.title} · ${t("ui.finance.report_rows", { n })} · ${t("ui.common.as_of", { at: fmtTime(report.as_of) })}`,
    report.more ? ` · ${t("ui.finance.report_more", { n })}` : "", report.note ? h("br") : null, report.note),
  table(reportColumns(report, at("report-from").value), report.items, { foot: reportFoot(report) })];
}

function question() {
  const asked = { name: at("report-name").value, date: at("report-from").value, to: at("report-to").value, ...narrowed };
  return asked.name === "lines" ? { ...asked, figure: at("report-figure").value } : asked;
}

async function show() {
  const { name, ...query } = question();
  const kept = Object.fromEntries(NARROWING.map((one) => [`of_${one}`, query[one]]));
  keepQuery({ ...pageQuery(), report: name, from: query.date, to: query.to, figure: query.figure, ...kept });
  const path = `/api/v1/reports/${encodeURIComponent(name)}`;
  fill(at("report-files"), FORMATS.map(([format, label]) => h("a", { class: "btn btn-small", href: `${path}?${new URLSearchParams({ ...query, format })}`, "data-testid": `report-${format}` }, label)));
  await load(at("report"), () => api(path, { query }), drawn);
}

function fit() {
  at("report-figure").closest(".field").hidden = at("report-name").value !== "lines";
}

/** Keeps of a question what narrows it and is there; no channel is a channel, too: nobody has paid yet. */
function narrowing(asked) {
  return Object.fromEntries(NARROWING.filter((one) => asked[one] !== undefined && asked[one] !== null && (asked[one] !== "" || one === "channel")).map((one) => [one, asked[one]]));
}

/** Shows the rows behind a number: {name?, figure?, date, to} and what narrows them. */
export function openRows({ name = "lines", figure, date, to, ...more }) {
  at("report-name").value = name;
  if (figure) at("report-figure").value = figure;
  at("report-from").value = date;
  at("report-to").value = to;
  narrowed = narrowing(more);
  fit();
  at("reports-title").scrollIntoView({ block: "start" });
  at("reports-title").focus({ preventScroll: true });
  return show();
}

/** Makes the form ready; day() tells the day of the page. A report named in the address is shown at once. */
export function reportForm(day) {
  const asked = pageQuery();
  const mayAll = !at("finance").dataset.county;
  fill(at("report-name"), [...NAMES, ...BEHIND].filter((name) => mayAll || !["balance", "entries"].includes(name)).map((name) => h("option", { value: name, hidden: BEHIND.includes(name), selected: name === asked.report }, t(`ui.finance.report.${name}`))));
  fill(at("report-figure"), FIGURES.map((name) => h("option", { value: name, selected: name === (asked.figure || "paid") }, t(`ui.finance.${name}`))));
  at("report-from").value = asked.from || day();
  at("report-to").value = asked.to || day();
  narrowed = narrowing(Object.fromEntries(NARROWING.map((one) => [one, asked[`of_${one}`]])));
  fit();
  at("report-name").addEventListener("change", fit);
  at("report-form").addEventListener("submit", (event) => {
    event.preventDefault();
    narrowed = {};
    show();
  });
  if (asked.report) show();
}
