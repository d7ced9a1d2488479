// Which rules a run asked: those that found something, those that could not be asked and why, those that passed.
// Needs the texts "ui.surveys".

import { fmtNum, h, t } from "/static/app.js";

// A rule that did not run must never look like one that passed.
const RESULTS = ["found", "not_run", "passed"];
const TONES = { found: "warn", not_run: null, passed: "ok" };

const skipped = (rule) => (rule.skipped ? h("span", { class: "faint" }, ` · ${t("ui.surveys.rules.skipped", { n: fmtNum(rule.skipped) })}`) : null);

function ruleRow(rule) {
  return h("li", {}, h("a", { class: "code", href: `/help/rules#${encodeURIComponent(rule.rule_id)}` }, rule.rule_id), ` ${rule.title}`,
    rule.findings ? ` · ${t("ui.surveys.rules.findings", { n: fmtNum(rule.findings) })}` : null, skipped(rule),
    rule.reason_text ? h("div", { class: "faint" }, rule.reason_text) : null);
}

/** The rules of a run by what came of them, null before any run. */
export function rulesOfRun(run) {
  if (!run?.rules?.length) return null;
  return RESULTS.map((result) => [result, run.rules.filter((rule) => rule.result === result)]).filter(([, rules]) => rules.length)
    .map(([result, rules]) => h("details", { "data-testid": `rules-${result}` },
      h("summary", {}, h("span", { class: "badge", "data-tone": TONES[result] }, t(`ui.surveys.rules.${result}`)), ` ${fmtNum(rules.length)}`),
      h("ul", {}, rules.map(ruleRow))));
}
