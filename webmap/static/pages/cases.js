// /cases: list with filters, pages and a permalink of the view.

import { api, badge, busy, cityNow, copyText, countyName, emptyState, fill, fmtDate, fmtNum, fmtTime, formValues, h, load, t, table } from "/static/app.js";
import { keepQuery, officeName, pageQuery, statusBadge } from "/static/pages/words.js";

const form = document.getElementById("filters");
const box = document.getElementById("cases");
const more = document.getElementById("more");
const rows = [];
let cursor = null;

for (const [name, value] of Object.entries(pageQuery())) {
  const field = form.elements[name];
  if (field?.type === "checkbox") field.checked = value === "true";
  else if (field) field.value = value;
}

const link = (row) => `/cases/${encodeURIComponent(row.case_no)}`;
const COLUMNS = [
  { label: t("ui.cases.case_no"), value: (row) => h("a", { href: link(row), class: "code nowrap" }, row.case_no) },
  { label: t("ui.cases.type"), value: (row) => row.type_name || row.type_code },
  { label: t("ui.cases.status"), value: (row) => statusBadge("case", row.status) },
  { label: t("ui.cases.applicant"), value: (row) => row.applicant || "–" },
  { label: t("ui.cases.address"), value: (row) => [row.address, row.unit_count > 1 ? h("span", { class: "faint" }, ` ${t("ui.cases.units_more", { n: row.unit_count })}`) : null] },
  { label: t("ui.cases.county"), class: "nowrap", value: (row) => (row.county_code ? countyName(row.county_code) : badge(t("ui.county.undecided"), "warn")) },
  { label: t("ui.cases.accept_office"), class: "nowrap", value: (row) => officeName(row.accept_office) },
  { label: t("ui.cases.accepted_at"), value: (row) => h("span", { class: "nowrap" }, fmtTime(row.accepted_at)) },
  { label: t("ui.cases.due_on"), value: (row) => due(row) },
];

function due(row) {
  return h("span", { class: "nowrap" }, fmtDate(row.due_on), row.overdue ? [" ", badge(t("ui.cases.overdue"), "bad")] : null);
}

async function page(reset) {
  if (reset) { rows.length = 0; cursor = null; }
  const found = await api("/api/v1/cases", { query: { ...formValues(form), cursor, limit: 50 } });
  rows.push(...found.items);
  cursor = found.next || null;
  more.hidden = !cursor;
  document.getElementById("count").textContent = cursor ? `${t("ui.common.rows", { n: fmtNum(rows.length) })} +` : t("ui.common.rows", { n: fmtNum(rows.length) });
  document.getElementById("as-of").textContent = t("ui.common.as_of", { at: fmtTime(cityNow()) });
  return rows;
}

const draw = (all) => (all.length
  ? table(COLUMNS, all, { onRow: (row) => location.assign(link(row)), rowKey: (row) => row.case_no })
  : emptyState(t("ui.cases.empty"), t("ui.common.empty_hint")));

const search = () => { keepQuery(formValues(form)); load(box, () => page(true), draw); };
form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
form.addEventListener("change", (event) => { if (event.target.name !== "q") search(); });
more.addEventListener("click", () => busy(more, async () => fill(box, draw(await page(false)))));
document.getElementById("permalink").addEventListener("click", () => copyText(location.href));
load(box, () => page(true), draw);
