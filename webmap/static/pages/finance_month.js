// The close of the month on /finance. Needs the texts "ui.finance".

import { api, ask, badge, busy, fill, fmtTime, h, load, pairs, t, toast } from "/static/app.js";
import { againstMonth } from "/static/pages/finance_against.js";

const at = (id) => document.getElementById(id);
const TONES = { open: "info", closing: "warn", closed: "ok" };

/** What stands against it, or why that is not asked. */
function against(found) {
  if (found.against.length) return [found.state === "closing" ? h("p", {}, t("ui.finance.month_closing_note")) : null, againstMonth(found.against)];
  return t(found.over ? "ui.finance.month_ready" : "ui.finance.month_not_over");
}

function drawn(found, city) {
  const problem = h("div", { "aria-live": "assertive" });
  const button = h("button", { class: "btn", type: "button", "data-testid": "close-month", onclick: () => busy(button, () => close(found, city), problem) }, t(`ui.finance.month_act.${found.state}`));
  return h("div", { class: "panel-body stack" }, pairs([
    [t("ui.finance.state"), h("span", { "data-testid": "month-state", "data-state": found.state }, badge(t(`ui.finance.month_state.${found.state}`), TONES[found.state]))],
    [t("ui.finance.month_against"), found.state === "closed" ? null : against(found)],
    [t("ui.finance.month_trial"), found.trial_sha256 ? h("span", { class: "hash" }, found.trial_sha256) : null],
    [t("ui.finance.signed_by"), found.moved_at ? `${found.moved_by} · ${fmtTime(found.moved_at)}` : null],
  ]), city && found.over && found.state !== "closed" ? h("div", { class: "actions no-print" }, button) : null, problem);
}

async function close({ month, state, against: known }, city) {
  const question = known.length ? t("ui.finance.month_ask_early", { month, n: known.length }) : t("ui.finance.month_ask", { month });
  if (state === "open" && !(await ask(t("ui.finance.month"), question, { confirm: t("ui.finance.month") }))) return;
  const done = await api(`/api/v1/months/${encodeURIComponent(month)}/close`, { method: "POST", json: {} });
  toast(t(done.against.length ? "ui.finance.month_refused" : `ui.finance.month_state.${done.state}`), done.against.length ? "bad" : undefined);
  const found = await api(`/api/v1/months/${encodeURIComponent(month)}`);
  fill(at("month"), drawn({ ...found, against: done.against }, city));
}

/** Shows the month of a day; city tells whether the viewer may close it. */
export function showMonth(day, city) {
  if (!at("month")) return null;
  const month = day.slice(0, 7);
  at("month-name").textContent = month;
  return load(at("month"), () => api(`/api/v1/months/${month}`), (found) => drawn(found, city));
}
