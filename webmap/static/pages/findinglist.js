// A long list of findings of which only the rows in sight are in the page. One focus, the arrow keys choose.

import { fill, fmtNum, h, t } from "/static/app.js";
import { statusBadge } from "/static/pages/words.js";

// Height of a row in pixels, as the style sheet has it.
const ROW_PX = 58;
const MARGIN_ROWS = 8;
// How the report's units are written for people.
const UNITS = { m2: "m²", deg: "°" };

/** A measured value or limit with its unit; null without one. */
export function quantity(value, unit) {
  if (value === null || value === undefined || value === "") return null;
  const text = typeof value === "number" ? fmtNum(value, Number.isInteger(value) ? 0 : 3) : String(value);
  return unit ? `${text} ${UNITS[unit] || unit}` : text;
}

/** new FindingList({box, onChoose(feature)}): show(rows) draws, choose(key) marks and brings into sight. */
export class FindingList {
  constructor({ box, label, onChoose }) {
    this.onChoose = onChoose;
    this.rows = [];
    this.chosen = null;
    this.list = h("div", { class: "finding-rows", role: "presentation" });
    this.view = h("div", { class: "scroll finding-view", role: "listbox", tabindex: "0", "aria-label": label, "data-testid": "findings" }, this.list);
    this.view.addEventListener("scroll", () => this.draw());
    this.view.addEventListener("click", (event) => {
      const row = event.target.closest("[data-key]");
      if (row) this.onChoose(row.dataset.key);
    });
    new ResizeObserver(() => this.draw()).observe(this.view);
    fill(box, this.view);
  }

  /** Shows these findings. */
  show(rows) {
    this.rows = rows;
    this.list.style.height = `${Math.max(rows.length, 1) * ROW_PX}px`;
    this.draw();
  }

  at(key) {
    return this.rows.findIndex((feature) => feature.properties.key === key);
  }

  draw() {
    if (!this.rows.length) {
      fill(this.list, h("div", { class: "finding-row faint" }, t("ui.surveys.findings_filtered")));
      return;
    }
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW_PX) - MARGIN_ROWS);
    const last = Math.min(this.rows.length, Math.ceil((this.view.scrollTop + this.view.clientHeight) / ROW_PX) + MARGIN_ROWS);
    fill(this.list, this.rows.slice(first, last).map((feature, offset) => this.row(feature, first + offset)));
    const shown = this.at(this.chosen);
    if (shown >= first && shown < last) this.view.setAttribute("aria-activedescendant", `finding-${this.chosen}`);
    else this.view.removeAttribute("aria-activedescendant");
  }

  row(feature, index) {
    const { properties: p } = feature;
    const row = h("div", { class: "finding-row", role: "option", id: `finding-${p.key}`, "data-key": p.key, "aria-selected": String(p.key === this.chosen), "aria-setsize": this.rows.length, "aria-posinset": index + 1 },
      h("div", { class: "finding-head" }, statusBadge("severity", p.severity), h("strong", {}, p.rule_id), h("span", {}, quantity(p.measured, p.unit) || ""),
        h("span", { class: "code" }, p.object_id), p.answer ? h("span", { class: "finding-mark", "data-answer": p.answer.answer }, t(`ui.review.answer.${p.answer.answer}`)) : null),
      h("div", { class: "finding-words" }, p.message));
    row.style.top = `${index * ROW_PX}px`;
    return row;
  }

  /** Marks a finding and brings it into sight. */
  choose(key) {
    this.chosen = key;
    const index = this.at(key);
    if (index >= 0) {
      const top = index * ROW_PX;
      const { scrollTop, clientHeight } = this.view;
      if (top < scrollTop) this.view.scrollTop = top;
      else if (top + ROW_PX > scrollTop + clientHeight) this.view.scrollTop = top + ROW_PX - clientHeight;
    }
    this.draw();
  }

  /** The key `steps` rows on from the chosen one (the first or last at the ends). */
  neighbour(steps) {
    if (!this.rows.length) return null;
    const index = this.at(this.chosen);
    const wanted = index < 0 ? 0 : Math.min(this.rows.length - 1, Math.max(0, index + steps));
    return this.rows[wanted].properties.key;
  }

  /** The key of the next finding after the chosen one that meets the condition, from the top again at the end. */
  next(condition) {
    const from = this.at(this.chosen) + 1;
    const turned = [...this.rows.slice(from), ...this.rows.slice(0, from)];
    return turned.find(condition)?.properties.key ?? null;
  }
}
