/**
 * The networks, from the input to the answer: what `lenet_lib/models.py` says in Python.
 *
 * A layer's states are `{maps, rows, columns, values}`: so many maps of rows × columns
 * numbers, in reading order, one map after the other. Weights lie in the same order: of
 * a convolution, 25 for each link between two maps, link after link.
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
 *
 * Sizes are those of one digit. On a longer line all maps are longer, and the outputs
 * are those of windows of 32 × 32 at every fourth column (1998, VII): in reading order,
 * first those of the first class at all windows.
 *
 * @param {Object} layers weights and biases by the layers' names
 * @param {ArrayLike<number>} pixels 32 × 32 or longer, coded: paper -0.1, ink 1.175
 */
export function lenet5({ C1, S2, C3, S4, C5, F6, output }, pixels) {
  const x = { input: image(pixels, 32) };
  x.C1 = squash(convolution(x.input, C1)); //              6 maps of 28 × 28
  x.S2 = squash(subsampling(x.C1, S2)); //                 6 maps of 14 × 14
  x.C3 = squash(convolution(x.S2, C3, LENET5_TABLE)); //  16 maps of 10 × 10
  x.S4 = squash(subsampling(x.C3, S4)); //                16 maps of 5 × 5
  x.C5 = squash(convolution(x.S4, C5)); //               120 maps of 1 × 1
  x.F6 = squash(pointwise(x.C5, F6)); //                  84 units
  x.output = distances(x.F6, output.codes); //            10 squared distances
  return x;
}

/** LeNet-1 (1990). The largest output wins, as in what follows. */
export function lenet1({ H1, H2, H3, H4, output }, pixels) {
  const x = { input: image(pixels, 28) };
  x.H1 = squash(convolution(x.input, H1)); //              4 maps of 24 × 24
  x.H2 = squash(subsampling(x.H1, H2)); //                 4 maps of 12 × 12
  x.H3 = squash(convolution(x.H2, H3, LENET1_TABLE)); //  12 maps of 8 × 8
  x.H4 = squash(subsampling(x.H3, H4)); //                12 maps of 4 × 4
  x.output = squash(full(x.H4, output)); //               10 units
  return x;
}

/** What most tutorials call LeNet-5. */
export function tutorialLenet5({ C1, C3, C5, F6, output }, pixels) {
  const x = { input: image(pixels, 28) };
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

const blank = (maps, rows, columns) => ({
  maps,
  rows,
  columns,
  values: new Float64Array(maps * rows * columns),
});

/** Pixels as a layer of one map. */
const image = (values, rows) => ({ maps: 1, rows, columns: values.length / rows, values });

/** A table in which each map reads all maps of the layer before. */
const dense = (reads, maps) => Array(maps).fill([...Array(reads).keys()]);

/** Each map adds up 5 × 5 windows of the maps that the table names, and a bias. */
export function convolution(x, { weight, bias }, table = dense(x.maps, bias.length)) {
  const y = blank(table.length, x.rows - 4, x.columns - 4);
  const { rows, columns, values: sums } = y;
  const states = x.values;
  let k = 0; // the weight whose turn it is
  table.forEach((sources, to) => {
    const map = to * rows * columns; // where this map begins
    sums.fill(bias[to], map, map + rows * columns);
    for (const from of sources) {
      for (let i = 0; i < 5; i += 1) {
        // A row of weights, shared by all places of the map.
        const [a, b, c] = [weight[k], weight[k + 1], weight[k + 2]];
        const [d, e] = [weight[k + 3], weight[k + 4]];
        k += 5;
        for (let row = 0; row < rows; row += 1) {
          let at = (from * x.rows + row + i) * x.columns;
          const end = map + (row + 1) * columns;
          for (let place = end - columns; place < end; place += 1, at += 1) {
            sums[place] +=
              a * states[at] +
              b * states[at + 1] +
              c * states[at + 2] +
              d * states[at + 3] +
              e * states[at + 4];
          }
        }
      }
    }
  });
  return y;
}

/**
 * What `combine` makes of each 2 × 2 square of each map: maps of half the size. A last
 * row or column that is left over falls away.
 */
function halved(x, combine) {
  const y = blank(x.maps, x.rows >> 1, x.columns >> 1);
  const { columns, values } = x;
  let k = 0;
  for (let map = 0; map < y.maps; map += 1) {
    for (let row = 0; row < y.rows; row += 1) {
      let a = (map * x.rows + 2 * row) * columns; // the first of the four
      for (let column = 0; column < y.columns; column += 1) {
        const below = a + columns;
        const four = [values[a], values[a + 1], values[below], values[below + 1]];
        y.values[k++] = combine(four, map);
        a += 2;
      }
    }
  }
  return y;
}

/** Trainable subsampling: a coefficient times the sum of four, and a bias. */
export const subsampling = (x, { weight, bias }) =>
  halved(x, ([a, b, c, d], map) => weight[map] * (a + b + c + d) + bias[map]);

/** Max pooling. */
export const largest = (x) => halved(x, (four) => Math.max(...four));

/** Each unit adds up all states of the layer before, weighted, and a bias. */
export function full({ values }, layer) {
  return pointwise({ maps: values.length, rows: 1, columns: 1, values }, layer);
}

/** The same at each place by itself, from all maps: a convolution of 1 × 1 windows. */
export function pointwise(x, { weight, bias }) {
  const y = blank(bias.length, x.rows, x.columns);
  const { values: states } = x;
  const places = x.rows * x.columns;
  for (let unit = 0; unit < bias.length; unit += 1) {
    const sums = y.values.subarray(unit * places, (unit + 1) * places).fill(bias[unit]);
    for (let map = 0; map < x.maps; map += 1) {
      const own = weight[unit * x.maps + map];
      const start = map * places;
      for (let k = 0; k < places; k += 1) sums[k] += own * states[start + k];
    }
  }
  return y;
}

/**
 * Squared distances at each place from the states to each code: codes of 84 signs, one
 * after the other.
 */
export function distances(x, codes) {
  const y = blank(codes.length / x.maps, x.rows, x.columns);
  const places = x.rows * x.columns;
  codes.forEach((sign, k) => {
    const [to, from] = [Math.floor(k / x.maps) * places, (k % x.maps) * places];
    for (let j = 0; j < places; j += 1) {
      y.values[to + j] += (x.values[from + j] - sign) ** 2;
    }
  });
  return y;
}

/** Maps with a frame of zeros. */
export function framed(x, border) {
  const y = blank(x.maps, x.rows + 2 * border, x.columns + 2 * border);
  for (let k = 0; k < x.values.length; k += 1) {
    const row = Math.floor(k / x.columns); // counted through all maps
    const map = Math.floor(row / x.rows);
    const start = (row + 2 * border * map + border) * y.columns + border;
    y.values[start + (k % x.columns)] = x.values[k];
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
