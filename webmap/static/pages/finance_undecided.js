// The queue of undecided counties on /finance: one person designates, a second confirms. Needs "ui.finance", "ui.county".

import { api, ask, countyName, fmtArea, fmtTime, h, t, table, toast, tOr } from "/static/app.js";
import { filesField, sendFiles } from "/static/pages/attachments.js";
import { percent } from "/static/pages/county.js";
import { formDialog } from "/static/pages/formdialog.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { goTo, placeMap, showFeatures } from "/static/pages/placemap.js";
import { counties } from "/static/pages/words.js";

const box = document.getElementById("undecided");
let place = null;

const idOf = (row) => row.decision_id;
const codeOf = (row) => row.unit_code || row.parcel_code || "";

// Whether the person may designate and confirm: a county's what concerns it, the city all.
const { may: allowed, county: own } = document.getElementById("undecided-panel")?.dataset || {};
const concerned = (row) => row.code_county === own || (row.overlaps || []).some((part) => part.county_code === own);
const may = (row) => Boolean(allowed) && (!own || concerned(row));

let queue = null;
const again = () => queue.again();

/** Shows the queue. */
export function showUndecided() {
  queue = pagedList(box, (page) => api("/api/v1/decisions", { query: { open: "true", ...page } }), (rows) => table([
    { label: t("ui.finance.subject"), value: (row) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(codeOf(row))}` }, codeOf(row) || row.subject) },
    { label: t("ui.finance.reason"), value: (row) => row.reason_text || tOr(`ui.county.reason.${row.reason}`, row.reason || "") },
    { label: t("ui.finance.evidence"), value: evidence },
    { label: t("ui.finance.break_age"), value: (row) => fmtTime(row.decided_at) },
    { label: "", value: acts },
  ], rows, { empty: t("ui.finance.undecided_none"), rowKey: idOf, onRow: showPlace }));
  return queue.show();
}

function evidence(row) {
  const parts = (row.overlaps || []).map((part) => h("div", {}, `${countyName(part.county_code)} ${percent(part.ratio_ppm)}% · ${fmtArea(part.area_m2)}`));
  if (row.outside_ppm) parts.push(h("div", {}, `${t("ui.county.outside")} ${percent(row.outside_ppm)}%`));
  return parts;
}

function acts(row) {
  const pending = row.proposed;
  if (pending) {
    const code = pending.county_code;
    return h("div", {}, h("div", { class: "faint" }, `${countyName(code)} · ${t("ui.finance.designated_by")} ${pending.decided_by} · `, h("a", { href: `/decisions/${pending.decision_id}` }, t("ui.finance.decision_open"))),
      may(row) ? h("button", { class: "btn btn-small btn-primary", type: "button", "data-testid": "confirm-county", onclick: () => confirm(pending.decision_id, code) }, t("ui.finance.confirm")) : null);
  }
  return may(row) ? h("button", { class: "btn btn-small btn-primary", type: "button", "data-testid": "designate", onclick: () => designate(row) }, t("ui.finance.designate")) : null;
}

function designate(row) {
  const first = row.overlaps?.[0]?.county_code;
  formDialog({
    title: `${t("ui.finance.designate")} · ${codeOf(row) || row.subject}`, note: t("ui.finance.undecided_lead"), confirm: t("ui.finance.designate"),
    fields: [
      { name: "county_code", label: t("ui.finance.county"), options: counties, value: first, required: true },
      { name: "basis_doc", label: t("ui.finance.basis_doc"), required: true },
      { name: "reason", label: t("ui.finance.designation_reason"), required: true },
      filesField(t("ui.finance.basis_files")),
    ],
    save: async ({ files, ...values }) => {
      const made = await api("/api/v1/decisions", { json: { subject: row.subject, ...values } });
      await sendFiles(`/api/v1/decisions/${made.decision_id}/documents`, files);
      toast(t("ui.finance.designated"));
      await again();
    },
  });
}

async function confirm(id, code) {
  if (!(await ask(t("ui.finance.confirm"), t("ui.finance.confirm_ask", { county: countyName(code) }), { confirm: t("ui.finance.confirm") }))) return;
  try {
    await api(`/api/v1/decisions/${encodeURIComponent(id)}/confirm`, { method: "POST", json: {} });
    toast(t("ui.finance.confirmed_done"));
    await again();
  } catch (error) {
    toast(error.message, "bad");
  }
}

async function showPlace(row) {
  const { features } = await api("/api/v1/parcels", { query: { code: (row.parcel_code || codeOf(row)).slice(0, 19) } }).catch(() => ({ features: [] }));
  if (!features.length) return;
  document.getElementById("undecided-map-box").hidden = false;
  place = place || await placeMap(document.getElementById("map"));
  if (!place) return;
  showFeatures(place.map, "focus", { type: "FeatureCollection", features }, "focus");
  goTo(place, features[0].geometry, { maxZoom: 17 });
}
