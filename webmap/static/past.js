// The past that the map shows: the day the parcels are valid on, and the instant as which the register is read.
// Fields, a banner that says both, and whether the cells of small scales can show them (they know today only).

import { cityNow, fill, fmtDate, fmtTime, h, t } from "/static/app.js";
import { today } from "/static/compare.js";
import { PARCEL_LAYER } from "/static/mapview.js";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.{0,20}$/;
const LAST_SECOND = "23:59:59";
const WALL = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });

/** A day as the permalink writes it, or null. */
export const readDay = (text) => (DAY.test(text || "") ? text : null);

/** An instant as the permalink writes it, or null. */
export const readInstant = (text) => (INSTANT.test(text || "") && !Number.isNaN(Date.parse(text)) ? text : null);

/** The instant of a wall-clock time in the city; without a time the end of the day, so that all of the day is known. */
function instantOf(day, time) {
  if (!day) return null;
  return `${day}T${(time || LAST_SECOND).padEnd(8, ":00")}+08:00`;
}

/** `fields` are the elements at, at_now, known, known_time; `banner` the element that says what is shown; `onEnd()` is asked for the present. */
export class Past {
  constructor({ map, fields, banner, onEnd }) {
    Object.assign(this, { map, fields, banner, onEnd, at: null, known: null, other: null });
    map.on("zoomend", () => this.tell());
    map.on("load", () => this.tell());
  }

  get active() {
    return Boolean(this.known || (this.at && this.at !== today()));
  }

  /** What the fields say: {at, known}. */
  read() {
    const { at, known, known_time: time } = this.fields;
    return { at: at.value || null, known: instantOf(known.value, time.value) };
  }

  /** Writes a day and an instant (null: now) into the fields and the banner. */
  show({ at, known }) {
    Object.assign(this, { at, known });
    const { fields } = this;
    fields.at.value = at || "";
    const [day, time] = known ? WALL.format(new Date(known)).split(" ") : ["", ""];
    fields.known.value = day;
    fields.known_time.value = time;
    fill(fields.at_now, at || t("ui.map.now"));
    if (this.active) fields.at_now.dataset.tone = "warn"; else delete fields.at_now.dataset.tone;
    this.tell();
  }

  /** Names the day on the right of a comparison, or null when there is none. */
  compareWith(day) {
    this.other = day;
    this.tell();
  }

  tell() {
    this.banner.hidden = !this.active && !this.other;
    if (this.banner.hidden) return fill(this.banner);
    const at = this.other ? t("ui.map.past_two", { left: this.at, right: this.other }) : this.at || fmtDate(cityNow());
    const from = this.map.getLayer(PARCEL_LAYER)?.minzoom;
    return fill(this.banner,
      h("p", {}, this.known ? t("ui.map.past_known", { known: fmtTime(this.known), at }) : t("ui.map.past_day", { at }), " ",
        h("button", { type: "button", class: "link-button", onclick: this.onEnd }, t("ui.map.past_end"))),
      this.map.getZoom() < from ? h("p", { "data-testid": "past-overview" }, t("ui.map.past_overview", { zoom: from })) : null);
  }
}
