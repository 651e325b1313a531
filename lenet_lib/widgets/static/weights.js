/**
 * The weights of a network, out of the text of the page.
 */

/** The bytes that a text in base64 stands for. */
export const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt());

/** Bytes in which a 0 and a count stand for so many zeros, spelt out. */
export function withZeros(bytes) {
  const values = [];
  for (let k = 0; k < bytes.length; k += 1) {
    if (bytes[k]) values.push(bytes[k]);
    else values.push(...Array(bytes[(k += 1)]).fill(0));
  }
  return Uint8Array.from(values);
}

/**
 * Whole numbers of 24 bits with a sign, lowest byte first, times the unit of their row.
 * @param {{units: string, bytes: string}} packed as `widgets/network_data.py` packs it
 * @returns {Float64Array}
 */
export function unpacked({ units, bytes }) {
  const unit = new Float64Array(bytesOf(units).buffer);
  const low = bytesOf(bytes);
  const values = new Float64Array(low.length / 3);
  const row = values.length / unit.length; // numbers in one
  for (let k = 0; k < values.length; k += 1) {
    const [a, b, c] = [low[3 * k], low[3 * k + 1], low[3 * k + 2]];
    const whole = ((c << 24) | (b << 16) | (a << 8)) >> 8; // >> keeps the sign
    values[k] = unit[Math.floor(k / row)] * whole;
  }
  return values;
}

/**
 * All weights by layer: "C1.weight" and "C1.bias" become C1: {weight, bias}.
 * @param {{key: string, tensors: Object|null}} held what a board has, or where its
 *   tensors are null, the key of weights that another board on the page has
 * @returns {Object|null} null if no board has them
 */
export function weightsOf({ key, tensors }) {
  tensors ??= elsewhere(key);
  if (!tensors) return null;
  const layers = {};
  for (const [name, packed] of Object.entries(tensors)) {
    const [layer, part] = name.split(".");
    (layers[layer] ??= {})[part] = unpacked(packed);
  }
  return layers;
}

/** The tensors of another board on this page. */
function elsewhere(key) {
  const boards = '[data-figure="drawing-board"] > script[type="application/json"]';
  for (const script of document.querySelectorAll(boards)) {
    const { weights } = JSON.parse(script.textContent);
    if (weights.key === key && weights.tensors) return weights.tensors;
  }
  return null;
}
