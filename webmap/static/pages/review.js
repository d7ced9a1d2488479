// /review/<id>: the reviewer's workbench. Register, draft and findings on one map; accept or return.

import { api, ask, busy, fill, fmtNum, fmtTime, h, poll, problemPanel, t } from "/static/app.js";
import { Findings, walkable } from "/static/pages/findings.js";
import { collection, goTo, placeMap, showFeatures, together } from "/static/pages/placemap.js";
import { RUNNING, changesTable, figures, proposalsTable, readSurvey } from "/static/pages/surveydata.js";
import { statusBadge } from "/static/pages/words.js";

const id = document.getElementById("review").dataset.survey;
const at = (name) => document.getElementById(name);
const path = `/api/v1/surveys/${encodeURIComponent(id)}`;
const waivers = new Map();
let place;
let data;

const showRow = (row) => goTo(place, row.geometry);

async function start() {
  data = await readSurvey(id);
  drawHead();
  if (!data.survey.counts) return;
  fill(at("figures"), figures(data.survey.counts));
  at("figures").hidden = false;
  at("work").hidden = false;
  // A checked result with errors may also be accepted, when waivers cover them all.
  const open = data.survey.status === "submitted" || (data.survey.status === "checked" && data.survey.counts.errors > 0);
  at("decision").hidden = !open;
  if (!open) fill(at("message"), notice("info", t("ui.review.not_open")));
  place = await placeMap(at("map"));
  if (place) showFeatures(place.map, "draft", collection(data.drafts), "draft");
  new Findings({ box: at("findings"), features: data.findings, place, extra: open ? waiverOf : null });
  fill(at("changes"), h("div", { class: "scroll tight" }, changesTable(data.changes, showRow), proposalsTable(data.proposals, showRow)));
  walkable(at("changes"), (key) => goTo(place, data.changes.find((row) => row.properties.key === key)?.geometry));
  at("n-findings").textContent = `(${fmtNum(data.findings.length)})`;
  at("n-changes").textContent = `(${fmtNum(data.changes.length)})`;
  goTo(place, together(data.drafts), { maxZoom: 19 });
  countWaivers();
}

function drawHead() {
  const { survey } = data;
  fill(at("heading"), `${t("ui.review.title")} · ${survey.project_code} `, statusBadge("survey", survey.status));
  at("heading").dataset.status = survey.status;
  at("lead").textContent = [t(`ui.common.layer.${survey.layer}`), survey.kind && t(`ui.surveys.kind.${survey.kind}`), survey.effective_on && `${t("ui.surveys.effective_on")} ${survey.effective_on}`, fmtTime(survey.received_at)].filter(Boolean).join(" · ");
}

const notice = (tone, text) => h("div", { class: "notice", "data-tone": tone, role: "status" }, text);

// ---------------------------------------------------------------- waivers

const errors = () => data.findings.filter((feature) => feature.properties.severity === "error");
const findingId = (feature) => feature.properties.finding_id ?? feature.id;

function waiverOf(feature) {
  if (feature.properties.severity !== "error") return null;
  const fid = findingId(feature);
  const reason = h("input", { type: "text", maxlength: "500", placeholder: t("ui.review.waive_reason"), "aria-label": t("ui.review.waive_reason"), value: waivers.get(fid) ?? "", hidden: !waivers.has(fid) });
  const box = h("input", { type: "checkbox", checked: waivers.has(fid) });
  box.addEventListener("change", () => {
    if (box.checked) waivers.set(fid, reason.value);
    else waivers.delete(fid);
    reason.hidden = !box.checked;
    if (box.checked) reason.focus();
    countWaivers();
  });
  reason.addEventListener("input", () => { waivers.set(fid, reason.value); countWaivers(); });
  return h("div", { class: "finding-waiver" }, h("label", { class: "check" }, box, t("ui.review.waive")), reason);
}

function decided() {
  const forAll = at("waive-reason").value.trim();
  return errors().map((feature) => ({ finding_id: findingId(feature), reason: (waivers.get(findingId(feature)) || "").trim() || forAll }))
    .filter((waiver) => waiver.reason);
}

function countWaivers() {
  const total = errors().length;
  at("waive-all").hidden = !total;
  at("waiver-count").textContent = total ? t("ui.review.waivers", { total: fmtNum(total), done: fmtNum(decided().length) }) : "";
}

// ---------------------------------------------------------------- decision

async function decide(decision) {
  const comment = at("comment").value.trim();
  if (decision === "return" && !comment) {
    fill(at("decision-problem"), notice("bad", t("ui.review.need_comment")));
    at("comment").focus();
    return;
  }
  const question = decision === "accept" ? t("ui.review.accept_ask", { n: fmtNum(data.survey.counts.features) }) : t("ui.review.return_ask");
  const word = decision === "accept" ? t("ui.review.accept") : t("ui.review.return");
  if (!(await ask(word, question, { confirm: word, danger: decision === "return" }))) return;
  await busy(at(decision), async () => {
    await api(`${path}/decision`, { json: { decision, comment, waivers: decision === "accept" ? decided() : [] } });
    at("decision").hidden = true;
    fill(at("message"), notice("ok", decision === "accept" ? t("ui.review.accepted") : t("ui.review.returned")));
    await poll(() => api(path), (survey) => !RUNNING.includes(survey.status), { onValue: (survey) => { data.survey = survey; drawHead(); } });
    if (data.survey.status === "registered") {
      fill(at("message"), notice("ok", t("ui.review.registered")));
      place?.view.setDate(place.map, null);
    }
    if (data.survey.problem?.detail) fill(at("message"), notice("bad", data.survey.problem.detail));
  }, at("decision-problem"));
}

at("accept").addEventListener("click", () => decide("accept"));
at("return").addEventListener("click", () => decide("return"));
at("waive-reason").addEventListener("input", countWaivers);

// ---------------------------------------------------------------- tabs, layers, keys

function tab(name) {
  for (const one of ["findings", "changes"]) {
    at(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    at(one).hidden = one !== name;
  }
  at(name).querySelector("[data-key]")?.focus();
}
for (const one of ["findings", "changes"]) at(`tab-${one}`).addEventListener("click", () => tab(one));

const PARCEL_LAYERS = ["parcels", "collective", "contract_land", "forest"].flatMap((source) => [`${source}-fill`, `${source}-line`, `${source}-label`]);
const DRAFT_LAYERS = ["draft-fill", "draft-line", "draft-point"];
for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[data-show]")) other.setAttribute("aria-pressed", String(other === button));
    const wish = button.dataset.show;
    const set = (layers, visible) => layers.filter((layer) => place?.map.getLayer(layer)).forEach((layer) => place.map.setLayoutProperty(layer, "visibility", visible ? "visible" : "none"));
    set(PARCEL_LAYERS, wish !== "new");
    set(DRAFT_LAYERS, wish !== "old");
  });
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input,textarea,select,dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = { 1: () => tab("findings"), 2: () => tab("changes"), a: () => !at("decision").hidden && decide("accept"), r: () => at("comment").focus() };
  const act = acts[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});

start().catch((error) => fill(at("message"), problemPanel(error)));
