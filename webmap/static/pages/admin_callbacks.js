// Tab of /admin: where partner platforms are called back, and what was given up.

import { api, badge, busy, fmtNum, fmtTime, h, t, table, toast } from "/static/app.js";

const TONES = { waiting: "warn", delivered: "ok", given_up: "bad" };

/** Addresses with their figures, and the events that were given up, each to be sent again; again() redraws. */
export async function callbacksTab(again) {
  const [addresses, given, waiting] = await Promise.all([api("/api/v1/admin/callbacks"),
    ...["given_up", "waiting"].map((state) => api("/api/v1/admin/callbacks/events", { query: { state, limit: 100 } }))]);
  const send = (row, button) => busy(button, async () => {
    await api(`/api/v1/admin/callbacks/events/${row.event_id}/again`, { json: {} });
    toast(t("ui.admin.callback_sent"));
    await again();
  });
  return [
    table([
      { label: t("ui.admin.login"), value: (row) => row.login },
      { label: t("ui.admin.callback_key"), value: (row) => h("span", { class: "code" }, row.key) },
      { label: t("ui.admin.callback_url"), value: (row) => h("span", { class: "code" }, row.url) },
      { label: t("ui.admin.active"), value: (row) => badge(row.active ? t("ui.admin.active") : t("ui.admin.inactive"), row.active ? "ok" : "bad") },
      { label: t("ui.admin.callback.waiting"), class: "num", value: (row) => fmtNum(row.waiting) },
      { label: t("ui.admin.callback.given_up"), class: "num", value: (row) => (row.given_up ? badge(fmtNum(row.given_up), "bad") : "0") },
    ], addresses.items, { empty: t("ui.admin.callback_none") }), h("hr"),
    h("div", { "data-testid": "callback-events" }, table([
      { label: t("ui.admin.audit_at"), value: (row) => h("span", { class: "nowrap" }, fmtTime(row.at)) },
      { label: t("ui.admin.callback_subject"), value: (row) => h("span", { class: "code" }, `${row.subject} ${row.payload.status || row.kind}`) },
      { label: t("ui.admin.callback_state"), value: (row) => badge(t(`ui.admin.callback.${row.state}`), TONES[row.state]) },
      { label: t("ui.admin.callback_tries"), class: "num", value: (row) => fmtNum(row.attempts) },
      { label: t("ui.admin.callback_answer"), value: (row) => [row.last_status, row.last_error].filter(Boolean).join(" ") },
      { label: "", value: (row) => (row.state === "given_up" ? h("button", { class: "btn btn-small", type: "button", "data-testid": "callback-again", onclick: (event) => send(row, event.currentTarget) }, t("ui.admin.callback_again")) : null) },
    ], [...given.items, ...waiting.items], { empty: t("ui.admin.callback_events_none") }))];
}
