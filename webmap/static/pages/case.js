// /cases/<no>: one case with what can be done now.

import { api, badge, busy, cityNow, countyName, fill, fmtDate, fmtFen, fmtNum, fmtTime, h, lang, load, pairs, problemPanel, t, table, toast } from "/static/app.js";
import { applicantsTable, feesTable, label, taxesTable, timelineList, unitsTable } from "/static/pages/casedata.js";
import { showOrder } from "/static/pages/casemoney.js";
import { decisionPanel } from "/static/pages/county.js";
import { formDialog } from "/static/pages/formdialog.js";
import { goTo, placeMap, showFeatures } from "/static/pages/placemap.js";
import { ratingForm } from "/static/pages/rating.js";
import { officeName, statusBadge } from "/static/pages/words.js";

const no = document.getElementById("case").dataset.case;
const path = `/api/v1/cases/${encodeURIComponent(no)}`;
const at = (id) => document.getElementById(id);
const ended = (found) => ["archived", "refused", "withdrawn"].includes(found.status);

async function show() {
  const [found, steps, timeline] = await Promise.all([api(path), api(`${path}/actions`), api(`${path}/timeline`)]);
  at("body").hidden = false;
  drawHead(found, steps);
  fill(at("facts"), facts(found, steps));
  fill(at("units"), unitsTable(found.units));
  fill(at("applicants"), applicantsTable(found.applicants));
  drawMaterials(found);
  fill(at("fees"), feesTable(found.fee_lines, found.fee_lines_replaced), reliefButton(found));
  drawTaxes();
  fill(at("timeline"), timelineList(timeline.items));
  drawActions(found, steps);
  drawRating(found);
  const mayOrder = !ended(found) && at("case").dataset.order === "yes";
  await showOrder(found, { mayOrder, changed: show }).catch((error) => fill(at("order"), problemPanel(error)));
}

/** A relief whose document came after acceptance, granted by a clerk or registrar. */
function reliefButton(found) {
  const may = at("case").dataset.roles.split(" ").some((role) => ["clerk", "registrar"].includes(role));
  if (!may || ["refused", "withdrawn"].includes(found.status) || !found.fee_total_fen) return null;
  const button = h("button", { class: "btn btn-small", type: "button", "data-testid": "relief-later", onclick: () => busy(button, askRelief) }, t("ui.cases.relief_later"));
  return h("p", { class: "no-print" }, button);
}

async function askRelief() {
  const { items } = await api(`${path}/reliefs`);
  formDialog({
    title: t("ui.cases.relief_later"), note: t("ui.cases.relief_later_note"),
    fields: [{ name: "fact", label: t("ui.cases.relief_fact"), options: items.map((row) => [row.fact, (lang === "en" && row.reason_en) || row.reason]), required: true },
      { name: "document", label: t("ui.cases.relief_document"), required: true, maxlength: 200 },
      { name: "reason", label: t("ui.cases.relief_reason"), required: true, maxlength: 200 }],
    save: async (values) => {
      const done = await api(`${path}/reliefs`, { json: values });
      toast(t(done.refund_no ? "ui.cases.relief_refund" : "ui.cases.relief_done"));
      await show();
    },
  });
}

/** Taxes of the case with their states; the panel is shown when there are any. */
async function drawTaxes() {
  const { items } = await api(`${path}/tax-assessments`).catch(() => ({ items: [] }));
  at("taxes-panel").hidden = !items.length;
  fill(at("taxes"), taxesTable(items));
}

function drawHead(found, steps) {
  fill(at("heading"), `${no} `, statusBadge("case", found.status), found.overdue ? [" ", badge(t("ui.cases.overdue"), "bad")] : null);
  at("heading").dataset.status = found.status;
  at("lead").textContent = [found.type_name || found.type_code, found.applicant, found.address].filter(Boolean).join(" · ");
  const papers = [];
  const print = at("case").dataset.print;
  if (print) papers.push(h("a", { class: "btn", href: `${path}/slip.pdf`, target: "_blank", rel: "noopener", "data-testid": "slip" }, t("ui.cases.slip_pdf")));
  if (print && ["certified", "issued", "archived"].includes(found.status)) papers.push(h("a", { class: "btn", href: `${path}/certificate.pdf`, target: "_blank", rel: "noopener", "data-testid": "certificate" }, t("ui.cases.certificate_open")));
  const unit = found.units?.[0]?.unit_code;
  if (unit) papers.push(h("a", { class: "btn", href: `/#sel=${encodeURIComponent(unit)}` }, t("ui.cases.show_on_map")));
  fill(at("papers"), papers);
}

