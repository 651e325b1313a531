/**
 * From a picture of 28 × 28 to what a network reads: `InputCoding` of `lenet_lib/data.py`.
 */

/**
 * @param {ArrayLike<number>} field 28 × 28 values, 0 for paper to 1 for ink
 * @param {{size: number, background: number, ink: number, box: number|null}} coding
 * @returns {Float64Array} size × size values
 */
export function coded(field, { size, background, ink, box }) {
  const small = box ?? Math.min(size, 28); // the edge of the picture itself
  const picture = reduced(box ? inTheMiddle(field) : field, small);
  const values = new Float64Array(size * size).fill(background);
  const before = Math.floor((size - small) / 2);
  picture.forEach((grey, k) => {
    const row = before + Math.floor(k / small);
    values[row * size + before + (k % small)] = background + grey * (ink - background);
  });
  return values;
}

/** The 20 × 20 pixels around the middle of the ink; paper where they hang over. */
function inTheMiddle(field) {
  const inked = { rows: [], columns: [] };
  field.forEach((grey, k) => {
    if (grey > 0) inked.rows.push(Math.floor(k / 28));
    if (grey > 0) inked.columns.push(k % 28);
  });
  const start = (places) => {
    if (!places.length) return 4; // the middle
    return Math.floor((Math.min(...places) + Math.max(...places) + 1) / 2) - 10;
  };
  const [top, left] = [start(inked.rows), start(inked.columns)];
  return Float64Array.from({ length: 400 }, (_, k) => {
    const [row, column] = [top + Math.floor(k / 20), left + (k % 20)];
    const inside = row >= 0 && row < 28 && column >= 0 && column < 28;
    return inside ? field[row * 28 + column] : 0;
  });
}

/** A square picture on fewer pixels: bilinear, over as many pixels as fall on one. */
function reduced(picture, size) {
  const from = Math.sqrt(picture.length);
  if (from === size) return picture;
  const shares = sharesOf(from, size);
  const values = new Float64Array(size * size);
  for (let k = 0; k < values.length; k += 1) {
    for (const [row, down] of shares[Math.floor(k / size)]) {
      for (const [column, right] of shares[k % size]) {
        values[k] += down * right * picture[row * from + column];
      }
    }
  }
  return values;
}

/** For each new pixel of a line, the old ones that it averages and their shares. */
function sharesOf(from, size) {
  const scale = from / size;
  return Array.from({ length: size }, (_, k) => {
    const centre = (k + 0.5) * scale;
    const near = [...Array(from).keys()]
      .map((pixel) => [pixel, 1 - Math.abs(pixel + 0.5 - centre) / scale])
      .filter(([, share]) => share > 0);
    const total = near.reduce((sum, [, share]) => sum + share, 0);
    return near.map(([pixel, share]) => [pixel, share / total]);
  });
}
