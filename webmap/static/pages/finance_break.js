// One break of reconciliation on /finance: what it is, what to do, evidence, course, acts. Needs the texts "ui.finance", "ui.cases" and "ui.status".

import { api, countyName, fill, fmtFen, fmtTime, h, load, pairs, t, table, toast, tOr } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { keepQuery, pageQuery, statusBadge, statusName } from "/static/pages/words.js";

const box = document.getElementById("break");

/** What a record's state or kind is called. */
function whatOf({ kind, what }) {
  if (!what) return "–";
  const names = { order: () => statusName("order", what), channel_event: () => tOr(`ui.finance.event.${what}`, what), channel_line: () => tOr(`ui.finance.event.${what}`, what),
    posting: () => tOr(`ui.cases.posting.${what}`, what), payout: () => tOr(`ui.finance.payout_state.${what}`, what), bill: () => statusName("bill", what), refund: () => statusName("refund", what) };
  return kind in names ? names[kind]() : h("span", { class: "code" }, what);
}

/** A record that is a page or a file of its own leads there. */
function numberOf(item) {
  const file = item.link?.startsWith("/api/");
  return item.link ? h("a", { class: "code", href: item.link, target: file ? "_blank" : null, rel: file ? "noopener" : null }, item.id) : h("span", { class: "code" }, item.id);
}

const EVIDENCE = [
  { label: t("ui.finance.evidence_kind"), class: "nowrap", value: (item) => t(`ui.finance.evidence.${item.kind}`) },
  { label: t("ui.finance.evidence_id"), value: numberOf },
  { label: t("ui.finance.evidence_what"), value: whatOf },
  { label: t("ui.finance.county"), value: (item) => (item.county_code ? countyName(item.county_code) : "–") },
  { label: t("ui.finance.break_amount"), class: "num", value: (item) => fmtFen(item.amount_fen) },
  { label: t("ui.finance.evidence_at"), class: "nowrap", value: (item) => fmtTime(item.at) },
  { label: t("ui.finance.evidence_note"), value: (item) => (item.kind === "bill" ? tOr(`ui.finance.bill_kind.${item.note}`, item.note) : h("span", { class: "code" }, item.note || "–")) },
];

// Keys of the books that a person has no use for: their records stand in the evidence.
const KEYS = ["statement_id", "seq", "posting_id", "decision_id"];

/** The facts of a break as its finder wrote them. */
function facts(found) {
  const shown = (name, value) => {
    if (name.endsWith("_fen")) return fmtFen(value);
    if (name === "channel") return tOr(`ui.finance.channel.${value}`, value);
    if (name === "kind") return tOr(`ui.finance.event.${value}`, value);
    if (name === "counties") return value.map(countyName).join("、");
    return [value].flat().join("；");
  };
  return Object.entries(found.detail).filter(([name, value]) => !KEYS.includes(name) && value !== null).map(([name, value]) => [tOr(`ui.finance.fact.${name}`, name), shown(name, value)]);
}

function course(found) {
  if (!found.history.length) return h("p", { class: "faint" }, t("ui.finance.break_course_none"));
  return h("ol", { class: "steps", "data-testid": "break-course" }, found.history.map((one) => h("li", { class: "done" },
    h("strong", {}, tOr(`ui.finance.break_act.${one.action}`, one.action)), one.comment ? ` ${one.comment}` : null,
    one.document ? [" · ", h("span", { class: "code" }, one.document)] : null, one.posting_id ? [" · ", t("ui.finance.break_posting"), " ", h("span", { class: "code" }, one.posting_id)] : null,
    h("div", { class: "when" }, `${fmtTime(one.at)} · ${one.actor}${one.county_code ? ` · ${countyName(one.county_code)}` : ""}`))));
}

function acts(found, done) {
  const buttons = found.acts.map((name) => h("button", { class: name === "confirm" || name === "resolve" ? "btn btn-primary" : "btn", type: "button", "data-testid": `break-${name}`, onclick: () => act(found, name, done) }, t(`ui.finance.act.${name}`)));
  if (found.waits) return h("p", { class: "soft", "data-testid": "break-waits" }, t(`ui.finance.break_waits.${found.waits}`));
  if (found.state === "confirmed") return h("p", { class: "soft" }, t("ui.finance.break_nothing_to_do"));
  return buttons.length ? h("div", { class: "actions" }, buttons) : null;
}

