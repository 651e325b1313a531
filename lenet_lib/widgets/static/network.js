/**
 * The networks, from the input to the answer: what `lenet_lib/models.py` says in Python.
 *
 * A layer's states are `{maps, size, values}`: so many maps of size × size numbers, in
 * reading order, one map after the other. Weights lie in the same order: of a
 * convolution, 25 for each link between two maps, link after link.
 */

/** LeNet-5's C3: the maps of S2 that each of its 16 maps reads (1998, Table I). */
export const LENET5_TABLE = [
  [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5],
  [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5],
  [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5],
  [0, 1, 2, 3, 4, 5],
];

/** LeNet-1's H3: the maps of H2 that each of its 12 maps reads (1990, Table 1). */
export const LENET1_TABLE = [
  [0], [0, 1], [0, 1], [1], [0, 1], [0, 1],
  [2], [2, 3], [2, 3], [3], [2, 3], [2, 3],
];

/**
 * LeNet-5 (1998): all its states for one digit. The smallest output wins.
 * @param {Object} layers weights and biases by the layers' names
 * @param {ArrayLike<number>} pixels 32 × 32, coded: paper -0.1, ink 1.175
 */
export function lenet5({ C1, S2, C3, S4, C5, F6, output }, pixels) {
  const x = { input: { maps: 1, size: 32, values: pixels } };
  x.C1 = squash(convolution(x.input, C1)); //              6 maps of 28 × 28
  x.S2 = squash(subsampling(x.C1, S2)); //                 6 maps of 14 × 14
  x.C3 = squash(convolution(x.S2, C3, LENET5_TABLE)); //  16 maps of 10 × 10
  x.S4 = squash(subsampling(x.C3, S4)); //                16 maps of 5 × 5
  x.C5 = squash(convolution(x.S4, C5)); //               120 maps of 1 × 1
  x.F6 = squash(full(x.C5, F6)); //                       84 units
  x.output = distances(x.F6, output.codes); //            10 squared distances
  return x;
}

/** LeNet-1 (1990). The largest output wins, as in what follows. */
export function lenet1({ H1, H2, H3, H4, output }, pixels) {
  const x = { input: { maps: 1, size: 28, values: pixels } };
  x.H1 = squash(convolution(x.input, H1)); //              4 maps of 24 × 24
  x.H2 = squash(subsampling(x.H1, H2)); //                 4 maps of 12 × 12
  x.H3 = squash(convolution(x.H2, H3, LENET1_TABLE)); //  12 maps of 8 × 8
  x.H4 = squash(subsampling(x.H3, H4)); //                12 maps of 4 × 4
  x.output = squash(full(x.H4, output)); //               10 units
  return x;
}

/** What most tutorials call LeNet-5. */
export function tutorialLenet5({ C1, C3, C5, F6, output }, pixels) {
  const x = { input: { maps: 1, size: 28, values: pixels } };
  x.C1 = rectify(convolution(framed(x.input, 2), C1)); //  6 maps of 28 × 28
  x.S2 = largest(x.C1); //                                 6 maps of 14 × 14
  x.C3 = rectify(convolution(x.S2, C3)); //               16 maps of 10 × 10
  x.S4 = largest(x.C3); //                                16 maps of 5 × 5
  x.C5 = rectify(full(x.S4, C5)); //                     120 units
  x.F6 = rectify(full(x.C5, F6)); //                      84 units
  x.output = full(x.F6, output); //                       10 units
  return x;
}

// ---- The layers ------------------------------------------------------------------

const blank = (maps, size) => ({
  maps,
  size,
  values: new Float64Array(maps * size * size),
});

/** A table in which each map reads all maps of the layer before. */
const dense = (reads, maps) => Array(maps).fill([...Array(reads).keys()]);

/** Each map adds up 5 × 5 windows of the maps that the table names, and a bias. */
export function convolution(x, { weight, bias }, table = dense(x.maps, bias.length)) {
  const y = blank(table.length, x.size - 4);
  const { size, values: sums } = y;
  const states = x.values;
  let k = 0; // the weight whose turn it is
  table.forEach((sources, to) => {
    const map = to * size ** 2; // where this map begins
    sums.fill(bias[to], map, map + size ** 2);
    for (const from of sources) {
      for (let i = 0; i < 5; i += 1) {
        for (let j = 0; j < 5; j += 1) {
          const shared = weight[k++]; // by all places of the map
          for (let row = 0; row < size; row += 1) {
            const start = (from * x.size + row + i) * x.size + j;
            for (let column = 0; column < size; column += 1) {
              sums[map + row * size + column] += shared * states[start + column];
            }
          }
        }
      }
    }
  });
  return y;
}

/** What `combine` makes of each 2 × 2 square of each map: maps of half the size. */
function halved(x, combine) {
  const y = blank(x.maps, x.size / 2);
  const { size, values } = x;
  for (let k = 0; k < y.values.length; k += 1) {
    const row = Math.floor(k / y.size); // counted through all maps
    const a = 2 * row * size + 2 * (k % y.size); // the first of the four
    const map = Math.floor(row / y.size);
    const below = a + size;
    const four = [values[a], values[a + 1], values[below], values[below + 1]];
    y.values[k] = combine(four, map);
  }
  return y;
}

/** Trainable subsampling: a coefficient times the sum of four, and a bias. */
export const subsampling = (x, { weight, bias }) =>
  halved(x, ([a, b, c, d], map) => weight[map] * (a + b + c + d) + bias[map]);

/** Max pooling. */
export const largest = (x) => halved(x, (four) => Math.max(...four));

/** Each unit adds up all states of the layer before, weighted, and a bias. */
export function full(x, { weight, bias }) {
  const y = blank(bias.length, 1);
  const states = x.values;
  let k = 0;
  for (let unit = 0; unit < bias.length; unit += 1) {
    let sum = bias[unit];
    for (let j = 0; j < states.length; j += 1) sum += weight[k++] * states[j];
    y.values[unit] = sum;
  }
  return y;
}

/** Squared distances from the states to each code: of 84 signs, one after the other. */
export function distances(x, codes) {
  const y = blank(codes.length / x.maps, 1);
  codes.forEach((sign, k) => {
    y.values[Math.floor(k / x.maps)] += (x.values[k % x.maps] - sign) ** 2;
  });
  return y;
}

/** Maps with a frame of zeros. */
export function framed(x, border) {
  const y = blank(x.maps, x.size + 2 * border);
  for (let k = 0; k < x.values.length; k += 1) {
    const row = Math.floor(k / x.size) % x.size;
    const map = Math.floor(k / x.size ** 2);
    const start = (map * y.size + row + border) * y.size + border;
    y.values[start + (k % x.size)] = x.values[k];
  }
  return y;
}

/** The scaled hyperbolic tangent, A tanh(S a). It changes the states in place. */
export function squash(x) {
  const { values } = x;
  for (let k = 0; k < values.length; k += 1) {
    values[k] = 1.7159 * Math.tanh((2 / 3) * values[k]);
  }
  return x;
}

/** ReLU, in place as well. */
export function rectify(x) {
  x.values.forEach((a, k) => (x.values[k] = Math.max(a, 0)));
  return x;
}
