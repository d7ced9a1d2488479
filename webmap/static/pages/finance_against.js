// What stands against sealing a day or closing a month, each with the way there. Needs the texts "ui.finance" and
// "ui.status".

import { countyName, h, lang, t, tOr } from "/static/app.js";
import { statusName } from "/static/pages/words.js";

const CITY = "421200";
const dayLink = (day, hash = "") => h("a", { href: `/finance?day=${day}${hash}`, class: "nowrap" }, day);
const whose = (code) => (code === CITY ? t("ui.finance.sign_city") : countyName(code));
const COMMA = lang === "en" ? ", " : "、";
const parts = (items) => items.flatMap((item, index) => (index ? [COMMA, item] : [item]));

const SEAL = {
  not_done: (found) => t("ui.finance.seal_reason.not_done", { state: statusName("day", found.state) }),
  unsigned: (found) => t("ui.finance.seal_reason.unsigned", { names: found.unsigned.map(whose).join(COMMA) }),
  earlier_unfinished: (found) => [t("ui.finance.seal_reason.earlier_unfinished"), " ", ...parts(found.unfinished.map((day) => dayLink(day)))],
  open_breaks: (found) => [t("ui.finance.seal_reason.open_breaks"), " ", ...parts(found.breaks.map((row) => h("a", { href: `/finance?day=${found.date}&breaks=day&break=${row.break_id}` }, `${row.type} ${tOr(`ui.finance.break.${row.type}`, "")}`)))],
};

/** List of what stands against sealing a day; null when nothing does, or it is sealed. */
export function againstSeal(found) {
  const reasons = (found?.reasons || []).filter((reason) => reason !== "sealed");
  if (!reasons.length || reasons.length < found.reasons.length) return null;
  return h("ul", { "data-testid": "seal-reasons" }, reasons.map((reason) => h("li", {}, (SEAL[reason] || (() => tOr(`ui.finance.seal_reason.${reason}`, reason)))(found))));
}

/** The way to a refund: its order's refunds, or the list. */
function refundLink(no) {
  const order = /^R(O\d+)-\d+$/.exec(no);
  return h("a", { class: "code", href: order ? `/finance/refunds?order_no=${order[1]}` : "/finance/refunds" }, no);
}

/** The last day of a month written as 2026-11. */
function lastDay(month) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

const MONTH = {
  unsealed: ({ day }) => [t("ui.finance.month_reason.unsealed"), " ", dayLink(day.date, "#signatures-title"), againstSeal(day)],
  earlier_open: ({ items }) => [t("ui.finance.month_reason.earlier_open"), " ", ...parts(items.map((month) => h("a", { href: `/finance?day=${lastDay(month)}#month-title` }, month)))],
  open_refunds: ({ items }) => [t("ui.finance.month_reason.open_refunds"), " ", ...parts(items.map(refundLink))],
  trial_balance: () => t("ui.finance.month_reason.trial_balance"),
};

/** List of what stands against closing a month; what is none of its reasons is an invariant of the books. */
export function againstMonth(obstacles) {
  const books = ({ reason, items }) => [t("ui.finance.month_reason.books", { id: reason }), " ", ...parts(items.map((item) => h("span", { class: "code" }, item)))];
  return h("ul", { "data-testid": "month-reasons" }, obstacles.map((found) => h("li", { "data-reason": found.reason }, (MONTH[found.reason] || books)(found))));
}
