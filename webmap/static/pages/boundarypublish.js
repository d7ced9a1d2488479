// Bringing a draft of the county lines into force: one person proposes, a second confirms. Needs "ui.what_if".

import { api, badge, cityNow, fmtDate, fmtTime, h, load, t, table, toast } from "/static/app.js";
import { attach, attachmentList, filesField, sendFiles } from "/static/pages/attachments.js";
import { formDialog } from "/static/pages/formdialog.js";

const TONES = { proposed: "warn", confirmed: "ok", declined: "" };
const path = (draft) => `/api/v1/boundary-drafts/${encodeURIComponent(draft)}/publications`;

/** Draws the publications of a draft into a box; may is {propose, end, login} of who looks. */
export function publications(box, draft, may) {
  const again = () => publications(box, draft, may);
  return load(box, () => api(path(draft)), ({ items, warnings }) => h("div", { class: "stack" },
    warnings.map((code) => h("p", { class: "notice", "data-tone": "warn", "data-testid": `publish-${code}` }, t(`ui.what_if.publish.${code}`))),
    may.propose && !items.some((row) => row.state === "proposed" || row.state === "confirmed")
      ? h("div", { class: "actions no-print" }, h("button", { class: "btn", type: "button", "data-testid": "publish-propose", onclick: () => propose(draft, warnings, again) }, t("ui.what_if.publish.propose"))) : null,
    table([
      { label: t("ui.what_if.publish.name"), value: (row) => [h("span", { class: "code" }, row.name), h("div", { class: "faint" }, row.source)] },
      { label: t("ui.what_if.publish.valid_from"), value: (row) => h("span", { class: "nowrap" }, row.valid_from) },
      { label: t("ui.what_if.publish.basis_doc"), value: (row) => [row.basis_doc, h("div", { class: "faint" }, row.reason), files(draft, row, may, again)] },
      { label: t("ui.what_if.publish.notice"), value: (row) => [document.documentElement.lang.startsWith("zh") ? row.notice_zh : row.notice_en, h("div", { class: "faint" }, t(row.legal ? "ui.what_if.publish.legal" : "ui.what_if.publish.not_legal"))] },
      { label: t("ui.what_if.publish.proposed"), value: (row) => [row.proposed_by, h("div", { class: "faint" }, fmtTime(row.proposed_at))] },
      { label: t("ui.what_if.state"), value: (row) => state(draft, row, may, again) },
    ], items, { empty: t("ui.what_if.publish.none"), rowKey: (row) => row.publication_id })));
}

/** The files of the document, and the button that adds some while the lines are proposed or in force. */
function files(draft, row, may, again) {
  const adds = may.propose && row.state !== "declined";
  const title = `${t("ui.what_if.publish.files")} · ${row.name}`;
  return [attachmentList(row.documents), adds ? h("button", { class: "btn btn-small no-print", type: "button", "data-testid": "publish-attach", onclick: () => attach(`${path(draft)}/${row.publication_id}/documents`, title, again) }, t("ui.common.attach")) : null];
}

function state(draft, row, may, again) {
  const ended = row.ended_by ? h("div", { class: "faint" }, `${row.ended_by} ${fmtTime(row.ended_at)}${row.comment ? ` · ${row.comment}` : ""}`) : null;
  const act = (name, label, danger) => h("button", { class: danger ? "btn btn-small btn-danger" : "btn btn-small btn-primary", type: "button", "data-testid": `publish-${name}`, onclick: () => end(draft, row, name, label, again) }, label);
  const own = row.proposed_by === may.login;
  return [badge(t(`ui.what_if.publish.state.${row.state}`), TONES[row.state]), ended,
    row.state === "proposed" && may.end ? h("div", { class: "actions no-print" },
      own ? h("span", { class: "faint" }, t("ui.what_if.publish.second")) : act("confirm", t("ui.what_if.publish.confirm"), false),
      act("decline", t(own ? "ui.what_if.publish.take_back" : "ui.what_if.publish.decline"), true)) : null];
}

function propose(draft, warnings, again) {
  const words = (name, value) => ({ name, label: t(`ui.what_if.publish.${name}`), required: true, maxlength: 500, value });
  formDialog({
    title: `${t("ui.what_if.publish.propose")} · #${draft}`, confirm: t("ui.what_if.publish.propose"),
    note: [t("ui.what_if.publish.note"), ...warnings.map((code) => t(`ui.what_if.publish.${code}`))],
    fields: [
      { ...words("name"), pattern: "[a-z0-9][a-z0-9._\\-]*", maxlength: 60, hint: t("ui.what_if.publish.name_hint") },
      { name: "valid_from", label: t("ui.what_if.publish.valid_from"), type: "date", required: true, min: fmtDate(cityNow()), value: fmtDate(cityNow()) },
      words("basis_doc"), words("reason"), words("source"), words("licence"),
      { name: "accuracy_m", label: t("ui.what_if.publish.accuracy_m"), type: "number", min: "0", required: true },
      { name: "legal", label: t("ui.what_if.publish.legal_ask"), type: "checkbox" },
      words("notice_zh", t("ui.what_if.publish.notice_zh_default")), words("notice_en", t("ui.what_if.publish.notice_en_default")),
      filesField(t("ui.what_if.publish.files")),
    ],
    save: async ({ files: chosen, ...values }) => {
      const made = await api(path(draft), { json: { ...values, accuracy_m: Number(values.accuracy_m) } });
      // What was proposed stands also when a file is refused: the list then says so, and it can be attached again.
      await sendFiles(`${path(draft)}/${made.publication_id}/documents`, chosen).catch((error) => toast(error.message, "bad"));
      toast(t("ui.what_if.publish.saved"));
      await again();
    },
  });
}

function end(draft, row, name, label, again) {
  formDialog({
    title: `${label} · ${row.name} · ${row.valid_from}`, note: [t(`ui.what_if.publish.note_${name}`), name === "confirm" && !row.documents.length ? t("ui.what_if.publish.no_file") : null], confirm: label, danger: name === "decline",
    fields: [{ name: "comment", label: t("ui.what_if.publish.comment"), required: name === "decline", maxlength: 500 }],
    save: async (values) => {
      await api(`${path(draft)}/${row.publication_id}/${name}`, { json: values });
      toast(t("ui.what_if.publish.saved"));
      await again();
    },
  });
}
