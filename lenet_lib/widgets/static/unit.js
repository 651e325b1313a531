/**
 * What made one unit of a layer: the states that it reads, its weights, their products.
 */

/**
 * @param {Object[]} layers what each layer is, from the input on: see
 *   `described` in `widgets/network_data.py`
 * @param {Object} states what the network gave, by layer
 * @param {Object} weights of all layers
 * @param {{layer: number, map: number, row: number, column: number}} unit
 * @returns {{edge: number, sources: number[], read: number[], weights: number[],
 *   products: number[], bias: number, sum: number, state: number}} the numbers in
 *   windows of edge × edge, one for each source map
 */
export function madeOf(layers, states, weights, { layer, map, row, column }) {
  const { name, kind, size } = layers[layer];
  const state = states[name].values[(map * size + row) * size + column];
  if (kind === "input") return { edge: 1, sources: [], read: [], state };
  const before = states[layers[layer - 1].name];
  const window = windowOf(layers, { layer, row, column });
  const sources = sourcesOf(layers, layer, map);
  const read = sources.flatMap((from) => look(before, from, window));
  const made = { edge: window.edge, sources, read, state };
  if (kind === "maximum") return { ...made, sum: Math.max(...read) };
  const own = weights[name];
  if (kind === "distances") {
    const code = [...own.codes.subarray(map * read.length, (map + 1) * read.length)];
    const products = read.map((x, k) => (x - code[k]) ** 2);
    return { ...made, weights: code, products, bias: 0, sum: total(products) };
  }
  const first = firstOf(layers[layer], map, read.length);
  const shared =
    kind === "subsampling"
      ? read.map(() => own.weight[map])
      : [...own.weight.subarray(first, first + read.length)];
  const products = read.map((x, k) => x * shared[k]);
  const bias = own.bias[map];
  return { ...made, weights: shared, products, bias, sum: total(products) + bias };
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

/** Where the weights of a map begin among those of its layer. */
function firstOf({ table }, map, length) {
  if (!table) return map * length;
  return 25 * table.slice(0, map).reduce((links, reads) => links + reads.length, 0);
}

/** The maps that a map reads. */
export function sourcesOf(layers, layer, map) {
  const { kind, table } = layers[layer];
  if (table) return table[map];
  if (kind === "subsampling" || kind === "maximum") return [map];
  return [...Array(layers[layer - 1].maps).keys()];
}

/** The window that a unit sees in the maps of the layer before. */
export function windowOf(layers, { layer, row, column }) {
  const { kind, padding } = layers[layer];
  if (kind === "convolution") {
    return { top: row - padding, left: column - padding, edge: 5 };
  }
  if (kind === "subsampling" || kind === "maximum") {
    return { top: 2 * row, left: 2 * column, edge: 2 };
  }
  return { top: 0, left: 0, edge: layers[layer - 1].size };
}

/** A window's states, row by row; 0 where it hangs over the border. */
function look({ rows, columns, values }, map, { top, left, edge }) {
  return Array.from({ length: edge * edge }, (_, k) => {
    const row = top + Math.floor(k / edge);
    const column = left + (k % edge);
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    return inside ? values[(map * rows + row) * columns + column] : 0;
  });
}

/** What a unit sees of the input, through all the layers before it. */
export function fieldOf(layers, { layer, row, column }) {
  let [top, left, bottom, right] = [row, column, row, column];
  for (let k = layer; k > 0; k -= 1) {
    const first = windowOf(layers, { layer: k, row: top, column: left });
    const last = windowOf(layers, { layer: k, row: bottom, column: right });
    [top, left] = [first.top, first.left];
    [bottom, right] = [last.top + last.edge - 1, last.left + last.edge - 1];
  }
  const last = layers[0].size - 1; // what lies beyond is no pixel of the input
  [top, left] = [Math.max(top, 0), Math.max(left, 0)];
  [bottom, right] = [Math.min(bottom, last), Math.min(right, last)];
  return { top, left, width: right - left + 1, height: bottom - top + 1 };
}
