/**
 * A number that somebody wrote, made into a line that LeNet-5 can be swept over.
 *
 * `lenet_lib/strings/writing.py` does the same in Python, number by number.
 */

import { BOX, FIELD, byMass, cutOut, inkBox, shrunk } from "./preprocess.js";

/** Pixels: a line's height, and the paper about MNIST's field in it. */
export const HEIGHT = 32;
const FRAME = 2;

/** Paper before and after the writing: half a window. */
const MARGIN = 16;

/** Windows lie so many pixels apart. */
export const STRIDE = 4;

/** The longest writing. */
const LONGEST = 208;

/**
 * Put writing into a line of 32 rows, with paper all around.
 *
 * Its ink is scaled to a height of 20 pixels, and stands with its centre of mass in row
 * 16. Half a window of paper comes before and after it, and up to 3 pixels more.
 *
 * @param {ArrayLike<number>} ink rows × columns values from 0, paper, to 1, full ink
 * @param {number} rows
 * @param {number} columns
 * @param {boolean} [scale] if not, the whole drawing is scaled to 28 pixels, MNIST's
 *   field, and stays in its rows
 * @returns {?{values: Float64Array, rows: number, columns: number}} null without ink
 */
export function intoLine(ink, rows, columns, scale = true) {
  const whole = { values: ink, rows, columns };
  const inked = inkBox(whole);
  if (!inked) return null;
  const isLong = inked.columns * BOX > inked.rows * LONGEST;
  const small = !scale
    ? shrunk(whole, FIELD, rows)
    : isLong
      ? shrunk(cutOut(whole, inked), LONGEST, inked.columns)
      : shrunk(cutOut(whole, inked), BOX, inked.rows);
  const box = inkBox(small);
  if (!box) return null;
  const writing = cutOut(small, box);
  const top = FRAME + (scale ? byMass(writing).top : box.top);
  const width = Math.ceil((writing.columns + 2 * MARGIN) / STRIDE) * STRIDE;
  const line = new Float64Array(HEIGHT * width);
  writing.values.forEach((value, k) => {
    const row = top + Math.floor(k / writing.columns);
    line[row * width + MARGIN + (k % writing.columns)] = value;
  });
  return { values: line, rows: HEIGHT, columns: width };
}

/** Paper alone, as wide as one window. */
export const blankLine = () => ({
  values: new Float64Array(HEIGHT * HEIGHT),
  rows: HEIGHT,
  columns: HEIGHT,
});
