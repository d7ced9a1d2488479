// /verify: is this bill genuine? By file, by the printed figures, or by the link of its QR code.

import { api, busy, countyName, fmtDate, fmtFen, fmtUnit, h, load, pairs, t, toast, tOr } from "/static/app.js";
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
    ]));
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
