// /finance: the day sheet, closing, signatures, trial balance. Breaks and undecided counties are in their own modules.

import { ApiError, api, ask, badge, busy, cityNow, countyName, emptyState, fenText, fill, fmtDate, fmtFen, fmtNum, fmtTime, h, load, poll, problemPanel, t, table, tOr, toast } from "/static/app.js";
import { accountChanges } from "/static/pages/account_changes.js";
import { againstSeal } from "/static/pages/finance_against.js";
import { breaksForm, showBreaks, statementForm } from "/static/pages/finance_breaks.js";
import { showEntries } from "/static/pages/finance_entries.js";
import { showMonth } from "/static/pages/finance_month.js";
import { number, openRows, reportForm } from "/static/pages/finance_reports.js";
import { showStatement, statementPanel } from "/static/pages/finance_statement.js";
import { showUndecided } from "/static/pages/finance_undecided.js";
import { keepQuery, pageQuery, statusBadge, statusName } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const root = at("finance");
const FIGURES = ["due", "paid", "arrived", "cleared", "confirmed", "refunded", "suspense"];
// The city signs the whole sheet under its own code.
const CITY = "421200";
// States of a payout that only a person moves on.
// What a person may clear in spite of, with the words of the button.
const EARLY = { before_cutoff: "ui.finance.close_now", bank_closed: "ui.finance.close_closed" };
const ENDED = ["settled", "rejected"];
const POLL_MS = 30000;
// Percent of the same-day rate when all that arrived is with the counties.
const WHOLE = 100;
const day = () => at("day").value;
const path = () => `/api/v1/days/${encodeURIComponent(day())}`;

at("day").value = /^\d{4}-\d{2}-\d{2}$/.test(pageQuery().day || "") ? pageQuery().day : fmtDate(cityNow());

// ---------------------------------------------------------------- the sheet

function sheet(found) {
  const money = (name) => ({ label: t(`ui.finance.${name}`), class: "num", value: (row) => rowsButton(row[`${name}_fen`], { figure: name, county: row.county_code, kind: row.kind }) });
  return table([
    { label: t("ui.finance.county"), class: "nowrap", value: (row) => countyName(row.county_code) },
    { label: t("ui.finance.kind"), class: "nowrap", value: (row) => statusName("kind", row.kind) },
    ...FIGURES.map(money),
    { label: t("ui.finance.payout"), value: (row) => (row.payout_msg_id ? h("a", { class: "code nowrap-code", href: `/api/v1/payouts/${encodeURIComponent(row.payout_msg_id)}.xml`, "data-testid": "payout" }, row.payout_msg_id) : h("span", { class: "faint" }, found.state === "open" ? "–" : t("ui.finance.zero"))) },
    { label: t("ui.finance.state"), value: (row) => (row.payout_msg_id ? statusBadge("day", row.state) : h("span", { class: "faint" }, "–")) },
  ], found.counties, { rowKey: (row) => `${row.county_code}-${row.kind}`, foot: [t("ui.common.total"), "", ...FIGURES.map((name) => rowsButton(total(found, name), { figure: name })), "", ""] });
}

/** A number that opens the rows behind it; nothing stands behind zero. */
function rowsButton(fen, asked, place = "rows") {
  if (!fen) return fenText(fen);
  return h("button", { class: "link-button num", type: "button", title: t("ui.finance.reports_lead"), "data-testid": `${place}-${asked.figure}-${asked.county || "all"}-${asked.kind || "all"}`, onclick: () => openRows({ ...asked, date: day(), to: day() }) }, fenText(fen));
}

/** The latest attempt of each payout of a day. */
function newestPayouts(found) {
  const key = (row) => `${row.seq}-${row.county_code}-${row.kind}`;
  const newest = new Map();
  for (const row of found.payouts) if (!newest.has(key(row)) || newest.get(key(row)).attempt < row.attempt) newest.set(key(row), row);
  return [...newest.values()];
}

/** Whether the bank still has something to say of a day by itself; what it refused waits for a person. */
const moving = (found) => found.state !== "open" && newestPayouts(found).some((row) => !ENDED.includes(row.state));

