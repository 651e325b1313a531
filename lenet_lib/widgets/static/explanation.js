/**
 * How one unit came about: what it reads, its weights, their products, and the sum.
 */

import { bitmap } from "./bitmap.js";
import { html, number, svg } from "./figure.js";
import { sheet } from "./pixels.js";
import { fieldOf, madeOf } from "./unit.js";

const INVITATION = "Point at any pixel of a map, or go there by key, to see what made it.";

/** Windows stand in rows that make a sheet about square. */
function windowsInRow(count) {
  if (count === 84) return 7; // a picture of 7 × 12
  let columns = Math.ceil(Math.sqrt(count));
  while (count % columns) columns += 1;
  return columns;
}

/** Numbers that lie window after window, in reading order of the sheet of windows. */
function arranged(values, edge, columns) {
  const width = edge * columns;
  const sorted = [];
  values.forEach((value, k) => {
    const window = Math.floor(k / edge ** 2);
    const row = Math.floor(window / columns) * edge + Math.floor((k % edge ** 2) / edge);
    sorted[row * width + (window % columns) * edge + (k % edge)] = value;
  });
  return sorted;
}

const most = (values) => Math.max(...values.map(Math.abs));

/**
 * @param {Object} data the board's
 * @param {Object} weights by layer
 */
export function explanation(data, weights) {
  const { layers, coding } = data;
  const input = bitmap(coding.size, coding.size);
  const title = html("p", { class: "part" });
  const words = html("p", { class: "words" });
  const sheets = html("div", { class: "sheets" });
  const shown = (name, picture) =>
    html("div", { class: "shown" }, picture, html("span", {}, name));
  const seen = shown("its field in the input", input.node);
  const node = html("div", { class: "explanation" }, title, seen, sheets, words);
  const invitation = html("p", { class: "invitation part" }, INVITATION);

  const picture = (name, values, kind, edge, columns) => {
    const [wide, high] = [edge * columns, values.length / (edge * columns)];
    const pixels = sheet(wide, kind, high);
    const values2 = arranged(values, edge, columns);
    pixels.paint(values2, 0, most(values) || 1);
    const lines = [];
    for (let k = edge; edge > 1 && k < wide; k += edge) lines.push(`M${k} 0v${high}`);
    for (let k = edge; edge > 1 && k < high; k += edge) lines.push(`M0 ${k}h${wide}`);
    const drawing = svg(
      "svg",
      { viewBox: `0 0 ${wide} ${high}`, "aria-hidden": true },
      pixels.node,
      svg("path", { class: "lines", d: lines.join("") }),
    );
    return shown(name, drawing);
  };
  const sign = (text) => html("span", { class: "sign", "aria-hidden": true }, text);

  /** Tell of a unit, or invite to point at one. Gives what it tells. */
  function show(unit, states, ink) {
    node.hidden = !unit;
    if (!unit) return "";
    const layer = layers[unit.layer];
    const made = madeOf(layers, states, weights, unit);
    const place = layer.size > 1 ? `, row ${unit.row}, column ${unit.column}` : "";
    title.textContent = `${layer.name}.${unit.map}${place}`;
    input.paint(states.input.values, coding.background, coding.ink - coding.background, ink);
    input.mark(fieldOf(layers, unit));
    if (layer.kind === "input") {
      sheets.replaceChildren();
      words.textContent =
        `The pixel is ${number(made.state)}, where ${number(coding.background)} is ` +
        `paper and ${number(coding.ink, 3)} is ink.`;
      return `${title.textContent}: ${words.textContent}`;
    }
    const columns = windowsInRow(made.read.length / made.edge ** 2);
    const draw = (name, values, kind) => picture(name, values, kind, made.edge, columns);
    const before = layers[unit.layer - 1];
    const parts = [draw(`${before.name} says`, made.read, "signed")];
    if (layer.kind === "distances") {
      parts.push(sign("−"), draw(`code of ${unit.map}`, made.weights, "signed"));
      parts.push(sign("→"), draw("squared", made.products, "signed"));
    } else if (made.products) {
      parts.push(sign("×"), draw("weights", made.weights, "signed"));
      parts.push(sign("="), draw("products", made.products, "signed"));
    }
    sheets.replaceChildren(...parts);
    words.textContent = sumUp(layer, made);
    return `${title.textContent}: ${words.textContent}`;
  }

  show(null);
  return { node, invitation, show };
}

/** From the products to the state, as a sentence. */
function sumUp({ kind }, { read, sum, bias, state }) {
  if (kind === "maximum") return `The largest of the four is ${number(state)}.`;
  if (kind === "distances") {
    return `The ${read.length} squared differences add up to ${number(sum)}.`;
  }
  const squashed =
    Math.abs(sum - state) > 1e-9 ? `, squashed to ${number(state)}` : "";
  return (
    `The ${read.length} products and the bias ${number(bias)} ` +
    `add up to ${number(sum)}${squashed}.`
  );
}
