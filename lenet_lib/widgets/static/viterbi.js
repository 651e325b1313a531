/**
 * From the outputs of a sweep to a string.
 *
 * `lenet_lib/strings/reading.py`, `grammar.py` and `viterbi.py` do the same in Python.
 */

/** The class of a place where no digit stands in the middle. */
export const NOTHING = 10;

/** Ten digits, and nothing. */
export const CLASSES = 11;

/**
 * What each class costs at each place: minus the logarithm of its posterior. Blank and
 * rubbish both mean that there is none of the digits, and count as one.
 * @param {ArrayLike<number>} penalties of 10 digits, or of these and the blank, each at
 *   all steps
 * @param {number} steps
 * @param {number} j penalty of the rubbish class
 * @returns {Float64Array} 11 × steps
 */
export function losses(penalties, steps, j) {
  const table = new Float64Array(CLASSES * steps);
  const classes = penalties.length / steps;
  for (let step = 0; step < steps; step += 1) {
    const logs = Array.from({ length: classes }, (_, k) => -penalties[k * steps + step]);
    logs.push(-j);
    const all = logOfSum(logs);
    const none = logOfSum(logs.slice(NOTHING));
    for (let k = 0; k < NOTHING; k += 1) table[k * steps + step] = all - logs[k];
    table[NOTHING * steps + step] = all - none;
  }
  return table;
}

function logOfSum(logs) {
  const most = Math.max(...logs); // its exponential is 1, and none overflows
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
}

/**
 * The classes at all steps, what they spell, and each digit's first and last step.
 * @typedef {{classes: number[], text: string, places: [number, number][]}} Path
 */

/**
 * The cheapest path that spells so many digits.
 *
 * Paths are blank* d+ blank* d+ ... d+ blank*: a digit holds for one step or for
 * several, and two equal digits need a blank between them.
 *
 * @param {ArrayLike<number>} table 11 × steps, what each class costs
 * @param {number} steps
 * @param {number} digits
 * @returns {?Path} null if no such path is as short as the line
 */
export function viterbi(table, steps, digits) {
  // A state is a class and how many digits have begun: none, as yet, and the blank;
  // then for each number the ten digits, and the blank that comes after them.
  const states = CLASSES * digits + 1;
  const classOf = (state) => (state ? (state - 1) % CLASSES : NOTHING);
  const numberOf = (state) => Math.ceil(state / CLASSES);
  const before = Array.from({ length: states }, (_, state) => {
    const first = state - ((state - 1) % CLASSES); // of its number
    const range = (from, to) => Array.from({ length: to - from }, (_, k) => from + k);
    if (!state) return [0];
    if (classOf(state) === NOTHING) return range(first, state + 1);
    if (numberOf(state) === 1) return [0, state];
    const previous = range(first - CLASSES, first);
    return [...previous.filter((each) => classOf(each) !== classOf(state)), state];
  });
  let total = Float64Array.from({ length: states }, (_, state) =>
    state < CLASSES ? table[classOf(state) * steps] : Infinity,
  );
  const cameFrom = [];
  for (let step = 1; step < steps; step += 1) {
    const best = before.map((ways) => cheapest(ways, total));
    total = total.map((_, s) => total[best[s]] + table[classOf(s) * steps + step]);
    cameFrom.push(best);
  }
  const last = Array.from({ length: CLASSES }, (_, k) => states - CLASSES + k);
  const path = [cheapest(last, total)];
  if (total[path[0]] === Infinity) return null;
  for (const best of cameFrom.reverse()) path.unshift(best[path[0]]);
  return spelt(path.map(classOf), path.map(numberOf));
}

/** The class with the largest of all shares at a step. */
export function likeliest(shares, step) {
  const steps = shares.length / CLASSES;
  const all = Array.from({ length: CLASSES }, (_, k) => shares[k * steps + step]);
  return all.indexOf(Math.max(...all));
}

/** The one of these states that is reached at the lowest cost; of equals, the first. */
function cheapest(states, total) {
  let best = states[0];
  for (const state of states) if (total[state] < total[best]) best = state;
  return best;
}

/**
 * The best class at each step, whatever they spell: runs of a digit are one digit. It is
 * the cheapest path where any number of digits will do.
 * @returns {Path}
 */
export function naive(table, steps) {
  const gains = table.map((loss) => -loss);
  const classes = Array.from({ length: steps }, (_, step) => likeliest(gains, step));
  let number = 0;
  const numbers = classes.map((k, step) => (number += k !== classes[step - 1]));
  return spelt(classes, numbers);
}

/** A path in full: digits of one number, step after step, are one digit. */
function spelt(classes, numbers) {
  const digits = new Map(); // what is known of each, by its number
  classes.forEach((k, step) => {
    if (k === NOTHING) return;
    const digit = digits.get(numbers[step]) ?? { k, first: step };
    digits.set(numbers[step], { ...digit, last: step });
  });
  const found = [...digits.values()];
  return {
    classes,
    text: found.map(({ k }) => k).join(""),
    places: found.map(({ first, last }) => [first, last]),
  };
}