function facts(found, steps) {
  return pairs([
    [t("ui.cases.node"), found.node_name || (ended(found) ? null : steps.node)],
    [t("ui.cases.accept_office"), officeName(found.accept_office)],
    [t("ui.cases.decide_office"), found.decide_office ? officeName(found.decide_office) : t("ui.county.undecided")],
    [t("ui.cases.accepted_at"), `${fmtTime(found.accepted_at)}${found.accepted_by ? ` · ${found.accepted_by}` : ""}`],
    [t("ui.cases.due_on"), fmtDate(found.due_on)],
    [t("ui.cases.claim"), found.claim_fen ? fmtFen(found.claim_fen) : null],
    [t("ui.cases.certificate_no"), found.certificates?.length ? found.certificates.map((row) => h("div", {}, row.certificate_no)) : null],
    [t("ui.cases.handbook_version"), `${found.type_code} v${found.handbook_version}`],
    [t("ui.common.data_date"), fmtTime(cityNow())],
  ]);
}

// ---------------------------------------------------------------- materials

function drawMaterials(found) {
  fill(at("materials"), table([
    { label: t("ui.cases.material"), value: (row) => row.name },
    { label: t("ui.cases.original"), value: (row) => (row.original ? t("ui.common.yes") : t("ui.common.no")) },
    { label: t("ui.cases.copies"), class: "num", value: (row) => fmtNum(row.copies) },
    { label: t("ui.cases.received_at"), value: (row) => fmtTime(row.received_at) },
    { label: "", value: (row) => (row.file_sha256 ? h("a", { href: row.link, target: "_blank", rel: "noopener" }, row.file_name || t("ui.common.download")) : row.shared_from || "") },
  ], found.materials), requiredMissing(found));
  at("material-form").hidden = ended(found);
  if (at("material-code").options.length) return;
  api(`/api/v1/handbook/${encodeURIComponent(found.type_code)}`, { query: { version: found.handbook_version } })
    .then((entry) => fill(at("material-code"), entry.materials.map((material) => h("option", { value: material.code }, material.name))));
}

/** What must still be handed in (一次性告知). */
function requiredMissing(found) {
  const missing = (found.materials_required || []).filter((row) => !row.received);
  return missing.length ? h("div", { class: "notice", "data-tone": "warn" }, h("strong", {}, t("ui.cases.materials_missing")), h("ul", {}, missing.map((row) => h("li", {}, row.name)))) : null;
}

at("material-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const body = new FormData(form);
  if (!form.file.files.length) body.delete("file");
  busy(form.querySelector("button"), async () => {
    await api(`${path}/materials`, { form: body });
    toast(t("ui.cases.material_added"));
    form.file.value = "";
    await show();
  }, at("material-problem"));
});

// ---------------------------------------------------------------- actions

const roles = at("case").dataset.roles.split(" ");

/** Whether the signed-in person takes a step: the role at the office; a registrar also does a clerk's work there. */
const mine = (action) => action.office === at("case").dataset.office && (roles.includes(action.role) || (action.role === "clerk" && roles.includes("registrar")));

const byWhom = (action) => t("ui.cases.actions_for", { office: officeName(action.office), role: t(`ui.common.role.${action.role}`) });

