// /inbox: what waits for the signed-in person. Renews itself once a minute while it is looked at.

import { api, badge, emptyState, fmtNum, fmtTime, h, load, t } from "/static/app.js";

const box = document.getElementById("inbox");
const RENEW_MS = 60000;

function when(item) {
  if (item.late) return badge(t("ui.inbox.late"), "bad");
  if (item.due_on) return t("ui.inbox.due", { day: item.due_on });
  return item.at ? t("ui.inbox.since", { at: fmtTime(item.at) }) : item.status || null;
}

function line(item) {
  return h("li", {}, h("a", { href: item.link }, item.title), item.note ? h("span", { class: "soft" }, item.note) : null, h("span", { class: "due" }, when(item)));
}

function group(found) {
  const rest = found.count - found.items.length;
  return h("section", { class: "panel", "data-testid": `inbox-${found.kind}`, "data-count": found.count },
    h("div", { class: "panel-head" }, h("h2", {}, t(`ui.inbox.kind.${found.kind}`)), h("span", { class: "task-count" }, fmtNum(found.count))),
    h("ul", { class: "tasks" }, found.items.map(line)),
    found.link ? h("div", { class: "pager" }, h("a", { href: found.link }, rest > 0 ? t("ui.inbox.more", { n: fmtNum(rest) }) : t("ui.inbox.all"))) : null);
}

function draw(found) {
  document.getElementById("as-of").textContent = t("ui.common.as_of", { at: fmtTime(found.as_of) });
  const groups = found.groups.filter((one) => one.count);
  return groups.length ? h("div", { class: "cards" }, groups.map(group)) : emptyState(t("ui.inbox.nothing"));
}

const show = () => load(box, () => api("/api/v1/inbox"), draw);
document.getElementById("refresh").addEventListener("click", show);
setInterval(() => { if (document.visibilityState === "visible") show(); }, RENEW_MS);
show();
