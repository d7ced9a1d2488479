// What the register ever said of a parcel, and where it came from and what became of it, for the parcel's panel.

import { badge, fmtArea, fmtDate, fmtTime, h, t } from "/static/app.js";

const SVG = "http://www.w3.org/2000/svg";
const COLUMN_PX = 118;
const ROW_PX = 40;
const BOX = { width: 92, height: 24 };
const MOST_NODES = 60;

function validText(version) {
  return version.valid_to ? t("ui.map.from_to", { from: fmtDate(version.valid_from), to: fmtDate(version.valid_to) }) : t("ui.map.until_now", { from: fmtDate(version.valid_from) });
}

/** Versions in order of knowledge; what was said before a correction stays, and opens as it was known then. */
export function historyList(answer, { onKnown }) {
  const versions = answer.features.map((feature) => feature.properties);
  return h("ol", { class: "steps", "data-testid": "history" }, versions.map((version) => h("li", { class: version.known_to || version.valid_to ? null : "done" },
    validText(version), " ", version.known_to ? badge(t("ui.map.superseded"), "warn") : null,
    h("div", { class: "when" }, [fmtArea(version.calculated_area_m2), version.survey_id && t("ui.map.by_survey", { id: version.survey_id })].filter(Boolean).join(" · ")),
    h("div", { class: "when" }, version.known_to ? t("ui.map.known_from_to", { from: fmtTime(version.known_from), to: fmtTime(version.known_to) }) : t("ui.map.known_since", { from: fmtTime(version.known_from) })),
    version.known_to && onKnown ? h("button", { type: "button", class: "link-button", onclick: () => onKnown(version) }, t("ui.map.as_known", { at: fmtTime(version.known_from) })) : null)));
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Columns of the graph: generations before the parcel, itself, generations after it. */
function columns(code, edges) {
  const depth = new Map([[code, 0]]);
  for (const edge of edges) {
    const [far, at] = edge.depth < 0 ? [edge.parent_code, edge.depth] : [edge.child_code, edge.depth];
    if (!depth.has(far) && depth.size < MOST_NODES) depth.set(far, at);
  }
  const found = new Map();
  for (const [one, at] of depth) found.set(at, [...(found.get(at) || []), one]);
  return [...found].sort(([one], [other]) => one - other);
}

/** When a parcel of the lineage was in force: the last day before it ended, or the day it began. */
function dayOf(code, edges) {
  const ended = edges.find((edge) => edge.parent_code === code);
  if (!ended) return edges.find((edge) => edge.child_code === code)?.effective_on;
  const day = new Date(`${ended.effective_on}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

const kindName = (edge) => t(`ui.map.lineage.${edge.kind}`);

/** The graph with a list of the same; onOpen(code, day) opens a parcel as it was on a day. */
export function lineageGraph(code, answer, { onOpen }) {
  const edges = answer.items;
  if (!edges.length) return h("p", { class: "soft" }, t("ui.map.no_lineage"));
  const drawn = columns(code, edges);
  const tallest = Math.max(...drawn.map(([, codes]) => codes.length));
  const size = { width: drawn.length * COLUMN_PX - (COLUMN_PX - BOX.width) + 4, height: tallest * ROW_PX };
  const places = new Map();
  drawn.forEach(([, codes], column) => codes.forEach((one, row) => places.set(one, { x: 2 + column * COLUMN_PX, y: (row + (tallest - codes.length) / 2) * ROW_PX + (ROW_PX - BOX.height) / 2 })));
  const lines = edges.filter((edge) => places.has(edge.parent_code) && places.has(edge.child_code)).map((edge) => line(edge, places));
  const nodes = [...places].map(([one, place]) => node(one, place, one === code, dayOf(one, edges), onOpen));
  const graph = svg("svg", { class: "lineage", viewBox: `0 0 ${size.width} ${size.height}`, width: size.width, height: size.height, role: "group", "aria-label": t("ui.map.lineage") }, ...lines, ...nodes);
  return h("div", { "data-testid": "lineage" }, h("div", { class: "lineage-box" }, graph), h("ul", { class: "lineage-list" }, edges.map((edge) =>
    h("li", {}, `${edge.effective_on} ${kindName(edge)}: `, h("span", { class: "code" }, `${edge.parent_code.slice(12)} → ${edge.child_code.slice(12)}`), edge.area_m2 ? ` ${fmtArea(edge.area_m2)}` : null))));
}

function line(edge, places) {
  const from = places.get(edge.parent_code);
  const to = places.get(edge.child_code);
  const [x, y, u, v] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2];
  const title = svg("title", {}, document.createTextNode(`${edge.effective_on} ${kindName(edge)}`));
  return svg("path", { class: `lineage-line lineage-${edge.kind}`, d: `M${x} ${y} C${(x + u) / 2} ${y} ${(x + u) / 2} ${v} ${u} ${v}` }, title);
}

function node(code, place, own, day, onOpen) {
  const box = [svg("rect", { x: place.x, y: place.y, width: BOX.width, height: BOX.height, rx: 3 }),
    svg("text", { x: place.x + BOX.width / 2, y: place.y + BOX.height / 2, "text-anchor": "middle", "dominant-baseline": "central" }, document.createTextNode(code.slice(12)))];
  if (own) return svg("g", { class: "lineage-node lineage-own", "aria-current": "true" }, ...box);
  const link = svg("a", { class: "lineage-node", href: `/#sel=${code}&at=${day}`, "aria-label": t("ui.map.lineage_open", { code, at: day }) }, ...box);
  link.addEventListener("click", (event) => { event.preventDefault(); onOpen(code, day); });
  return link;
}