/** Payouts that the bank refused and nothing followed yet. */
function rejected(found) {
  const rows = newestPayouts(found).filter((row) => row.state === "rejected");
  at("rejected-panel").hidden = !rows.length;
  fill(at("rejected"), table([
    { label: t("ui.finance.payout"), value: (row) => h("span", { class: "code" }, row.msg_id) },
    { label: t("ui.finance.county"), value: (row) => countyName(row.county_code) },
    { label: t("ui.finance.column.amount_fen"), class: "num", value: (row) => fenText(row.amount_fen) },
    { label: t("ui.finance.rejected_reason"), value: (row) => (row.reason ? tOr(`ui.finance.payout_reason.${row.reason}`, row.reason) : "–") },
    { label: "", value: (row) => (root.dataset.city ? h("button", { class: "btn btn-small btn-primary", type: "button", "data-testid": "retry", onclick: (event) => retry(event.currentTarget, row) }, t("ui.finance.retry")) : null) },
  ], rows));
}

async function retry(button, row) {
  await busy(button, async () => {
    const made = await api(`/api/v1/payouts/${encodeURIComponent(row.msg_id)}/retry`, { method: "POST", json: {} });
    toast(t("ui.finance.retry_done", { msg_id: made.msg_id }));
    await show();
  }, at("message"));
}

const total = (found, name) => found.totals[`${name}_fen`];

function figures(found) {
  const figure = (label, value, tone, note) => h("div", { class: "figure", "data-tone": tone }, h("dt", {}, label), h("dd", {}, value), note ? h("div", { class: "note" }, note) : null);
  const { percent, refunded_before_fen: before } = found.same_day;
  const rate = percent === null ? "–" : `${fmtNum(Number(percent), Number(percent) % 1 ? 2 : 0)}%`;
  return [...["paid", "arrived", "cleared", "confirmed"].map((name) => figure(t(`ui.finance.${name}`), rowsButton(total(found, name), { figure: name }, "figure"))),
    figure(t("ui.finance.rate"), percent === null ? rate : number(rate, "rate", () => openRows({ name: "rate", date: day(), to: day() })), percent === null ? null : Number(percent) < WHOLE ? "warn" : "ok",
      before ? t("ui.finance.rate_note", { amount: fmtFen(before) }) : null),
    figure(t("ui.finance.suspense"), rowsButton(total(found, "suspense"), { figure: "suspense" }, "figure"), total(found, "suspense") ? "bad" : null),
    figure(t("ui.finance.breaks_figure"), found.open_breaks ? h("a", { href: "#breaks-title", "data-testid": "figure-breaks" }, fmtNum(found.open_breaks)) : "0", found.open_breaks ? "bad" : null)];
}

function booksLine({ checked_at: checked, broken }) {
  if (broken.length) return h("div", { class: "notice", "data-tone": "bad", role: "alert" }, t("ui.finance.books_broken", { assertions: broken.join(", "), at: fmtTime(checked) }));
  return checked ? h("p", { class: "faint no-print" }, t("ui.finance.books_hold", { at: fmtTime(checked) })) : null;
}

function signatures(found) {
  const signed = new Map((found.signatures).map((row) => [row.county_code, row]));
  const codes = [CITY, ...new Set(found.counties.map((row) => row.county_code))];
  const rows = codes.map((code) => ({ county_code: code, ...signed.get(code) }));
  return [table([
    { label: t("ui.finance.county"), value: (row) => (row.county_code === CITY ? t("ui.finance.sign_city") : countyName(row.county_code)) },
    { label: t("ui.finance.signed_by"), value: (row) => row.signed_by || h("span", { class: "faint" }, t(row.county_code === CITY ? "ui.finance.city_not_signed" : "ui.finance.not_signed")) },
    { label: t("ui.finance.signed_at"), value: (row) => (row.signed_at ? fmtTime(row.signed_at) : "") },
    { label: t("ui.finance.digest"), value: (row) => h("span", { class: "hash" }, (row.sheet_sha256 || "").slice(0, 16)) },
  ], rows), h("p", { class: "more-line" }, `${t("ui.finance.seal")}: `, found.seal ? sealText(found.seal) : t("ui.finance.seal_none")), found.state === "open" ? null : sealLeft(found.against_seal)];
}

