// The reading chosen of each open rule of the tariff on /admin, dated, with its document. Needs "ui.admin", "ui.help.tariff".

import { api, badge, cityNow, fmtDate, h, t, table, toast } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";

const today = () => fmtDate(cityNow());
const named = (kind, code) => t(`ui.help.tariff.${kind}.${code}`);

function state(row) {
  const now = today();
  if (row.valid_to && row.valid_to <= now) return badge(t("ui.admin.tariff_past"));
  return row.valid_from > now ? badge(t("ui.admin.tariff_future"), "info") : badge(t("ui.admin.tariff_chosen"), "ok");
}

export async function tariffTab(again) {
  const { rules, choices } = await api("/api/v1/tariff", { query: { all: "true" } });
  const open = new Map();
  for (const rule of rules) if (rule.choice) open.set(rule.choice, (open.get(rule.choice) || new Set()).add(rule.option));
  const questions = [...open.keys()];
  return [h("div", { class: "actions" }, questions.map((choice) => h("button", { class: "btn btn-primary", type: "button", "data-testid": `choose-${choice}`, onclick: () => choose(choice, [...open.get(choice)], again) }, `${t("ui.admin.tariff_choose")} · ${named("choice", choice)}`))),
    h("p", { class: "soft" }, t("ui.admin.tariff_note"), " ", h("a", { href: "/help/tariff" }, t("ui.admin.tariff_all"))),
    table([
      { label: t("ui.admin.tariff_question"), value: (row) => named("choice", row.choice) },
      { label: t("ui.admin.tariff_answer"), value: (row) => named("option", row.option) },
      { label: t("ui.admin.valid_from"), value: (row) => h("span", { class: "nowrap" }, `${row.valid_from} – ${row.valid_to || t("ui.admin.open_end")}`) },
      { label: "", value: state },
      { label: t("ui.admin.source_doc"), value: (row) => row.source_doc },
      { label: t("ui.admin.verified"), value: (row) => (row.verified ? t("ui.common.yes") : t("ui.common.no")) },
    ], choices, { rowKey: (row) => `${row.choice}-${row.valid_from}` })];
}

function choose(choice, options, again) {
  formDialog({
    title: named("choice", choice), note: t("ui.admin.tariff_note"), confirm: t("ui.admin.tariff_choose"),
    fields: [
      { name: "option", label: t("ui.admin.tariff_answer"), options: options.map((option) => [option, named("option", option)]), required: true },
      { name: "valid_from", label: t("ui.admin.valid_from"), type: "date", required: true, min: today(), value: today() },
      { name: "source_doc", label: t("ui.admin.source_doc"), required: true, maxlength: 200 },
    ],
    save: async (values) => {
      await api("/api/v1/admin/tariff-choices", { json: { choice, ...values } });
      toast(t("ui.admin.tariff_saved"));
      await again();
    },
  });
}
