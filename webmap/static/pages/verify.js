// /verify: is this bill genuine? By file, by the printed figures, or by the link of its QR code.

import { api, badge, busy, countyName, fill, fmtDate, fmtFen, fmtNum, fmtTime, fmtUnit, h, load, pairs, t, table, toast, tOr } from "/static/app.js";
import { pageQuery, statusBadge } from "/static/pages/words.js";

const result = document.getElementById("result");
const codes = document.getElementById("code-form");
const files = document.getElementById("file-form");
const drop = document.getElementById("drop");

const yesNo = (value) => (value === null || value === undefined ? t("ui.verify.not_checked") : value ? t("ui.common.yes") : t("ui.common.no"));

function verdict(found) {
  if (found.valid) return ["ok", t("ui.verify.valid")];
  return found.status === "reversed" ? ["warn", t("ui.verify.reversed")] : ["bad", t("ui.verify.invalid")];
}

function draw(found) {
  const [tone, title] = verdict(found);
  const receipt = found.receipt || {};
  return h("div", { class: "notice", "data-tone": tone, "data-valid": String(found.valid) },
    h("h2", {}, title),
    pairs([
      [t("ui.verify.status"), statusBadge("receipt", found.status)],
      [t("ui.verify.bytes"), yesNo(found.bytes_match)],
      [t("ui.verify.signature"), yesNo(found.signature_valid)],
      [t("ui.verify.reason"), found.reason ? tOr(found.reason, tOr(`ui.verify.reason.${found.reason}`, found.reason)) : null],
      [t("ui.verify.code"), receipt.code ? h("span", { class: "code" }, receipt.code) : null],
      [t("ui.verify.number"), receipt.number ? h("span", { class: "code" }, receipt.number) : null],
      [t("ui.verify.amount"), receipt.amount_fen === undefined ? null : fmtFen(receipt.amount_fen)],
      [t("ui.verify.issued_on"), receipt.issued_on ? fmtDate(receipt.issued_on) : null],
      [t("ui.verify.county"), receipt.county_code ? countyName(receipt.county_code) : null],
      [t("ui.verify.copies"), receipt.code ? fmtNum(found.copies) : null],
      [t("ui.verify.entered"), receipt.code ? (found.entered_at ? badge(t("ui.verify.entered_at", { at: fmtTime(found.entered_at) }), "warn") : t("ui.verify.not_entered")) : null],
    ]),
    found.signatures.length ? signatures(found.signatures) : null,
    found.valid && receipt.code ? entryForm(found) : null);
}

/** Who signed what, and whether it holds; the bytes were compared before. */
function signatures(items) {
  return h("div", { "data-testid": "signatures" }, h("h3", {}, t("ui.verify.signatures")), table([
    { label: t("ui.verify.signed_what"), value: (item) => t(`ui.verify.role.${item.role}`) },
    { label: t("ui.verify.signer"), value: (item) => item.subject || "–" },
    { label: t("ui.verify.algorithm"), value: (item) => h("span", { class: "code" }, item.algorithm) },
    { label: t("ui.verify.result"), value: (item) => badge(t(item.valid ? "ui.verify.holds" : "ui.verify.fails"), item.valid ? "ok" : "bad") },
  ], items));
}

/** 入账反馈: the payer's accountant marks the bill as used; a second use is written too, and warned of. */
function entryForm({ receipt }) {
  const field = (name, label, rules) => h("div", { class: "field" }, h("label", { for: `entry-${name}` }, label), h("input", { type: "text", id: `entry-${name}`, name, autocomplete: "off", ...rules }));
  const problem = h("div", { "aria-live": "assertive" });
  const known = codes.number.value === receipt.number ? codes.check_code.value.trim() : "";
  const form = h("form", { class: "form no-print", "data-testid": "entry-form" },
    h("h3", {}, t("ui.verify.enter")), h("p", { class: "faint" }, t("ui.verify.enter_note")),
    h("div", { class: "form-grid" },
      field("organisation", t("ui.verify.organisation"), { required: true, minlength: "2", maxlength: "100" }),
      field("voucher", t("ui.verify.voucher"), { maxlength: "64" }),
      field("check_code", t("ui.verify.check_code"), { required: true, minlength: "6", maxlength: "6", value: known })),
    h("div", {}, h("button", { class: "btn", "data-testid": "entry-submit" }, t("ui.verify.enter"))), problem);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
    busy(form.querySelector("button"), async () => {
      const done = await api("/api/v1/receipts/entries", { json: { ...values, code: receipt.code, number: receipt.number } });
      const again = done.result === "entered_before";
      fill(problem, h("div", { class: "notice", "data-tone": again ? "warn" : "ok", "data-testid": "entry-result", "data-result": done.result },
        again ? t(done.same_organisation ? "ui.verify.entered_before_same" : "ui.verify.entered_before", { at: fmtTime(done.first_at) }) : t("ui.verify.entered_done", { at: fmtTime(done.at) })));
    }, problem);
  });
  return form;
}

function show(read) {
  result.scrollIntoView({ block: "nearest" });
  return load(result, read, draw);
}

async function verifyFile(file) {
  if (!file) return;
  const form = new FormData();
  form.set("file", file);
  await show(() => api("/api/v1/receipts/verify", { form }));
}

/** "550.00" in yuan as integer fen, null when it is no amount. */
function fenOf(text) {
  const match = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text.trim().replaceAll(",", ""));
  return match ? Number(match[1]) * 100 + Number((match[2] || "").padEnd(2, "0")) : null;
}

codes.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(codes));
  const fen = fenOf(values.amount);
  if (fen === null) { toast(t("ui.verify.bad_amount"), "bad"); codes.amount.focus(); return; }
  busy(codes.querySelector("button"), () => show(() => api("/api/v1/receipts/verify", {
    json: { code: values.code, number: values.number, check_code: values.check_code.trim(), amount_fen: fen, issued_on: values.issued_on },
  })));
});

function drawCertificate(found) {
  return h("div", { class: "notice", "data-tone": found.valid ? "ok" : "warn", "data-valid": String(found.valid) },
    h("h2", {}, found.valid ? t("ui.verify.certificate_live") : t("ui.verify.certificate_history")),
    pairs([
      [t("ui.verify.certificate_no"), found.certificate_no],
      [t("ui.verify.unit"), h("span", { class: "code" }, fmtUnit(found.unit_code))],
      [t("ui.verify.county"), countyName(found.county_code)],
      [t("ui.verify.certificate_issued"), fmtDate(found.issued_on)],
    ]));
}

const certificates = document.getElementById("certificate-form");
certificates.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = Object.fromEntries([...new FormData(certificates)].map(([name, value]) => [name, value.trim()]));
  busy(certificates.querySelector("button"), async () => {
    result.scrollIntoView({ block: "nearest" });
    await load(result, () => api("/api/v1/certificates/verify", { query }), drawCertificate);
  });
});

files.file.addEventListener("change", () => verifyFile(files.file.files[0]));
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); verifyFile(event.dataTransfer.files[0]); });

const query = pageQuery();
for (const name of ["code", "number", "check_code", "issued_on"]) if (query[name]) codes[name].value = query[name];
if (query.amount_fen && /^\d+$/.test(query.amount_fen)) codes.amount.value = (Number(query.amount_fen) / 100).toFixed(2);
if (query.code && query.number && query.check_code && query.amount_fen && query.issued_on) codes.requestSubmit();
