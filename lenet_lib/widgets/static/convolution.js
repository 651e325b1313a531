/**
 * The arithmetic of one convolution, on plain arrays in reading order.
 */

/** Pixels along an edge: of the digit, of the window, and of the map. */
export const DIGIT = 28;
export const WINDOW = 5;
export const MAP = DIGIT - WINDOW + 1;

/** The largest weight that may be typed, either sign. */
export const HEAVIEST = 1000;

/**
 * The 25 pixels that the window sees.
 * @param {number[]} image 28 × 28 values
 * @param {number} row of the window's first pixel, 0 to 23
 * @param {number} column
 */
export function look(image, row, column) {
  const seen = [];
  for (let i = 0; i < WINDOW; i += 1) {
    const start = (row + i) * DIGIT + column;
    seen.push(...image.slice(start, start + WINDOW));
  }
  return seen;
}

/** The 25 products of pixels and weights. */
export const products = (pixels, weights) => pixels.map((x, k) => x * weights[k]);

/** Their sum. */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * The whole map: the same 25 weights at each of the 24 × 24 places.
 * @param {number[]} image 28 × 28 values
 * @param {number[]} weights 5 × 5 values
 */
export function convolve(image, weights) {
  const map = [];
  for (let row = 0; row < MAP; row += 1) {
    for (let column = 0; column < MAP; column += 1) {
      map.push(sum(products(look(image, row, column), weights)));
    }
  }
  return map;
}

/** The image moved by whole pixels; what comes in from outside is blank paper. */
export function shifted(image, down, right, paper) {
  return image.map((_, k) => {
    const row = Math.floor(k / DIGIT) - down;
    const column = (k % DIGIT) - right;
    const inside = row >= 0 && row < DIGIT && column >= 0 && column < DIGIT;
    return inside ? image[row * DIGIT + column] : paper;
  });
}

/**
 * A weight as people type it: "-1", "−1", "0.04", "0,04" or "1/25".
 * @param {string} text
 * @returns {number} NaN if it is none, or is out of range
 */
export function parseWeight(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".");
  const form = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\s*\/\s*(\d+\.?\d*))?$/i;
  const [, above, below = "1"] = form.exec(plain) ?? [];
  const value = Number(above) / Number(below);
  return Math.abs(value) <= HEAVIEST ? value : NaN;
}
