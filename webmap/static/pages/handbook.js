// /handbook: the public handbook with its digest.

import { api, debounce, emptyState, fill, h, load, t } from "/static/app.js";
import { basisLines, entryName, limitText, materialLine, nodeLines, readEntries } from "/static/pages/handbookdata.js";
import { keepQuery, pageQuery, statusName } from "/static/pages/words.js";

const form = document.getElementById("filters");
const box = document.getElementById("entries");
let entries = [];

form.at.value = pageQuery().at || "";
form.q.value = pageQuery().q || "";

function section(title, content) {
  return content ? [h("h3", {}, title), content] : null;
}

const list = (items) => (items && items.length ? h("ul", {}, items.map((item) => h("li", {}, item))) : null);

const feeLine = (fee) => (fee.ref === "registration_fee" ? t("ui.handbook.fee.registration_fee", { role: statusName("party", fee.payer_role) }) : fee.ref);

function draw(entry) {
  return h("details", { class: "entry", id: entry.type_code, "data-testid": `entry-${entry.type_code}`, open: location.hash === `#${entry.type_code}` },
    h("summary", {}, entryName(entry), h("span", { class: "faint" }, `  ${t("ui.handbook.version", { n: entry.version })} · ${t("ui.handbook.valid_from", { day: entry.valid_from })}`)),
    h("div", { class: "stack" },
      section(t("ui.handbook.scope"), h("p", {}, entry.scope)),
      section(t("ui.handbook.basis"), [list(basisLines(entry)), entry.verified === false ? h("p", { class: "faint" }, t("ui.handbook.unverified")) : null]),
      section(t("ui.handbook.applicants"), list((entry.applicants || []).map((row) => row.name))),
      section(t("ui.handbook.materials"), list(entry.materials.map(materialLine))),
      section(t("ui.handbook.nodes"), h("ol", { class: "steps" }, nodeLines(entry))),
      section(t("ui.handbook.limit"), h("p", {}, limitText(entry))),
      section(t("ui.handbook.points"), list((entry.review_points || []).map((point) => [`${point.id} ${point.text} `, h("span", { class: "faint" }, t(`ui.handbook.${point.kind}`))]))),
      section(t("ui.handbook.fees"), list((entry.fees || []).map(feeLine))),
      section(t("ui.handbook.forms"), list((entry.forms || []).map((form_) => (typeof form_ === "string" ? form_ : form_.name)))),
      h("p", { class: "faint" }, h("a", { href: `/api/v1/handbook/${encodeURIComponent(entry.type_code)}?version=${entry.version}` }, t("ui.handbook.json")),
        entry.sha256 ? [` · ${t("ui.handbook.entry_hash")} `, h("span", { class: "hash" }, entry.sha256)] : null)));
}

function shown() {
  const wish = form.q.value.trim().toLowerCase();
  const found = entries.filter((entry) => [entry.name, entry.name_en, entry.scope, entry.type_code].join(" ").toLowerCase().includes(wish));
  return found.length ? h("div", { class: "panel" }, found.map(draw)) : emptyState(t("ui.handbook.none"));
}

async function read() {
  const at = form.at.value;
  const [all, hash] = await Promise.all([readEntries(at), api("/api/v1/handbook/hash", { query: { at } })]);
  entries = all;
  document.getElementById("hash").textContent = hash.sha256 || hash.hash;
}

const show = async () => {
  await load(box, read, shown);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

form.addEventListener("submit", (event) => event.preventDefault());
form.at.addEventListener("change", () => { keepQuery({ at: form.at.value, q: form.q.value }); show(); });
form.q.addEventListener("input", debounce(() => { keepQuery({ at: form.at.value, q: form.q.value }); fill(box, shown()); }));
window.addEventListener("beforeprint", () => { for (const entry of document.querySelectorAll("details.entry")) entry.open = true; });
show();
