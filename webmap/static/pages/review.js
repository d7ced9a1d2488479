// /review/<id>: the reviewer's workbench. All of it works from the keyboard; ? lists the keys.

import { api, busy, emptyState, fill, fmtNum, fmtTime, h, poll, problemPanel, t, toast } from "/static/app.js";
import { FindingList, quantity } from "/static/pages/findinglist.js";
import { askAccept, askAnswer, askFault, askReturn, showKeys } from "/static/pages/reviewdialogs.js";
import { showCard } from "/static/pages/reviewcard.js";
import { ReviewMap } from "/static/pages/reviewmap.js";
import { rulesOfRun } from "/static/pages/rulesrun.js";
import { RUNNING, changesTable, endedNote, figures, proposalsTable, readSurvey } from "/static/pages/surveydata.js";
import { statusBadge, statusName } from "/static/pages/words.js";

const root = document.getElementById("review");
const id = root.dataset.survey;
const at = (name) => document.getElementById(name);
const path = `/api/v1/surveys/${encodeURIComponent(id)}`;
const SEVERITIES = ["error", "warning", "info"];
const last = {};
let data;
let reasons;
let map;
let list;
let open = false;

async function start() {
  [data, reasons] = await Promise.all([readSurvey(id), api("/api/v1/review-reasons")]);
  const rank = ({ properties }) => SEVERITIES.indexOf(properties.severity);
  data.findings.sort((one, other) => rank(one) - rank(other));
  for (const one of data.findings) one.properties.key = String(one.properties.finding_id);
  drawHead();
  if (!data.survey.counts) return;
  fill(at("figures"), figures(data.survey.counts));
  fill(at("rules"), rulesOfRun(data.survey.run));
  at("figures").hidden = at("work").hidden = at("rules-panel").hidden = false;
  drawDecision();
  drawLists();
  map = await ReviewMap.start(at("map"), choose);
  if (!map) return;
  map.showDraft(data.drafts);
  map.showFindings(shown());
  map.goToAll();
  if (data.findings.length) choose(list.next(({ properties }) => !settled(properties)) || list.rows[0]?.properties.key);
}

function drawHead() {
  const { survey } = data;
  fill(at("heading"), `${t("ui.review.title")} · ${survey.project_code} `, statusBadge("survey", survey.status));
  at("heading").dataset.status = survey.status;
  at("lead").textContent = [t(`ui.common.layer.${survey.layer}`), survey.kind && t(`ui.surveys.kind.${survey.kind}`), survey.effective_on && `${t("ui.surveys.effective_on")} ${survey.effective_on}`, fmtTime(survey.received_at)].filter(Boolean).join(" · ");
}

const notice = (tone, ...content) => h("div", { class: "notice", "data-tone": tone, role: "status" }, content);

// ---------------------------------------------------------------- lists and filters

function drawLists() {
  if (data.findings.length) {
    fill(at("findings-filters"), filters());
    list = new FindingList({ box: at("findings-list"), label: t("ui.surveys.findings"), onChoose: choose });
    list.show(shown());
  } else fill(at("findings-list"), emptyState(t("ui.surveys.findings_none"), t("ui.surveys.findings_none_hint")));
  const showRow = (row) => map?.goTo(row);
  fill(at("changes"), h("div", { class: "scroll tight" }, endedNote(data.ended), changesTable(data.changes, showRow), proposalsTable(data.proposals, showRow)));
  at("n-findings").textContent = `(${fmtNum(data.findings.length)})`;
  at("n-changes").textContent = `(${fmtNum(data.changes.length)})`;
}

