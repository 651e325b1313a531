/**
 * A map of digits: every dot is one, and pointing at it shows the digit.
 *
 * The mouse chooses the dot nearest to it, as does a finger; arrow keys walk to the
 * nearest dot in their direction, and the keys 0 to 9 go to the dots of that digit.
 */

import { choices } from "./choices.js";
import { html, mount, number, speaker, svg, write } from "./figure.js";
import { sheet } from "./pixels.js";
import { bytesOf, withZeros } from "./weights.js";

const EDGE = 28; // of a digit, in pixels
const LEVELS = 15; // of ink

/** Pixels on the page. */
const MARGIN = 16; // between the outermost dots and the map's edge
const RING = 6.5; // radius about a misread digit
const RING_NARROW = 5; // on a phone, where it gets crowded
const NARROW = 420;
const CROSS = 5; // from a cross's middle to the ends of its arms, along an axis
const NEAR = 20; // how far from a dot the mouse still points at it
const NEAR_FINGER = 32;

const WAYS = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

const ALL = "all";
const MISREAD = "misread";
const TEN = Array.from("0123456789");

/** The pixels of all digits, one after the other, as `_packed` in `code_map.py` says. */
function pixelsOf(text) {
  const bytes = bytesOf(text);
  const halves = new Uint8Array(2 * bytes.length);
  bytes.forEach((byte, k) => {
    halves[2 * k] = byte >> 4;
    halves[2 * k + 1] = byte & 15;
  });
  return withZeros(halves);
}

/** Where each digit lies, what it is, what it is read as, and its number. */
function dotsOf({ points, scale, labels, answers, numbers }) {
  const steps = new Uint16Array(bytesOf(points).buffer);
  return numbers.map((place, k) => ({
    k,
    x: steps[2 * k] * scale,
    y: steps[2 * k + 1] * scale,
    label: labels[k],
    answer: answers[k],
    missed: labels[k] !== answers[k],
    place,
  }));
}

/** "A 5, misread as 6". */
const describe = ({ label, answer, missed }) =>
  `${label === "8" ? "An" : "A"} ${label}, ` +
  (missed ? `misread as ${answer}` : "read rightly");

/**
 * The figure, live.
 * @param {{images: string, points: string, scale: number, height: number,
 *   labels: string, answers: string, numbers: number[], codes: number[][]}} data
 */
