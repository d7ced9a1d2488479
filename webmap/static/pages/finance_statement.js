// The month statement of a county on /finance. Needs the texts "ui.finance" and "ui.status".

import { api, fenText, fill, fmtTime, h, load, t, table } from "/static/app.js";
import { number, openRows, reportColumns, reportFoot } from "/static/pages/finance_reports.js";
import { counties, keepQuery, pageQuery } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const FILES = [["pdf", "PDF"], ["xlsx", "Excel"], ["csv", "CSV"], ["zip", null]];

/** Shows the month of a day, of the county chosen. */
export function showStatement(day) {
  const [month, county] = [day.slice(0, 7), at("statement-county").value];
  const path = `/api/v1/months/${month}/counties/${county}/statement`;
  at("statement-month").textContent = month;
  fill(at("statement-files"), FILES.map(([format, label]) => h("a", { class: "btn btn-small", href: `${path}?format=${format}`, "data-testid": `statement-${format}` }, label || t("ui.finance.statement_package"))));
  return load(at("county-statement"), () => api(path), (found) => drawn(found, month, county));
}

function drawn({ figures, payouts }, month, county) {
  const last = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10);
  const whole = (name, sum) => (sum ? number(fenText(sum), `total-${name}`, () => openRows({ figure: name.replace("_fen", ""), date: `${month}-01`, to: last, county })) : fenText(sum));
  // The county is chosen above, the item has its name; the files have both codes.
  const shown = { ...figures, columns: figures.columns.filter(({ name }) => !["county_code", "item_code"].includes(name)) };
  return [h("p", { class: "faint panel-body" }, t("ui.common.as_of", { at: fmtTime(figures.as_of) })),
    table(reportColumns(shown), figures.items, { foot: reportFoot(shown, whole) }),
    h("h3", { class: "panel-body" }, payouts.title),
    table(reportColumns(payouts), payouts.items, { rowKey: (row) => row.msg_id, foot: reportFoot(payouts) })];
}

/** Makes the choice of a county ready; day() tells the day of the page. */
export function statementPanel(day) {
  const choice = at("statement-county");
  const own = at("finance").dataset.county;
  fill(choice, counties.filter(([code]) => !own || code === own).map(([code, name]) => h("option", { value: code, selected: code === pageQuery().statement_of }, name)));
  choice.addEventListener("change", () => {
    keepQuery({ ...pageQuery(), statement_of: choice.value });
    showStatement(day());
  });
}
