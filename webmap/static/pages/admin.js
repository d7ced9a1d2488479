// /admin: users, offices and the audit trail; working days, accounts, the tariff and choices about money are in modules of their own.

import { api, badge, busy, countyName, debounce, fill, fmtTime, h, lang, load, t, table, toast } from "/static/app.js";
import { accountsTab, holidaysTab } from "/static/pages/admin_reference.js";
import { callbacksTab } from "/static/pages/admin_callbacks.js";
import { policiesTab } from "/static/pages/admin_policies.js";
import { tariffTab } from "/static/pages/admin_tariff.js";
import { formDialog } from "/static/pages/formdialog.js";
import { keepQuery, pageQuery } from "/static/pages/words.js";

const panel = document.getElementById("panel");
const ROLES = ["surveyor", "reviewer", "clerk", "registrar", "finance_city", "finance_county", "supervisor", "partner", "admin"];
const roleName = (role) => t(`ui.common.role.${role}`);
const officeName = (office) => (lang === "en" ? office.name_en : office.name);

// ---------------------------------------------------------------- users

async function usersTab() {
  const [users, offices] = await Promise.all([api("/api/v1/admin/users"), api("/api/v1/admin/offices")]);
  const names = new Map(offices.items.map((office) => [office.office, officeName(office)]));
  const options = [["", t("ui.admin.no_office")], ...names];
  const again = () => open("users");
  return [h("div", { class: "actions" }, h("button", { class: "btn btn-primary", type: "button", "data-testid": "new-user", onclick: () => newUser(options, again) }, t("ui.admin.new_user"))), h("hr"),
    table([
      { label: t("ui.admin.login"), value: (row) => h("span", { class: "code" }, row.login) },
      { label: t("ui.admin.name"), value: (row) => row.name },
      { label: t("ui.admin.roles"), value: (row) => row.roles.map(roleName).join(" · ") || "–" },
      { label: t("ui.admin.office"), value: (row) => names.get(row.office) || row.office || "–" },
      { label: t("ui.admin.active"), value: (row) => badge(row.active ? t("ui.admin.active") : t("ui.admin.inactive"), row.active ? "ok" : "bad") },
      { label: t("ui.admin.created_at"), value: (row) => fmtTime(row.created_at) },
      { label: "", value: (row) => h("div", { class: "actions" },
        h("button", { class: "btn btn-small", type: "button", onclick: () => editUser(row, options, again) }, t("ui.admin.edit_user")),
        h("button", { class: "btn btn-small", type: "button", onclick: () => setPassword(row) }, t("ui.admin.set_password"))) },
    ], users.items, { rowKey: (row) => row.login })];
}

const userFields = (user, options) => [
  { name: "name", label: t("ui.admin.name"), value: user.name, required: true, maxlength: 100 },
  { name: "roles", label: t("ui.admin.roles"), checks: ROLES.map((role) => [role, roleName(role)]), value: user.roles },
  { name: "office", label: t("ui.admin.office"), options, value: user.office || "", nullable: true },
];

function newUser(options, again) {
  formDialog({
    title: t("ui.admin.new_user"),
    fields: [{ name: "login", label: t("ui.admin.login"), required: true, pattern: "[a-z][a-z0-9_.\\-]{1,63}", hint: t("ui.admin.login_hint") },
      ...userFields({}, options),
      { name: "password", label: t("ui.admin.initial_password"), type: "password", required: true, hint: t("ui.sign_in.rule") }],
    save: async (values) => { await api("/api/v1/admin/users", { json: values }); toast(t("ui.admin.user_saved")); await again(); },
  });
}

function editUser(user, options, again) {
  formDialog({
    title: `${t("ui.admin.edit_user")} · ${user.login}`, note: t("ui.admin.user_note"),
    fields: [...userFields(user, options), { name: "active", label: t("ui.admin.active"), type: "checkbox", value: user.active }],
    save: async (values) => {
      await api(`/api/v1/admin/users/${encodeURIComponent(user.login)}`, { method: "PUT", json: values });
      toast(t("ui.admin.user_saved"));
      await again();
    },
  });
}

function setPassword(user) {
  formDialog({
    title: `${t("ui.admin.set_password")} · ${user.login}`,
    fields: [{ name: "password", label: t("ui.admin.new_password"), type: "password", required: true, hint: t("ui.sign_in.rule") }],
    save: async (values) => {
      await api(`/api/v1/admin/users/${encodeURIComponent(user.login)}/password`, { json: values });
      toast(t("ui.admin.password_set"));
    },
  });
}

// ---------------------------------------------------------------- offices, audit

async function officesTab() {
  const { items } = await api("/api/v1/admin/offices");
  return table([
    { label: t("ui.admin.office_slug"), value: (row) => h("span", { class: "code" }, row.office) },
    { label: t("ui.admin.office_name"), value: officeName },
    { label: t("ui.admin.office_county"), value: (row) => (row.county_code ? countyName(row.county_code) : t("ui.common.county.all")) },
  ], items);
}

async function auditTab() {
  const place = h("div", { "data-testid": "audit" });
  const more = h("button", { class: "btn btn-small", type: "button" }, t("ui.common.more"));
  const find = h("input", { type: "search", maxlength: "100", id: "audit-subject", value: pageQuery().subject || "" });
  let rows = [];
  let cursor = null;
  const read = async (reset) => {
    if (reset) { rows = []; cursor = null; }
    const found = await api("/api/v1/admin/audit", { query: { subject: find.value.trim(), cursor, limit: 100 } });
    rows.push(...found.items);
    cursor = found.next || null;
    more.hidden = !cursor;
    return rows;
  };
  const draw = () => table([
    { label: t("ui.admin.audit_at"), value: (row) => h("span", { class: "nowrap" }, fmtTime(row.at)) },
    { label: t("ui.admin.audit_login"), value: (row) => row.login },
    { label: t("ui.admin.office"), value: (row) => row.office || "–" },
    { label: t("ui.admin.audit_action"), value: (row) => h("span", { class: "code" }, row.action) },
    { label: t("ui.admin.audit_subject"), value: (row) => h("span", { class: "code" }, row.subject) },
    { label: t("ui.admin.audit_detail"), value: (row) => h("span", { class: "faint" }, Object.keys(row.detail).length ? JSON.stringify(row.detail) : "") },
  ], rows, { empty: t("ui.admin.audit_none") });
  find.addEventListener("input", debounce(() => { keepQuery({ tab: "audit", subject: find.value.trim() }); load(place, () => read(true), draw); }, 400));
  more.addEventListener("click", () => busy(more, async () => { await read(false); fill(place, draw()); }));
  await read(true);
  fill(place, draw());
  return [h("div", { class: "filters" }, h("div", { class: "field grow" }, h("label", { for: "audit-subject" }, t("ui.admin.audit_find")), find)), place, h("div", { class: "pager" }, more)];
}

// ---------------------------------------------------------------- tabs

const TABS = { users: usersTab, offices: officesTab, holidays: () => holidaysTab(() => open("holidays")), accounts: () => accountsTab(() => open("accounts")), tariff: () => tariffTab(() => open("tariff")), policies: () => policiesTab(() => open("policies")), callbacks: () => callbacksTab(() => open("callbacks")), audit: auditTab };

function open(name) {
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  keepQuery({ ...pageQuery(), tab: name });
  return load(panel, TABS[name], (nodes) => h("div", {}, nodes));
}

for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => open(tab.dataset.tab));
open(pageQuery().tab in TABS ? pageQuery().tab : "users");
