/**
 * Images as SVG: one crisp square for each pixel, in colours that follow the theme.
 */

import { svg } from "./figure.js";

/**
 * A sheet of pixels, square unless it has other rows.
 *
 * A pixel is ink over paper, more or less dense; below zero the ink is of the other
 * colour and bears a minus, so that the sign can be seen without telling colours apart.
 *
 * @param {number} size pixels in a row, each one unit wide
 * @param {string} kind "ink" for images, "signed" for what has a sign
 * @returns {{node: SVGElement, paint: function(number[], number, number, number[]=)}}
 */
export function sheet(size, kind, rows = size) {
  const squares = Array.from({ length: size * rows }, (_, k) =>
    svg("rect", { x: k % size, y: Math.floor(k / size), width: 1, height: 1 }),
  );
  const minuses = svg("path", { class: "minuses" });
  const node = svg(
    "g",
    { class: `sheet ${kind}` },
    svg("rect", { class: "paper", width: size, height: rows }),
    svg("g", { class: "pixels" }, ...squares),
    minuses,
    svg("rect", { class: "frame", width: size, height: rows }),
  );

  /**
   * Show values: `zero` is paper, `zero ± most` is full ink.
   * Where `known` is 0 the value is not shown yet.
   */
  const paint = (values, zero, most, known = null) => {
    let below = "";
    squares.forEach((square, k) => {
      const density = (values[k] - zero) / (most || 1);
      const shown = !known || known[k];
      const tone = !shown ? "unknown" : density < 0 ? "negative" : "positive";
      const opacity = shown ? Math.min(Math.abs(density), 1).toFixed(3) : "1";
      // Most pixels stay as they are from one frame to the next.
      if (square.getAttribute("class") !== tone) square.setAttribute("class", tone);
      if (square.getAttribute("fill-opacity") !== opacity)
        square.setAttribute("fill-opacity", opacity);
      if (shown && density < -0.1) {
        below += `M${(k % size) + 0.3} ${Math.floor(k / size) + 0.5}h.4`;
      }
    });
    minuses.setAttribute("d", below);
  };
  return { node, paint };
}
