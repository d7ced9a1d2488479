// A MapLibre map over our own tiles, for any page: createMap({container, …}).
// Brings the notices every map must carry: that county lines have no legal force, the data date, the map
// review number (审图号); and a readout of the pointer in CGCS2000 degrees and EPSG:4547 metres.
// The page must link /assets/maplibre-gl/dist/maplibre-gl.css, /static/mapview.css and give texts "ui.map".

import * as maplibre from "/assets/maplibre-gl/dist/maplibre-gl.mjs";
import { fmtTime, h, lang, t } from "/static/app.js";
import { areaM2, bearingDeg, lengthM, toPlane } from "/static/gauss.js";

/** lon/lat degrees: the city with a margin. */
export const CITY_BOUNDS = [[113.48, 28.98], [115.02, 30.36]];

/** Themes of the layer tree: id, style layers, fill layers that can be clicked, no past to be shown, shown at first. */
export const THEMES = [
  { id: "counties", layers: ["counties-fill", "counties-band", "counties-line", "counties-label"], on: true },
  { id: "townships", layers: ["townships-label"], on: true },
  { id: "districts", layers: ["districts-line", "districts-label"], on: false },
  { id: "parcels", layers: ["parcels-cells", "parcels-fill", "parcels-line", "parcels-label"], click: "parcels-fill", on: true },
  { id: "buildings", layers: ["buildings-fill", "buildings-line"], undated: true, on: true },
  { id: "collective", layers: ["collective-cells", "collective-fill", "collective-line", "collective-label"], click: "collective-fill", on: false },
  { id: "contract_land", layers: ["contract_land-cells", "contract_land-fill", "contract_land-line", "contract_land-label"], click: "contract_land-fill", on: true },
  { id: "forest", layers: ["forest-cells", "forest-fill", "forest-line", "forest-label"], click: "forest-fill", on: true },
];

/** Further themes of the style "work", for those who may see cases. */
export const WORK_THEMES = [
  { id: "cases", layers: ["cases-point"], undated: true, on: false },
  { id: "heat", layers: ["heat-heat"], undated: true, on: false },
];

/** The style layer that draws single parcels; below its zoom cells stand for them. */
export const PARCEL_LAYER = "parcels-fill";

const SELECTION_SOURCES = ["parcels", "collective", "contract_land", "forest"];

const LOCALE = {
  "AttributionControl.ToggleAttribution": t("ui.map.attribution"),
  "FullscreenControl.Enter": t("ui.map.fullscreen"),
  "FullscreenControl.Exit": t("ui.map.fullscreen_exit"),
  "Map.Title": t("ui.map.title"),
  "NavigationControl.ResetBearing": t("ui.map.north"),
  "NavigationControl.ZoomIn": t("ui.map.zoom_in"),
  "NavigationControl.ZoomOut": t("ui.map.zoom_out"),
  "ScaleControl.Feet": "ft",
  "ScaleControl.Meters": t("ui.map.metres"),
  "ScaleControl.Kilometers": t("ui.map.kilometres"),
  "ScaleControl.Miles": "mi",
  "ScaleControl.NauticalMiles": "nm",
};

/**
 * Makes a map. Options: container (element or id), style ("city", "work", "base"), at (ISO date or null), known (RFC 3339 instant or null),
 * hash (name of the hash parameter that keeps the view, or false), bounds ([[w,s],[e,n]]), readout (element
 * for coordinates), notice (element for the notices; made under the map when absent), maxZoom.
 * Gives the MapLibre Map. Add own layers in map.on("load", …).
 */
