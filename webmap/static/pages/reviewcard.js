// The card of one draft parcel: three areas, codes, rights, who lies beyond (四至), sides with lengths.

import { api, fill, fmtDate, fmtNum, fmtUnit, h, load, pairs, t, table, tOr } from "/static/app.js";
import { statusBadge } from "/static/pages/words.js";

const areaOr = (value) => (value === null || value === undefined ? t("ui.review.no_area") : fmtNum(Number(value), 2));

/** Loads the card of a feature into a box; onCard(card) hears it. */
export function showCard(box, surveyId, featureNo, onCard) {
  return load(box, () => api(`/api/v1/surveys/${encodeURIComponent(surveyId)}/features/${featureNo}`), (card) => {
    onCard(card);
    const rights = h("div", {});
    if (card.registered) showRights(rights, card.registered.unit_code);
    return h("div", { class: "parcel-card", "data-testid": "parcel-card" }, head(card), areas(card), abuttals(card), sides(card), rights);
  });
}

function head(card) {
  return [h("h3", {}, fmtUnit(card.parcel_code || card.unit_code || `#${card.feature_no}`), " ", card.change ? statusBadge("change", card.change) : null),
    pairs([[t("ui.review.card.unit"), card.unit_code ? h("span", { class: "code" }, card.unit_code) : undefined],
      [t("ui.review.card.use"), card.land_use || undefined], [t("ui.review.card.address"), card.address || undefined],
      [t("ui.review.card.since"), card.registered ? fmtDate(card.registered.valid_from) : undefined]])];
}

function areas({ areas: a }) {
  const against = (value) => (value === null || a.calculated_m2 === null ? "–" : `${value - a.calculated_m2 > 0 ? "+" : ""}${fmtNum(value - a.calculated_m2, 2)}`);
  return table([
    { label: t("ui.review.card.area"), value: (row) => t(`ui.review.card.${row}`) },
    { label: "m²", class: "num", value: (row) => areaOr(a[`${row}_m2`]) },
    { label: t("ui.review.card.against"), class: "num", value: (row) => against(a[`${row}_m2`]) },
  ], ["declared", "calculated", "registered"]);
}

function neighbour(one) {
  const names = one.holders.join("、") || one.address || "";
  return h("div", {}, h("span", { class: "code" }, one.code.length === 19 ? one.code.slice(12) : one.code), names ? ` ${names}` : "", one.source === "draft" ? h("span", { class: "faint" }, ` ${t("ui.review.card.in_file")}`) : null);
}

function abuttals(card) {
  return [h("h4", {}, t("ui.review.card.abuttals")), pairs(card.abuttals.map((row) =>
    [t(`ui.review.card.${row.towards}`), row.neighbours.length ? row.neighbours.map(neighbour) : h("span", { class: "faint" }, t("ui.review.card.nobody"))]))];
}

function sides(card) {
  if (!card.sides.length) return null;
  return h("details", { open: card.sides.length <= 12 }, h("summary", {}, t("ui.review.card.sides", { n: fmtNum(card.sides.length) })),
    table([
      { label: t("ui.review.card.side"), value: (side) => `${side.from}–${side.to}` },
      { label: t("ui.review.card.length"), class: "num", value: (side) => fmtNum(side.length_m, 2) },
      { label: t("ui.review.card.towards"), value: (side) => t(`ui.review.card.${side.towards}`) },
      { label: t("ui.review.card.beyond"), value: (side) => h("span", { class: "code" }, side.neighbours.map((code) => (code.length === 19 ? code.slice(12) : code)).join(" ")) },
    ], card.sides.slice(0, 500)));
}

async function showRights(box, unitCode) {
  try {
    const page = await api(`/api/v1/units/${encodeURIComponent(unitCode)}`);
    const rows = [...(page.rights || []), ...(page.restrictions || [])];
    fill(box, h("h4", {}, t("ui.map.rights")), rows.length
      ? h("ul", { class: "plain" }, rows.map((right) => h("li", {}, [right.kind_name || tOr(`ui.map.right.${right.kind}`, right.kind), right.holders?.map((one) => one.name).join("、"), right.certificate_no].filter(Boolean).join(" · "))))
      : h("p", { class: "soft" }, t("ui.map.no_rights")));
  } catch (error) {
    fill(box, h("p", { class: "soft" }, error.message));
  }
}
