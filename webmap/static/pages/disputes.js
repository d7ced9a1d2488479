// /finance/disputes: counties about a line of an order. A county raises, the city holds, two persons rule,
// the next run adjusts. Needs the texts "ui.disputes", "ui.county" and "ui.status".

import { api, countyName, fill, fmtDate, fmtFen, fmtTime, h, load, pairs, t, table, toast } from "/static/app.js";
import { attach, attachmentList, filesField, sendFiles } from "/static/pages/attachments.js";
import { decisionPanel } from "/static/pages/county.js";
import { disputePath, raiseDispute } from "/static/pages/disputeraise.js";
import { formDialog } from "/static/pages/formdialog.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { itemName, keepQuery, pageQuery, statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const { city, confirms, county, login } = at("disputes-page").dataset;
const path = disputePath;
const query = pageQuery();
let chosen = query.dispute || "";

at("state").value = query.state || "";
if (at("order-no")) {
  at("order-no").value = query.order || "";
  at("line-no").value = query.line || "1";
}

// ---------------------------------------------------------------- the list

const state = (row) => h("span", { "data-testid": "dispute-state", "data-state": row.state }, statusBadge("dispute", row.state));
const sides = (row) => `${countyName(row.county_code)} → ${countyName(row.claimed_county)}`;

