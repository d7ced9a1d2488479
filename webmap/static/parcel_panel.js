// The panel of one parcel: the parcel itself, its buildings and flats, rights, open cases and the money trail.

import { ApiError, api, badge, copyText, countyName, fill, fmtArea, fmtDate, fmtFen, fmtTime, fmtUnit, h, lang, load, pairs, t, tOr } from "/static/app.js";
import { historyList, lineageGraph } from "/static/parcel_history.js";
import { objectParts } from "/static/parcel_objects.js";

/**
 * Draws the panel into `container`. `parcel` is the GeoJSON feature of GET /api/v1/parcels/{code}.
 * Options: unit (28-character code to open first), others (parcels at the same place), at (date shown),
 * known (instant as which the register is read, or null), onClose(), onOpen(other), onZoom(), onUnit(code) when another
 * unit of the parcel is chosen, onDay(code, day) and onKnown(version or null) for the past.
 */
export function showParcel(container, parcel, options) {
  const p = parcel.properties;
  const unitCode = options.unit || p.unit_code;
  const register = h("div", {});
  fill(container, head(p, options), knownNote(options), others(options), facts(p), links(p, options), objectParts(p, options.at), register);
  showRegister(register, unitCode, options.onUnit);
}

function part(title, ...content) {
  return h("section", { class: "detail-part" }, title ? h("h3", {}, title) : null, content);
}

function head(p, { onClose }) {
  const live = !p.valid_to;
  return h("header", { class: "detail-head" },
    h("div", { class: "row" }, h("span", { class: "tag" }, tOr(`ui.common.layer.${p.layer}`, p.layer)),
      badge(t(live ? "ui.map.live" : "ui.map.historic"), live ? "ok" : null),
      h("button", { type: "button", class: "btn btn-quiet btn-small close", "aria-label": t("ui.common.close"), onclick: onClose }, "✕")),
    h("h2", {}, fmtUnit(p.parcel_code)));
}

/** Says that the panel does not tell what the register knows now. */
function knownNote({ known, onKnown }) {
  if (!known) return null;
  return h("div", { class: "notice", "data-tone": "warn", role: "status", "data-testid": "as-known" }, t("ui.map.as_known", { at: fmtTime(known) }), " ",
    h("button", { type: "button", class: "link-button", onclick: () => onKnown(null) }, t("ui.map.known_now")));
}

function others({ others: list, onOpen }) {
  if (!list?.length) return null;
  return part(t("ui.map.also_here"), h("div", { class: "actions" }, list.map((other) =>
    h("button", { type: "button", class: "btn btn-small", onclick: () => onOpen(other) },
      `${tOr(`ui.common.layer.${other.layer}`, other.layer)} ${other.parcel_code.slice(12)}`))));
}

function facts(p) {
  const valid = p.valid_to ? t("ui.map.from_to", { from: fmtDate(p.valid_from), to: fmtDate(p.valid_to) }) : t("ui.map.until_now", { from: fmtDate(p.valid_from) });
  return part(null, pairs([
    [t("ui.map.field.address"), p.address || undefined],
    [t("ui.map.field.county"), countyName(p.county_code)],
    [t("ui.map.field.land_use"), landUse(p.land_use)],
    [t("ui.map.field.official_area"), p.official_area_m2 === null ? undefined : fmtArea(p.official_area_m2, { mu: p.official_area_m2 > 2000 })],
    [t("ui.map.field.surveyed_area"), p.surveyed_area_m2 === null ? undefined : fmtArea(p.surveyed_area_m2)],
    [t("ui.map.field.calculated_area"), fmtArea(p.calculated_area_m2)],
    [t("ui.map.field.valid_from"), valid],
    [t("ui.map.field.known_from"), fmtTime(p.known_from)],
  ]));
}

const USE_CLASSES = { "07": "residential", "05": "commercial", "06": "industrial", "08": "public", "09": "public", 10: "transport", "01": "farm", "02": "farm", "03": "forest", "04": "grass", 11: "water" };

