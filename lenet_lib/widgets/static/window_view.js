/**
 * One window of a line: its pixels, and the outputs of the network there.
 */

import { bitmap, inkOf } from "./bitmap.js";
import { html, write } from "./figure.js";
import { nameOf } from "./line_view.js";
import { NOTHING } from "./viterbi.js";
import { HEIGHT, STRIDE } from "./writing.js";

/** The bars' full height: a distance as long as this. */
const FULL_BAR = 120;

/**
 * @param {number} classes outputs of the network: 10, or 11 with the blank
 */
export function windowView(classes) {
  const picture = bitmap(HEIGHT, HEIGHT);
  const title = html("p", { class: "part" });
  const bars = Array.from({ length: classes }, (_, k) => {
    const [bar, value] = [html("i"), html("span", { class: "value" })];
    const name = html("b", {}, k === NOTHING ? "blank" : nameOf(k));
    const node = html("li", {}, html("span", { class: "column" }, bar), value, name);
    return { node, bar, value };
  });
  const node = html(
    "div",
    { class: "window" },
    title,
    picture.node,
    html("ul", { class: "bars" }, ...bars.map((each) => each.node)),
    html("p", { class: "part rule" }, "squared distance of F6 to each code: the smallest wins"),
  );

  /**
   * @param {number} step
   * @param {{columns: number, values: ArrayLike<number>}} written
   * @param {ArrayLike<number>} outputs of all classes at all steps
   * @param {number} steps
   */
  const show = (step, { columns, values }, outputs, steps) => {
    const left = STRIDE * step;
    const pixels = Array.from({ length: HEIGHT * HEIGHT }, (_, k) => {
      const [row, column] = [Math.floor(k / HEIGHT), k % HEIGHT];
      return values[row * columns + left + column];
    });
    picture.paint(pixels, 0, 1, inkOf(node));
    write(title, titleOf(step, steps));
    const distances = bars.map((_, k) => outputs[k * steps + step]);
    const best = Math.min(...distances);
    bars.forEach(({ node: item, bar, value }, k) => {
      bar.style.transform = `scaleY(${Math.min(distances[k] / FULL_BAR, 1)})`;
      write(value, distances[k].toFixed(distances[k] < 9.95 ? 1 : 0));
      item.classList.toggle("best", distances[k] === best);
    });
  };
  return { node, show };
}

/** "Window 3 of 27: columns 8 to 39 of the line". */
function titleOf(step, steps) {
  const left = STRIDE * step;
  return `Window ${step + 1} of ${steps}: columns ${left} to ${left + HEIGHT - 1} of the line`;
}
