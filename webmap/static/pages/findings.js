// Findings of a survey check as a list and on the map, each leading to the other. Needs the texts "ui.surveys".

import { emptyState, fill, fmtNum, h, t } from "/static/app.js";
import { quantity } from "/static/pages/findinglist.js";
import { collection, goTo, ofWholeFile, showFeatures } from "/static/pages/placemap.js";
import { statusBadge, statusName } from "/static/pages/words.js";

const SHOWN = 300;
const SEVERITIES = ["error", "warning", "info"];

/** Rows of a list that arrow keys walk through; Enter and Space choose. */
function walkable(list, choose) {
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-key]");
    if (!row || event.target.closest("input,button,select,a")) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (event.key === "Enter" || event.key === " ") choose(row.dataset.key);
    else if (next?.dataset.key !== undefined) { next.focus(); choose(next.dataset.key); }
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-key]");
    if (row && !event.target.closest("input,button,select,a,label")) choose(row.dataset.key);
  });
}

/** What a fix would do, in words: to which parcel, how far, how much ground. */
function fixWords({ fix_facts: facts }) {
  const moved = t("ui.surveys.fix_figures", { mm: fmtNum(facts.moved_m * 1000, 0), m2: fmtNum(facts.area_delta_m2, 2) });
  const whose = facts.parcel_code ? t("ui.surveys.fix_neighbour", { code: facts.parcel_code }) : null;
  return [facts.text, whose, moved].filter(Boolean).join(" · ");
}

/**
 * Findings panel: new Findings({box, features, place, whole, extra, accept}). whole is the geometry that a finding
 * about the whole file leads to; extra(feature) may add a node to each row;
 * accept([findingId], button) is called when the fix of a finding is accepted, without it fixes are only shown.
 */
export class Findings {
  constructor({ box, features, place, whole = null, extra = null, accept = null }) {
    this.box = box;
    this.place = place;
    this.whole = whole;
    this.extra = extra;
    this.accept = accept;
    const rank = ({ properties }) => SEVERITIES.indexOf(properties.severity);
    this.all = [...features].sort((one, other) => rank(one) - rank(other)).map((feature, index) => ({ ...feature, properties: { ...feature.properties, key: String(feature.id ?? feature.properties.finding_id ?? index) } }));
    this.chosen = null;
    this.filter = { severity: "", rule: "" };
    this.draw();
    if (place) this.takeMap();
  }

  get visible() {
    return this.all.filter(({ properties }) => (!this.filter.severity || properties.severity === this.filter.severity)
      && (!this.filter.rule || properties.rule_id === this.filter.rule));
  }

  draw() {
    if (!this.all.length) {
      fill(this.box, emptyState(t("ui.surveys.findings_none"), t("ui.surveys.findings_none_hint")));
      return;
    }
    this.list = h("ul", { class: "findings-list", "data-testid": "findings" });
    walkable(this.list, (key) => this.choose(key));
    fill(this.box, this.filterBar(), h("div", { class: "scroll" }, this.list));
    this.drawRows();
  }

  filterBar() {
    const rules = [...new Set(this.all.map((feature) => feature.properties.rule_id))].sort();
    const pick = (name, label, options) => {
      const select = h("select", { "aria-label": label }, h("option", { value: "" }, `${label}: ${t("ui.surveys.all")}`), options);
      select.addEventListener("change", () => { this.filter[name] = select.value; this.drawRows(); this.drawMap(); });
      return select;
    };
    const count = (name, value) => this.all.filter((feature) => feature.properties[name] === value).length;
    return h("div", { class: "finding-filters" },
      pick("severity", t("ui.surveys.severity"), SEVERITIES.filter((one) => count("severity", one)).map((one) => h("option", { value: one }, `${statusName("severity", one)} (${count("severity", one)})`))),
      pick("rule", t("ui.surveys.rule"), rules.map((one) => h("option", { value: one }, `${one} (${count("rule_id", one)})`))));
  }