const disputes = pagedList(at("list"), (page) => api("/api/v1/disputes", { query: { state: at("state").value, ...page } }), (rows) => table([
  { label: t("ui.disputes.dispute"), value: (row) => [h("a", { href: `/finance/disputes?dispute=${encodeURIComponent(row.dispute_no)}`, class: "code nowrap-code", onclick: (event) => { event.preventDefault(); open(row.dispute_no); } }, row.dispute_no), h("div", { class: "faint" }, `${row.line_no}. ${itemName(row.line_name)}`)] },
  { label: t("ui.disputes.sides"), value: sides },
  { label: t("ui.disputes.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  { label: t("ui.disputes.reason"), value: (row) => [row.reason, h("div", { class: "faint" }, row.basis_doc)] },
  { label: t("ui.disputes.raised"), value: (row) => [row.raised_by, h("div", { class: "faint" }, fmtTime(row.raised_at))] },
  { label: t("ui.disputes.state"), value: state },
], rows, { empty: t("ui.disputes.none"), rowKey: (row) => row.dispute_no }));

// ---------------------------------------------------------------- one dispute

function act(name, work, { danger = false, primary = false } = {}) {
  const style = danger ? "btn btn-small btn-danger" : primary ? "btn btn-small btn-primary" : "btn btn-small";
  return h("button", { class: style, type: "button", "data-testid": `dispute-${name}`, onclick: work }, t(`ui.disputes.act.${name}`));
}

function acts(found) {
  const proposed = found.rulings.find((ruling) => ruling.accepted === null);
  const made = [];
  if (city && found.state === "raised") made.push(act("hold", () => words(found, "hold"), { primary: true }), act("reject", () => words(found, "reject", true), { danger: true }));
  if (county && county === found.raised_county && ["raised", "held"].includes(found.state) && !proposed) made.push(act("withdraw", () => words(found, "withdraw", true)));
  if (city && found.state === "held" && !proposed) made.push(act("propose", () => propose(found), { primary: true }));
  if (confirms && proposed && proposed.proposed_by !== login) made.push(act("confirm", () => end(found, proposed, true), { primary: true }), act("decline", () => end(found, proposed, false), { danger: true }));
  if ((city || county) && ["raised", "held", "ruled"].includes(found.state)) made.push(act("attach", () => addFiles(found)));
  if (proposed && proposed.proposed_by === login) made.push(h("span", { class: "faint" }, t("ui.disputes.own")));
  return made;
}

function moneyNow(found) {
  if (found.state === "adjusted") return t(found.ruled_county === found.county_code ? "ui.disputes.money.stays" : "ui.disputes.money.moved", { county: countyName(found.ruled_county) });
  if (found.state === "withdrawn" || found.state === "rejected") return t("ui.disputes.money.free", { county: countyName(found.county_code) });
  if (found.state === "raised") return t("ui.disputes.money.raised");
  if (!found.cleared) return found.state === "ruled" ? t("ui.disputes.money.ruled", { county: countyName(found.ruled_county) }) : t("ui.disputes.money.held");
  return t("ui.disputes.money.cleared", { county: countyName(found.county_code), kept: fmtFen(found.kept_fen), all: fmtFen(found.amount_fen) });
}

function rulings(found) {
  return table([
    { label: t("ui.disputes.to"), value: (row) => countyName(row.county_code) },
    { label: t("ui.disputes.basis_doc"), value: (row) => row.basis_doc },
    { label: t("ui.disputes.reason"), value: (row) => row.reason },
    { label: t("ui.disputes.proposed"), value: (row) => [row.proposed_by, h("div", { class: "faint" }, fmtTime(row.proposed_at))] },
    { label: t("ui.disputes.second"), value: (row) => (row.ended_by ? [`${row.ended_by} · ${t(row.accepted ? "ui.disputes.accepted" : "ui.disputes.declined")}`, h("div", { class: "faint" }, `${fmtTime(row.ended_at)} ${row.comment}`)] : t("ui.disputes.waits")) },
    { label: t("ui.disputes.decision"), value: (row) => (row.decision_id ? h("a", { href: `/decisions/${row.decision_id}` }, `#${row.decision_id}`) : "–") },
  ], found.rulings, { caption: t("ui.disputes.rulings"), empty: t("ui.disputes.rulings_none"), rowKey: (row) => row.ruling_id });
}

function draw(found) {
  at("detail-title").textContent = found.dispute_no;
  fill(at("acts"), acts(found));
  return h("div", { class: "stack" },
    pairs([
      [t("ui.disputes.state"), state(found)],
      [t("ui.disputes.money"), h("span", { "data-testid": "dispute-money" }, moneyNow(found))],
      [t("ui.disputes.line"), `${found.line_no}. ${itemName(found.line_name)} · ${fmtFen(found.amount_fen)}`],
      [t("ui.disputes.sides"), sides(found)],
      [t("ui.disputes.reason"), found.reason],
      [t("ui.disputes.basis_doc"), found.basis_doc],
      [t("ui.disputes.order"), h("a", { class: "code", href: `/trace/${encodeURIComponent(found.order_no)}` }, found.order_no)],
      [t("ui.disputes.parcel"), found.parcel_code ? h("a", { class: "code", href: `/#sel=${encodeURIComponent(found.parcel_code)}` }, found.parcel_code) : null],
    ]),
    h("section", { "aria-label": t("ui.disputes.decided") }, h("h3", {}, h("a", { href: `/decisions/${found.decision_id}` }, `${t("ui.disputes.decided")} #${found.decision_id}`)), decisionPanel(found.decision)),
    rulings(found),
    h("section", { "aria-label": t("ui.disputes.files") }, h("h3", {}, t("ui.disputes.files")), attachmentList(found.documents, (one) => t(`ui.disputes.purpose.${one.purpose}`))),
    found.adjustments.length ? table([
      { label: t("ui.disputes.day"), value: (row) => h("a", { href: `/finance?day=${row.biz_date}` }, `${fmtDate(row.biz_date)} · ${row.seq}`) },
      { label: t("ui.disputes.county"), value: (row) => countyName(row.county_code) },
      { label: t("ui.disputes.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
    ], found.adjustments, { caption: t("ui.disputes.adjustments") }) : null,
    table([
      { label: t("ui.disputes.when"), value: (row) => fmtTime(row.at) },
      { label: t("ui.disputes.state"), value: (row) => statusBadge("dispute", row.to) },
      { label: t("ui.disputes.who"), value: (row) => row.actor },
      { label: t("ui.disputes.comment"), value: (row) => row.comment || "–" },
    ], found.events, { caption: t("ui.disputes.history") }));
}

async function read(no) {
  const found = await api(path(no));
  return { ...found, decision: await api(`/api/v1/decisions/${found.decision_id}`) };
}

function open(no, { focus = true } = {}) {
  chosen = no;
  at("detail-panel").hidden = false;
  keepQuery({ state: at("state").value, dispute: no });
  if (focus) at("detail-title").focus();
  return load(at("detail"), () => read(no), draw);
}

// ---------------------------------------------------------------- acts

async function done() {
  toast(t("ui.disputes.saved"));
  await Promise.all([disputes.again(), chosen ? open(chosen, { focus: false }) : null]);
}

function words(found, name, needed = false) {
  formDialog({
    title: `${t(`ui.disputes.act.${name}`)} · ${fmtFen(found.amount_fen)}`, note: t(`ui.disputes.note.${name}`), confirm: t(`ui.disputes.act.${name}`), danger: name !== "hold",
    fields: [{ name: "comment", label: t("ui.disputes.comment"), required: needed, maxlength: 500 }],
    save: async (values) => { await api(`${path(found.dispute_no)}/${name}`, { json: values }); await done(); },
  });
}

function propose(found) {
  formDialog({
    title: `${t("ui.disputes.act.propose")} · ${fmtFen(found.amount_fen)}`, note: t("ui.disputes.note.propose"), confirm: t("ui.disputes.act.propose"),
    fields: [
      { name: "county_code", label: t("ui.disputes.to"), radios: [found.claimed_county, found.county_code].map((code) => [code, countyName(code)]) },
      { name: "basis_doc", label: t("ui.disputes.basis_doc"), required: true, maxlength: 500 },
      { name: "reason", label: t("ui.disputes.reason"), required: true, maxlength: 500 },
      filesField(t("ui.disputes.files")),
    ],
    save: async ({ files, ...values }) => {
      await sendFiles(`${path(found.dispute_no)}/documents`, files);
      await api(`${path(found.dispute_no)}/ruling`, { json: values });
      await done();
    },
  });
}

function end(found, ruling, accept) {
  const name = accept ? "confirm" : "decline";
  formDialog({
    title: `${t(`ui.disputes.act.${name}`)} · ${countyName(ruling.county_code)} ${fmtFen(found.amount_fen)}`, note: [t(`ui.disputes.note.${name}`), accept && !found.documents.some((one) => one.purpose === "ruling") ? t("ui.disputes.note.no_file") : null], confirm: t(`ui.disputes.act.${name}`), danger: !accept,
    fields: [{ name: "comment", label: t("ui.disputes.comment"), required: !accept, maxlength: 500 }],
    save: async ({ comment }) => { await api(`${path(found.dispute_no)}/ruling/end`, { json: { accept, comment } }); await done(); },
  });
}

const addFiles = (found) => attach(`${path(found.dispute_no)}/documents`, `${t("ui.disputes.act.attach")} · ${found.dispute_no}`, () => open(found.dispute_no, { focus: false }));

// ---------------------------------------------------------------- the page

at("state").addEventListener("change", () => { keepQuery({ state: at("state").value, dispute: chosen }); disputes.show(); });
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("raise")?.addEventListener("submit", (event) => {
  event.preventDefault();
  raiseDispute({ order_no: at("order-no").value.trim(), line_no: Number(at("line-no").value), county }, async (no) => { chosen = no; await done(); });
});
disputes.show();
if (chosen) open(chosen, { focus: false });
