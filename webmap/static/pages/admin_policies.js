// Dated choices of the city about money on /admin: undecided counties, the stock of bills. Needs "ui.admin".

import { api, badge, cityNow, fmtDate, fmtNum, h, t, table, toast } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";

const today = () => fmtDate(cityNow());
const split = (on) => t(on ? "ui.admin.policy_split" : "ui.admin.policy_wait");
const dated = [
  { label: t("ui.admin.valid_from"), value: (row) => h("span", { class: "nowrap" }, `${row.valid_from} – ${row.valid_to || t("ui.admin.open_end")}`) },
  { label: "", value: state },
  { label: t("ui.admin.source_doc"), value: (row) => row.source_doc },
  { label: t("ui.admin.verified"), value: (row) => (row.verified ? t("ui.common.yes") : t("ui.common.no")) },
];

function state(row) {
  if (row.valid_to && row.valid_to <= today()) return badge(t("ui.admin.tariff_past"));
  return row.valid_from > today() ? badge(t("ui.admin.tariff_future"), "info") : badge(t("ui.admin.tariff_chosen"), "ok");
}

/** The tab; again() draws it anew. */
export async function policiesTab(again) {
  const { county, bill_stock: stock } = await api("/api/v1/admin/policies");
  return h("div", { class: "stack" }, h("div", { class: "actions no-print" },
    h("button", { class: "btn btn-primary", type: "button", "data-testid": "new-county-policy", onclick: () => chooseCounty(county, again) }, t("ui.admin.policy_county_new")),
    h("button", { class: "btn btn-primary", type: "button", "data-testid": "new-bill-stock", onclick: () => chooseStock(stock, again) }, t("ui.admin.policy_stock_new"))),
  h("p", { class: "soft" }, t("ui.admin.policy_note")),
  table([
    { label: t("ui.admin.policy_area"), value: (row) => split(row.area_split) },
    { label: t("ui.admin.policy_days"), class: "num", value: (row) => fmtNum(row.dispute_days) },
    ...dated,
  ], county, { caption: t("ui.admin.policy_county"), rowKey: (row) => row.valid_from }),
  table([
    { label: t("ui.admin.policy_low"), class: "num", value: (row) => fmtNum(row.low_count) },
    ...dated,
  ], stock, { caption: t("ui.admin.policy_stock"), rowKey: (row) => row.valid_from }));
}

const inForce = (rows) => rows.find((row) => row.valid_from <= today()) || rows[0];
const shared = () => [
  { name: "valid_from", label: t("ui.admin.valid_from"), type: "date", required: true, min: today(), value: today() },
  { name: "source_doc", label: t("ui.admin.source_doc"), required: true, maxlength: 200 },
];

function saved(path, body, again) {
  return async (values) => {
    await api(path, { json: body(values) });
    toast(t("ui.admin.policy_saved"));
    await again();
  };
}

function chooseCounty(rows, again) {
  const now = inForce(rows);
  formDialog({
    title: t("ui.admin.policy_county_new"), note: [t("ui.admin.policy_area_note"), t("ui.admin.policy_note")], confirm: t("ui.admin.policy_choose"),
    fields: [
      { name: "area_split", label: t("ui.admin.policy_area"), radios: [["false", split(false)], ["true", split(true)]], value: String(now?.area_split ?? false) },
      { name: "dispute_days", label: t("ui.admin.policy_days"), type: "number", min: "1", required: true, value: String(now?.dispute_days ?? 30) },
      ...shared(),
    ],
    save: saved("/api/v1/admin/policies/county", (values) => ({ ...values, area_split: values.area_split === "true", dispute_days: Number(values.dispute_days) }), again),
  });
}

function chooseStock(rows, again) {
  formDialog({
    title: t("ui.admin.policy_stock_new"), note: t("ui.admin.policy_note"), confirm: t("ui.admin.policy_choose"),
    fields: [{ name: "low_count", label: t("ui.admin.policy_low"), type: "number", min: "1", required: true, value: String(inForce(rows)?.low_count ?? 500) }, ...shared()],
    save: saved("/api/v1/admin/policies/bill-stock", (values) => ({ ...values, low_count: Number(values.low_count) }), again),
  });
}
