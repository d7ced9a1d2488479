// The page "/": layers, search, choosing a parcel, date, measuring, permalink.

import { api, copyText, emptyState, fill, fmtArea, fmtNum, fmtTime, fmtUnit, h, lang, problemPanel, t, tOr, toast, waiting, countyName } from "/static/app.js";
import { Compare, today } from "/static/compare.js";
import { CITY_BOUNDS, Measure, THEMES, WORK_THEMES, boxOf, coordinatesText, createMap, fadeTheme, idle, marker, parcelsAt, selectParcel, setPast, showTheme } from "/static/mapview.js";
import { showParcel } from "/static/parcel_panel.js";
import { Past, readDay, readInstant } from "/static/past.js";

const $ = (id) => document.getElementById(id);

// ---------------------------------------------------------------- permalink: #m=zoom/lat/lon&sel=…&at=…&known=…&on=…

function hashValues() {
  return Object.fromEntries(location.hash.slice(1).split("&").filter(Boolean).map((part) => {
    const [name, value = ""] = part.split("=");
    return [name, decodeURIComponent(value)];
  }));
}

function setHash(changes) {
  const values = { ...hashValues(), ...changes };
  const text = Object.entries(values).filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}=${name === "m" ? value : encodeURIComponent(value)}`).join("&");
  history.replaceState(history.state, "", `${location.pathname}${location.search}#${text}`);
}

const start = hashValues();
const state = { at: readDay(start.at), known: readInstant(start.known), code: start.sel?.slice(0, 19) || null, sel: start.sel || null, request: 0, pin: null };

const { style } = $("map").dataset;
const themes = style === "work" ? [...THEMES, ...WORK_THEMES] : THEMES;
const map = createMap({ container: "map", style, at: state.at, known: state.known, hash: "m", readout: $("coordinates"), notice: $("notice") });
if (document.documentElement.dataset.testing) window.__map = map;
map.on("error", (event) => { if (event.error?.status >= 500) toast(event.error.message, "bad"); });

const compare = new Compare({ map, stage: document.querySelector(".map-stage"), style, list: $("differences"), onOpen: (code, day) => openParcel(code, { zoom: true, day }), themes: () => themeWishes() });

// ---------------------------------------------------------------- layer tree

const shown = new Set(start.on ? start.on.split(",") : themes.filter((theme) => theme.on).map((theme) => theme.id));

function themeRow(theme) {
  const name = t(`ui.map.theme.${theme.id}`);
  const box = h("input", { type: "checkbox", checked: shown.has(theme.id), onchange: (event) => {
    if (event.target.checked) shown.add(theme.id); else shown.delete(theme.id);
    renewThemes();
    setHash({ on: [...shown].join(",") });
  } });
  const opacity = h("input", { type: "range", min: "0", max: "100", value: "100", "aria-label": t("ui.map.opacity", { name }),
    oninput: (event) => fadeTheme(map, theme, Number(event.target.value) / 100) });
  return h("li", {}, h("label", { class: "check" }, box, name), opacity);
}

/** Shows what is ticked; what has no past is left out of an earlier state. */
function renewThemes() {
  for (const [theme, visible] of themeWishes()) showTheme(map, theme, visible);
  if (compare.active) compare.renewThemes();
}

const themeWishes = () => themes.map((theme) => [theme, shown.has(theme.id) && !(theme.undated && (state.at || state.known))]);

fill($("layer-tree"), themes.map(themeRow));
map.on("load", () => {
  renewThemes();
  if (state.sel) openParcel(state.sel, { zoom: !start.m });
  if (readDay(start.cmp) && state.at) compareWith(start.cmp);
});

// A link pasted into the same page changes the hash only.
window.addEventListener("hashchange", () => {
  const values = hashValues();
  const wanted = { at: readDay(values.at), known: readInstant(values.known) };
  if (wanted.at !== state.at || wanted.known !== state.known) changePast(wanted);
  const cmp = readDay(values.cmp);
  if (cmp !== (compare.active ? compare.right : null)) { if (cmp) compareWith(cmp); else endCompare(); }
  if (values.sel && values.sel !== state.sel) openParcel(values.sel, { zoom: !values.m });
});

// ---------------------------------------------------------------- choosing a parcel