function build(data) {
  const pixels = pixelsOf(data.images);
  const dots = dotsOf(data);
  const codes = data.codes.map(([x, y]) => ({ x, y }));
  const apart = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);
  let shown = ALL; // which dots are not dimmed: all, one digit's, or the misread
  let at = dots.find((dot) => dot.missed) ?? dots[0];
  let width = 0; // of the map on the page

  const isShown = (dot) =>
    shown === ALL || dot.label === shown || (shown === MISREAD && dot.missed);

  // The map

  const classes = TEN.map((digit, k) => {
    const own = dots.filter((dot) => dot.label === digit);
    const right = svg("path", { class: "right" });
    const rings = svg("path", { class: "ring" });
    const missed = own
      .filter((dot) => dot.missed)
      .map((dot) => ({ dot, node: svg("text", {}, digit) }));
    const coins = svg("g", { class: "missed" }, rings, ...missed.map((m) => m.node));
    const node = svg("g", { class: `class digit-${digit}` }, right, coins);
    const rest = own.filter((dot) => !dot.missed);
    return { digit, node, right, rings, missed, rest, code: codes[k] };
  });
  const crosses = svg("path", { class: "cross" });
  const beneath = svg("path", { class: "cross beneath" });
  const names = TEN.map((digit) => svg("text", { class: "name" }, digit));
  const here = svg("circle", { class: "here", r: RING + 3 });
  const drawing = svg(
    "svg",
    {
      class: "drawing",
      tabindex: 0,
      role: "application",
      "aria-label":
        "The map. Arrow keys walk to the nearest dot in a direction, 0 to 9 go to the " +
        "dots of a digit, M to misread ones; Escape shows all.",
    },
    ...classes.map(({ node }) => node),
    beneath,
    crosses,
    ...names,
    here,
  );
  const map = html("div", { class: "map" }, drawing);

  const onPage = ({ x, y }) => {
    const unit = width - 2 * MARGIN;
    return [MARGIN + x * unit, MARGIN + y * unit].map((v) => Math.round(10 * v) / 10);
  };

  /** Draw everything for the width that there is. */
  function arrange() {
    if (!map.clientWidth || map.clientWidth === width) return;
    width = map.clientWidth;
    const height = 2 * MARGIN + (width - 2 * MARGIN) * data.height;
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.classList.toggle("narrow", width < NARROW);
    const radius = width < NARROW ? RING_NARROW : RING;
    const arc = `a${radius} ${radius} 0 0 0`;
    const ring = `m${-radius} 0${arc} ${2 * radius} 0${arc} ${-2 * radius} 0`;
    for (const { right, rings, missed, rest } of classes) {
      // A line of no length with round ends is a dot.
      right.setAttribute("d", rest.map((dot) => `M${onPage(dot)}h0`).join(""));
      rings.setAttribute(
        "d",
        missed.map(({ dot }) => `M${onPage(dot)}${ring}`).join(""),
      );
      for (const { dot, node } of missed) put(node, onPage(dot));
    }
    const [one, two] = [CROSS, 2 * CROSS];
    const arms = `m${-one} ${-one}l${two} ${two}m0 ${-two}l${-two} ${two}`;
    for (const path of [beneath, crosses]) {
      path.setAttribute("d", codes.map((code) => `M${onPage(code)}${arms}`).join(""));
    }
    names.forEach((node, k) => {
      const [x, y] = onPage(codes[k]);
      put(node, [x + 12, y - 9]);
    });
    render();
  }

  function put(node, [x, y]) {
    node.setAttribute("x", x);
    node.setAttribute("y", y);
  }

  // Beside it

  const digit = sheet(EDGE, "ink");
  const viewBox = `-.2 -.2 ${EDGE + 0.4} ${EDGE + 0.4}`;
  const picture = svg("svg", { viewBox, class: "digit", "aria-hidden": true }, digit.node);
  const what = html("p", { class: "what" });
  const name = html("p", { class: "number" });
  const said = html("div", {}, what, name);
  const beside = html("div", { class: "beside" }, picture, said);
  const voice = speaker();
  const swatch = (name) => html("i", { class: `swatch digit-${name}` });
  const choice = choices(
    "Show",
    [
      { value: ALL, content: [ALL] },
      ...TEN.map((value) => ({ value, content: [swatch(value), value] })),
      { value: MISREAD, content: [html("i", { class: "swatch ring" }), MISREAD] },
    ],
    show,
  );

  function render() {
    const [x, y] = onPage(at);
    here.setAttribute("cx", x);
    here.setAttribute("cy", y);
    digit.paint(pixels.subarray(EDGE * EDGE * at.k, EDGE * EDGE * (at.k + 1)), 0, LEVELS);
    write(what, describe(at));
    write(name, `digit no. ${number(at.place)}`);
    what.classList.toggle("wrong", at.missed);
  }

  function goTo(dot) {
    if (!dot || dot === at) return;
    at = dot;
    render();
    voice.say(`${describe(at)}: digit no. ${number(at.place)}.`);
  }

  /** Dim all dots but some, and go to the first of them, or where shown to the next. */
  function show(which) {
    const again = shown === which;
    shown = which;
    choice.select(which);
    drawing.classList.toggle("only-missed", which === MISREAD);
    for (const { node, digit: own } of classes) {
      node.classList.toggle("dimmed", TEN.includes(which) && own !== which);
    }
    if (which === ALL) return;
    const some = dots.filter(isShown);
    // The clearest digits of a class come first.
    if (which !== MISREAD) {
      some.sort((one, other) => apart(one, codes[which]) - apart(other, codes[which]));
    }
    goTo(some[again ? (some.indexOf(at) + 1) % some.length : 0]);
  }

  // Pointer and keys

  /** The shown dot for which a distance is least, if it is below a limit. */
  function nearest(distance, limit = Infinity) {
    let found = null;
    for (const dot of dots) {
      if (!isShown(dot)) continue;
      const far = distance(dot);
      if (far < limit) [found, limit] = [dot, far];
    }
    return found;
  }

  function point(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      drawing.getScreenCTM().inverse(),
    );
    const unit = width - 2 * MARGIN;
    const spot = { x: (x - MARGIN) / unit, y: (y - MARGIN) / unit };
    const near = event.pointerType === "touch" ? NEAR_FINGER : NEAR;
    goTo(nearest((dot) => apart(dot, spot), near / unit));
  }

  /** To the nearest dot within 45 degrees of a direction. */
  function walk([right, down]) {
    const step = nearest((dot) => {
      const [x, y] = [dot.x - at.x, dot.y - at.y];
      const along = x * right + y * down;
      const aside = Math.abs(x * down) + Math.abs(y * right);
      return along > 0 && aside <= along ? along + aside : Infinity;
    });
    goTo(step);
  }

  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { key } = event;
    if (WAYS[key]) walk(WAYS[key]);
    else if (TEN.includes(key)) show(key);
    else if (key === "m" || key === "M") show(MISREAD);
    else if (key === "Escape") show(ALL);
    else return;
    event.preventDefault(); // the page stays where it is
  });

  choice.select(ALL);
  new ResizeObserver(arrange).observe(map);
  return html(
    "form",
    { class: "live code-map", onsubmit: (event) => event.preventDefault() },
    html("div", { class: "stage" }, map, beside),
    choice.node,
    voice.node,
  );
}

mount("code-map", build);
