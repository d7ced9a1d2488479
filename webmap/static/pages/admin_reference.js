// Working days and the counties' accounts on /admin.

import { api, badge, cityNow, countyName, fmtDate, h, lang, t, table, toast } from "/static/app.js";
import { accountChanges } from "/static/pages/account_changes.js";
import { formDialog } from "/static/pages/formdialog.js";
import { counties, keepQuery, pageQuery } from "/static/pages/words.js";

const WEEKDAY = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { weekday: "short", timeZone: "UTC" });
const today = () => fmtDate(cityNow());

export async function holidaysTab(again) {
  const year = Number(pageQuery().year) || Number(today().slice(0, 4));
  const { items } = await api("/api/v1/admin/holidays", { query: { year } });
  const first = Number(today().slice(0, 4)) + 1;
  const pick = h("select", { id: "year", "aria-label": t("ui.admin.year") }, [0, 1, 2, 3, 4].map((back) => h("option", { value: first - back, selected: first - back === year }, String(first - back))));
  pick.addEventListener("change", () => { keepQuery({ tab: "holidays", year: pick.value }); again(); });
  return [h("div", { class: "actions" }, pick, h("button", { class: "btn btn-primary", type: "button", "data-testid": "set-day", onclick: () => setDay(again) }, t("ui.admin.new_day"))),
    h("p", { class: "soft" }, t("ui.admin.day_note")),
    table([
      { label: t("ui.admin.day"), value: (row) => row.day },
      { label: t("ui.admin.weekday"), value: (row) => WEEKDAY.format(new Date(`${row.day}T00:00:00Z`)) },
      { label: t("ui.admin.day_kind"), value: (row) => badge(row.is_workday ? t("ui.admin.workday") : t("ui.admin.holiday"), row.is_workday ? "info" : "warn") },
      { label: t("ui.admin.holiday_name"), value: (row) => row.name || "–" },
      { label: t("ui.admin.source_doc"), value: (row) => row.source_doc },
      { label: t("ui.admin.verified"), value: (row) => (row.verified ? t("ui.common.yes") : t("ui.common.no")) },
    ], items, { rowKey: (row) => row.day })];
}

function setDay(again) {
  formDialog({
    title: t("ui.admin.new_day"), note: t("ui.admin.day_note"),
    fields: [
      { name: "day", label: t("ui.admin.day"), type: "date", required: true, min: today() },
      { name: "is_workday", label: t("ui.admin.day_kind"), options: [["false", t("ui.admin.holiday")], ["true", t("ui.admin.workday")]], value: "false" },
      { name: "name", label: t("ui.admin.holiday_name"), nullable: true, maxlength: 100 },
      { name: "source_doc", label: t("ui.admin.source_doc"), required: true },
    ],
    save: async ({ day, is_workday: worked, name, source_doc: source }) => {
      await api(`/api/v1/admin/holidays/${encodeURIComponent(day)}`, { method: "PUT", json: { is_workday: worked === "true", name, source_doc: source } });
      toast(t("ui.admin.day_saved"));
      keepQuery({ tab: "holidays", year: day.slice(0, 4) });
      await again();
    },
  });
}

export async function accountsTab(again) {
  const { items } = await api("/api/v1/admin/accounts");
  const owner = (code) => (code === "421200" ? t("ui.common.office.city") : countyName(code));
  return [h("div", { class: "actions" }, h("button", { class: "btn btn-primary", type: "button", "data-testid": "new-account", onclick: () => newAccount(again) }, t("ui.admin.new_account"))),
    h("p", { class: "soft" }, t("ui.admin.account_note")), accountChanges(again),
    table([
      { label: t("ui.admin.county"), value: (row) => countyName(row.county_code) },
      { label: t("ui.admin.account_kind"), value: (row) => t(`ui.admin.kind.${row.kind}`) },
      { label: t("ui.admin.owner"), value: (row) => owner(row.owner_code) },
      { label: t("ui.admin.account_name"), value: (row) => row.name },
      { label: t("ui.admin.bank"), value: (row) => row.bank },
      { label: t("ui.admin.number"), value: (row) => h("span", { class: "code nowrap-code" }, row.number) },
      { label: t("ui.admin.cnaps"), value: (row) => h("span", { class: "code nowrap-code" }, row.cnaps) },
      { label: t("ui.admin.valid_from"), value: (row) => h("span", { class: "nowrap" }, `${row.valid_from} – ${row.valid_to || t("ui.admin.open_end")}`) },
      { label: t("ui.admin.source_doc"), value: (row) => h("span", { class: "faint" }, row.source_doc) },
    ], items)];
}

function newAccount(again) {
  formDialog({
    title: t("ui.admin.new_account"), note: t("ui.admin.account_note"),
    fields: [
      { name: "county_code", label: t("ui.admin.county"), options: counties, required: true },
      { name: "kind", label: t("ui.admin.account_kind"), options: ["nontax", "tax"].map((kind) => [kind, t(`ui.admin.kind.${kind}`)]) },
      { name: "owner_code", label: t("ui.admin.owner"), options: [["421200", t("ui.common.office.city")], ...counties] },
      { name: "name", label: t("ui.admin.account_name"), required: true },
      { name: "bank", label: t("ui.admin.bank"), required: true },
      { name: "number", label: t("ui.admin.number"), required: true, pattern: "[0-9]{8,32}" },
      { name: "cnaps", label: t("ui.admin.cnaps"), required: true, pattern: "[0-9]{12}" },
      { name: "valid_from", label: t("ui.admin.valid_from"), type: "date", required: true, min: today(), value: today() },
      { name: "source_doc", label: t("ui.admin.source_doc"), required: true },
    ],
    save: async (values) => {
      await api("/api/v1/admin/accounts", { json: values });
      toast(t("ui.admin.account_saved"));
      await again();
    },
  });
}
