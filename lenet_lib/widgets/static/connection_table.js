/**
 * Which maps of one layer feed which of the next, as a table and as a drawing.
 *
 * Point at a map to see its links: with the mouse, with the arrow keys, or by a tap,
 * which pins it.  On a narrow page the table lies on its side, beside the drawing.
 */

import { describe, readersOf } from "./connections.js";
import { clamp, html, mount, svg } from "./figure.js";

/** Pixels on the page. */
const PITCH = 24; // from one column of the table to the next, enough for a finger tip
const SIDE = 16; // of a map in the drawing
const SOURCE_NAME = 36; // room for a map's name in the drawing, to the left
const TARGET_NAME = 44; // and to the right
const HEAD = 44; // and at the head of a row
const GROUP = 30; // for the names of groups, beside the table
const GAP = 12; // between the table and the drawing
const RUNS = [44, 110]; // shortest and longest lines between the two layers

/**
 * The figure, live.
 * @param {{table: number[][], sources: number, source: string, target: string,
 *   first: number, weights: number, kind: string,
 *   groups: {name: string, size: number}[]}} data
 * @param {HTMLElement} place that will hold it
 */
function build(data, place) {
  const { table, sources, first } = data;
  data.readers = readersOf(table, sources);
  const layers = { source: sources, target: table.length };
  const said = html("p", { class: "said", "aria-live": "polite" });
  const hint = html("p", { class: "hint" });
  const words = html("div", { class: "words" }, said, hint);
  const stage = html("div", { class: "stage" });
  const live = html(
    "div",
    { class: `live connection-table from-${data.kind}` },
    stage,
  );

  // A map is {layer, map}.  One that is pointed at goes before one that is pinned.
  let pointed = null;
  let pinned = null;
  let atHand = { layer: "target", map: 0 }; // the one that Tab comes to
  let lying = null; // whether the table lies on its side
  let groups = data.groups; // those whose names there is room for
  let run = 0; // how far it is from one layer to the other in the drawing
  let parts = []; // all that can light up: {node, maps of the links it stands for}

  const same = (one, other) => one?.layer === other?.layer && one?.map === other?.map;
  const linked = (one, other) =>
    one.layer !== other.layer &&
    (one.layer === "target"
      ? table[one.map].includes(other.map)
      : table[other.map].includes(one.map));

  const headOf = (map) =>
    parts.find((part) => part.button && same(part.map, map)).button;

  function point(map) {
    pointed = map;
    render();
  }

  function pin(map) {
    pinned = same(pinned, map) ? null : map;
    atHand = map;
    render();
  }

  /** Make a node stand for a map, by mouse and by touch. */
  function stands(node, map) {
    node.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") point(map);
    });
    node.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") point(null);
    });
    node.addEventListener("click", () => pin(map));
    return node;
  }

  // The table

  /** A map's name at the head of a row or a column: the way in by keyboard. */
  function head(layer, map, scope, text) {
    const me = { layer, map };
    const button = html(
      "button",
      {
        type: "button",
        "aria-label": `${data[layer]}.${map + first}`,
        onkeydown: (event) => steer(event, me),
        onfocus: () => {
          atHand = me;
          if (button.matches(":focus-visible")) point(me);
        },
        onblur: () => point(null),
      },
      text,
    );
    const node = stands(html("th", { scope, class: `head ${layer}` }, button), me);
    parts.push({ node, button, map: me });
    return node;
  }

  function cell(target, source) {
    const on = table[target].includes(source);
    const node = stands(
      html("td", on ? { class: "on" } : {}),
      { layer: "target", map: target },
    );
    if (on) {
      node.append(
        html("span", { "aria-hidden": true }, "×"),
        html("span", { class: "unseen" }, "linked"),
      );
      parts.push({ node, link: { source, target } });
    }
    return node;
  }

  /** The groups of target maps: above their columns, or beside their rows. */
  function groupHeads(scope) {
    return groups.map(({ name, size }) =>
      html(
        "th",
        { scope, [scope === "colgroup" ? "colspan" : "rowspan"]: size, class: "group" },
        html("span", {}, name),
      ),
    );
  }

  function drawTable() {
    const across = lying ? "source" : "target";
    const down = lying ? "target" : "source";
    const short = (map) => String(map + first);
    const long = (layer, map) => `${data[layer]}.${map + first}`;
    const heads = Array.from({ length: layers[across] }, (_, map) =>
      head(across, map, "col", short(map)),
    );
    const groupCells = groupHeads(lying ? "rowgroup" : "colgroup");
    const starts = []; // the first map of each group
    groups.reduce((map, { size }) => (starts.push(map), map + size), 0);
    const ends = starts.map((map, group) => map + groups[group].size - 1);
    const rows = Array.from({ length: layers[down] }, (_, map) => {
      const cells = Array.from({ length: layers[across] }, (_, other) => {
        const node = lying ? cell(map, other) : cell(other, map);
        if (!lying && starts.includes(other)) node.classList.add("begins");
        return node;
      });
      const row = html("tr", {}, head(down, map, "row", long(down, map)), ...cells);
      if (lying && starts.includes(map)) row.append(groupCells[starts.indexOf(map)]);
      if (lying && ends.includes(map)) row.classList.add("ends");
      return row;
    });
    if (!lying) starts.forEach((map) => heads[map].classList.add("begins"));
    const corner = html("th", { class: "corner", scope: "col" }, data[across]);
    return html(
      "table",
      { class: lying ? "lying" : "standing" },
      html(
        "caption",
        { class: "unseen" },
        `Which maps of ${data.target} read which maps of ${data.source}`,
      ),
      html(
        "thead",
        {},
        lying || !groups.length ? "" : html("tr", {}, html("td", {}), ...groupCells),
        html("tr", {}, corner, ...heads, lying && groups.length ? html("td", {}) : ""),
      ),
      html("tbody", {}, ...rows),
    );
  }

  // The drawing

  function drawLinks() {
    const count = Math.max(sources, table.length);
    const height = count * PITCH;
    const left = SOURCE_NAME;
    const right = left + SIDE + run;
    // Beside a table on its side, the names of the targets are the heads of its rows.
    const width = right + SIDE + (lying ? 2 : TARGET_NAME);
    const at = (layer, map) => ((map + 0.5) * height) / layers[layer];
    const lines = table.flatMap((reads, target) =>
      reads.map((source) => {
        const node = svg("line", {
          x1: left + SIDE,
          y1: at("source", source),
          x2: right,
          y2: at("target", target),
        });
        parts.push({ node, link: { source, target } });
        return node;
      }),
    );
    const map = (layer, index) => {
      const isSource = layer === "source";
      const y = at(layer, index);
      const named = isSource || !lying;
      const node = stands(
        svg(
          "g",
          { class: `map ${layer}` },
          svg("rect", {
            class: "reach",
            x: isSource ? 0 : right - 6,
            y: y - PITCH / 2,
            width: SIDE + (isSource ? SOURCE_NAME + 6 : lying ? 8 : TARGET_NAME + 6),
            height: PITCH,
          }),
          svg("rect", {
            class: "square",
            x: isSource ? left : right,
            y: y - SIDE / 2,
            width: SIDE,
            height: SIDE,
          }),
          named
            ? svg(
                "text",
                {
                  x: isSource ? left - 6 : right + SIDE + 6,
                  y: y + 4.5,
                  "text-anchor": isSource ? "end" : "start",
                },
                `${data[layer]}.${index + first}`,
              )
            : "",
        ),
        { layer, map: index },
      );
      parts.push({ node, map: { layer, map: index } });
      return node;
    };
    const maps = ["source", "target"].flatMap((layer) =>
      Array.from({ length: layers[layer] }, (_, index) => map(layer, index)),
    );
    return svg(
      "svg",
      {
        class: "links",
        "aria-hidden": true,
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
      },
      svg("g", {}, ...lines),
      ...maps,
    );
  }

  // Keys

  /** Arrow keys go along the heads of columns and of rows, which meet in the corner. */
  function steer(event, { layer, map }) {
    const across = lying ? "source" : "target";
    const down = lying ? "target" : "source";
    const isAcross = layer === across;
    const [back, on] = isAcross ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const last = layers[layer] - 1;
    let next = null;
    if (event.key === on && map < last) next = { layer, map: map + 1 };
    else if (event.key === back && map > 0) next = { layer, map: map - 1 };
    else if (event.key === "Home") next = { layer, map: 0 };
    else if (event.key === "End") next = { layer, map: last };
    else if (isAcross && event.key === "ArrowDown") next = { layer: down, map: 0 };
    else if (!isAcross && event.key === "ArrowRight") next = { layer: across, map: 0 };
    else if (!isAcross && event.key === "ArrowUp") next = { layer: across, map: 0 };
    else if (event.key === "Escape") {
      pinned = null;
      return point(null);
    } else if (!event.key.startsWith("Arrow")) return undefined;
    event.preventDefault();
    if (next) headOf(next).focus();
    return undefined;
  }

  // What is shown

  function render() {
    const chosen = pointed ?? pinned;
    live.classList.toggle("choosing", chosen !== null);
    for (const { node, button, map, link } of parts) {
      const lit = link
        ? chosen && link[chosen.layer] === chosen.map
        : chosen && (same(map, chosen) || linked(chosen, map));
      node.classList.toggle("lit", Boolean(lit));
      node.classList.toggle("chosen", Boolean(map && same(map, chosen)));
      node.classList.toggle("pinned", Boolean(map && same(map, pinned)));
      if (!button) continue;
      button.setAttribute("aria-pressed", same(map, pinned));
      button.tabIndex = same(map, atHand) ? 0 : -1;
    }
    const sentence = describe(data, chosen);
    if (said.textContent !== sentence) said.textContent = sentence; // or it is said again
    hint.textContent = pinned
      ? `${data[pinned.layer]}.${pinned.map + first} is pinned; ` +
        "click or tap it again, or press Escape, to let it go."
      : "Point at a map; a click or a tap pins it.";
  }

  /** Lay all out for the width that there is. */
  function arrange() {
    const { paddingLeft, paddingRight } = getComputedStyle(place);
    const width = place.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    if (width <= 0) return; // not shown yet
    const drawn = SOURCE_NAME + 2 * SIDE;
    const standing = HEAD + layers.target * PITCH + GAP + drawn + TARGET_NAME;
    const onSide = HEAD + layers.source * PITCH + drawn + 2;
    const narrow = width < standing + RUNS[0];
    groups = data.groups;
    if (narrow && width < onSide + RUNS[0] + GROUP) groups = []; // no room
    const beside = narrow ? onSide + (groups.length && GROUP) : standing;
    const room = clamp(Math.floor(width - beside), ...RUNS);
    if (narrow === lying && room === run) return;
    const focused = live.contains(document.activeElement);
    lying = narrow;
    run = room;
    parts = [];
    pointed = null; // what it stood on is gone
    live.classList.toggle("narrow", lying);
    stage.replaceChildren(drawTable(), drawLinks(), words);
    if (focused) headOf(atHand).focus();
    render();
  }

  arrange();
  new ResizeObserver(arrange).observe(place);
  return live;
}

mount("connection-table", build);
