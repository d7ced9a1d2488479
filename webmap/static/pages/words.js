// Names and tones of states, shared by the pages. Needs the texts "ui.status".

import { badge, countyName, t, tOr } from "/static/app.js";

const TONES = {
  survey: { received: "info", checking: "info", checked: "info", failed: "bad", submitted: "warn", returned: "bad", accepted: "ok", registered: "ok" },
  severity: { error: "bad", warning: "warn", info: "info" },
  change: { new: "ok", changed: "info", split: "info", merged: "info", retired: "bad" },
  case: { accepted: "info", supplement: "warn", notice: "info", review: "info", registered: "ok", certified: "ok", issued: "ok", refused: "bad", suspended: "warn" },
  order: { issued: "warn", paying: "info", paid: "info", cleared: "ok", refunding: "warn", expired: "bad" },
  day: { open: "info", frozen: "warn", filed: "warn", sent: "warn", confirmed: "ok", done: "ok" },
  receipt: { live: "ok", reversed: "warn", unknown: "bad" },
  bill: { signed: "ok", held: "bad", numbered: "info", reversed: "warn" },
  bill_correction: { requested: "warn", approved: "ok", rejected: "bad" },
  refund: { requested: "warn", approved: "info", returning: "warn", paying: "info", failed: "bad", done: "ok" },
  dispute: { raised: "warn", held: "warn", ruled: "info", adjusted: "ok", rejected: "bad" },
  county_return: { asked: "warn", sent: "info", arrived: "ok" },
  break: { open: "bad", assigned: "warn", explained: "warn", resolved: "info", confirmed: "ok" },
};

/** Name of a state on screen; the code itself when it is a new one. */
export function statusName(kind, value) {
  return tOr(`ui.status.${kind}.${value}`, value ?? "–");
}

/** Name of a fee item or tax in the page's language; as it is stored where there is none. Needs the page's `names`. */
export function itemName(name) {
  return tOr(`ui.item.${name}`, name);
}

/** Badge of a state: statusBadge("case", "review"). */
export function statusBadge(kind, value) {
  return badge(statusName(kind, value), TONES[kind]?.[value]);
}

/** Name of an office slug: a county's, or the city's own. */
const COUNTY_OF_OFFICE = { xianan: "421202", chibi: "421281", jiayu: "421221", tongcheng: "421222", chongyang: "421223", tongshan: "421224" };
export function officeName(office) {
  if (!office) return "–";
  if (office === "city") return t("ui.common.office.city");
  return office in COUNTY_OF_OFFICE ? countyName(COUNTY_OF_OFFICE[office]) : office;
}

/** The six counties as [code, name], in the registers' order. */
export const counties = Object.values(COUNTY_OF_OFFICE).map((code) => [code, countyName(code)]);

/** Reads the query of the page's address as an object. */
export function pageQuery() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Writes the query of the page's address without loading the page (a permalink of the present view). */
export function keepQuery(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value);
  const text = query.toString();
  history.replaceState(null, "", text ? `${location.pathname}?${text}` : location.pathname);
}