/** What stands against the seal, for who sees all counties. */
function sealLeft(found) {
  const list = againstSeal(found);
  return list && h("div", { class: "more-line no-print" }, t("ui.finance.seal_against"), list);
}

function sealText(seal) {
  return [h("span", { class: "hash" }, seal.sha256 || ""), ` ${t("ui.finance.seal_rows", { n: fmtNum(seal.transfers), at: fmtTime(seal.sealed_at) })}`];
}

function drawActs(found) {
  const made = [h("a", { class: "btn", href: `${path()}/sheet.xlsx`, "data-testid": "xlsx" }, t("ui.finance.xlsx")), h("a", { class: "btn", href: `${path()}/sheet.pdf`, target: "_blank", rel: "noopener" }, t("ui.finance.pdf")),
    h("button", { class: "btn", type: "button", onclick: () => window.print() }, t("ui.common.print"))];
  const signed = new Set(found.signatures.map((row) => row.county_code));
  if (root.dataset.city && found.state === "done" && !found.seal && found.counties.every((row) => signed.has(row.county_code))) {
    made.push(h("button", { class: "btn btn-primary", type: "button", "data-testid": "seal-day", onclick: (event) => seal(event.currentTarget) }, t("ui.finance.seal_day")));
  }
  if (root.dataset.city && !found.seal) made.push(h("button", { class: "btn btn-primary", type: "button", "data-testid": "close-day", onclick: (event) => close(event.currentTarget) }, t("ui.finance.close")));
  if (root.dataset.city && found.state !== "open" && !signed.has(CITY)) {
    made.push(h("button", { class: "btn", type: "button", "data-testid": "sign-city", onclick: (event) => sign(event.currentTarget, CITY) }, t("ui.finance.sign_for_city")));
  }
  const county = root.dataset.county;
  if (county && found.state !== "open" && !(found.signatures).some((row) => row.county_code === county)) {
    made.push(h("button", { class: "btn btn-primary", type: "button", "data-testid": "sign-day", onclick: (event) => sign(event.currentTarget, county) }, t("ui.finance.sign")));
  }
  fill(at("acts"), made);
}

// ---------------------------------------------------------------- closing and signing

async function close(button) {
  if (!(await ask(t("ui.finance.close"), t("ui.finance.close_ask", { date: day() }), { confirm: t("ui.finance.close") }))) return;
  await busy(button, async () => {
    try {
      await api(`${path()}/close`, { method: "POST", json: {} });
    } catch (error) {
      const early = error instanceof ApiError && EARLY[error.problem.code];
      if (!early) throw error;
      if (!(await ask(t(early), error.problem.detail, { confirm: t(early) }))) return;
      await api(`${path()}/close`, { method: "POST", json: { run: "now" } });
    }
    toast(t("ui.finance.closing"));
    await follow();
  }, at("message"));
}

/** Waits for the bank, for a while: one that is slow, or closed today, is told of. */
async function follow() {
  const asked = day();
  let found = null;
  await poll(() => api(path()), (value) => { found = value; return !moving(value) || day() !== asked; }, { every: 700, limit: POLL_MS, onValue: (value) => value.date === day() && draw(value) })
    .catch((error) => { if (error.problem?.code !== "timeout") throw error; });
  if (day() !== asked) return;
  if (found.state === "done") toast(t("ui.finance.closed", { date: asked }));
  else if (moving(found)) fill(at("message"), h("div", { class: "notice", "data-tone": "info", "data-testid": "bank-waits" }, t("ui.finance.bank_waits")));
  await Promise.all([trial(), showBreaks(asked)]);
}

async function seal(button) {
  await busy(button, async () => {
    await api(`${path()}/seal`, { method: "POST", json: {} });
    toast(t("ui.finance.sealed"));
    await show();
  }, at("message"));
}