function landUse(code) {
  if (!code) return undefined;
  return `${code} ${t(`ui.map.use.${USE_CLASSES[code.slice(0, 2)] || "other"}`)}`;
}

function links(p, { onZoom, at, known, onDay, onKnown }) {
  const base = `/api/v1/parcels/${encodeURIComponent(p.parcel_code)}`;
  const past = new URLSearchParams(Object.entries({ at, known_at: known }).filter(([, value]) => value)).toString();
  const query = past && `?${past}`;
  const history = h("div", { "aria-live": "polite" });
  return part(null, h("div", { class: "actions" },
    h("button", { type: "button", class: "btn btn-small", onclick: onZoom }, t("ui.map.zoom_to")),
    h("button", { type: "button", class: "btn btn-small", onclick: () => copyText(p.parcel_code) }, t("ui.common.copy")),
    h("a", { class: "btn btn-small", href: `${base}/points.txt${query}`, download: `${p.parcel_code}.txt` }, t("ui.map.points_txt")),
    h("a", { class: "btn btn-small", href: `${base}/map.pdf${query}`, target: "_blank", rel: "noopener" }, t("ui.map.parcel_map")),
    h("button", { type: "button", class: "btn btn-small", onclick: () => load(history, () => api(`${base}/history`), (answer) => historyList(answer, { onKnown })) }, t("ui.map.history")),
    h("button", { type: "button", class: "btn btn-small", onclick: () => load(history, () => api(`${base}/lineage`), (answer) => lineageGraph(p.parcel_code, answer, { onOpen: onDay })) }, t("ui.map.lineage"))),
  history);
}

// ---------------------------------------------------------------- the register page of a unit (by role)

async function showRegister(place, unitCode, onUnit) {
  fill(place, part(t("ui.map.rights"), h("div", { class: "waiting" }, t("ui.common.loading"))));
  try {
    const page = await api(`/api/v1/units/${encodeURIComponent(unitCode)}`);
    const list = unitList(page, unitCode, (other) => { onUnit?.(other); showRegister(place, other, onUnit); });
    fill(place, list, planPart(page), rightsPart(page, list ? unitCode : null), casesPart(page), moneyPart(page));
    showChosen(list);
  } catch (error) {
    fill(place, part(t("ui.map.rights"), refusal(error)));
  }
}

function refusal(error) {
  if (error instanceof ApiError && error.status === 401) {
    const next = encodeURIComponent(location.pathname + location.search + location.hash);
    return h("p", { class: "soft" }, t("ui.map.sign_in_for_rights"), " ", h("a", { href: `/sign-in?next=${next}` }, t("ui.common.sign_in")));
  }
  if (error instanceof ApiError && error.status === 403) return h("p", { class: "soft" }, t("ui.map.rights_not_yours"));
  return h("p", { class: "soft" }, error.message);
}

/** Brings the chosen unit into its list's window, without moving the panel. */
function showChosen(list) {
  const chosen = list?.querySelector('[aria-pressed="true"]');
  if (!chosen) return;
  const box = chosen.closest("ul");
  box.scrollTop = chosen.getBoundingClientRect().top - box.getBoundingClientRect().top - (box.clientHeight - chosen.clientHeight) / 2;
}

function unitList(page, unitCode, onChoose) {
  const units = page.units || [];
  if (units.length < 2) return null;
  return part([t("ui.map.buildings"), h("span", { class: "count" }, String(units.length))],
    h("ul", { class: "result-list units" }, units.map((unit) => h("li", {},
      h("button", { type: "button", "aria-pressed": String(unit.unit_code === unitCode), onclick: () => onChoose(unit.unit_code) },
        h("span", { class: "code kind" }, unit.unit_code.slice(19)),
        h("span", {}, unit.address || fmtUnit(unit.unit_code)),
        h("span", { class: "where" }, unit.area_m2 ? fmtArea(unit.area_m2) : ""))))));
}