function filters() {
  const count = (name, value) => data.findings.filter((feature) => feature.properties[name] === value).length;
  const rules = [...new Set(data.findings.map((feature) => feature.properties.rule_id))].sort();
  const pick = (name, label, options) => h("select", { id: `filter-${name}`, "aria-label": label, onchange: refilter }, h("option", { value: "" }, `${label}: ${t("ui.surveys.all")}`), options.map(([value, text]) => h("option", { value }, text)));
  return [pick("severity", t("ui.surveys.severity"), SEVERITIES.filter((one) => count("severity", one)).map((one) => [one, `${statusName("severity", one)} (${count("severity", one)})`])),
    pick("rule_id", t("ui.surveys.rule"), rules.map((one) => [one, `${one} (${count("rule_id", one)})`])),
    pick("state", t("ui.review.state"), ["open", "let_pass", "to_correct"].map((one) => [one, t(`ui.review.answer.${one}`)])),
    open ? h("button", { class: "btn btn-small", type: "button", "data-testid": "answer-all", onclick: () => ask("let_pass", shown().filter((one) => !settled(one.properties))) }, t("ui.review.answer_all")) : null];
}

const wish = (name) => at(`filter-${name}`)?.value || "";
const settled = (p) => Boolean(p.answer || p.waived) || p.severity === "info";

function shown() {
  return data.findings.filter(({ properties: p }) => (!wish("severity") || p.severity === wish("severity")) && (!wish("rule_id") || p.rule_id === wish("rule_id"))
    && (!wish("state") || (wish("state") === "open" ? !settled(p) : p.answer?.answer === wish("state"))));
}

function refilter() {
  list.show(shown());
  map?.showFindings(shown());
}

// ---------------------------------------------------------------- the chosen finding

const found = (key) => data.findings.find((feature) => feature.properties.key === key);
const current = () => found(list?.chosen);

function choose(key) {
  const feature = key && found(key);
  if (!feature) return;
  if (at("findings").hidden) tab("findings");
  list.choose(key);
  map?.mark(feature);
  map?.goTo(feature);
  drawDetail(feature);
}

function drawDetail(feature) {
  const p = feature.properties;
  const act = (key, text, run, extra = {}) => h("button", { class: "btn btn-small", type: "button", "aria-keyshortcuts": key, onclick: run, ...extra }, text, " ", h("kbd", {}, key));
  fill(at("finding"), h("div", { class: "finding-head" }, statusBadge("severity", p.severity), h("strong", {}, p.rule_id),
    p.measured !== null ? h("span", {}, `${t("ui.surveys.measured")} ${quantity(p.measured, p.unit)}`) : null, p.limit !== null ? h("span", {}, `${t("ui.surveys.limit")} ${quantity(p.limit, p.unit)}`) : null,
    [p.object_id, p.other_id].filter(Boolean).map((one) => h("span", { class: "code" }, one))),
  h("p", { "data-testid": "finding-message" }, p.message), answerLine(p),
  h("div", { class: "actions" }, open ? [act("w", t("ui.review.answer.let_pass"), () => ask("let_pass")), act("c", t("ui.review.answer.to_correct"), () => ask("to_correct")), p.answer ? act("u", t("ui.review.undo"), undo) : null] : null,
    act("z", t("ui.map.zoom_to"), zoom), p.feature_no ? act("Enter", t("ui.review.card.open"), card) : null, root.dataset.reviewer ? act("b", t("ui.review.fault"), fault) : null));
}

function answerLine({ answer, waived }) {
  if (!answer) return waived ? h("p", { class: "soft" }, `${t("ui.review.waived")}: ${waived}`) : null;
  const name = [...reasons.waiver, ...reasons.return].find((one) => one.code === answer.reason_code)?.name;
  return h("p", { class: "soft", "data-testid": "finding-answer" }, [t(`ui.review.answer.${answer.answer}`), name, answer.reason, answer.until && t("ui.review.until_day", { day: answer.until }), `${answer.by} ${fmtTime(answer.at)}`].filter(Boolean).join(" · "));
}

let closeUp = null;
function zoom() {
  const feature = current();
  const close = closeUp !== feature;
  closeUp = close ? feature : null;
  map?.goTo(feature, { close });
}