async function sign(button, county) {
  const title = t(county === CITY ? "ui.finance.sign_for_city" : "ui.finance.sign");
  const question = county === CITY ? t("ui.finance.sign_city_ask", { date: day() }) : t("ui.finance.sign_ask", { date: day(), county: countyName(county) });
  if (!(await ask(title, question, { confirm: title }))) return;
  await busy(button, async () => {
    await api(`${path()}/counties/${county}/sign`, { method: "POST", json: {} });
    toast(t("ui.finance.signed"));
    await show();
  }, at("message"));
}

// ---------------------------------------------------------------- trial balance

/** Name of a ledger account in the page's language: what it is, and whose. */
function accountName({ code, name }) {
  const [kind, whose] = code.split(".");
  const words = [tOr(`ui.finance.account.${kind}`, name)];
  if (/^\d{6}$/.test(whose)) words.push(whose === "421200" ? t("ui.common.office.city") : countyName(whose));
  else if (whose) words.push(tOr(`ui.finance.channel.${whose}`, whose));
  return words.join(" · ");
}

/** A sum of the trial balance; it opens the account's entries. */
function entriesButton(row, side) {
  const fen = row[`${side}_fen`];
  return fen ? h("button", { class: "link-button num", type: "button", title: t("ui.finance.entries"), "data-testid": `${side}-${row.code}`, onclick: () => showEntries(row.code, accountName(row), day()) }, fenText(fen)) : fenText(fen);
}

async function trial() {
  if (!at("trial")) return;
  await load(at("trial"), () => api("/api/v1/ledger/trial-balance", { query: { date: day() } }), (found) => {
    const difference = found.difference_fen;
    fill(at("trial-state"), badge(difference ? t("ui.finance.trial_bad", { amount: fmtFen(difference) }) : t("ui.finance.trial_ok"), difference ? "bad" : "ok"));
    const rows = found.accounts.filter((row) => row.debit_fen || row.credit_fen);
    return table([
      { label: t("ui.finance.account"), value: (row) => h("button", { class: "link-button nowrap-code", type: "button", title: t("ui.finance.entries"), "data-testid": `entries-${row.code}`, onclick: () => showEntries(row.code, accountName(row), day()) }, row.code) },
      { label: t("ui.finance.account_name"), value: accountName },
      { label: t("ui.finance.debit"), class: "num", value: (row) => entriesButton(row, "debit") },
      { label: t("ui.finance.credit"), class: "num", value: (row) => entriesButton(row, "credit") },
    ], rows, { foot: [t("ui.common.total"), "", fenText(found.debit_fen), fenText(found.credit_fen)] });
  });
}

// ---------------------------------------------------------------- the page

function draw(found) {
  fill(at("state"), statusBadge("day", found.state));
  at("state").dataset.state = found.state;
  at("sheet-day").textContent = day();
  at("as-of").textContent = t("ui.common.as_of", { at: fmtTime(found.as_of) });
  fill(at("books"), booksLine(found.books));
  fill(at("figures"), figures(found));
  fill(at("sheet"), sheet(found));
  rejected(found);
  fill(at("signatures"), signatures(found));
  drawActs(found);
}

async function show() {
  keepQuery({ ...pageQuery(), day: day() });
  fill(at("message"));
  try {
    const found = await api(path());
    draw(found);
    if (moving(found) && root.dataset.city) follow().catch((error) => fill(at("message"), problemPanel(error)));
  } catch (error) {
    for (const id of ["figures", "signatures", "acts", "state"]) fill(at(id));
    fill(at("sheet"), emptyState());
    fill(at("message"), problemPanel(error));
  }
  await Promise.all([trial(), at("breaks") && showBreaks(day()), showMonth(day(), root.dataset.city), showStatement(day())]);
}

function step(days) {
  const moved = new Date(`${day()}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  at("day").value = moved.toISOString().slice(0, 10);
  show();
}

at("day").addEventListener("change", () => { if (day()) show(); });
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("previous").addEventListener("click", () => step(-1));
at("next").addEventListener("click", () => step(1));
breaksForm();
statementForm(() => showBreaks(day()));
reportForm(day);
statementPanel(day);
show();
if (at("undecided")) showUndecided();
if (root.dataset.city || root.dataset.county) fill(at("account-changes"), accountChanges(() => null));
