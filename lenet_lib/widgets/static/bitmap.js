/**
 * Maps as bitmaps: one canvas pixel for each state, ink of more or less density.
 */

import { html } from "./figure.js";

/**
 * @param {number} columns
 * @param {number} rows
 * @returns {{node: HTMLElement, resize: function(number, number): void,
 *   paint: function(ArrayLike<number>, number, number, number): void,
 *   mark: function(Object|null): void}}
 */
export function bitmap(columns, rows) {
  const canvas = html("canvas");
  const context = canvas.getContext("2d");
  const frame = html("i", { class: "spot", hidden: "" });
  const node = html("span", { class: "bitmap", "aria-hidden": true }, canvas, frame);
  let image, pixels;

  /** Hold so many pixels. */
  const resize = (across, down) => {
    [columns, rows] = [across, down];
    [canvas.width, canvas.height] = [columns, rows];
    image = context.createImageData(columns, rows);
    pixels = new Uint32Array(image.data.buffer);
    node.style.aspectRatio = `${columns} / ${rows}`;
  };
  resize(columns, rows);

  /** Show values: `zero` is bare paper, `zero + span` full ink of the colour given. */
  const paint = (values, zero, span, ink) => {
    for (let k = 0; k < pixels.length; k += 1) {
      const density = Math.min(Math.max((values[k] - zero) / span, 0), 1);
      pixels[k] = ((255 * density + 0.5) << 24) | ink;
    }
    context.putImageData(image, 0, 0);
  };

  /** Frame some pixels: {top, left, width, height}, or null for none. */
  const mark = (box) => {
    frame.hidden = !box;
    if (!box) return;
    const share = (part, all) => `${(100 * part) / all}%`;
    frame.style.left = share(box.left, columns);
    frame.style.top = share(box.top, rows);
    frame.style.width = share(box.width, columns);
    frame.style.height = share(box.height, rows);
  };
  return { node, resize, paint, mark };
}

/** The colour of an element's text as a canvas wants it: blue, green, red from the top. */
export function inkOf(element) {
  const [red, green, blue] = getComputedStyle(element).color.match(/\d+/g).map(Number);
  return (blue << 16) | (green << 8) | red;
}