function card() {
  const number = current()?.properties.feature_no;
  if (!number) return;
  at("card").hidden = false;
  showCard(at("card"), id, number, (shownCard) => map?.showNeighbours(shownCard.neighbours)).then(() => at("card").focus());
}

function fault() {
  const p = current()?.properties;
  if (!p) return;
  const codes = [p.other_id, p.object_id].filter((code) => code?.length === 19).slice(0, 1);
  askFault({ given: { finding_id: p.finding_id, parcel_codes: codes } });
}

// ---------------------------------------------------------------- answers

function ask(answer, features = [current()].filter(Boolean)) {
  if (!open || !features.length) return;
  askAnswer({ answer, reasons: answer === "let_pass" ? reasons.waiver : reasons.return, count: features.length, last: features[0].properties.answer?.answer === answer ? features[0].properties.answer : last[answer], save: (values) => keep(features, values) });
}

/** The last answer again, without asking. */
function repeat() {
  const values = last.let_pass || last.to_correct;
  if (open && values && current()) keep([current()], values).catch((error) => toast(error.message, "bad"));
}

function undo() {
  if (open && current()?.properties.answer) keep([current()], { answer: "none" }, { stay: true }).catch((error) => toast(error.message, "bad"));
}

async function keep(features, values, { stay = false } = {}) {
  data.survey.review = await api(`${path}/answers`, { json: { ...values, finding_ids: features.map((one) => one.properties.finding_id) } });
  const none = values.answer === "none";
  if (!none) last[values.answer] = values;
  for (const one of features) one.properties.answer = none ? null : { ...values, by: root.dataset.login, at: new Date().toISOString() };
  drawDecision();
  const before = list.chosen;
  if (wish("state")) refilter();
  const next = stay ? before : list.next(({ properties }) => !settled(properties)) || before;
  list.draw();
  choose(next);
  list.view.focus();
}

// ---------------------------------------------------------------- decision

function drawDecision() {
  const { survey } = data;
  // A checked result with errors may also be accepted, when waivers cover them all.
  open = Boolean(root.dataset.reviewer) && (survey.status === "submitted" || (survey.status === "checked" && survey.counts.errors > 0));
  at("decision").hidden = !open;
  const { findings, answered, second, first } = survey.review;
  fill(at("progress"), findings ? [h("progress", { max: findings, value: answered, "aria-label": t("ui.review.answered", { done: fmtNum(answered), total: fmtNum(findings) }) }), h("span", { "data-testid": "progress" }, t("ui.review.answered", { done: fmtNum(answered), total: fmtNum(findings) }))] : null);
  const lines = [];
  if (!open && !["accepted", "registered"].includes(survey.status)) lines.push(notice("info", t("ui.review.not_open")));
  if (open && second.length) lines.push(notice(first ? "warn" : "info", first ? t("ui.review.first_done", { by: first.by, at: fmtTime(first.at) }) : t("ui.review.second_needed"), ` ${second.map((rule) => rule.reason).join("；")}`));
  fill(at("second"), lines);
}

function accept() {
  if (!open) return;
  const { findings, answered, second, first } = data.survey.review;
  const note = [findings > answered ? t("ui.review.unanswered", { n: fmtNum(findings - answered) }) : null, second.length && !first ? t("ui.review.second_needed") : t("ui.review.accept_ask", { n: fmtNum(data.survey.counts.features) })];
  askAccept({ reasons: reasons.accept, note, comment: at("comment").value.trim(), save: (values) => decide("accept", values) });
}

function giveBack() {
  if (!open) return;
  const wrong = data.findings.filter(({ properties }) => properties.answer?.answer === "to_correct").length;
  askReturn({ reasons: reasons.return, note: [t("ui.review.return_ask"), wrong ? t("ui.review.return_count", { n: fmtNum(wrong) }) : null], comment: at("comment").value.trim(), save: (values) => decide("return", values) });
}

