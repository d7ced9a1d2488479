// Gauss-Krüger projection on CGCS2000, EPSG:4547: 3-degree zone, central meridian 114° E, false easting 500 km,
// no zone prefix. Krüger's series to the fifth order of the third flattening: below 0.1 mm in the city.

const A = 6378137;
const F = 1 / 298.257222101;
const CENTRAL_MERIDIAN_DEG = 114;
const FALSE_EASTING_M = 500000;

const n = F / (2 - F);
const E = (2 * Math.sqrt(n)) / (1 + n);
const RADIUS = (A / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
const ALPHA = [
  n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3 + (41 / 180) * n ** 4 - (127 / 288) * n ** 5,
  (13 / 48) * n ** 2 - (3 / 5) * n ** 3 + (557 / 1440) * n ** 4 + (281 / 630) * n ** 5,
  (61 / 240) * n ** 3 - (103 / 140) * n ** 4 + (15061 / 26880) * n ** 5,
  (49561 / 161280) * n ** 4 - (179 / 168) * n ** 5,
];
const RAD = Math.PI / 180;

/** Degrees (CGCS2000, EPSG:4490) to metres (EPSG:4547): {x_m: north, y_m: east}. */
export function toPlane(lonDeg, latDeg) {
  const sine = Math.sin(latDeg * RAD);
  const t = Math.sinh(Math.atanh(sine) - E * Math.atanh(E * sine));
  const dl = (lonDeg - CENTRAL_MERIDIAN_DEG) * RAD;
  const xi = Math.atan2(t, Math.cos(dl));
  const eta = Math.asinh(Math.sin(dl) / Math.hypot(t, Math.cos(dl)));
  let north = xi;
  let east = eta;
  ALPHA.forEach((a, i) => {
    const k = 2 * (i + 1);
    north += a * Math.sin(k * xi) * Math.cosh(k * eta);
    east += a * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  return { x_m: RADIUS * north, y_m: FALSE_EASTING_M + RADIUS * east };
}

/** Length of a line of [lon, lat] points in the plane EPSG:4547, metres. */
export function lengthM(points) {
  const plane = points.map(([lon, lat]) => toPlane(lon, lat));
  return plane.slice(1).reduce((sum, p, i) => sum + Math.hypot(p.x_m - plane[i].x_m, p.y_m - plane[i].y_m), 0);
}

/** Area inside a ring of [lon, lat] points in the plane EPSG:4547 (as registered areas are), square metres. */
export function areaM2(points) {
  const plane = points.map(([lon, lat]) => toPlane(lon, lat));
  let twice = 0;
  plane.forEach((p, i) => {
    const q = plane[(i + 1) % plane.length];
    twice += (p.y_m - plane[0].y_m) * (q.x_m - plane[0].x_m) - (q.y_m - plane[0].y_m) * (p.x_m - plane[0].x_m);
  });
  return Math.abs(twice) / 2;
}

/** Bearing of the way from a to b in the plane, degrees clockwise from grid north. */
export function bearingDeg(a, b) {
  const p = toPlane(...a);
  const q = toPlane(...b);
  return ((Math.atan2(q.y_m - p.y_m, q.x_m - p.x_m) / RAD) + 360) % 360;
}
