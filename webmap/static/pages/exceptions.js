// /exceptions: faults of the register with their course, findings let pass, and both counted by rule and office.

import { api, badge, emptyState, fill, fmtNum, fmtTime, fmtUnit, h, load, pairs, problemPanel, t, table } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { counties, keepQuery, officeName, pageQuery } from "/static/pages/words.js";

const root = document.getElementById("exceptions");
const at = (name) => document.getElementById(name);
const SUMS = ["waivers", "waivers_ended", "faults_open", "faults_confirmed", "faults_rejected", "faults_mended"];
const TONES = { open: "warn", confirmed: "bad", mended: "ok" };
const ACTS = { open: ["confirm", "reject", "mend"], confirmed: ["mend"] };
const query = pageQuery();
let rows = [];
let next;

const stateBadge = (state) => badge(t(`ui.exceptions.state.${state}`), TONES[state]);

// ---------------------------------------------------------------- counts

function countTable(title, label, name, items, total) {
  return h("div", {}, h("h3", {}, title), table([{ label, value: name }, ...SUMS.map((sum) => ({ label: t(`ui.exceptions.${sum}`), class: "num", value: (row) => fmtNum(row[sum]) }))],
    items, { foot: [t("ui.common.total"), ...SUMS.map((sum) => fmtNum(total[sum]))] }));
}

function showCounts() {
  if (!root.dataset.counts) return;
  at("counts-panel").hidden = false;
  load(at("counts"), () => api("/api/v1/exceptions/counts", { query: { from: query.from, to: query.to } }), (found) => {
    showWaivers(found.rules);
    at("period").textContent = t("ui.exceptions.period", { from: found.from, to: found.to });
    if (!found.items.length) return emptyState(t("ui.exceptions.none"));
    return h("div", { class: "stack" },
      countTable(t("ui.exceptions.by_rule"), t("ui.exceptions.rule"), (row) => (row.rule_id ? `${row.rule_id} ${row.title || ""}` : t("ui.exceptions.no_rule")), found.rules, found.total),
      countTable(t("ui.exceptions.by_office"), t("ui.exceptions.office"), (row) => (row.office ? officeName(row.office) : t("ui.exceptions.no_office")), found.offices, found.total));
  });
}

// ---------------------------------------------------------------- waivers

const waived = { items: [], next: null };

async function readWaivers(cursor) {
  const page = await api("/api/v1/exceptions/waivers", { query: { from: query.from, to: query.to, rule: at("waived-rule").value, county: at("waived-county").value, cursor, limit: 50 } });
  waived.items = cursor ? [...waived.items, ...page.items] : page.items;
  waived.next = page.next;
  at("more-waivers").hidden = !page.next;
}

function drawWaivers() {
  return table([
    { label: t("ui.exceptions.rule"), value: (row) => `${row.rule_id} ${row.title || ""}` },
    { label: t("ui.exceptions.object"), value: (row) => h("a", { class: "code", href: `/surveys/${row.survey_id}` }, row.object_id ? fmtUnit(row.object_id) : String(row.survey_id)) },
    { label: t("ui.exceptions.office"), value: (row) => officeName(row.office) },
    { label: t("ui.exceptions.why"), value: (row) => row.reason },
    { label: t("ui.exceptions.until"), value: (row) => (row.until ? h("span", {}, row.until, row.ended ? [" ", badge(t("ui.exceptions.ended"), "warn")] : null) : t("ui.exceptions.no_end")) },
    { label: t("ui.exceptions.decided"), value: (row) => `${fmtTime(row.decided_at)} · ${row.decided_by}` },
  ], waived.items, { empty: t("ui.exceptions.no_waivers"), rowKey: (row) => row.waiver_id });
}

const listWaivers = (cursor) => load(at("waivers"), () => readWaivers(cursor), drawWaivers);

/** Offers the rules that were counted, then lists. */
function showWaivers(rules) {
  const choose = (name, first, options) => fill(at(`waived-${name}`), h("option", { value: "" }, first), options.map(([value, label]) => h("option", { value, selected: value === pageQuery()[name] }, label)));
  choose("rule", t("ui.exceptions.rule"), rules.filter((row) => row.waivers).map((row) => [row.rule_id, `${row.rule_id} ${row.title || ""}`]));
  choose("county", t("ui.exceptions.office"), counties);
  at("waivers-panel").hidden = false;
  listWaivers();
}

