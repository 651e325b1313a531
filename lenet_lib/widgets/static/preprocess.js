/**
 * MNIST's recipe: any drawing becomes a field of 28 × 28 pixels, scaled and centred.
 *
 * `lenet_lib/picture.py` does the same in Python, number by number.
 */

/** Pixels along an edge: of MNIST's field, and of the box that a digit fills in it. */
export const FIELD = 28;
export const BOX = 20;

/** Where the centre of mass goes: row and column 14 of the field, counted from 0. */
const MIDDLE = 14;

/** What counts as ink: half a step of 256 greys. Below it is rounding. */
const FAINTEST = 1 / 510;

/**
 * A centre of mass this near to the edge of a pixel counts as on it, so that rounding
 * does not decide where a symmetrical digit goes.
 */
const TIE = 1e-9;

/**
 * A picture in reading order: 0 is paper, 1 is full ink.
 * @typedef {{values: ArrayLike<number>, rows: number, columns: number}} Drawing
 */

/**
 * Put a drawing into MNIST's field.
 *
 * 1. Find the box of its ink.
 * 2. Scale it, keeping its proportions, so that its longer side is 20 pixels.
 * 3. Move it by whole pixels until its centre of mass is in row and column 14, or until
 *    it touches the edge of the field: nothing is cut.
 *
 * @param {ArrayLike<number>} ink rows × columns values from 0, paper, to 1, full ink
 * @param {number} rows
 * @param {number} columns
 * @param {Object} [steps] what to leave out
 * @param {boolean} [steps.scale] do 1 and 2; if not, the whole drawing, margins and
 *   all, is scaled to 28 pixels
 * @param {boolean} [steps.centre] do 3; if not, the middle of the box, or of the whole
 *   drawing, comes to the middle of the field
 * @returns {?Float64Array} 28 × 28 values from 0 to 1; null if there is no ink in them
 */
export function intoField(ink, rows, columns, { scale = true, centre = true } = {}) {
  const whole = { values: ink, rows, columns };
  const inked = scale ? inkBox(whole) : { top: 0, left: 0, rows, columns };
  if (!inked) return null;

  const small = shrunk(cutOut(whole, inked), scale ? BOX : FIELD);
  const box = inkBox(small);
  if (!box) return null;

  const digit = cutOut(small, box);
  const { top, left } = centre ? byMass(digit) : byMiddle(box, small);

  const field = new Float64Array(FIELD * FIELD);
  digit.values.forEach((value, k) => {
    const row = top + Math.floor(k / digit.columns);
    const column = left + (k % digit.columns);
    field[row * FIELD + column] = value;
  });
  return field;
}

/**
 * The smallest box that holds all ink.
 * @param {Drawing} drawing
 * @returns {?{top: number, left: number, rows: number, columns: number}}
 */
export function inkBox({ values, rows, columns }) {
  let [top, left, bottom, right] = [rows, columns, -1, -1];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (values[row * columns + column] > FAINTEST) {
        top = Math.min(top, row);
        left = Math.min(left, column);
        bottom = row; // rows come in order
        right = Math.max(right, column);
      }
    }
  }
  if (bottom < 0) return null;
  return { top, left, rows: bottom - top + 1, columns: right - left + 1 };
}

/** What lies within a box. @returns {Drawing} */
export function cutOut(drawing, { top, left, rows, columns }) {
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const from = (top + row) * drawing.columns + left;
    for (let column = 0; column < columns; column += 1) {
      values[row * columns + column] = drawing.values[from + column];
    }
  }
  return { values, rows, columns };
}

/**
 * A drawing scaled until a side of it, the longer one if left out, is so many pixels.
 *
 * A new pixel is a square of old ones, and their mean. Squares may cut old pixels in
 * parts, and those at the end may reach over the edge, where there is paper.
 *
 * @returns {Drawing}
 */
export function shrunk({ values, rows, columns }, pixels, side = Math.max(rows, columns)) {
  const step = side / pixels; // the side of a square
  const size = (length) => Math.ceil((length * pixels) / side);
  const down = shares(rows, size(rows), step);
  const across = shares(columns, size(columns), step);
  const lower = new Float64Array(down.length * columns); // first the rows, then all
  down.forEach((ofRows, i) => {
    for (const [row, high] of ofRows) {
      const [to, from] = [i * columns, row * columns];
      for (let k = 0; k < columns; k += 1) lower[to + k] += high * values[from + k];
    }
  });
  const means = new Float64Array(down.length * across.length);
  across.forEach((ofColumns, j) => {
    for (const [column, wide] of ofColumns) {
      for (let i = 0; i < down.length; i += 1) {
        means[i * across.length + j] += wide * lower[i * columns + column];
      }
    }
  });
  return { values: means, rows: down.length, columns: across.length };
}

/**
 * Along one edge, the old pixels in each of `count` new ones, and how much of the new
 * one each of them is: new pixel i reaches from i × step to (i + 1) × step.
 *
 * @returns {[number, number][][]} for each new pixel, its [old pixel, share] pairs
 */
function shares(length, count, step) {
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [i * step, (i + 1) * step];
    const pairs = [];
    for (let k = Math.floor(from); k < Math.min(to, length); k += 1) {
      pairs.push([k, (Math.min(to, k + 1) - Math.max(from, k)) / step]);
    }
    return pairs;
  });
}

/** Where in the field a digit starts if its centre of mass goes to the middle. */
export function byMass({ values, rows, columns }) {
  let [total, row, column] = [0, 0, 0];
  values.forEach((value, k) => {
    total += value;
    row += value * Math.floor(k / columns);
    column += value * (k % columns);
  });
  const start = (centre, length) => {
    const wanted = MIDDLE - Math.floor(centre + 0.5 + TIE);
    return Math.min(Math.max(wanted, 0), FIELD - length);
  };
  return { top: start(row / total, rows), left: start(column / total, columns) };
}

/** Where it starts if the middle of all that it was cut from goes there. */
function byMiddle(box, whole) {
  return {
    top: box.top + Math.floor((FIELD - whole.rows) / 2),
    left: box.left + Math.floor((FIELD - whole.columns) / 2),
  };
}