/** Opens the panel of a parcel by its 19- or 28-character code. */
async function openParcel(code, { zoom = false, others = [], unit = null, day = null } = {}) {
  const request = (state.request += 1);
  const detail = $("detail");
  state.code = code.slice(0, 19);
  state.sel = code;
  setHash({ sel: code });
  selectParcel(map, state.code);
  detail.hidden = false;
  fill(detail, waiting());
  try {
    const parcel = await api(`/api/v1/parcels/${encodeURIComponent(state.code)}`, { query: { at: day || state.at, known_at: state.known } });
    if (request !== state.request) return;
    if (zoom) map.fitBounds(boxOf(parcel.geometry), { padding: padding(), maxZoom: 18.5, animate: false });
    showParcel(detail, parcel, {
      unit: unit || (code.length === 28 ? code : null), others, at: day || state.at, known: state.known,
      onDay: (other, day) => openOn(other, day),
      onKnown: (version) => (version ? openOn(code, version.valid_from, version.known_from) : changePast({ at: state.at, known: null })),
      onClose: closeParcel,
      onUnit: (other) => { state.sel = other; setHash({ sel: other }); },
      onOpen: (other) => openParcel(other.parcel_code, { others: others.filter((o) => o !== other) }),
      onZoom: () => map.fitBounds(boxOf(parcel.geometry), { padding: padding(), maxZoom: 19 }),
    });
    detail.focus({ preventScroll: true });
  } catch (error) {
    if (request !== state.request) return;
    const missing = error.status === 404 && past.active;
    fill(detail, h("div", { class: "detail-part" }, missing ? emptyState(t(state.known ? "ui.map.not_known_then" : "ui.map.not_on_day", { at: day || state.at || today(), known: fmtTime(state.known) }), fmtUnit(state.code)) : problemPanel(error)));
  }
}

/** Opens a parcel as it was on a day, and as the register knew it at an instant; a comparison keeps its own day on the left. */
function openOn(code, day, known = state.known) {
  showPast({ at: compare.active ? state.at : day, known });
  return openParcel(code, { zoom: true, day });
}

// Where the panel leaves the map to be seen: beside it, or on a small screen below it.
function padding() {
  if (window.innerWidth > 760) return { left: 430, right: 60, top: 60, bottom: 60 };
  return { left: 30, right: 30, top: Math.round($("map").clientHeight * 0.62), bottom: 40 };
}

function closeParcel() {
  forgetParcel();
  map.getCanvas().focus();
}

function forgetParcel() {
  state.request += 1;
  state.code = state.sel = null;
  setHash({ sel: null });
  selectParcel(map, null);
  $("detail").hidden = true;
}

function choose(point) {
  const found = parcelsAt(map, point);
  if (found.length) openParcel(found[0].parcel_code, { others: found.slice(1) });
  return found.length > 0;
}

map.on("click", (event) => {
  if (measure.active) return;
  if (!choose(event.point) && state.code) closeParcel();
});
map.on("mousemove", (event) => {
  if (!measure.active) map.getCanvas().style.cursor = parcelsAt(map, event.point).length ? "pointer" : "";
});

// With the keyboard: arrows move the map, Enter chooses the parcel under the cross in the middle.
const stage = document.querySelector(".map-stage");
map.getCanvas().addEventListener("keydown", (event) => {
  stage.classList.add("keyboard");
  if (event.key !== "Enter" || measure.active) return;
  const box = map.getCanvas().getBoundingClientRect();
  if (!choose([box.width / 2, box.height / 2])) toast(t("ui.map.not_found"), "warn");
});
map.getCanvas().addEventListener("pointerdown", () => stage.classList.remove("keyboard"));
map.getCanvas().title = "";
map.on("moveend", () => {
  const middle = map.getCenter();
  if (stage.classList.contains("keyboard")) $("coordinates").textContent = coordinatesText(middle.lng, middle.lat);
});

// ---------------------------------------------------------------- search

function pin(lon, lat) {
  state.pin?.remove();
  state.pin = marker(map, [lon, lat], h("div", { class: "map-pin", "aria-hidden": "true" }));
}

async function go(item) {
  const code = item.parcel_code || item.unit_code;
  if (code) {
    await openParcel(item.unit_code || code, { zoom: true });
  } else if (item.lon !== undefined && item.lon !== null) {
    forgetParcel();
    map.jumpTo({ center: [item.lon, item.lat], zoom: item.kind === "coordinates" ? Math.max(map.getZoom(), 17) : 14 });
    pin(item.lon, item.lat);
    await idle(map);
    if (item.kind === "coordinates") choose(map.project([item.lon, item.lat]));
  }
}

function resultRow(item) {
  return h("li", {}, h("button", { type: "button", onclick: () => go(item) },
    h("span", { class: "tag kind" }, tOr(`ui.map.kind.${item.kind}`, item.kind)),
    h("span", { class: item.code ? "code" : null }, item.label || fmtUnit(item.code)),
    h("span", { class: "where" }, [...new Set([item.detail, item.county_code && countyName(item.county_code)])].filter(Boolean).join(" · "))),
  item.link ? h("a", { href: item.link }, t(`ui.map.open.${item.link.startsWith("/pay/") ? "order" : "case"}`)) : null);
}

