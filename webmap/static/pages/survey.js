// /surveys/<id>: state, findings on list and map, submit.

import { api, ask, busy, fill, fmtNum, fmtTime, h, pairs, poll, problemPanel, t, toast } from "/static/app.js";
import { askFault } from "/static/pages/reviewdialogs.js";
import { Findings } from "/static/pages/findings.js";
import { collection, goTo, placeMap, showFeatures, together } from "/static/pages/placemap.js";
import { differencesPanel } from "/static/pages/differences.js";
import { rulesOfRun } from "/static/pages/rulesrun.js";
import { RUNNING, changesTable, endedNote, factsPanel, figures, progressText, proposalsTable, readSurvey } from "/static/pages/surveydata.js";
import { statusBadge } from "/static/pages/words.js";

const root = document.getElementById("survey");
const id = root.dataset.survey;
const at = (name) => document.getElementById(name);
const path = `/api/v1/surveys/${encodeURIComponent(id)}`;
// What may be given up, and what may come again as its next version.
const OPEN = ["received", "checking", "checked", "failed", "submitted", "returned"];
const AGAIN = ["checked", "failed", "returned"];
let place;

async function show() {
  const data = await readSurvey(id);
  drawHead(data.survey);
  drawMessage(data.survey);
  if (RUNNING.includes(data.survey.status)) await follow();
  else await drawWork(data);
}

async function follow() {
  await poll(() => api(path), (survey) => !RUNNING.includes(survey.status), {
    onValue: (survey) => { drawHead(survey); drawMessage(survey); },
  });
  await show();
}

function drawHead(survey) {
  fill(at("heading"), `${survey.project_code} `, statusBadge("survey", survey.status));
  at("heading").dataset.status = survey.status;
  at("lead").textContent = [t(`ui.common.layer.${survey.layer}`), survey.kind && t(`ui.surveys.kind.${survey.kind}`), fmtTime(survey.received_at)].filter(Boolean).join(" · ");
  fill(at("acts"), acts(survey));
}

function acts(survey) {
  const owner = root.dataset.role === "owner";
  const made = [];
  if (owner && ((survey.status === "checked" && !survey.counts?.errors) || survey.status === "returned")) {
    made.push(h("button", { class: "btn btn-primary", type: "button", "data-testid": "survey-submit", onclick: (event) => submit(event.currentTarget) }, t("ui.surveys.submit")));
  }
  made.push(...["gpkg", "txt", "bundle"].map((format) =>
    h("a", { class: "btn", href: `${path}/export?format=${format}`, download: "", "data-testid": `survey-export-${format}` }, t(`ui.surveys.export.${format}`))));
  if (survey.counts) made.push(...["xlsx", "pdf"].map((format) =>
    h("a", { class: "btn", href: `${path}/findings?format=${format}`, download: "", "data-testid": `survey-report-${format}` }, t(`ui.surveys.report.${format}`))));
  if (owner && AGAIN.includes(survey.status) && !survey.replaced_by) {
    made.push(h("a", { class: survey.status === "returned" ? "btn btn-primary" : "btn", href: `/surveys?follow=${encodeURIComponent(id)}`, "data-testid": "survey-next" }, t("ui.surveys.next_version")));
  }
  if (owner && OPEN.includes(survey.status)) {
    made.push(h("button", { class: "btn", type: "button", "data-testid": "survey-withdraw", onclick: (event) => withdraw(event.currentTarget) }, t("ui.surveys.withdraw")));
  }
  if (root.dataset.reviewer && ["submitted", "checked"].includes(survey.status)) made.push(h("a", { class: "btn btn-primary", href: `/review/${encodeURIComponent(id)}` }, t("ui.surveys.open_review")));
  return made;
}

async function submit(button) {
  if (!(await ask(t("ui.surveys.submit"), t("ui.surveys.submit_ask"), { confirm: t("ui.surveys.submit") }))) return;
  await busy(button, async () => {
    await api(`${path}/submit`, { method: "POST", json: {} });
    toast(t("ui.surveys.submitted"));
    await show();
  }, at("message"));
}

/** The parcel moves in a new draft, which is checked again; a registered neighbour is only proposed to. */
async function acceptFixes(ids, button) {
  await busy(button, async () => {
    const done = await api(`${path}/fixes`, { method: "POST", json: { finding_ids: ids } });
    toast(done.fixed.length ? t("ui.surveys.fix_done", { n: done.draft_no }) : t("ui.surveys.fix_proposed"));
    await show();
  }, at("message"));
}

