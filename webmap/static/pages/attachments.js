// Files attached as evidence: a list with links, and the dialog that adds some. Needs the texts "ui.common".

import { api, fmtNum, fmtTime, h, t, toast } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";

const ACCEPT = ".pdf,.png,.jpg,.jpeg,.ofd";

/** Sends the files chosen, one after the other. */
export async function sendFiles(path, files) {
  for (const file of files) {
    const form = new FormData();
    form.set("file", file);
    await api(path, { form });
  }
}

/** A field of a dialog for files; filesOf(values) are those chosen. */
export const filesField = (label) => ({ name: "files", label, type: "file", accept: ACCEPT, multiple: true, hint: t("ui.common.attach_kinds") });

/** Opens the dialog that attaches files to what path stands for. */
export function attach(path, title, done) {
  formDialog({
    title, confirm: t("ui.common.attach"),
    fields: [{ ...filesField(t("ui.common.attach_files")), required: true }],
    save: async ({ files }) => {
      await sendFiles(path, files);
      toast(t("ui.common.attached"));
      await done();
    },
  });
}

/** The files as a list; label(document) says what one is for. */
export function attachmentList(documents, label = () => null) {
  if (!documents.length) return h("p", { class: "faint", "data-testid": "attachments-none" }, t("ui.common.attach_none"));
  return h("ul", { class: "plain", "data-testid": "attachments" }, documents.map((one) => h("li", {},
    h("a", { href: one.url, download: one.file_name }, one.file_name), " ",
    h("span", { class: "faint" }, [label(one), `${fmtNum(Math.ceil(one.size_bytes / 1024))} KB`, one.added_by, fmtTime(one.added_at)].filter(Boolean).join(" · ")))));
}
