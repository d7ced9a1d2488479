// Changes of the counties' accounts that wait for a second person, on /finance and /admin. Needs the texts "ui.accounts".

import { api, ask, busy, countyName, fmtTime, h, load, pairs, t, table, toast } from "/static/app.js";

const kind = (row) => t(`ui.accounts.kind.${row.kind}`);
const code = (text) => h("span", { class: "code nowrap-code" }, text || "–");

function columns(box, done) {
  return [
    { label: t("ui.accounts.county"), value: (row) => `${countyName(row.county_code)} · ${kind(row)}` },
    { label: t("ui.accounts.before"), value: (row) => code(row.number_before) },
    { label: t("ui.accounts.after"), value: (row) => [code(row.number), h("div", { class: "faint" }, `${row.name} · ${row.bank} · ${row.cnaps}`)] },
    { label: t("ui.accounts.valid_from"), value: (row) => h("span", { class: "nowrap" }, row.valid_from) },
    { label: t("ui.accounts.proposed"), value: (row) => [`${row.proposed_by} · ${fmtTime(row.proposed_at)}`, h("div", { class: "faint" }, row.source_doc)] },
    { label: "", value: (row) => h("div", { class: "actions" },
      row.may_confirm ? button(row, true, box, done) : null, button(row, false, box, done)) },
  ];
}

function button(row, approve, box, done) {
  const act = approve ? "confirm" : row.own ? "withdraw" : "decline";
  const made = h("button", { class: approve ? "btn btn-small btn-primary" : "btn btn-small", type: "button", "data-testid": `account-${act}`, onclick: () => busy(made, () => decide(row, approve, act, box, done), box.nextElementSibling) }, t(`ui.accounts.act.${act}`));
  return made;
}

async function decide(row, approve, act, box, done) {
  const body = [pairs([[t("ui.accounts.county"), `${countyName(row.county_code)} · ${kind(row)}`], [t("ui.accounts.before"), code(row.number_before)], [t("ui.accounts.after"), code(row.number)], [t("ui.accounts.name"), row.name],
    [t("ui.accounts.bank"), `${row.bank} · ${row.cnaps}`], [t("ui.accounts.valid_from"), row.valid_from], [t("ui.accounts.source"), row.source_doc]]), approve ? h("p", {}, t("ui.accounts.check")) : null];
  if (!(await ask(t(`ui.accounts.act.${act}`), body, { confirm: t(`ui.accounts.act.${act}`), danger: !approve }))) return;
  await api(`/api/v1/account-changes/${encodeURIComponent(row.change_id)}/decision`, { json: { approve } });
  toast(t(`ui.accounts.done.${act}`));
  await Promise.all([showAccountChanges(box, done), done()]);
}

/** Fills a box with the changes that wait, and hides its panel where there are none; done() is called after each act. */
export function showAccountChanges(box, done = () => null) {
  return load(box, () => api("/api/v1/account-changes"), ({ items }) => {
    box.closest("section").hidden = !items.length;
    return table(columns(box, done), items);
  });
}

/** The panel itself. */
export function accountChanges(done) {
  const box = h("div", { "data-testid": "account-changes" });
  const panel = h("section", { class: "panel no-print", hidden: true }, h("div", { class: "panel-head" }, h("h2", { id: "accounts-title", tabindex: "-1" }, t("ui.accounts.title")), h("span", { class: "faint" }, t("ui.accounts.lead"))), box, h("div", { "aria-live": "assertive" }));
  showAccountChanges(box, done);
  return panel;
}