function drawActions(found, steps) {
  const box = at("acts");
  const allowed = steps.allowed.filter(mine);
  const waiting = steps.waiting || [];
  const note = waiting.length ? h("ul", { class: "soft" }, waiting.map((row) => h("li", {}, row.message))) : null;
  if (!allowed.length) {
    const next = steps.allowed.find((action) => action.primary);
    fill(box, h("p", {}, next ? t("ui.cases.actions_others", { step: label(next), whom: byWhom(next) }) : t("ui.cases.actions_none")), note, dryRunButton(found));
    return;
  }
  const comment = h("textarea", { id: "comment", rows: "2", maxlength: "2000", "data-testid": "case-comment" });
  const problem = h("div", { "aria-live": "assertive" });
  const act = (action, button) => busy(button, async () => {
    const words = comment.value.trim();
    if (action.comment && !words) { comment.focus(); toast(t("ui.cases.comment_needed"), "warn"); return; }
    await api(`${path}/actions`, { json: words ? { action: action.action, comment: words } : { action: action.action } });
    toast(t("ui.cases.done", { action: label(action) }));
    await show();
  }, problem);
  fill(box, note, h("div", { class: "field" }, h("label", { for: "comment" }, t("ui.cases.comment")), comment), problem,
    h("div", { class: "actions" }, allowed.map((action) => {
      const button = h("button", { class: action.primary ? "btn btn-primary" : "btn", type: "button", title: byWhom(action), "data-testid": `act-${action.action}`, "data-primary": String(Boolean(action.primary)) }, label(action));
      button.addEventListener("click", () => act(action, button));
      return button;
    })), dryRunButton(found));
}

function dryRunButton(found) {
  if (!at("case").dataset.print || !["accepted", "review", "notice"].includes(found.status)) return null;
  const result = h("div", { "aria-live": "polite" });
  const button = h("button", { class: "btn btn-small btn-quiet", type: "button", title: t("ui.cases.dry_run_lead"), "data-testid": "dry-run" }, t("ui.cases.dry_run"));
  button.addEventListener("click", () => busy(button, () => load(result, () => api(`${path}/dry-run`, { method: "POST", json: {} }), drawDryRun)));
  return h("div", { class: "stack" }, button, result);
}

function drawDryRun(found) {
  const { points, passes: good } = found;
  const verdict = (point) => (point.holds === null || point.holds === undefined ? badge(t("ui.cases.manual")) : point.holds ? badge(t("ui.cases.pass"), "ok") : badge(t("ui.cases.fail"), "bad"));
  return h("div", {}, h("p", {}, badge(good ? t("ui.cases.dry_run_ok") : t("ui.cases.dry_run_not"), good ? "ok" : "bad")),
    table([
      { label: t("ui.cases.point"), value: (point) => [point.text, point.holds === false && point.message ? h("div", { class: "faint" }, point.message) : null] },
      { label: t("ui.cases.result"), value: verdict },
    ], points));
}

function drawRating(found) {
  if (!["registered", "certified", "issued", "archived"].includes(found.status)) return;
  at("rating-panel").hidden = false;
  if (!at("rating").childElementCount) fill(at("rating"), ratingForm(path, found.rating));
}

// ---------------------------------------------------------------- county and map

async function county() {
  const found = await api(path);
  const decision = found.decision_id ? await api(`/api/v1/decisions/${found.decision_id}`) : null;
  fill(at("county"), decision ? decisionPanel(decision) : h("p", {}, found.county_code ? countyName(found.county_code) : t("ui.county.undecided")));
  const parcels = [...new Set((found.units || []).map((unit) => unit.parcel_code || unit.unit_code.slice(0, 19)))];
  const shapes = (await Promise.all(parcels.slice(0, 20).map((code) => api("/api/v1/parcels", { query: { code } }).catch(() => ({ features: [] }))))).flatMap((part) => part.features);
  if (!shapes.length) { at("map").hidden = true; return; }
  const place = await placeMap(at("map"));
  if (!place) return;
  showFeatures(place.map, "focus", { type: "FeatureCollection", features: shapes }, "focus");
  goTo(place, { coordinates: shapes.map((shape) => shape.geometry.coordinates) }, { maxZoom: 17, padding: 60 });
}

show().catch((error) => fill(at("message"), problemPanel(error)));
county().catch((error) => fill(at("county"), problemPanel(error)));