function draw(found, done) {
  const name = tOr(`ui.finance.break.${found.type}`, found.type);
  return [h("h3", { id: "break-title" }, `${t("ui.finance.break_title", { id: found.break_id })} · ${found.type} ${name} `, statusBadge("break", found.state)),
    h("p", { class: "notice", "data-tone": "info" }, h("strong", {}, `${t("ui.finance.break_suggested")}：`), tOr(`ui.finance.break_hint.${found.type}`, name)),
    pairs([[t("ui.finance.break_day"), found.date], [t("ui.finance.break_amount"), fmtFen(found.amount_fen)], [t("ui.finance.county"), found.county_code ? countyName(found.county_code) : undefined],
      [t("ui.finance.break_books"), [...found.books].map((one) => t(`ui.finance.books.${one}`)).join("、") || undefined],
      [t("ui.finance.break_owner"), [t(`ui.finance.break_side.${found.side}`), found.owner].filter(Boolean).join(" · ")], [t("ui.finance.break_age"), fmtTime(found.opened_at)],
      [t("ui.finance.break_due"), found.due_on], ...facts(found)]),
    h("h4", {}, t("ui.finance.break_evidence_list")),
    h("div", { "data-testid": "break-evidence" }, table(EVIDENCE, found.evidence, { empty: t("ui.finance.break_evidence_none") })),
    h("h4", {}, t("ui.finance.break_course")), course(found), acts(found, done),
    h("button", { class: "btn btn-small", type: "button", "data-testid": "break-close", onclick: closeBreak }, t("ui.common.close"))];
}

/** Shows a break below the list; done() is called after each act. */
export async function showBreak(breakId, done) {
  keepQuery({ ...pageQuery(), break: String(breakId) });
  box.hidden = false;
  await load(box, () => api(`/api/v1/breaks/${encodeURIComponent(breakId)}`), (found) => draw(found, done));
  box.tabIndex = -1;
  box.scrollIntoView({ block: "nearest" });
  box.focus({ preventScroll: true });
}

/** Hides the break. */
export function closeBreak() {
  keepQuery({ ...pageQuery(), break: "" });
  box.hidden = true;
  fill(box);
}

/** What is asked before an act: a note always, and by the act an owner or the evidence. */
function fieldsOf(found, action) {
  const fields = [{ name: "comment", label: t("ui.finance.break_note"), required: action !== "assign", maxlength: 1000 }];
  if (action === "assign") fields.push({ name: "owner", label: t("ui.finance.break_owner"), required: true, options: found.owners.map((one) => [one.login, `${one.name} · ${one.login}`]) });
  if (action !== "resolve") return fields;
  const postings = found.evidence.filter((item) => item.kind === "posting");
  const known = postings.map((item) => [item.id, [item.id, whatOf(item), fmtFen(item.amount_fen), item.note].join(" · ")]);
  fields.push({ name: "document", label: t("ui.finance.break_document"), maxlength: 200, nullable: true });
  if (known.length) fields.push({ name: "known_posting", label: `${t("ui.finance.break_posting")} · ${t("ui.finance.break_posting_choice")}`, options: [["", "–"], ...known], nullable: true });
  return [...fields, { name: "posting_id", label: t("ui.finance.break_posting"), type: "number", min: 1, nullable: true, hint: t("ui.finance.break_evidence") }];
}

function act(found, action, done) {
  const name = t(`ui.finance.act.${action}`);
  formDialog({
    title: `${name} · ${found.type} ${tOr(`ui.finance.break.${found.type}`, "")} · ${fmtFen(found.amount_fen)}`, confirm: name, fields: fieldsOf(found, action),
    save: async ({ known_posting: known, ...values }) => {
      const posting = values.posting_id || known;
      await api(`/api/v1/breaks/${encodeURIComponent(found.break_id)}/actions`, { json: { action, ...values, ...(posting ? { posting_id: Number(posting) } : {}) } });
      toast(t("ui.finance.break_done"));
      await Promise.all([done(), showBreak(found.break_id, done)]);
    },
  });
}
