// /finance/what-if: what a draft of the county boundaries would move, and how it comes into force.
// Needs the texts "ui.what_if", "ui.map" and "ui.county".

import { api, busy, countyName, fill, fmtArea, fmtFen, fmtNum, fmtTime, h, load, poll, t, table } from "/static/app.js";
import { publications } from "/static/pages/boundarypublish.js";
import { goTo, placeMap, showFeatures, together } from "/static/pages/placemap.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { keepQuery, pageQuery } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const query = pageQuery();
// More are drawn and listed by no page; the files have all.
const SHOWN = 500;
let chosen = query.draft || "";
let place = null;
// Which opening of a draft the page shows: one that was left stops asking.
let turn = 0;

at("first").value = query.first || "";
at("last").value = query.last || "";

const path = (id) => `/api/v1/boundary-drafts/${encodeURIComponent(id)}`;
const to = (code) => (code ? countyName(code) : t("ui.what_if.nobody"));
const days = () => ({ first: at("first").value, last: at("last").value });

// ---------------------------------------------------------------- drafts

const drafts = pagedList(at("list"), (page) => api("/api/v1/boundary-drafts", { query: page }), (rows) => table([
  { label: t("ui.what_if.draft"), value: (row) => h("a", { href: `/finance/what-if?draft=${row.draft_id}`, "data-testid": "draft", onclick: (event) => { event.preventDefault(); open(row.draft_id); } }, `#${row.draft_id} ${row.name}`) },
  { label: t("ui.what_if.loaded"), value: (row) => [row.loaded_by, h("div", { class: "faint" }, fmtTime(row.loaded_at))] },
  { label: t("ui.what_if.against"), value: (row) => (row.state === "compared" ? row.boundary_set : t(row.state === "cancelled" ? "ui.what_if.state_cancelled" : "ui.what_if.comparing")) },
  { label: t("ui.what_if.parcels"), class: "num", value: (row) => (OVER.includes(row.state) ? fmtNum(row.parcels) : "–") },
], rows, { empty: t("ui.what_if.none"), rowKey: (row) => row.draft_id }));

// ---------------------------------------------------------------- one draft

const OVER = ["compared", "cancelled"];
const limit = 24 * 3600 * 1000;

/** How far the comparison is, and the button that stops it. */
function progress(found) {
  const over = OVER.includes(found.state);
  at("progress").hidden = over;
  at("sums").hidden = !over;
  if (over) return;
  const { checked: done, candidates: all } = found;
  at("bar").max = all || 1;
  if (all === null) at("bar").removeAttribute("value");
  else at("bar").value = all ? done : 1;
  at("progress-text").textContent = all === null ? t("ui.what_if.finding") : t("ui.what_if.progress", { done: fmtNum(done), all: fmtNum(all), percent: all ? Math.floor((100 * done) / all) : 100 });
}

