// The dialog in which a county raises a dispute about a line of an order, and the button that opens it. Needs the texts
// "ui.disputes" and "ui.county".

import { api, h, t } from "/static/app.js";
import { filesField, sendFiles } from "/static/pages/attachments.js";
import { formDialog } from "/static/pages/formdialog.js";
import { counties } from "/static/pages/words.js";

export const disputePath = (no) => `/api/v1/disputes/${encodeURIComponent(no)}`;

/** Who can be claimed for: of another's line the own county, of the own line another one, which is then chosen. */
function claimable(county, ofLine) {
  if (!ofLine) return counties;
  return ofLine === county ? [["", t("ui.disputes.choose")], ...counties.filter(([code]) => code !== county)] : counties.filter(([code]) => code === county);
}

/** Opens the dialog; raised(number) is called when the dispute and its files stand. */
export function raiseDispute({ order_no: orderNo, line_no: lineNo, county, county_code: ofLine }, raised) {
  formDialog({
    title: `${t("ui.disputes.raise")} · ${orderNo} · ${lineNo}`, note: t("ui.disputes.note.raise"), confirm: t("ui.disputes.raise"),
    fields: [
      { name: "claimed_county", label: t("ui.disputes.to"), options: claimable(county, ofLine), value: ofLine === county ? "" : county, required: true },
      { name: "reason", label: t("ui.disputes.reason"), required: true, maxlength: 500 },
      { name: "basis_doc", label: t("ui.disputes.basis_doc"), required: true, maxlength: 500 },
      filesField(t("ui.disputes.files")),
    ],
    save: async ({ files, ...values }) => {
      const made = await api("/api/v1/disputes", { json: { order_no: orderNo, line_no: lineNo, ...values } });
      await sendFiles(`${disputePath(made.dispute_no)}/documents`, files);
      await raised(made.dispute_no);
    },
  });
}

/** The button at a paid line; the page of disputes follows with the new one. Null for who raises none. */
export function raiseButton(line, county) {
  if (!county || !line.amount_fen) return null;
  const gone = (no) => { location.href = `/finance/disputes?dispute=${encodeURIComponent(no)}`; };
  return h("button", { class: "btn btn-small", type: "button", "data-testid": `raise-${line.line_no}`, onclick: () => raiseDispute({ ...line, county }, gone) }, t("ui.disputes.raise"));
}
