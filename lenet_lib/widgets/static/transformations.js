/**
 * What can befall a digit on its way: moved, turned, thickened, inverted, noisy.
 *
 * All work on 28 × 28 values, 0 for paper to 1 for ink, and leave them as they are
 * where a measure is 0.
 */

const EDGE = 28;
const CENTRE = (EDGE - 1) / 2;
const at = (field, row, column) =>
  row >= 0 && row < EDGE && column >= 0 && column < EDGE ? field[row * EDGE + column] : 0;

/**
 * @param {Float64Array} field
 * @param {{right: number, down: number, turn: number, thicken: number,
 *   invert: number, noise: number}} by pixels, pixels, degrees clockwise, pixels on
 *   either side, share, standard deviation
 * @returns {Float64Array}
 */
export function disturbed(field, by) {
  const moved = by.right || by.down || by.turn ? displaced(field, by) : field;
  const wide = by.thicken ? thickened(moved, by.thicken) : moved;
  return wide.map((ink, k) => {
    const grey = ink + by.invert * (1 - 2 * ink);
    return Math.min(Math.max(grey + by.noise * NOISE[k], 0), 1);
  });
}

/** Turned about the middle, then moved; between pixels, in proportion. */
function displaced(field, { right, down, turn }) {
  const angle = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return field.map((_, k) => {
    // Where the ink of this pixel comes from.
    const x = (k % EDGE) - CENTRE - right;
    const y = Math.floor(k / EDGE) - CENTRE - down;
    const column = cos * x + sin * y + CENTRE;
    const row = cos * y - sin * x + CENTRE;
    const [left, top] = [Math.floor(column), Math.floor(row)];
    const [i, j] = [row - top, column - left];
    return (
      (1 - i) * ((1 - j) * at(field, top, left) + j * at(field, top, left + 1)) +
      i * ((1 - j) * at(field, top + 1, left) + j * at(field, top + 1, left + 1))
    );
  });
}

/** Each pixel takes the most ink that is nearby; thinned, the most paper. */
function thickened(field, by) {
  if (by < 0) return thickened(field.map((ink) => 1 - ink), -by).map((v) => 1 - v);
  const reach = Math.ceil(by);
  const outside = field[0] > 0.5 ? 1 : 0; // what the picture's margin is made of
  return field.map((ink, k) => {
    const [row, column] = [Math.floor(k / EDGE), k % EDGE];
    let most = ink;
    for (let i = -reach; i <= reach; i += 1) {
      for (let j = -reach; j <= reach; j += 1) {
        const near = Math.min(Math.max(by + 1 - Math.hypot(i, j), 0), 1);
        const inside =
          row + i >= 0 && row + i < EDGE && column + j >= 0 && column + j < EDGE;
        const other = inside ? field[(row + i) * EDGE + column + j] : outside;
        most = Math.max(most, near * other);
      }
    }
    return most;
  });
}

/** The same noise each time, so that a slider changes nothing but its strength. */
const NOISE = (() => {
  let seed = 1998;
  const uniform = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  // Three uniform numbers add up to something close to a bell.
  return Float64Array.from({ length: EDGE * EDGE }, () =>
    2 * (uniform() + uniform() + uniform() - 1.5),
  );
})();
