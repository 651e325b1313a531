/**
 * A line, and below it, place by place, what the network and the grammar make of it.
 */

import { bitmap, inkOf } from "./bitmap.js";
import { clamp, html, svg } from "./figure.js";
import { CLASSES, NOTHING, likeliest } from "./viterbi.js";
import { HEIGHT, STRIDE } from "./writing.js";

/** A short line takes a part of the width only, lest it jump with every stroke. */
const USUAL = 144;

/** What a class is called. */
export const nameOf = (k) => (k === NOTHING ? "none" : String(k));

/** Where, in pixels of the line, the middle of a step's window is. */
const middleOf = (step) => HEIGHT / 2 + STRIDE * step;

/**
 * @param {function(number)} pointed called with the step that the reader points at
 */
export function lineView(pointed) {
  const strip = bitmap(HEIGHT, HEIGHT);
  const table = bitmap(1, CLASSES);
  const line = svg("polyline");
  const path = svg("svg", { class: "path", preserveAspectRatio: "none" }, line);
  const heat = html("div", { class: "heat" }, table.node, path);
  const winners = html("div", { class: "winners" });
  const string = html("div", { class: "string" });
  const field = html(
    "div",
    {
      class: "field",
      tabindex: 0,
      role: "slider",
      "aria-label": "Window on the line. Arrow keys move it.",
      "aria-valuemin": 1,
    },
    strip.node,
    heat,
    winners,
    string,
  );
  const names = Array.from({ length: CLASSES }, (_, k) => html("span", {}, nameOf(k)));
  const node = html(
    "div",
    { class: "line" },
    html("div", { class: "names", "aria-hidden": true }, ...names),
    field,
  );
  let span = USUAL; // pixels of the line that the field's width stands for
  let steps = 1;
  let here = 0;

  const share = (pixels) => `${(100 * pixels) / span}%`;
  const put = (each, left, width) => {
    each.style.left = share(left);
    each.style.width = share(width);
  };

  /**
   * @param {{columns: number, values: ArrayLike<number>}} written from paper, 0, to 1
   * @param {Float64Array} shares the posterior of all classes at all steps
   * @param {?Object} found the path, see `viterbi.js`
   */
  const show = (written, shares, found) => {
    steps = shares.length / CLASSES;
    span = Math.max(written.columns, USUAL);
    strip.resize(written.columns, HEIGHT);
    strip.paint(written.values, 0, 1, inkOf(field));
    strip.node.style.width = share(written.columns);
    table.resize(steps, CLASSES);
    table.paint(shares, 0, 1, inkOf(heat));
    put(heat, middleOf(0) - STRIDE / 2, STRIDE * steps);
    path.setAttribute("viewBox", `0 0 ${steps} ${CLASSES}`);
    const classes = found?.classes ?? [];
    const corners = classes.map((k, step) => `${step + 0.5},${k + 0.5}`);
    line.setAttribute("points", corners.join(" "));
    const letters = Array.from({ length: steps }, (_, step) => winner(step, shares));
    winners.replaceChildren(...letters);
    string.replaceChildren(...(found?.places ?? []).map((_, k) => digit(found, k)));
    field.setAttribute("aria-valuemax", steps);
  };

  /** The best class of a step, below it. */
  const winner = (step, shares) => {
    const best = likeliest(shares, step);
    const letter = html("span", {}, best === NOTHING ? "·" : String(best));
    put(letter, middleOf(step) - STRIDE / 2, STRIDE);
    return letter;
  };

  /** A digit that was read, under the places that it holds. */
  const digit = ({ text, places, sure }, k) => {
    const [first, last] = places[k];
    const numeral = html("b", { class: sure[k] ? "" : "guess" }, text[k]);
    put(numeral, middleOf(first) - STRIDE / 2, STRIDE * (last - first + 1));
    return numeral;
  };

  /** Frame the window of a step, and say something of it to those who cannot see. */
  const mark = (step, words) => {
    here = step;
    strip.mark({ left: STRIDE * step, top: 0, width: HEIGHT, height: HEIGHT });
    table.mark({ left: step, top: 0, width: 1, height: CLASSES });
    field.setAttribute("aria-valuenow", step + 1);
    field.setAttribute("aria-valuetext", words);
  };

  const go = (step) => {
    const next = clamp(step, 0, steps - 1);
    if (next !== here) pointed(next);
  };
  const follow = (event) => {
    const box = field.getBoundingClientRect();
    const pixel = ((event.clientX - box.left) / box.width) * span;
    go(Math.round((pixel - middleOf(0)) / STRIDE));
  };
  field.addEventListener("pointermove", follow);
  field.addEventListener("pointerdown", follow);
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const next = {
      ArrowLeft: here - 1,
      ArrowDown: here - 1,
      ArrowRight: here + 1,
      ArrowUp: here + 1,
      PageDown: here - 4,
      PageUp: here + 4,
      Home: 0,
      End: steps - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    go(next);
  });
  return { node, show, mark };
}