export function createMap({ container, style = "city", at = null, known = null, hash = false, bounds = null, readout = null, notice = null, maxZoom = 21 }) {
  const element = typeof container === "string" ? document.getElementById(container) : container;
  const map = new maplibre.Map({
    container: element,
    style: styleUrl(style, { at, known }),
    bounds: bounds || [[113.53, 29.03], [114.97, 30.3]],
    // The notices lie on the lower edge unless the page has a place for them.
    fitBoundsOptions: { padding: bounds ? 30 : { top: 12, left: 12, right: 12, bottom: notice ? 12 : 44 } },
    maxBounds: [[112.2, 28.2], [116.4, 31.2]],
    minZoom: 6.5,
    maxZoom,
    hash,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    locale: LOCALE,
    fadeDuration: document.documentElement.dataset.testing ? 0 : 150,
    localIdeographFontFamily: '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-left");
  const strip = notice || element.appendChild(h("div", { class: "map-notice" }));
  if (!notice) new ResizeObserver(() => element.style.setProperty("--notice-height", `${strip.offsetHeight}px`)).observe(strip);
  map.on("styledata", () => writeNotice(strip, map));
  if (readout) map.on("mousemove", (event) => { readout.textContent = coordinatesText(event.lngLat.lng, event.lngLat.lat); });
  return map;
}

/** The query for a day and an instant as which the register is read, either of which may be missing. */
const pastQuery = ({ at, known }) => new URLSearchParams([["at", at], ["known_at", known]].filter(([, value]) => value)).toString();

/** URL of a style for a day, read as the register knew it at an instant. */
function styleUrl(style, past) {
  const query = pastQuery(past);
  return `${location.origin}/tiles/styles/${style}.json?lang=${lang}${query && `&${query}`}`;
}

function writeNotice(strip, map) {
  const facts = map.getStyle()?.metadata || {};
  strip.replaceChildren(...[facts.notice, facts.review, facts.data_at && t("ui.common.as_of", { at: fmtTime(facts.data_at) })]
    .filter(Boolean).map((line) => h("span", {}, line)));
}

/** "114.28000000°E 29.68000000°N · X 3284674.268 Y 527102.468 m": degrees CGCS2000, metres EPSG:4547. */
export function coordinatesText(lonDeg, latDeg) {
  const plane = toPlane(lonDeg, latDeg);
  return `${lonDeg.toFixed(7)}°E ${latDeg.toFixed(7)}°N   X ${plane.x_m.toFixed(3)}  Y ${plane.y_m.toFixed(3)} m`;
}

/** Waits until everything visible is loaded and still. */
export function idle(map) {
  return map.loaded() && map.areTilesLoaded() && !map.isMoving() ? Promise.resolve() : new Promise((done) => { map.once("idle", () => done()); });
}

/** Shows or hides a theme. */
export function showTheme(map, theme, visible) {
  for (const id of theme.layers) if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
}

const OPACITY = { fill: ["fill-opacity"], line: ["line-opacity"], symbol: ["text-opacity"], circle: ["circle-opacity"], heatmap: ["heatmap-opacity"] };
const firstOpacity = new Map();

/** Sets the opacity of a theme, 0 to 1 of what the style says. */
export function fadeTheme(map, theme, share) {
  for (const id of theme.layers) {
    const layer = map.getLayer(id);
    for (const property of (layer && OPACITY[layer.type]) || []) {
      const key = `${id}/${property}`;
      if (!firstOpacity.has(key)) firstOpacity.set(key, map.getPaintProperty(id, property) ?? 1);
      map.setPaintProperty(id, property, ["*", firstOpacity.get(key), share]);
    }
  }
}

/** Marks a parcel by its 19-character code; null takes the mark away. */
export function selectParcel(map, code) {
  for (const source of SELECTION_SOURCES) {
    if (map.getLayer(`${source}-selected`)) map.setFilter(`${source}-selected`, ["==", ["get", "parcel_code"], code || ""]);
  }
}

/** Parcels under a screen point, top first, each once: [{parcel_code, layer, county_code, area_m2}]. */
export function parcelsAt(map, point) {
  const layers = THEMES.map((theme) => theme.click).filter((id) => id && map.getLayer(id));
  const seen = new Map();
  for (const feature of map.queryRenderedFeatures(point, { layers })) {
    if (!seen.has(feature.properties.parcel_code)) seen.set(feature.properties.parcel_code, feature.properties);
  }
  return [...seen.values()];
}

/** Shows another day (`at`) as the register knew it at an instant (`known`), null for now, by asking the sources with a past again. */
export function setPast(map, past) {
  // County lines have days in force, but nothing was known otherwise earlier.
  const queries = { ...Object.fromEntries(SELECTION_SOURCES.map((name) => [name, pastQuery(past)])), counties: pastQuery({ ...past, known: null }) };
  for (const [name, query] of Object.entries(queries)) {
    const source = map.getSource(name);
    if (!source) continue;
    source.setTiles(source.tiles.map((tile) => tile.split("?")[0] + (query && `?${query}`)));
  }
}

/** Box of a GeoJSON geometry in lon/lat degrees: [[w, s], [e, n]]. */
export function boxOf(geometry) {
  const box = [[Infinity, Infinity], [-Infinity, -Infinity]];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      box[0] = [Math.min(box[0][0], part[0]), Math.min(box[0][1], part[1])];
      box[1] = [Math.max(box[1][0], part[0]), Math.max(box[1][1], part[1])];
    } else part.forEach(walk);
  };
  walk(geometry.coordinates);
  return box;
}

