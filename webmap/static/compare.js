// Two dates on the map: a handle between them, and the list of what differs in the window.

import { api, badge, cityNow, debounce, emptyState, fill, fmtDate, fmtNum, fmtUnit, h, problemPanel, t } from "/static/app.js";
import { createMap, parcelsAt, showTheme } from "/static/mapview.js";
import { Swipe } from "/static/swipe.js";

const PAGE = 50;
// A wider window than this zoom shows would list a city.
const LIST_ZOOM = 13;
const TONES = { new: "ok", retired: "bad", moved: "info", described: null };
const COLOURS = ["match", ["get", "change"], "new", "#1a6b3c", "retired", "#a3211a", "moved", "#1c4f8f", "#8a5300"];

/** new Compare({map, stage, style, list, onOpen(code, day), themes()}): show(left, right, known) and hide(). */
export class Compare {
  constructor({ map, stage, style, list, onOpen, themes }) {
    Object.assign(this, { map, stage, style, list, onOpen, themes });
    this.reread = debounce(() => this.read(), 400);
  }

  get active() {
    return Boolean(this.swipe);
  }

  /**
   * Shows a day on the left and another on the right, both as the register knew them at an instant (null: now); the map
   * itself must show the left one.
   */
  show(left, right, known) {
    this.hide();
    Object.assign(this, { left, right, known });
    const pane = h("div", { class: "map-canvas swipe-second" });
    this.map.getContainer().after(pane);
    this.second = createMap({ container: pane, style: this.style, at: right, known, notice: h("div", {}) });
    if (document.documentElement.dataset.testing) window.__second = this.second;
    this.second.getCanvas().setAttribute("tabindex", "-1");
    this.second.on("load", () => { this.renewThemes(); this.draw(this.features || []); });
    this.second.on("click", (event) => {
      const [found] = parcelsAt(this.second, event.point);
      if (found) this.onOpen(found.parcel_code, right);
    });
    this.swipe = new Swipe({ stage: this.stage, first: this.map, second: this.second, label: t("ui.map.compare_handle"), names: [left, right] });
    this.map.on("moveend", this.reread);
    this.read();
  }

  hide() {
    if (!this.swipe) return;
    this.map.off("moveend", this.reread);
    this.swipe.remove();
    const pane = this.second.getContainer();
    this.second.remove();
    pane.remove();
    this.swipe = this.second = null;
    this.draw([]);
    fill(this.list);
  }

  renewThemes() {
    for (const [theme, visible] of this.themes()) showTheme(this.second, theme, visible);
  }

  async read(cursor) {
    const turn = (this.turn = (this.turn || 0) + 1);
    if (this.map.getZoom() < LIST_ZOOM) {
      this.draw([]);
      fill(this.list, h("p", { class: "faint" }, t("ui.map.compare_zoom")));
      return;
    }
    const bounds = this.map.getBounds();
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((n) => n.toFixed(7)).join(",");
    const [from, to] = [this.left, this.right].sort();
    try {
      const found = await api("/api/v1/parcels/differences", { query: { from, to, known_at: this.known, bbox, limit: PAGE, cursor } });
      if (turn !== this.turn || !this.active) return;
      this.draw(cursor ? [...this.features, ...found.features] : found.features);
      this.tell(found.next);
    } catch (error) {
      if (turn === this.turn) fill(this.list, problemPanel(error));
    }
  }

  tell(next) {
    if (!this.features.length) {
      fill(this.list, emptyState(t("ui.map.no_differences")));
      return;
    }
    fill(this.list, h("p", { class: "faint", role: "status" }, t(next ? "ui.map.differences_more" : "ui.map.differences", { n: fmtNum(this.features.length) })),
      h("ul", { class: "result-list", "data-testid": "differences" }, this.features.map((one) => this.row(one.properties))),
      next ? h("button", { class: "btn btn-small", type: "button", onclick: () => this.read(next) }, t("ui.map.more")) : null);
  }

  row(p) {
    // A parcel that is gone is looked at on the earlier day.
    const [early, late] = [this.left, this.right].sort();
    const delta = Number(p.area_delta_m2);
    const lineage = [p.came_from.length && `← ${p.came_from.map((code) => code.slice(12)).join(" ")}`, p.became.length && `→ ${p.became.map((code) => code.slice(12)).join(" ")}`].filter(Boolean).join(" ");
    return h("li", {}, h("button", { type: "button", onclick: () => this.onOpen(p.parcel_code, p.change === "retired" ? early : late) },
      h("span", { class: "kind" }, badge(t(`ui.map.difference.${p.change}`), TONES[p.change])), h("span", { class: "code" }, fmtUnit(p.parcel_code)),
      h("span", { class: "where" }, [fmtDate(p.changed_on), `${delta > 0 ? "+" : ""}${fmtNum(delta, 2)} m²`, lineage].filter(Boolean).join(" · "))));
  }

  draw(features) {
    this.features = features;
    const data = { type: "FeatureCollection", features };
    for (const map of [this.map, this.second].filter((one) => one?.isStyleLoaded() || one?.getSource("differences"))) {
      const source = map.getSource("differences");
      if (source) source.setData(data);
      else if (features.length) {
        map.addSource("differences", { type: "geojson", data });
        map.addLayer({ id: "differences-line", type: "line", source: "differences", paint: { "line-color": COLOURS, "line-width": 3, "line-dasharray": [2, 1] } });
      }
    }
  }
}

/** Today by the city's clock. */
export const today = () => fmtDate(cityNow());
