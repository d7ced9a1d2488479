// Two maps over each other with a handle between them: what lies left of it is the first map, right of it the second.
// The handle is a slider: arrow keys move it (with Shift by larger steps), Home and End take it to an edge.

import { h } from "/static/app.js";

const STEP = 2;
const LARGE_STEP = 10;

/**
 * new Swipe({ stage, first, second, label, names }): `stage` is the positioned element both maps lie in, `first` and
 * `second` the MapLibre maps (the second one's container lies on top), `names` what is on the left and on the right.
 * `remove()` takes the handle and the clipping away; the second map is the caller's to remove.
 */
export class Swipe {
  constructor({ stage, first, second, label, names, at = 50 }) {
    Object.assign(this, { stage, first, second });
    this.handle = h("div", { class: "swipe-handle", role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100", "aria-orientation": "horizontal" },
      h("span", { class: "swipe-name swipe-left", "aria-hidden": "true" }, names[0]), h("span", { class: "swipe-grip", "aria-hidden": "true" }, "⇔"), h("span", { class: "swipe-name swipe-right", "aria-hidden": "true" }, names[1]));
    this.handle.addEventListener("keydown", (event) => this.key(event));
    this.handle.addEventListener("pointerdown", (event) => this.drag(event));
    stage.append(this.handle);
    this.follow = [this.tie(first, second), this.tie(second, first)];
    this.names = names;
    second.jumpTo(viewOf(first));
    this.set(at);
  }

  /** Moves the handle; `share` is the percentage of the width left of it. */
  set(share) {
    this.at = Math.min(100, Math.max(0, share));
    this.handle.style.left = `${this.at}%`;
    this.second.getContainer().style.clipPath = `inset(0 0 0 ${this.at}%)`;
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.at)));
    this.handle.setAttribute("aria-valuetext", `${this.names[0]} ${Math.round(this.at)} % · ${this.names[1]} ${100 - Math.round(this.at)} %`);
  }

  key(event) {
    const step = event.shiftKey ? LARGE_STEP : STEP;
    const to = { ArrowLeft: this.at - step, ArrowDown: this.at - step, ArrowRight: this.at + step, ArrowUp: this.at + step, PageDown: this.at - LARGE_STEP, PageUp: this.at + LARGE_STEP, Home: 0, End: 100 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(to);
  }

  drag(event) {
    this.handle.setPointerCapture(event.pointerId);
    const box = this.stage.getBoundingClientRect();
    const move = (moved) => this.set(((moved.clientX - box.left) / box.width) * 100);
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("pointerup", () => this.handle.removeEventListener("pointermove", move), { once: true });
    event.preventDefault();
    this.handle.focus();
  }

  tie(leader, follower) {
    const move = () => {
      if (this.busy) return;
      this.busy = true;
      follower.jumpTo(viewOf(leader));
      this.busy = false;
    };
    leader.on("move", move);
    return () => leader.off("move", move);
  }

  remove() {
    this.follow.forEach((stop) => stop());
    this.handle.remove();
    this.second.getContainer().style.clipPath = "";
  }
}

function viewOf(map) {
  return { center: map.getCenter(), zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() };
}
