// A list that is read a page at a time: the rows so far, how many, and "more" while the server has more.
// Needs the texts "ui.common".

import { busy, fill, fmtNum, h, load, t } from "/static/app.js";

const PAGE = 50;
const MOST = 1000;

/**
 * Makes the list in a container and its pager after it. `read(query)` asks the server with {limit, cursor} and gives
 * {items, next?}; `draw(rows)` gives what is shown. Returns show() that begins anew and again() that keeps as many rows.
 */
export function pagedList(box, read, draw) {
  const count = h("span", {});
  const more = h("button", { class: "btn btn-small", type: "button", "data-testid": `${box.dataset.testid}-more` }, t("ui.common.more"));
  const pager = h("div", { class: "pager no-print", hidden: true }, count, more);
  box.after(pager);
  // What is shown: an answer to an earlier question is dropped.
  let shown = null;

  async function page(own, limit) {
    const found = await read({ limit, cursor: own.next });
    own.rows.push(...found.items);
    own.next = found.next || null;
    return own;
  }

  function drawn(own) {
    pager.hidden = !own.next;
    count.textContent = t("ui.common.rows_so_far", { n: fmtNum(own.rows.length) });
    return draw(own.rows);
  }

  function show() {
    const own = { rows: [], next: null };
    shown = own;
    pager.hidden = true;
    return load(box, () => page(own, PAGE), drawn);
  }

  // The old rows stay until the new ones are there, so that the page does not jump.
  async function again() {
    const own = { rows: [], next: null };
    const limit = Math.min(MOST, Math.max(PAGE, shown?.rows.length || 0));
    shown = own;
    box.setAttribute("aria-busy", "true");
    try {
      await page(own, limit);
      if (own === shown) fill(box, drawn(own));
    } finally {
      if (own === shown) box.removeAttribute("aria-busy");
    }
  }

  more.addEventListener("click", () => busy(more, async () => {
    const own = shown;
    await page(own, PAGE);
    if (own === shown) fill(box, drawn(own));
  }));
  return { show, again };
}