/**
 * The measuring tool: click points, double click or Enter ends, Escape clears.
 * Lengths, areas and bearings are taken in the plane EPSG:4547, as registered areas are.
 */
export class Measure {
  /** onChange({points, length_m (of an area: once around), area_m2, bearing_deg, done}) hears every change. */
  constructor(map, onChange) {
    this.map = map;
    this.onChange = onChange;
    this.points = [];
    this.mode = null;
    this.handlers = {
      click: (event) => this.add([event.lngLat.lng, event.lngLat.lat]),
      mousemove: (event) => { this.pointer = [event.lngLat.lng, event.lngLat.lat]; this.draw(); },
      dblclick: (event) => { event.preventDefault(); this.points.pop(); this.finish(); },
    };
    this.onKey = (event) => {
      if (event.key === "Escape") this.stop();
      if (event.key === "Enter") this.finish();
    };
  }

  get active() {
    return this.mode !== null;
  }

  /** Starts measuring; mode is "line" or "area". */
  start(mode) {
    this.stop();
    this.mode = mode;
    this.points = [];
    if (!this.map.getSource("measure")) this.addLayers();
    for (const [name, handler] of Object.entries(this.handlers)) this.map.on(name, handler);
    document.addEventListener("keydown", this.onKey);
    this.map.getCanvas().classList.add("measuring");
    this.tell(false);
  }

  add(point) {
    this.points.push(point);
    this.draw();
    this.tell(false);
  }

  /** Ends drawing, keeps the figure on the map. */
  finish() {
    this.pointer = null;
    this.unbind();
    this.draw();
    this.tell(true);
  }

  /** Ends and clears. */
  stop() {
    this.unbind();
    this.mode = null;
    this.pointer = null;
    this.points = [];
    this.map.getSource("measure")?.setData({ type: "FeatureCollection", features: [] });
  }

  unbind() {
    for (const [name, handler] of Object.entries(this.handlers)) this.map.off(name, handler);
    document.removeEventListener("keydown", this.onKey);
    this.map.getCanvas().classList.remove("measuring");
  }

  tell(done) {
    const { points, mode } = this;
    this.onChange({
      points, mode, done,
      length_m: points.length > 1 ? lengthM(mode === "area" ? [...points, points[0]] : points) : 0,
      area_m2: mode === "area" && points.length > 2 ? areaM2(points) : null,
      bearing_deg: points.length > 1 ? bearingDeg(points[points.length - 2], points[points.length - 1]) : null,
    });
  }

  draw() {
    const line = this.pointer && this.active ? [...this.points, this.pointer] : this.points;
    const features = this.points.map((point) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } }));
    if (line.length > 1) features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } });
    if (this.mode === "area" && line.length > 2) features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...line, line[0]]] } });
    this.map.getSource("measure")?.setData({ type: "FeatureCollection", features });
  }

  addLayers() {
    this.map.addSource("measure", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.map.addLayer({ id: "measure-fill", type: "fill", source: "measure", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#d97706", "fill-opacity": 0.18 } });
    this.map.addLayer({ id: "measure-line", type: "line", source: "measure", paint: { "line-color": "#d97706", "line-width": 2, "line-dasharray": [3, 1.5] } });
    this.map.addLayer({ id: "measure-points", type: "circle", source: "measure", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-color": "#fff", "circle-stroke-color": "#d97706", "circle-stroke-width": 2 } });
  }
}

/** A marker element on the map. */
export function marker(map, lngLat, element, anchor = "bottom") {
  return new maplibre.Marker({ element, anchor }).setLngLat(lngLat).addTo(map);
}
