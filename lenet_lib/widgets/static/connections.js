/**
 * What a connection table says, in words and counts.
 */

import { number } from "./figure.js";

/** "S2.0, 1, 2" */
const list = (layer, maps, first) =>
  `${layer}.${maps.map((map) => map + first).join(", ")}`;

/** "4 × 25", on one line. */
const times = (one, other) => `${number(one)}\u00a0×\u00a0${number(other)}`;

const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

/** The same table seen from the other side: for each source map, what reads it. */
export function readersOf(table, sources) {
  return Array.from({ length: sources }, (_, source) =>
    table.flatMap((reads, target) => (reads.includes(source) ? [target] : [])),
  );
}

/**
 * The sentence about a map, or about the whole table.
 * @param {Object} data the figure's, and `readers`, the table from the other side
 * @param {?{layer: "source"|"target", map: number}} map
 */
export function describe(data, map) {
  const { table, readers, source, target, first, weights } = data;
  if (!map) {
    const links = table.flat().length;
    const total = number(links * weights + table.length);
    return (
      `${plural(links, "link")}: ${times(links, weights)} weights + ` +
      `${number(table.length)} biases = ${total} parameters.`
    );
  }
  const name = `${map.layer === "target" ? target : source}.${map.map + first}`;
  if (map.layer === "target") {
    const reads = table[map.map];
    const total = number(reads.length * weights + 1);
    return (
      `${name} reads ${list(source, reads, first)}: ${plural(reads.length, "link")}, ` +
      `${times(reads.length, weights)} weights + 1 bias = ${total} parameters.`
    );
  }
  const fed = readers[map.map];
  if (!fed.length) return `${name} feeds no map of ${target}.`;
  return (
    `${name} feeds ${list(target, fed, first)}: ${plural(fed.length, "link")}, ` +
    `${times(fed.length, weights)} = ${number(fed.length * weights)} weights.`
  );
}
