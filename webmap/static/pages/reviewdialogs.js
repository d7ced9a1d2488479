// The questions of the workbench: an answer to findings, the decision, a fault of the register, the keys.

import { api, h, t, toast } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";

const choices = (reasons) => reasons.map((reason) => [reason.code, reason.name]);

/** Asks for an answer to findings; save({answer, reason_code, reason, until}) keeps it. */
export function askAnswer({ answer, reasons, count, last, save }) {
  const fields = [
    { name: "reason_code", label: t("ui.review.reason"), radios: choices(reasons), value: last?.reason_code },
    { name: "reason", label: t("ui.review.words"), maxlength: 500, value: last?.reason },
  ];
  if (answer === "let_pass") fields.push({ name: "until", label: t("ui.review.until"), type: "date", nullable: true, value: last?.until });
  formDialog({
    title: t(`ui.review.ask.${answer}`), fields, confirm: t("ui.review.keep_answer"),
    note: count > 1 ? t("ui.review.for_many", { n: count }) : t("ui.review.digits"),
    save: (values) => save({ answer, ...values }),
  });
}

/** Asks whether to accept; save({reason_codes, comment}). */
export function askAccept({ reasons, note, comment, save }) {
  formDialog({
    title: t("ui.review.accept"), confirm: t("ui.review.accept"), note,
    fields: [{ name: "reason_code", label: t("ui.review.ground"), options: [["", "–"], ...choices(reasons)] }, { name: "comment", label: t("ui.review.comment"), rows: 2, value: comment }],
    save: (values) => save({ reason_codes: values.reason_code ? [values.reason_code] : [], comment: values.comment }),
  });
}

/** Asks why to return; save({reason_codes, comment}). */
export function askReturn({ reasons, note, comment, save }) {
  formDialog({
    title: t("ui.review.return"), confirm: t("ui.review.return"), danger: true, note,
    fields: [{ name: "reason_codes", label: t("ui.review.reason"), checks: choices(reasons) }, { name: "comment", label: t("ui.review.comment"), rows: 3, required: true, value: comment }],
    save,
  });
}

/** Reports a fault of the register; given: {survey_id?, finding_id?, place?, parcel_codes?}. */
export function askFault({ given, done }) {
  formDialog({
    title: t("ui.review.fault"), confirm: t("ui.review.fault_send"), note: t("ui.review.fault_note"),
    fields: [
      { name: "parcel_codes", label: t("ui.review.fault_parcels"), value: (given.parcel_codes || []).join(" "), hint: t("ui.review.fault_parcels_hint") },
      { name: "description", label: t("ui.review.fault_words"), rows: 3, required: true },
    ],
    save: async (values) => {
      const fault = await api("/api/v1/register-faults", { json: { ...given, description: values.description, parcel_codes: values.parcel_codes.split(/[\s,，、;；]+/).filter(Boolean) } });
      toast(t("ui.review.fault_sent", { id: fault.fault_id }));
      done?.(fault);
    },
  });
}

/** Lists the keys. */
export function showKeys(keys) {
  const dialog = h("dialog", { "aria-label": t("ui.review.keys_title"), "data-testid": "keys" },
    h("div", { class: "dialog-head" }, t("ui.review.keys_title")),
    h("div", { class: "dialog-body" }, h("dl", { class: "pairs keys" }, keys.map(([names, text]) => [h("dt", {}, names.map((name) => h("kbd", {}, name))), h("dd", {}, text)]))),
    h("div", { class: "dialog-foot" }, h("button", { class: "btn btn-primary", type: "button", autofocus: true, onclick: () => dialog.close() }, t("ui.common.close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