async function withdraw(button) {
  if (!(await ask(t("ui.surveys.withdraw"), t("ui.surveys.withdraw_ask"), { confirm: t("ui.surveys.withdraw"), danger: true }))) return;
  await busy(button, async () => {
    await api(`${path}/cancel`, { method: "POST", json: {} });
    toast(t("ui.surveys.withdrawn"));
    await show();
  }, at("message"));
}

function drawMessage(survey) {
  const box = at("message");
  if (survey.status === "failed") fill(box, h("div", { class: "notice", "data-tone": "bad" }, h("h3", {}, t("ui.surveys.failed")), h("p", {}, survey.problem?.detail || survey.problem?.title || survey.problem?.code || "")));
  else if (RUNNING.includes(survey.status)) fill(box, progressNote(survey));
  else if (survey.replaced_by) fill(box, h("div", { class: "notice", "data-tone": "info" }, h("a", { href: `/surveys/${encodeURIComponent(survey.replaced_by)}`, "data-testid": "survey-replaced-by" }, t("ui.surveys.replaced_by"))));
  else if (survey.decision) fill(box, decisionNote(survey));
  else if (survey.status === "checked" && survey.counts?.errors) fill(box, h("div", { class: "notice", "data-tone": "warn" }, t("ui.surveys.errors_block", { n: fmtNum(survey.counts.errors) })));
  else fill(box);
}

function progressNote(survey) {
  const { done, total } = survey.progress || {};
  return h("div", { class: "notice", "data-tone": "info", role: "status" }, h("p", { "data-testid": "survey-progress" }, survey.status === "accepted" ? statusBadge("survey", "accepted") : progressText(survey)),
    h("progress", total ? { max: total, value: done } : {}));
}

function decisionNote(survey) {
  return h("div", { class: "notice", "data-tone": survey.status === "returned" ? "bad" : "ok" }, h("h3", {}, t("ui.surveys.decision")),
    pairs([[t("ui.surveys.decision_reasons"), survey.decision.reasons.map((reason) => reason.name).join("；") || null], [t("ui.surveys.decision_comment"), survey.decision.comment || null], [t("ui.surveys.decided_at"), `${fmtTime(survey.decision.decided_at)} · ${survey.decision.by}`]]));
}

/** What the reviewer asks of a finding, and the way to say that the register itself is wrong. */
function findingNote({ properties: p }) {
  const codes = p.other_id?.length === 19 ? [p.other_id] : [];
  return h("div", { class: "finding-head" },
    p.answer ? h("span", { class: "badge", "data-tone": p.answer.answer === "to_correct" ? "bad" : "ok" }, t(`ui.review.answer.${p.answer.answer}`)) : null, p.answer?.reason || null,
    root.dataset.role === "owner" && p.severity !== "info" ? h("button", { class: "link-button", type: "button", "data-testid": "report-fault", onclick: () => askFault({ given: { finding_id: p.finding_id, parcel_codes: codes } }) }, t("ui.review.fault")) : null);
}

/** A fault at a place: the middle of the map. */
function faultHere() {
  const middle = place.map.getCenter();
  askFault({ given: { survey_id: Number(id), place: { lon: middle.lng, lat: middle.lat } } });
}
at("fault-here")?.addEventListener("click", () => place && faultHere());

async function drawWork({ survey, findings, changes, drafts, proposals, ended }) {
  fill(at("facts"), factsPanel(survey));
  at("facts-panel").hidden = false;
  if (!survey.counts || survey.status === "failed") return;
  fill(at("figures"), figures(survey.counts));
  at("figures").hidden = false;
  fill(at("rules"), rulesOfRun(survey.run));
  at("rules-panel").hidden = !survey.run?.rules?.length;
  at("work").hidden = false;
  place = place || await placeMap(at("map"));
  if (place) showFeatures(place.map, "draft", collection(drafts), "draft");
  const may = root.dataset.role === "owner" && ["checked", "returned"].includes(survey.status);
  new Findings({ box: at("findings"), features: findings, place, whole: together(drafts), extra: findingNote, accept: may ? acceptFixes : null });
  goTo(place, together(drafts), { maxZoom: 19 });
  if (survey.replaces) {
    const panel = await differencesPanel(survey, place);
    if (panel) fill(at("differences"), panel);
    at("differences-panel").hidden = !panel;
  }
  const show = (row) => { goTo(place, row.geometry); at("map").scrollIntoView({ block: "center" }); };
  fill(at("changes"), endedNote(ended), changesTable(changes, show), proposalsTable(proposals, show));
  at("changes-panel").hidden = false;
}

show().catch((error) => { at("heading").textContent = t("ui.surveys.title"); fill(at("message"), problemPanel(error)); });
