// What lies on a parcel beside its land: buildings and flats with their areas, boundary points with their accuracy.

import { api, fmtArea, h, load, t, table } from "/static/app.js";

/** The two folded parts of the panel; each is read when it is opened first. `at` is the date shown, if any. */
export function objectParts(parcel, at) {
  const base = `/api/v1/parcels/${encodeURIComponent(parcel.parcel_code)}`;
  const query = { at: at || undefined };
  const standing = parcel.buildings || [];
  return [
    standing.length ? folded("buildings", t("ui.map.floor_areas"), standing.length, () => api(`${base}/buildings`, { query }), buildingList) : null,
    folded("points", t("ui.map.points"), null, () => api(`${base}/points`, { query: { ...query, crs: "EPSG:4547" } }), pointList),
  ];
}

function folded(name, title, count, read, draw) {
  const inside = h("div", {});
  const open = (event) => {
    if (event.currentTarget.open && !inside.hasChildNodes()) load(inside, read, draw);
  };
  return h("details", { class: "detail-part", "data-testid": `parcel-${name}`, ontoggle: open },
    h("summary", {}, title, count === null ? null : h("span", { class: "count" }, String(count))), inside);
}

const area = (value) => (value === null || value === undefined ? t("ui.map.not_measured") : fmtArea(value));

function buildingList(answer) {
  return answer.items.map((building) => h("div", { class: "entry" },
    h("div", { class: "row" }, h("strong", {}, building.name || building.building_code.slice(19)), h("span", { class: "code faint" }, building.building_code.slice(19)),
      building.floors === null ? null : h("span", { class: "faint" }, t("ui.map.floors", { n: building.floors }))),
    areaTable([{ ...building, room_no: t("ui.map.whole_building") }, ...building.units])));
}

function areaTable(rows) {
  return table([
    { label: t("ui.map.unit"), value: (row) => h("span", { title: row.unit_code || row.building_code }, row.room_no) },
    { label: t("ui.map.predicted_area"), class: "num", value: (row) => area(row.predicted_area_m2) },
    { label: t("ui.map.measured_area"), class: "num", value: (row) => area(row.measured_area_m2) },
  ], rows, {});
}

function pointList(answer) {
  const note = h("p", { class: "soft" }, t(answer.surveyed ? "ui.map.points_surveyed" : "ui.map.points_of_shape"));
  return [note, table([
    { label: t("ui.map.point_no"), value: (row) => row.point_no || String(row.seq) },
    { label: t("ui.map.x_north"), class: "num", value: (row) => row.north_m.toFixed(3) },
    { label: t("ui.map.y_east"), class: "num", value: (row) => row.east_m.toFixed(3) },
    { label: t("ui.map.accuracy"), value: (row) => (row.accuracy_class ? t("ui.map.accuracy_class", { n: row.accuracy_class }) : t("ui.map.accuracy_unknown")) },
  ], answer.points, {})];
}
