// The map of the workbench: register, draft, findings and neighbours as layers, the way to a finding, the swipe.

import { h, t } from "/static/app.js";
import { areaM2, lengthM } from "/static/gauss.js";
import { collection, goTo, ofWholeFile, placeMap, showFeatures, together } from "/static/pages/placemap.js";
import { Swipe } from "/static/swipe.js";

const SEVERITIES = ["error", "warning", "info"];
const REGISTER = ["parcels", "collective", "contract_land", "forest"].flatMap((source) => [`${source}-cells`, `${source}-fill`, `${source}-line`, `${source}-label`]);
const of = (ids) => ids.flatMap((id) => [`${id}-fill`, `${id}-line`, `${id}-point`]);
const LAYERS = { register: REGISTER, draft: of(["draft"]), findings: of(SEVERITIES.map((one) => `findings-${one}`)), neighbours: [...of(["neighbours"]), "neighbours-label"] };
// Deeper than this the float coordinates of WebGL end; 0.004 m a pixel.
const DEEPEST = 24;
// A finding seen smaller than this is ringed.
const SMALL_PX = 26;
const CLOSE_UP_PX = 24;

export class ReviewMap {
  /** Starts the map in a box; gives null when it cannot start. onPick(key) hears clicks on findings. */
  static async start(box, onPick) {
    const place = await placeMap(box, { maxZoom: DEEPEST });
    return place && new ReviewMap(box, place, onPick);
  }

  constructor(box, place, onPick) {
    Object.assign(this, { box, map: place.map, view: place.view, onPick, chosen: null, drafts: [], visible: [], shown: new Set(Object.keys(LAYERS)) });
    this.ring = this.view.marker(this.map, [0, 0], h("div", { class: "finding-ring", "aria-hidden": "true", hidden: true }), "center");
    this.map.on("move", () => this.drawRing());
    this.map.on("click", (event) => this.pick(event));
  }

  showDraft(features) {
    this.drafts = features;
    showFeatures(this.map, "draft", collection(features), "draft");
  }

  showNeighbours(found) {
    showFeatures(this.map, "neighbours", found, "#6a3d9a");
    if (!this.map.getLayer("neighbours-label")) {
      this.map.addLayer({ id: "neighbours-label", type: "symbol", source: "neighbours", layout: { "text-field": ["slice", ["get", "code"], 12], "text-size": 12, "text-font": ["Noto Sans CJK SC"] }, paint: { "text-color": "#4a2a70", "text-halo-color": "#fff", "text-halo-width": 1.5 } });
    }
    this.show("neighbours", this.shown.has("neighbours"));
  }

  showFindings(features) {
    this.visible = features;
    for (const map of [this.map, this.second].filter(Boolean)) {
      for (const severity of [...SEVERITIES].reverse()) showFeatures(map, `findings-${severity}`, this.findings(severity), severity);
    }
    this.show("findings", this.shown.has("findings"));
  }

  findings(severity) {
    return collection(this.visible.filter((one) => one.properties.severity === severity));
  }

  /** Shows or hides a group of layers. */
  show(name, visible) {
    if (visible) this.shown.add(name); else this.shown.delete(name);
    for (const layer of LAYERS[name]) if (this.map.getLayer(layer)) this.map.setLayoutProperty(layer, "visibility", visible ? "visible" : "none");
    if (this.swipe && name !== "findings") this.divide();
  }

