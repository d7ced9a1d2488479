// The applicants of /window: a row each. Needs the texts "ui.window" and "ui.status".

import { fill, h, t } from "/static/app.js";
import { statusName } from "/static/pages/words.js";

const ID_TYPES = ["id_card", "uscc", "passport", "hk_macau_taiwan", "military", "household", "other"];
const SHARE = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/;

export class Parties {
  constructor(box) {
    this.box = box;
    this.wanted = ["holder"];
    document.getElementById("add-party").addEventListener("click", () => this.add(this.wanted[0]).querySelector("input").focus());
    this.add("holder");
  }

  /** Roles of the chosen type; rows that were not filled in yet are made anew, one for each role that must apply. */
  roles(applicants) {
    this.wanted = applicants.map((row) => row.role);
    const empty = [...this.box.children].every((row) => !row.querySelector("[name=name]").value.trim());
    if (empty) {
      fill(this.box);
      for (const row of applicants) if (row.at_least > 0) this.add(row.role);
    } else {
      for (const row of this.box.children) this.renewRoles(row.querySelector("select[name=role]"));
    }
  }

  renewRoles(select) {
    const value = select.value;
    fill(select, this.wanted.map((role) => h("option", { value: role, selected: role === value }, statusName("party", role))));
  }

  add(role) {
    const field = (label, control) => h("label", { class: "field" }, h("span", { class: "label" }, label), control);
    const select = h("select", { name: "role" }, this.wanted.map((one) => h("option", { value: one, selected: one === role }, statusName("party", one))));
    const number = h("input", { type: "text", name: "id_number", maxlength: "40", autocomplete: "off", spellcheck: "false" });
    const type = h("select", { name: "id_type" }, ID_TYPES.map((one) => h("option", { value: one }, t(`ui.window.id.${one}`))));
    const row = h("div", { class: "party", "data-testid": "party" },
      field(t("ui.window.role"), select),
      field(t("ui.window.name"), h("input", { type: "text", name: "name", maxlength: "200", autocomplete: "off" })),
      field(t("ui.window.id_type"), type),
      field(t("ui.window.id_number"), number),
      field(t("ui.window.share"), h("input", { type: "text", name: "share", maxlength: "13", placeholder: "1/2", title: t("ui.window.share_hint") })),
      h("button", { class: "btn btn-small btn-quiet", type: "button", "aria-label": t("ui.window.remove"), onclick: () => { row.remove(); this.box.dispatchEvent(new Event("input", { bubbles: true })); } }, "✕"));
    this.box.append(row);
    return row;
  }

  read(row) {
    const value = (name) => row.querySelector(`[name=${name}]`).value.trim();
    const made = { name: value("name"), role: value("role"), id_type: value("id_type"), id_number: value("id_number").toUpperCase() };
    const share = value("share").replace("／", "/");
    if (share) made.share = share;
    return made;
  }

  /** The rows with a name. */
  values() {
    return [...this.box.children].map((row) => this.read(row)).filter((party) => party.name);
  }

  badShare() {
    return this.values().some((party) => party.share && !SHARE.test(party.share));
  }
}