async function decide(decision, values) {
  const answer = await api(`${path}/decision`, { json: { decision, ...values } });
  if (answer.waits_for) {
    data.survey = await api(path);
    drawHead();
    drawDecision();
    fill(at("message"), notice("ok", t("ui.review.waits_second")));
    return;
  }
  at("decision").hidden = true;
  fill(at("message"), notice("ok", decision === "accept" ? t("ui.review.accepted") : t("ui.review.returned")));
  busy(at(decision), follow, at("message"));
}

async function follow() {
  await poll(() => api(path), (survey) => !RUNNING.includes(survey.status), { onValue: (survey) => { data.survey = survey; drawHead(); } });
  drawDecision();
  if (data.survey.status === "registered") {
    fill(at("message"), notice("ok", t("ui.review.registered")));
    map?.renew();
  } else if (data.survey.problem?.detail) fill(at("message"), notice("bad", data.survey.problem.detail));
  else fill(at("message"), notice("ok", t("ui.review.returned")));
}

at("accept").addEventListener("click", accept);
at("return").addEventListener("click", giveBack);

// ---------------------------------------------------------------- tabs, layers, swipe, keys, print

function tab(name) {
  for (const one of ["findings", "changes"]) {
    at(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    at(one).hidden = one !== name;
  }
  if (name === "findings") list?.view.focus();
  else at(name).querySelector("[data-key]")?.focus();
}
for (const one of ["findings", "changes"]) at(`tab-${one}`).addEventListener("click", () => tab(one));
for (const box of document.querySelectorAll("[data-layer]")) box.addEventListener("change", () => map?.show(box.dataset.layer, box.checked));

async function swipe() {
  const divided = await map?.toggleSwipe();
  at("swipe").setAttribute("aria-pressed", String(Boolean(divided)));
  if (!divided) list?.view.focus();
}
at("swipe").addEventListener("click", swipe);

const step = (steps) => list && choose(list.neighbour(steps));
const nextOpen = () => list && choose(list.next(({ properties }) => !settled(properties)));
const KEYS = [
  [["j", "↓"], "next", () => step(1)], [["k", "↑"], "previous", () => step(-1)], [["n"], "next_open", nextOpen],
  [["w"], "let_pass", () => ask("let_pass")], [["c"], "to_correct", () => ask("to_correct")], [["W"], "again", repeat], [["u"], "undo", undo],
  [["Enter"], "card", card], [["z"], "zoom", zoom], [["s"], "swipe", swipe], [["b"], "fault", fault],
  [["a"], "accept", accept], [["r"], "return", giveBack], [["1"], "findings", () => tab("findings")], [["2"], "changes", () => tab("changes")], [["?"], "help", help],
];
function help() {
  showKeys(KEYS.map(([names, text]) => [names, t(`ui.review.key.${text}`)]));
}
const BY_KEY = new Map([...KEYS.map(([[key], , run]) => [key, run]), ["ArrowDown", () => step(1)], ["ArrowUp", () => step(-1)], ["PageDown", () => step(10)], ["PageUp", () => step(-10)]]);

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (target.closest("input,textarea,select,dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  // The map, a button or a row of the table keep their own arrows and Enter.
  if ((event.key.startsWith("Arrow") || event.key.startsWith("Page") || event.key === "Enter") && target.closest("canvas,button,a,summary,tr,#card")) return;
  const run = BY_KEY.get(event.key);
  if (!run) return;
  event.preventDefault();
  run();
});
at("help").addEventListener("click", help);

window.addEventListener("beforeprint", () => {
  if (map) at("picture").src = map.picture();
  fill(at("printed"), h("ol", {}, shown().map(({ properties: p }) => h("li", {}, `${statusName("severity", p.severity)} ${p.rule_id} ${p.object_id} — ${p.message}`, answerLine(p)))));
});
window.addEventListener("afterprint", () => { at("picture").removeAttribute("src"); fill(at("printed")); });

start().catch((error) => fill(at("message"), problemPanel(error)));