  pick(event) {
    const { x, y } = event.point;
    const layers = LAYERS.findings.filter((id) => this.map.getLayer(id));
    const hits = this.map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers });
    if (hits.length) this.onPick(String(hits[0].properties.key));
  }

  /** Marks the chosen finding (a feature or null). */
  mark(feature) {
    const state = (one, on) => one?.geometry && this.map.getSource(`findings-${one.properties.severity}`)
      && this.map.setFeatureState({ source: `findings-${one.properties.severity}`, id: one.properties.key }, { on });
    state(this.chosen, false);
    state(feature, true);
    this.chosen = feature;
    this.drawRing();
  }

  /**
   * Goes to a finding so that it is seen: the whole of it in the middle half of the map; with `close`, so that its
   * narrow side is. A finding at a single point is shown with the parcel it is about around it, one about the whole
   * file with all of the draft.
   */
  goTo(feature, { close = false } = {}) {
    if (!feature) return;
    if (ofWholeFile(feature)) { this.goToAll(); return; }
    if (!feature.geometry) return;
    const around = !close && feature.geometry.type === "Point" && this.drafts.find((one) => one.properties.feature_no === feature.properties.feature_no);
    const box = this.view.boxOf((around && around.geometry) || feature.geometry);
    const canvas = this.map.getCanvas();
    const padding = Math.round(Math.min(canvas.clientWidth, canvas.clientHeight) / 4);
    const camera = this.map.cameraForBounds(box, { padding, maxZoom: close ? DEEPEST : 21 });
    if (!camera) return;
    if (close) camera.zoom = Math.min(DEEPEST, camera.zoom + Math.log2(Math.max(2, this.narrowness(feature, camera.zoom))));
    this.map.jumpTo({ center: close ? middle(feature.geometry) : camera.center, zoom: camera.zoom });
  }

  /** How many times larger a finding must be drawn for its narrow side to take CLOSE_UP_PX pixels. */
  narrowness(feature, zoom) {
    const metres = widthM(feature.geometry);
    const metresPerPixel = (78271.517 * Math.cos((this.map.getCenter().lat * Math.PI) / 180)) / 2 ** zoom;
    return metres ? (CLOSE_UP_PX * metresPerPixel) / metres : 4;
  }

  drawRing() {
    const element = this.ring.getElement();
    if (!this.chosen?.geometry) { element.hidden = true; return; }
    const [low, high] = this.view.boxOf(this.chosen.geometry).map((corner) => this.map.project(corner));
    element.hidden = Math.hypot(high.x - low.x, high.y - low.y) > SMALL_PX;
    const [[w, s], [e, n]] = this.view.boxOf(this.chosen.geometry);
    this.ring.setLngLat([(w + e) / 2, (s + n) / 2]);
  }

  goToAll() {
    goTo(this, together(this.drafts), { maxZoom: 20 });
  }

  /** Register on the left, draft on the right of a handle; again: one map. Gives whether it is divided now. */
  async toggleSwipe() {
    if (this.swipe) {
      this.swipe.remove();
      this.second.remove();
      this.pane.remove();
      this.swipe = this.second = null;
      for (const name of ["register", "draft", "neighbours"]) this.show(name, this.shown.has(name));
      return false;
    }
    this.pane = h("div", { class: "swipe-second" });
    this.box.append(this.pane);
    const place = await placeMap(this.pane, { maxZoom: DEEPEST, notice: h("div", {}) });
    if (!place) return false;
    this.second = place.map;
    this.second.getCanvas().setAttribute("tabindex", "-1");
    showFeatures(this.second, "draft", collection(this.drafts), "draft");
    for (const severity of [...SEVERITIES].reverse()) showFeatures(this.second, `findings-${severity}`, this.findings(severity), severity);
    this.second.on("click", (event) => this.pick(event));
    this.swipe = new Swipe({ stage: this.box, first: this.map, second: this.second, label: t("ui.review.swipe_handle"), names: [t("ui.review.old"), t("ui.review.new")] });
    this.divide();
    this.swipe.handle.focus();
    return true;
  }

  /** On the left what is registered, on the right what would be: its draft, without the register under it. */
  divide() {
    const set = (map, layers, visible) => layers.filter((id) => map.getLayer(id)).forEach((id) => map.setLayoutProperty(id, "visibility", visible ? "visible" : "none"));
    set(this.map, REGISTER, true);
    set(this.map, LAYERS.draft, false);
    set(this.second, REGISTER, false);
  }

  /** The register has changed: its tiles are asked for anew. */
  renew() {
    this.view.setDate(this.map, null);
  }

  /** A picture for the printer. */
  picture() {
    this.map.redraw();
    return this.map.getCanvas().toDataURL("image/png");
  }
}

/** Width of a polygon, metres: twice its area by its circumference, which is the width of a long thin one. */
function widthM(geometry) {
  const ring = { Polygon: geometry.coordinates[0], MultiPolygon: geometry.coordinates[0]?.[0] }[geometry.type];
  if (!ring) return null;
  return (2 * areaM2(ring.slice(0, -1))) / lengthM(ring) || null;
}

/** A corner in the middle of a geometry's list of corners: it lies on it, which the middle of its box need not. */
function middle(geometry) {
  const corners = geometry.coordinates.flat(geometry.type === "Point" ? 0 : { LineString: 0, MultiPoint: 0, Polygon: 1, MultiLineString: 1, MultiPolygon: 2 }[geometry.type] ?? 0);
  return geometry.type === "Point" ? geometry.coordinates : corners[Math.floor(corners.length / 2)];
}