function sums(found) {
  at("cancelled").hidden = found.state !== "cancelled";
  fill(at("summary"), t("ui.what_if.summary", { parcels: fmtNum(found.parcels), lines: fmtNum(found.lines), set: found.boundary_set || "", day: found.as_of || "" }));
  return table([
    { label: t("ui.what_if.from"), value: (row) => countyName(row.from_county) },
    { label: t("ui.what_if.to"), value: (row) => to(row.to_county) },
    { label: t("ui.what_if.kind"), value: (row) => t(`ui.what_if.kind.${row.kind}`) },
    { label: t("ui.what_if.lines"), class: "num", value: (row) => fmtNum(row.lines) },
    { label: t("ui.what_if.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  ], found.movements, { empty: t("ui.what_if.nothing"), rowKey: (row) => `${row.from_county} ${row.to_county} ${row.kind}` });
}

function parcels({ features, next }) {
  fill(at("parcels-note"), next ? t("ui.what_if.some", { n: fmtNum(features.length) }) : "");
  draw(features);
  return table([
    { label: t("ui.what_if.parcel"), value: ({ properties: p }) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(p.parcel_code)}` }, p.parcel_code) },
    { label: t("ui.what_if.from"), value: ({ properties: p }) => to(p.from_county) },
    { label: t("ui.what_if.to"), value: ({ properties: p }) => to(p.to_county) },
    { label: t("ui.what_if.area"), class: "num", value: ({ properties: p }) => fmtArea(p.area_m2) },
    { label: t("ui.what_if.moved"), class: "num", value: ({ properties: p }) => fmtArea(p.moved_m2) },
  ], features, { empty: t("ui.what_if.no_parcels"), rowKey: ({ properties: p }) => p.parcel_code, onRow: (feature) => goTo(place, feature.geometry, { maxZoom: 17 }) });
}

async function draw(features) {
  at("map").hidden = !features.length;
  if (!features.length) return;
  place = place || await placeMap(at("map"));
  if (!place) return;
  showFeatures(place.map, "moved", { type: "FeatureCollection", features }, "focus");
  goTo(place, together(features), { maxZoom: 17 });
  at("map").dataset.drawn = String(features.length);
}

const lines = ({ items, more }) => table([
  { label: t("ui.what_if.at"), value: (row) => fmtTime(row.at) },
  { label: t("ui.what_if.order"), value: (row) => h("a", { class: "code", href: `/trace/${encodeURIComponent(row.order_no)}` }, `${row.order_no} · ${row.line_no}`) },
  { label: t("ui.what_if.state"), value: (row) => t(`ui.what_if.state.${row.order_state}`) },
  { label: t("ui.what_if.parcel"), value: (row) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(row.parcel_code)}` }, row.parcel_code) },
  { label: t("ui.what_if.from"), value: (row) => countyName(row.county_code) },
  { label: t("ui.what_if.to"), value: (row) => to(row.to_county) },
  { label: t("ui.what_if.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
], items, { empty: t("ui.what_if.nothing"), rowKey: (row) => `${row.order_no} ${row.line_no}`, caption: more ? t("ui.what_if.more") : undefined });

async function open(id, { focus = true } = {}) {
  const own = ++turn;
  chosen = String(id);
  keepQuery({ draft: chosen, ...days() });
  at("result").hidden = false;
  at("found").hidden = true;
  at("sums-title").textContent = `#${chosen}`;
  if (focus) at("sums-title").focus();
  for (const kind of ["csv", "xlsx"]) at(kind).href = `${path(chosen)}/lines?${new URLSearchParams({ ...Object.fromEntries(Object.entries(days()).filter(([, value]) => value)), format: kind })}`;
  await load(at("sums"), () => poll(() => api(path(chosen), { query: days() }), (found) => OVER.includes(found.state), { limit, onValue: (found) => {
    if (own !== turn) throw new DOMException("another draft", "AbortError");
    progress(found);
  } }), sums);
  if (own !== turn) return;
  // A problem is shown where the sums would be.
  at("progress").hidden = true;
  at("sums").hidden = false;
  at("found").hidden = false;
  const { login, propose, end } = at("publish").dataset;
  await Promise.all([
    publications(at("publish"), chosen, { login, propose: propose !== undefined, end: end !== undefined }),
    load(at("parcels"), () => api(`${path(chosen)}/parcels`, { query: { limit: SHOWN } }), parcels),
    load(at("lines"), () => api(`${path(chosen)}/lines`, { query: days() }), lines),
  ]);
}

// ---------------------------------------------------------------- the page

at("period").addEventListener("submit", (event) => {
  event.preventDefault();
  open(chosen, { focus: false });
});
at("cancel")?.addEventListener("click", () => busy(at("cancel"), async () => {
  await api(`${path(chosen)}/cancel`, { method: "POST", json: {} });
  await Promise.all([open(chosen, { focus: false }), drafts.again()]);
}, at("load-problem")));
at("load")?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(at("load").querySelector("button"), async () => {
    const form = new FormData();
    form.set("file", at("file").files[0]);
    const made = await api("/api/v1/boundary-drafts", { form });
    await drafts.again();
    // The comparison takes minutes; meanwhile another draft can be loaded.
    open(made.draft_id).then(drafts.again);
  }, at("load-problem"));
});
drafts.show();
if (chosen) open(chosen, { focus: false });
