// Choosing units on /window: by search, or by clicking a parcel on the map. Needs the texts "ui.window" and "ui.map".

import { api, countyName, debounce, emptyState, fill, fmtArea, fmtUnit, h, t, tOr, toast } from "/static/app.js";
import { goTo, placeMap, showFeatures } from "/static/pages/placemap.js";

const UNIT = 28;
const BARE = "W00000000";

export class Units {
  constructor({ find, hits, chosen, map, onChange }) {
    Object.assign(this, { hits, chosenBox: chosen, onChange, chosenUnits: [], shapes: new Map(), place: null });
    find.addEventListener("input", debounce(() => this.search(find.value.trim()), 300));
    find.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { hits.querySelector("button")?.focus(); event.preventDefault(); }
      if (event.key === "Enter") { event.preventDefault(); this.search(find.value.trim(), { takeOnly: true }); }
    });
    hits.addEventListener("keydown", (event) => {
      const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      if (!next) return;
      (event.target.closest("li")?.[next]?.querySelector("button") || find).focus();
      event.preventDefault();
    });
    this.startMap(map);
    this.draw();
  }

  async startMap(box) {
    this.place = await placeMap(box);
    if (!this.place) return;
    const { map, view } = this.place;
    map.on("click", (event) => {
      const [parcel] = view.parcelsAt(map, event.point);
      if (parcel) this.openParcel(parcel.parcel_code);
    });
    map.on("mousemove", (event) => { map.getCanvas().style.cursor = view.parcelsAt(map, event.point).length ? "pointer" : ""; });
  }

  async search(text, { takeOnly = false } = {}) {
    if (text.length < 2) { fill(this.hits); return; }
    try {
      const { items } = await api("/api/v1/search", { query: { q: text } });
      const usable = items.filter((item) => item.unit_code || item.parcel_code);
      if (takeOnly && usable.length === 1) this.take(usable[0]);
      else fill(this.hits, usable.length ? usable.map((item) => this.hit(item)) : h("li", {}, emptyState(t("ui.window.hits_none"))));
    } catch (error) {
      fill(this.hits, h("li", { class: "error" }, error.message));
    }
  }

  hit(item) {
    const code = item.unit_code || item.parcel_code;
    return h("li", {}, h("button", { type: "button", "data-testid": "unit-hit", "data-code": code, onclick: () => this.take(item) },
      h("span", { class: "tag" }, tOr(`ui.map.kind.${item.kind}`, item.kind)), ` ${item.label || ""} `, h("span", { class: "code faint" }, fmtUnit(code)),
      h("span", { class: "faint" }, [item.detail, item.county_code && countyName(item.county_code)].filter(Boolean).map((part) => ` · ${part}`).join(""))));
  }

  take(item) {
    fill(this.hits);
    if (item.unit_code?.length === UNIT) this.add(item.unit_code);
    else this.openParcel(item.parcel_code || item.unit_code);
  }

  /** A parcel was chosen: its only unit is taken, of several one is asked for. */
  async openParcel(parcelCode) {
    try {
      const page = await api(`/api/v1/units/${encodeURIComponent(parcelCode + BARE)}`).catch((error) => { if (error.status === 404) return {}; throw error; });
      const all = (page.units || []).filter((unit) => unit.unit_code);
      if (all.length <= 1) { await this.add(all[0]?.unit_code || parcelCode + BARE); return; }
      fill(this.hits, h("li", {}, h("strong", { class: "more-line" }, t("ui.window.units_on_parcel"))), all.map((unit) => this.unitHit(unit)));
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  unitHit(unit) {
    const bare = unit.unit_code.endsWith(BARE);
    return h("li", {}, h("button", { type: "button", "data-testid": "unit-hit", "data-code": unit.unit_code, onclick: () => { fill(this.hits); this.add(unit.unit_code); } },
      bare ? t("ui.window.bare") : unit.address || unit.label || "", " ", h("span", { class: "code faint" }, fmtUnit(unit.unit_code)), unit.area_m2 ? ` · ${fmtArea(unit.area_m2)}` : ""));
  }

  async add(unitCode) {
    if (!this.chosenUnits.some((unit) => unit.unit_code === unitCode)) {
      this.chosenUnits.push({ unit_code: unitCode });
      await this.addShape(unitCode.slice(0, 19));
      this.changed();
    }
  }

  async addShape(parcelCode) {
    if (this.shapes.has(parcelCode)) return;
    const { features } = await api("/api/v1/parcels", { query: { code: parcelCode } }).catch(() => ({ features: [] }));
    if (features.length) this.shapes.set(parcelCode, features[0]);
  }

  remove(unitCode) {
    this.chosenUnits = this.chosenUnits.filter((unit) => unit.unit_code !== unitCode);
    for (const code of this.shapes.keys()) if (!this.chosenUnits.some((unit) => unit.unit_code.startsWith(code))) this.shapes.delete(code);
    this.changed();
  }

  /** Units said to be a garage, a parking place or a store room. */
  garages() {
    return this.chosenUnits.filter((unit) => unit.garage).map((unit) => unit.unit_code);
  }

  changed() {
    this.draw();
    this.chosenBox.dispatchEvent(new Event("input", { bubbles: true }));
    const shapes = [...this.shapes.values()];
    if (this.place) {
      showFeatures(this.place.map, "focus", { type: "FeatureCollection", features: shapes }, "focus");
      if (shapes.length) goTo(this.place, { coordinates: shapes.map((shape) => shape.geometry.coordinates) }, { maxZoom: 17 });
    }
    this.onChange();
  }

  draw() {
    const row = (unit) => {
      const shape = this.shapes.get(unit.unit_code.slice(0, 19))?.properties;
      // A flat's area is not its parcel's.
      const area = unit.unit_code.endsWith(BARE) && (shape?.official_area_m2 ?? shape?.calculated_area_m2);
      return h("li", { "data-testid": "unit-chosen-row" }, h("span", { class: "code" }, fmtUnit(unit.unit_code)), h("span", { class: "soft" }, [shape?.address, area && fmtArea(area)].filter(Boolean).join(" · ")),
        unit.unit_code.endsWith(BARE) ? null : h("label", { class: "check due" }, h("input", { type: "checkbox", checked: unit.garage, "data-testid": "unit-garage", onchange: (event) => { unit.garage = event.currentTarget.checked; } }), t("ui.handbook.fact.garage")),
        h("button", { class: "btn btn-small btn-quiet due", type: "button", onclick: () => this.remove(unit.unit_code) }, t("ui.window.remove")));
    };
    fill(this.chosenBox, h("h3", {}, t("ui.window.chosen")), this.chosenUnits.length ? h("ul", { class: "tasks" }, this.chosenUnits.map(row)) : h("p", { class: "soft" }, t("ui.window.chosen_none")));
  }
}
