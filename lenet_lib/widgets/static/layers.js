/**
 * All layers of a network, one below the other, and a way to point at any unit.
 */

import { bitmap } from "./bitmap.js";
import { clamp, html } from "./figure.js";
import { outputsView } from "./outputs.js";

const WORDS = {
  convolution: "convolution of windows of 5 × 5",
  subsampling: "subsampling, squares of 2 × 2 added up",
  maximum: "max pooling, the largest of 2 × 2",
  full: "full connection to all before it",
};

/** How many units stand in a row where a layer has no maps. */
const COLUMNS = { 120: 40, 84: 42 };

/** What the states of a layer lie between, for its greys: [paper, ink]. */
function reach({ kind }, network, coding, values) {
  if (kind === "input") return [coding.background, coding.ink];
  if (network !== "TutorialLeNet5") return [-1.7159, 1.7159];
  return [0, Math.max(1, ...values)];
}

/**
 * @param {Object} data the board's: `network`, `layers`, `coding`, `codes`
 * @param {function(Object|null, boolean)} pointed called with the unit that the reader
 *   points at ({layer, map, row, column}), and whether by key
 */
export function layersView(data, pointed) {
  return data.layers.map((layer, index) => {
    const point = (unit, byKey) => pointed(unit && { layer: index, ...unit }, byKey);
    if (layer.name === "output") return outputsView(data, point);
    return layerView(data, layer, point);
  });
}

function layerView(data, layer, pointed) {
  const { network, coding, layers } = data;
  const { name, kind, maps, size, colour } = layer;
  const next = layers[layers.indexOf(layer) + 1];
  const asPicture = next.kind === "distances"; // F6 looks like a code
  const columns = size > 1 ? size : asPicture ? 7 : COLUMNS[maps] ?? maps;
  const rows = size > 1 ? size : maps / columns;
  const sheets = Array.from({ length: size > 1 ? maps : 1 }, () =>
    bitmap(columns, rows),
  );
  const grid = html("div", { class: "maps" }, ...sheets.map((sheet) => sheet.node));
  const nearest = asPicture ? bitmap(columns, rows) : null;
  grid.style.setProperty("--maps", sheets.length);
  grid.style.setProperty("--across", sheets.length > 6 ? 8 : 3); // on a phone
  const many = maps > 1 ? `${maps} maps, ` : "";
  const what = size > 1 ? `${many}${size} × ${size}` : `${maps} units`;
  const how = asPicture ? "and the nearest code" : WORDS[kind];
  const focus = html(
    "div",
    {
      class: "units",
      tabindex: 0,
      role: "application",
      "aria-label": `${name}, ${what}. Arrow keys go from unit to unit and say what made it.`,
    },
    grid,
  );
  const node = html(
    "section",
    { class: `layer ${colour.split(" ")[0]} ${asPicture ? "picture" : ""}` },
    html(
      "p",
      { class: "part" },
      html("b", {}, name),
      html("span", {}, ` ${what.replaceAll(" × ", "\u00a0×\u00a0")}`),
      html("span", { class: "how" }, how ? ` · ${how}` : ""),
    ),
    focus,
    nearest ? nearest.node : "",
  );

  /** The unit at a pixel of a sheet. */
  const unitAt = (sheet, row, column) =>
    size > 1
      ? { map: sheet, row, column }
      : { map: row * columns + column, row: 0, column: 0 };
  let here = null; // {sheet, row, column}
  const go = (place, byKey) => {
    here = place;
    pointed(place && unitAt(place.sheet, place.row, place.column), byKey);
  };

  const follow = (event) => {
    const k = sheets.findIndex((sheet) => sheet.node.contains(event.target));
    if (k < 0) return;
    const box = sheets[k].node.getBoundingClientRect();
    const part = (offset, length, count) =>
      clamp(Math.floor((offset / length) * count), 0, count - 1);
    const row = part(event.clientY - box.top, box.height, rows);
    const column = part(event.clientX - box.left, box.width, columns);
    const same = here?.sheet === k && here.row === row && here.column === column;
    if (!same) go({ sheet: k, row, column }, false);
  };
  focus.addEventListener("pointermove", follow);
  focus.addEventListener("pointerdown", follow);
  focus.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") go(null, false);
  });
  focus.addEventListener("focus", () => {
    if (focus.matches(":focus-visible")) {
      go(here ?? { sheet: 0, row: rows >> 1, column: columns >> 1 }, true);
    }
  });
  focus.addEventListener("blur", () => go(null, false));
  focus.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const [right, down] =
      { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
        event.key
      ] ?? [];
    if (right === undefined) return;
    event.preventDefault();
    let { sheet, row, column } = here ?? { sheet: 0, row: 0, column: 0 };
    column += right;
    row = clamp(row + down, 0, rows - 1);
    // Over the edge of a map lies the next one.
    if (column >= columns && sheet < sheets.length - 1) [sheet, column] = [sheet + 1, 0];
    if (column < 0 && sheet > 0) [sheet, column] = [sheet - 1, columns - 1];
    go({ sheet, row, column: clamp(column, 0, columns - 1) }, true);
  });

  const paint = (states, ink, answer) => {
    const { values } = states[name];
    const [low, high] = reach(layer, network, coding, values);
    const area = columns * rows;
    sheets.forEach((sheet, k) =>
      sheet.paint(values.subarray(k * area, (k + 1) * area), low, high - low, ink),
    );
    const first = area * (answer?.digit ?? 0);
    nearest?.paint(data.codes.subarray(first, first + area), low, high - low, ink);
    if (nearest) nearest.node.hidden = !answer;
  };

  /** Frame what is pointed at: boxes by map, {top, left, width, height}. */
  const mark = (boxes) => {
    sheets.forEach((sheet, k) => sheet.mark(size > 1 ? boxes[k] : null));
    if (size > 1) return;
    const [unit] = Object.keys(boxes).map(Number);
    const one = Object.keys(boxes).length === 1;
    const left = one ? unit % columns : 0;
    const top = one ? Math.floor(unit / columns) : 0;
    const box = { left, top, width: one ? 1 : columns, height: one ? 1 : rows };
    sheets[0].mark(unit === undefined ? null : box);
  };
  return { name, node, paint, mark };
}