/** The floor plan of the chosen unit, if a survey drew one. */
function planPart(page) {
  if (!page.drawn) return null;
  const href = `/api/v1/units/${encodeURIComponent(page.unit_code)}/plan.pdf?lang=${lang}`;
  return part(null, h("div", { class: "actions" },
    h("a", { class: "btn btn-small", href, target: "_blank", rel: "noopener", "data-testid": "unit-plan" }, t("ui.map.unit_plan"))));
}

function rightsPart(page, unitCode) {
  const rows = [...(page.rights || []), ...(page.restrictions || [])];
  const entry = (right) => h("div", { class: "entry" },
    h("div", { class: "row" }, h("strong", {}, right.kind_name || right.name || right.kind), right.share ? h("span", { class: "soft" }, right.share) : null,
      right.status ? badge(tOr(`ui.map.right.${right.status}`, right.status), right.status === "live" || right.status === "current" ? "ok" : null) : null),
    pairs([[t("ui.map.holder"), right.holder || right.party || right.holders?.map((one) => one.name || one).join("、")],
      [t("ui.map.kind.certificate"), right.certificate_no || undefined],
      [t("ui.map.registered_at"), right.registered_at ? fmtTime(right.registered_at) : undefined],
      [t("ui.map.kind.case"), right.case_no ? h("a", { class: "code", href: `/cases/${encodeURIComponent(right.case_no)}` }, right.case_no) : undefined]]));
  return part([t("ui.map.rights"), h("span", { class: "count" }, String(rows.length)), unitCode ? h("span", { class: "code faint" }, unitCode.slice(19)) : null], rows.length ? rows.map(entry) : h("p", { class: "soft" }, t(page.register_hidden ? "ui.map.rights_not_yours" : "ui.map.no_rights")));
}

function casesPart(page) {
  const rows = page.open_cases || page.cases || [];
  const entry = (one) => h("div", { class: "entry" },
    h("div", { class: "row" }, h("a", { class: "code", href: `/cases/${encodeURIComponent(one.case_no)}` }, one.case_no),
      badge(tOr(`ui.status.case.${one.status}`, one.status), "info"), one.due_on ? h("span", { class: "faint" }, fmtDate(one.due_on)) : null),
    h("div", { class: "soft" }, one.type_name || one.type_code));
  return part([t("ui.map.open_cases"), h("span", { class: "count" }, String(rows.length))], rows.length ? rows.map(entry) : h("p", { class: "soft" }, t("ui.map.no_cases")));
}

function moneyPart(page) {
  const rows = page.orders || [];
  const entry = (order) => {
    const steps = h("div", {});
    const read = () => api(`/api/v1/orders/${encodeURIComponent(order.order_no)}/trace`);
    return h("div", { class: "entry" },
      h("div", { class: "row" }, h("span", { class: "code" }, order.order_no),
        badge(tOr(`ui.status.order.${order.state}`, order.state), order.state === "cleared" ? "ok" : "info"), h("span", { class: "amount" }, fmtFen(order.amount_fen))),
      h("button", { type: "button", class: "link-button", onclick: () => load(steps, read, traceList) }, t("ui.map.trace")), steps);
  };
  return part([t("ui.map.money"), h("span", { class: "count" }, String(rows.length))], rows.length ? rows.map(entry) : h("p", { class: "soft" }, t("ui.map.no_money")));
}

// Only what a person can read is a link: a bill is a PDF, a page is a page; the rest is data.
function stepLink(step) {
  const readable = step.link && (step.link.endsWith(".pdf") || !step.link.startsWith("/api/"));
  return readable ? h("a", { class: "code", href: step.link }, step.id) : h("span", { class: "code" }, step.id);
}

function traceList(trace) {
  const steps = trace.steps || trace.items || trace;
  return h("ol", { class: "steps" }, steps.map((step) => h("li", { class: "done" },
    h("div", { class: "row" }, tOr(`ui.map.step.${step.kind}`, step.kind), " ",
      stepLink(step)),
    h("div", { class: "when" }, [step.at && fmtTime(step.at), step.county_code && countyName(step.county_code), step.amount_fen !== undefined && step.amount_fen !== null && fmtFen(step.amount_fen)].filter(Boolean).join(" · ")))));
}
