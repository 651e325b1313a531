/**
 * Lines over the input: the box that holds its ink, and where the ink's centre lies.
 */

import { html } from "./figure.js";

/**
 * @param {HTMLElement} place the input's bitmap
 * @param {{size: number, background: number, ink: number}} coding
 */
export function guides(place, { size, background, ink }) {
  const box = html("i", { class: "box" });
  const centre = html("i", { class: "centre" });
  place.append(box, centre);
  const node = html(
    "p",
    { class: "part" },
    "What the network gets. Dashed: the box of the ink; +: its centre of mass.",
  );

  const show = (pixels) => {
    let [top, left, bottom, right] = [size, size, -1, -1];
    let [mass, down, across] = [0, 0, 0];
    pixels.forEach((value, k) => {
      const grey = (value - background) / (ink - background);
      if (grey < 0.05) return;
      const [row, column] = [Math.floor(k / size), k % size];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
      [left, right] = [Math.min(left, column), Math.max(right, column)];
      mass += grey;
      down += grey * (row + 0.5);
      across += grey * (column + 0.5);
    });
    const share = (length) => `${(100 * length) / size}%`;
    box.hidden = centre.hidden = !mass;
    if (!mass) return;
    box.style.left = share(left);
    box.style.top = share(top);
    box.style.width = share(right - left + 1);
    box.style.height = share(bottom - top + 1);
    centre.style.left = share(across / mass);
    centre.style.top = share(down / mass);
  };
  return { node, show };
}
