// Reports on /finance: a number opens its rows, a row its money trail and its parcel on the map. The report shown is in
// the page's address. Needs the texts "ui.finance" and "ui.status".

import { api, badge, countyName, fenText, fill, fmtNum, fmtTime, h, load, t, table, tOr } from "/static/app.js";
import { keepQuery, pageQuery, statusName } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const NAMES = ["lines", "unbilled", "straddles", "pools", "ageing", "rate", "balance"];
const FIGURES = ["due", "paid", "arrived", "cleared", "confirmed", "refunded", "suspense"];
const FORMATS = [["xlsx", "Excel"], ["csv", "CSV"], ["pdf", "PDF"]];
const COUNTS = /^(n|age_|overdue|used|left_over|line_no|median_s|rate|first_number|last_number)/;
// A narrower question than the form's: one county and kind, as a number of the day sheet asks it.
let narrowed = {};

const cells = {
  order_no: (value) => h("a", { class: "code", href: `/trace/${encodeURIComponent(value)}` }, value),
  parcel_code: (value) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(value)}` }, value),
  case_no: (value) => h("a", { class: "code", href: `/cases/${encodeURIComponent(value)}` }, value),
  county_code: countyName,
  kind: (value) => statusName("kind", value),
  side: (value) => t(`ui.finance.break_side.${value}`),
  type: (value) => [h("span", { class: "code" }, value), " ", tOr(`ui.finance.break.${value}`, "")],
  reference: (value) => h("span", { class: "code" }, value),
};

function cell(name, value) {
  if (value === null || value === undefined || value === "") return "–";
  if (name.endsWith("_fen")) return name === "difference_fen" && value ? badge(fenText(value), "bad") : fenText(value);
  if (name === "at") return h("span", { class: "nowrap" }, fmtTime(value));
  return name in cells ? cells[name](value) : String(value);
}

function drawn(report) {
  const sum = report.columns.some((column) => column.name === "amount_fen") ? report.items.reduce((all, row) => all + (row.amount_fen || 0), 0) : null;
  const foot = sum === null ? null : report.columns.map(({ name }, index) => (name === "amount_fen" ? fenText(sum) : index ? "" : t("ui.common.total")));
  return [h("p", { class: "faint panel-body" }, `${report.title} · ${t("ui.finance.report_rows", { n: fmtNum(report.items.length) })} · ${t("ui.common.as_of", { at: fmtTime(report.as_of) })}`,
    report.more ? ` · ${t("ui.finance.report_more", { n: fmtNum(report.items.length) })}` : ""),
  table(report.columns.map(({ name, label }) => ({ label, class: name.endsWith("_fen") || COUNTS.test(name) ? "num" : null, value: (row) => cell(name, row[name]) })), report.items, { foot })];
}

function question() {
  const asked = { name: at("report-name").value, date: at("report-from").value, to: at("report-to").value, ...narrowed };
  return asked.name === "lines" ? { ...asked, to: asked.date, figure: at("report-figure").value } : asked;
}

async function show() {
  const { name, ...query } = question();
  keepQuery({ ...pageQuery(), report: name, from: query.date, to: query.to, figure: query.figure, of_county: query.county, of_kind: query.kind });
  const path = `/api/v1/reports/${encodeURIComponent(name)}`;
  fill(at("report-files"), FORMATS.map(([format, label]) => h("a", { class: "btn btn-small", href: `${path}?${new URLSearchParams({ ...query, format })}`, "data-testid": `report-${format}` }, label)));
  await load(at("report"), () => api(path, { query }), drawn);
}

function fit() {
  const lines = at("report-name").value === "lines";
  at("report-figure").closest(".field").hidden = !lines;
  at("report-to").closest(".field").hidden = lines;
}

/** Shows the rows behind a number: {figure, date, to, county?, kind?}. */
export function openRows({ figure, date, to, county, kind }) {
  at("report-name").value = "lines";
  Object.assign(at("report-figure"), { value: figure });
  at("report-from").value = date;
  at("report-to").value = to;
  narrowed = { ...(county ? { county } : {}), ...(kind ? { kind } : {}) };
  fit();
  at("reports-title").scrollIntoView({ block: "start" });
  at("reports-title").focus({ preventScroll: true });
  return show();
}

/** Makes the form ready; day() tells the day of the page. A report named in the address is shown at once. */
export function reportForm(day) {
  const asked = pageQuery();
  const mayAll = !at("finance").dataset.county;
  fill(at("report-name"), NAMES.filter((name) => mayAll || name !== "balance").map((name) => h("option", { value: name, selected: name === asked.report }, t(`ui.finance.report.${name}`))));
  fill(at("report-figure"), FIGURES.map((name) => h("option", { value: name, selected: name === (asked.figure || "paid") }, t(`ui.finance.${name}`))));
  at("report-from").value = asked.from || day();
  at("report-to").value = asked.to || day();
  narrowed = { ...(asked.of_county ? { county: asked.of_county } : {}), ...(asked.of_kind ? { kind: asked.of_kind } : {}) };
  fit();
  at("report-name").addEventListener("change", fit);
  at("report-form").addEventListener("submit", (event) => {
    event.preventDefault();
    narrowed = {};
    show();
  });
  if (asked.report) show();
}