function showResults(items) {
  if (!items.length) return fill($("results"), emptyState(t("ui.map.no_results"), t("ui.map.no_results_hint")));
  return fill($("results"),
    h("div", { class: "results-head" }, h("span", {}, t("ui.map.results", { n: fmtNum(items.length) })),
      h("button", { class: "link-button", type: "button", onclick: () => fill($("results")) }, t("ui.common.close"))),
    h("ul", { class: "result-list" }, items.map(resultRow)));
}

$("search").addEventListener("submit", async (event) => {
  event.preventDefault();
  const q = $("q").value.trim();
  if (!q) return;
  fill($("results"), waiting());
  try {
    const { items } = await api("/api/v1/search", { query: { q } });
    showResults(items);
    if (items.length === 1) await go(items[0]);
  } catch (error) {
    fill($("results"), h("div", { class: "detail-part" }, problemPanel(error)));
  }
});

$("q").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") { $("results").querySelector("ul button")?.focus(); event.preventDefault(); }
  if (event.key === "Escape") { fill($("results")); }
});
$("results").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const buttons = [...$("results").querySelectorAll("ul button")];
  const next = buttons.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  (buttons[next] || (next < 0 ? $("q") : buttons[buttons.length - 1])).focus();
  event.preventDefault();
});

// ---------------------------------------------------------------- the day, and what was known of it

const past = new Past({
  map,
  fields: { at: $("at"), at_now: $("at-now"), known: $("known"), known_time: $("known-time") },
  banner: $("past"),
  onEnd: () => changePast({ at: null, known: null }),
});
past.show(state);
if (past.active) $("dates").open = true;

/** Has the map, the fields and the permalink tell of another past. */
function showPast({ at, known }) {
  if (at === state.at && known === state.known) return;
  Object.assign(state, { at, known });
  past.show(state);
  setHash({ at, known });
  setPast(map, state);
  renewThemes();
  if (compare.active) { if (at) compareWith(compare.right); else endCompare(); }
}

function changePast(wanted) {
  showPast(wanted);
  if (state.sel) openParcel(state.sel);
}

for (const id of ["at", "known", "known-time"]) $(id).addEventListener("change", () => changePast(past.read()));
$("at-clear").addEventListener("click", () => changePast({ at: null, known: state.known }));
$("known-clear").addEventListener("click", () => changePast({ at: state.at, known: null }));
$("at-form").addEventListener("submit", (event) => { event.preventDefault(); changePast(past.read()); });

// ---------------------------------------------------------------- two dates

function compareWith(day) {
  if (!state.at) { $("at").focus(); toast(t("ui.map.compare_first"), "warn"); return; }
  $("cmp").value = day;
  $("dates").open = true;
  $("cmp-end").hidden = false;
  compare.show(state.at, day, state.known);
  past.compareWith(day);
  setHash({ cmp: day });
}

function endCompare() {
  compare.hide();
  past.compareWith(null);
  $("cmp-end").hidden = true;
  setHash({ cmp: null });
}
$("cmp-form").addEventListener("submit", (event) => { event.preventDefault(); compareWith($("cmp").value || today()); });
$("cmp-end").addEventListener("click", endCompare);

// ---------------------------------------------------------------- measuring, permalink

const measure = new Measure(map, (figure) => {
  if (!figure.points.length) { fill($("measured"), h("span", { class: "faint" }, t("ui.map.measure_start"))); return; }
  const metres = t(figure.mode === "line" ? "ui.map.length" : "ui.map.perimeter", { value: fmtNum(figure.length_m, 3) });
  fill($("measured"),
    figure.area_m2 !== null ? h("div", {}, h("strong", {}, fmtArea(figure.area_m2, { mu: true }))) : null,
    h("div", {}, figure.mode === "line" ? h("strong", {}, metres) : metres),
    figure.bearing_deg !== null ? h("div", { class: "soft" }, t("ui.map.bearing", { value: fmtNum(figure.bearing_deg, 4) })) : null);
});

for (const button of document.querySelectorAll("[data-measure]")) {
  button.addEventListener("click", () => {
    if (button.dataset.measure) measure.start(button.dataset.measure);
    else { measure.stop(); fill($("measured")); }
  });
}
$("measuring").addEventListener("toggle", (event) => { if (!event.target.open) { measure.stop(); fill($("measured")); } });

$("link").addEventListener("click", () => {
  const url = new URL(location.href);
  url.searchParams.set("lang", lang);
  copyText(url.href);
});
// WebGL keeps no picture for the printer: one is taken when printing begins, with the legend beside it.
const layersOpen = { before: false };
window.addEventListener("beforeprint", () => {
  map.redraw();
  $("picture").src = map.getCanvas().toDataURL("image/png");
  layersOpen.before = $("layers").open;
  $("layers").open = true;
});
window.addEventListener("afterprint", () => { $("layers").open = layersOpen.before; $("picture").removeAttribute("src"); });
$("city").addEventListener("click", () => map.fitBounds(CITY_BOUNDS, { padding: 10 }));
