// /trace/<order>: each fen of an order as a picture and as a list.

import { api, h, load } from "/static/app.js";
import { traceList } from "/static/pages/casemoney.js";
import { tracePicture } from "/static/pages/tracepicture.js";

document.getElementById("print").addEventListener("click", () => window.print());
const box = document.getElementById("trace");
const order = box.dataset.order;

load(box, () => api(`/api/v1/orders/${encodeURIComponent(order)}/trace`), ({ steps }) => h("div", { class: "stack" }, tracePicture(steps), traceList(steps)));