for (const name of ["rule", "county"]) {
  at(`waived-${name}`).addEventListener("change", () => { keepQuery({ ...pageQuery(), [name]: at(`waived-${name}`).value }); listWaivers(); });
}
at("more-waivers").addEventListener("click", () => listWaivers(waived.next));

// ---------------------------------------------------------------- the list

async function read(cursor) {
  const page = await api("/api/v1/register-faults", { query: { state: at("state").value, cursor, limit: 50 } });
  rows = cursor ? [...rows, ...page.items] : page.items;
  next = page.next;
  at("more").hidden = !next;
  return rows;
}

function draw() {
  return table([
    { label: t("ui.exceptions.no"), class: "num", value: (row) => row.fault_id },
    { label: t("ui.exceptions.state"), value: (row) => stateBadge(row.state) },
    { label: t("ui.exceptions.parcels"), value: (row) => h("span", { class: "code" }, row.parcel_codes.map(fmtUnit).join("；") || "–") },
    { label: t("ui.exceptions.rule"), value: (row) => row.rule_id || "–" },
    { label: t("ui.exceptions.description"), value: (row) => row.description },
    { label: t("ui.exceptions.reported"), value: (row) => `${fmtTime(row.reported_at)} · ${row.reported_by}` },
  ], rows, { empty: t("ui.exceptions.no_faults"), onRow: (row) => show(row.fault_id), rowKey: (row) => row.fault_id });
}

const list = () => load(at("faults"), () => read(), draw);
at("more").addEventListener("click", () => load(at("faults"), () => read(next), draw));
at("state").addEventListener("change", () => { keepQuery({ ...pageQuery(), state: at("state").value }); list(); });

// ---------------------------------------------------------------- one fault

async function show(faultId) {
  at("fault-panel").hidden = false;
  keepQuery({ ...pageQuery(), fault: faultId });
  await load(at("fault"), () => api(`/api/v1/register-faults/${encodeURIComponent(faultId)}`), one);
  at("fault-panel").focus();
}

function one(fault) {
  const { place, events } = fault;
  const survey = (id) => (id ? h("a", { href: `/surveys/${id}` }, String(id)) : undefined);
  return [h("h2", {}, `${t("ui.exceptions.faults")} ${fault.fault_id} `, stateBadge(fault.state)),
    h("p", { class: "fault-words" }, fault.description),
    pairs([[t("ui.exceptions.parcels"), fault.parcel_codes.length ? fault.parcel_codes.map((code) => h("div", {}, h("a", { class: "code", href: `/#sel=${code}` }, fmtUnit(code)))) : undefined],
      [t("ui.exceptions.rule"), fault.rule_id || undefined], [t("ui.exceptions.survey"), survey(fault.survey_id)], [t("ui.exceptions.mended_by"), survey(fault.mended_by_survey_id)],
      ["", place ? h("a", { href: `/#m=19/${place.lat.toFixed(7)}/${place.lon.toFixed(7)}` }, t("ui.exceptions.on_map")) : undefined]]),
    root.dataset.acts ? h("div", { class: "actions" }, (ACTS[fault.state] || []).map((act) => h("button", { class: act === "reject" ? "btn btn-danger" : "btn btn-primary", type: "button", "data-testid": `fault-${act}`, onclick: () => decide(fault, act) }, t(`ui.exceptions.${act}`)))) : null,
    h("h3", {}, t("ui.exceptions.course")), h("ol", { class: "steps" }, events.map((step) => h("li", { class: "done" }, stateBadge(step.state), " ", step.comment, h("div", { class: "when" }, `${fmtTime(step.at)} · ${step.by}`))))];
}

function decide(fault, action) {
  const fields = [{ name: "comment", label: t("ui.exceptions.comment"), rows: 2, required: action === "reject" }];
  if (action === "mend") fields.push({ name: "survey_id", label: t("ui.exceptions.mend_survey"), type: "number", min: 1, nullable: true, hint: t("ui.exceptions.mend_hint") });
  formDialog({
    title: t(`ui.exceptions.${action}`), confirm: t(`ui.exceptions.${action}`), danger: action === "reject", fields,
    save: async (values) => {
      await api(`/api/v1/register-faults/${fault.fault_id}/actions`, { json: { action, comment: values.comment, survey_id: values.survey_id ? Number(values.survey_id) : null } });
      await Promise.all([list(), show(fault.fault_id)]);
      showCounts();
    },
  });
}

if (query.state) at("state").value = query.state;
showCounts();
list();
if (/^\d+$/.test(query.fault || "")) show(query.fault).catch((error) => fill(at("fault"), problemPanel(error)));