  drawRows() {
    const rows = this.visible;
    fill(this.list, rows.slice(0, SHOWN).map((feature) => this.row(feature)));
    if (!rows.length) fill(this.list, h("li", {}, t("ui.surveys.findings_filtered")));
    if (rows.length > SHOWN) this.list.append(h("li", { class: "more-line" }, t("ui.surveys.more_findings", { n: rows.length - SHOWN })));
  }

  row(feature) {
    const { properties } = feature;
    const measured = quantity(properties.measured, properties.unit);
    const limit = quantity(properties.limit, properties.unit);
    return h("li", { tabindex: "0", "data-key": properties.key, "aria-current": properties.key === this.chosen ? "true" : null },
      h("div", { class: "finding-head" }, statusBadge("severity", properties.severity), h("a", { class: "rule-link", href: `/help/rules#${properties.rule_id}`, title: t("ui.surveys.rule_help") }, properties.rule_id),
        measured ? h("span", {}, `${t("ui.surveys.measured")} ${measured}`) : null,
        limit ? h("span", {}, `${t("ui.surveys.limit")} ${limit}`) : null),
      h("div", {}, properties.message),
      h("div", { class: "finding-head" }, [properties.object_id, properties.other_id].filter(Boolean).map((id) => h("span", { class: "code" }, id))),
      properties.fix_facts ? this.fixLine(feature) : null,
      this.extra ? this.extra(feature) : null);
  }

  fixLine({ properties }) {
    const label = t(properties.fix_facts.parcel_code ? "ui.surveys.fix_propose" : "ui.surveys.fix_accept");
    const button = this.accept && h("button", { type: "button", class: "btn btn-small", "data-testid": "accept-fix" }, label);
    button?.addEventListener("click", () => this.accept([properties.finding_id], button));
    return h("div", { class: "finding-fix" }, h("span", {}, `${t("ui.surveys.fix")}: ${fixWords(properties)}`), button);
  }

  /** The map shows these findings from now on; it may have shown those of an earlier check. */
  takeMap() {
    this.place.findings = this;
    if (this.place.map.getSource("finding-fix")) showFeatures(this.place.map, "finding-fix", collection([]), "fix");
    this.drawMap();
  }

  drawMap() {
    if (!this.place) return;
    const { map } = this.place;
    const first = !map.getSource("findings-error");
    for (const severity of [...SEVERITIES].reverse()) {
      const rows = this.visible.filter((feature) => feature.properties.severity === severity);
      showFeatures(map, `findings-${severity}`, collection(rows), severity);
    }
    if (first) this.listen();
  }

  listen() {
    const layers = SEVERITIES.flatMap((one) => ["point", "line", "fill"].map((kind) => `findings-${one}-${kind}`));
    this.place.map.on("click", (event) => {
      const [x, y] = [event.point.x, event.point.y];
      const [hit] = this.place.map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers });
      if (hit) this.place.findings.choose(String(hit.properties.key), { fromMap: true });
    });
  }

  choose(key, { fromMap = false } = {}) {
    const feature = this.all.find((one) => one.properties.key === key);
    if (!feature) return;
    this.mark(this.chosen, false);
    this.chosen = key;
    this.mark(key, true);
    for (const row of this.list.children) {
      if (row.dataset.key === key) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    if (fromMap) this.list.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
    else goTo(this.place, ofWholeFile(feature) ? this.whole : feature.geometry, { maxZoom: 19, padding: 120 });
  }

  mark(key, on) {
    const feature = key && this.all.find((one) => one.properties.key === key);
    if (!feature || !this.place || !feature.geometry) return;
    const fix = on && feature.properties.fix ? [{ type: "Feature", geometry: feature.properties.fix, properties: { key } }] : [];
    showFeatures(this.place.map, "finding-fix", collection(fix), "fix");
    this.place.map.setFeatureState({ source: `findings-${feature.properties.severity}`, id: key }, { on });
  }
}
