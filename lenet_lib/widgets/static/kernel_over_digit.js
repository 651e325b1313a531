/**
 * A 5 × 5 window moves over a digit: 25 pixels, 25 weights, 25 products, one sum; and
 * from all the sums, the map.
 */

import { editor, readout } from "./cells.js";
import { choices } from "./choices.js";
import { DIGIT, MAP, WINDOW } from "./convolution.js";
import { convolve, look, products, shifted, sum } from "./convolution.js";
import { clamp, html, mount, number, speaker, svg } from "./figure.js";
import { sheet } from "./pixels.js";

/** Where the map begins, to the right of the digit; both are centred on one line. */
const GAP = 8;
const MAP_X = DIGIT + GAP;
const MAP_Y = (DIGIT - MAP) / 2;

/** Places of the window in a second of sweeping. */
const SPEED = 90;

/** The digit may move so far that the ink of MNIST's 20 × 20 box stays in the field. */
const REACH = 4;

const OWN = "your own";
const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const largest = (values) => Math.max(...values.map(Math.abs));

/** Whether two decimals say all of a number. */
const isShownExactly = (value) =>
  Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;

/** The 25 weights as a stamp beside the kernel's name. */
function stamp(weights) {
  const viewBox = `0 0 ${WINDOW} ${WINDOW}`;
  const pixels = sheet(WINDOW, "signed");
  pixels.paint(weights, 0, largest(weights));
  return svg("svg", { viewBox, class: "stamp", "aria-hidden": true }, pixels.node);
}

/**
 * The figure, live.
 * @param {{images: number[][], labels: string[], paper: number, ink: number,
 *   kernels: {name: string, weights: number[]}[], kernel: string}} data
 */
function build(data) {
  const { paper, ink, kernels } = data;
  const state = {
    digit: 0,
    kernel: data.kernel,
    weights: [],
    row: 11,
    column: 13,
    down: 0,
    right: 0,
    known: Uint8Array.from({ length: MAP * MAP }, (_, k) => k <= 11 * MAP + 13),
    sweep: 0, // the animation frame that comes next, 0 while at rest
  };
  let own = null; // what the reader typed: {weights, texts}
  let image, map;

  // The drawing

  const digitSheet = sheet(DIGIT, "ink");
  const mapSheet = sheet(MAP, "signed");
  mapSheet.node.setAttribute("transform", `translate(${MAP_X} ${MAP_Y})`);
  const window5 = svg("rect", { class: "window", width: WINDOW, height: WINDOW });
  const beams = svg("path", { class: "beams" });
  const halo = svg("rect", { class: "halo", width: 1, height: 1 });
  const here = svg("rect", { class: "here", width: 1, height: 1 });
  const drawing = svg(
    "svg",
    {
      viewBox: `-.3 -.3 ${MAP_X + MAP + 0.6} ${DIGIT + 0.6}`,
      class: "drawing",
      tabindex: 0,
      role: "application",
      "aria-label":
        "The digit, its window, and the map. Arrow keys move the window; " +
        "with Shift they move the digit.",
    },
    digitSheet.node,
    mapSheet.node,
    beams,
    window5,
    halo,
    here,
  );

  // The numbers

  const pixelCells = readout("25 pixels", "ink");
  const productCells = readout("25 products", "signed");
  const weightCells = editor((weights, texts) => {
    own = { weights, texts };
    state.kernel = OWN;
    state.weights = weights;
    kernelChoice.select(OWN);
    refresh();
  });
  const total = html("output", { class: "total" });
  const where = html("span");
  const rounded = html("span", { class: "rounded" });
  const low = html("span");
  const high = html("span");
  const moved = html("span", { class: "moved" });
  const voice = speaker();

  // The controls

  const digitChoice = choices(
    "Digit",
    data.labels.map((label, value) => ({ value, content: [label] })),
    (value) => {
      state.digit = Number(value);
      refresh();
    },
  );
  const kernelChoice = choices(
    "Kernel",
    [
      ...kernels.map(({ name, weights }) => ({
        value: name,
        content: [stamp(weights), name],
      })),
      { value: OWN, content: [OWN] },
    ],
    chooseKernel,
  );
  const button = (text, label, onclick) =>
    html("button", { type: "button", "aria-label": label, onclick }, text);
  const shift = html(
    "div",
    { class: "buttons", role: "group", "aria-label": "Shift the digit by one pixel" },
    html("span", { class: "title" }, "Shift the digit"),
    button("←", "Shift left", () => shiftBy(0, -1)),
    button("→", "Shift right", () => shiftBy(0, 1)),
    button("↑", "Shift up", () => shiftBy(-1, 0)),
    button("↓", "Shift down", () => shiftBy(1, 0)),
  );
  const play = button("Sweep", null, toggle);
  play.className = "play";
  const sweeping = html(
    "div",
    { class: "buttons", role: "group", "aria-label": "The map" },
    play,
    button("Whole map", null, () => reveal(1)),
    button("Clear", null, () => reveal(0)),
  );

  // What can happen

  function chooseKernel(name) {
    const chosen = kernels.find((kernel) => kernel.name === name);
    if (!chosen) own ??= { weights: [...state.weights] };
    const { weights, texts } = chosen ?? own;
    state.kernel = name;
    state.weights = [...weights];
    weightCells.show(weights, texts);
    refresh();
  }

  function moveTo(row, column) {
    pause();
    state.row = clamp(row, 0, MAP - 1);
    state.column = clamp(column, 0, MAP - 1);
    render();
    speak();
  }

  function shiftBy(down, right) {
    state.down = clamp(state.down + down, -REACH, REACH);
    state.right = clamp(state.right + right, -REACH, REACH);
    refresh();
  }

  function reveal(known) {
    pause();
    state.known.fill(known);
    render();
    voice.say(known ? "The whole map is shown." : "The map is cleared.");
  }

  function toggle() {
    if (state.sweep) return pause();
    let place = state.row * MAP + state.column;
    if (place === MAP * MAP - 1 || state.known.every(Boolean)) {
      state.known.fill(0);
      place = 0;
    }
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      return reveal(1); // the same end, without the motion
    }
    const begun = performance.now();
    const first = place;
    const step = (now) => {
      const due = first + Math.floor(((now - begun) / 1000) * SPEED);
      const last = clamp(due, first, MAP * MAP - 1);
      state.known.fill(1, place, last + 1);
      place = last;
      state.row = Math.floor(place / MAP);
      state.column = place % MAP;
      state.sweep = place < MAP * MAP - 1 ? requestAnimationFrame(step) : 0;
      if (!state.sweep) pause();
      render();
    };
    state.sweep = requestAnimationFrame(step);
    play.textContent = "Pause";
  }

  function pause() {
    cancelAnimationFrame(state.sweep);
    state.sweep = 0;
    play.textContent = "Sweep";
  }

  // What is shown

  /** Compute anew, after another digit, place or kernel. */
  function refresh() {
    image = shifted(data.images[state.digit], state.down, state.right, paper);
    map = convolve(image, state.weights);
    digitSheet.paint(image, paper, ink - paper);
    render();
    speak();
  }

  function render() {
    const { row, column, weights, known } = state;
    const k = row * MAP + column;
    known[k] = 1;
    const most = largest(map);
    const pixels = look(image, row, column);
    const parts = products(pixels, weights);

    mapSheet.paint(map, 0, most, known);
    window5.setAttribute("x", column);
    window5.setAttribute("y", row);
    for (const mark of [halo, here]) {
      mark.setAttribute("x", MAP_X + column);
      mark.setAttribute("y", MAP_Y + row);
    }
    const goal = `${MAP_X + column} ${MAP_Y + row}`;
    const edge = column + WINDOW;
    beams.setAttribute(
      "d",
      `M${edge} ${row}L${goal}M${edge} ${row + WINDOW}L${goal}v1`,
    );

    pixelCells.show(pixels, paper, ink - paper);
    productCells.show(parts, 0, largest(parts));
    total.textContent = number(map[k]);
    where.textContent = `Map at row ${row}, column ${column}, before squashing: `;
    const all = [...pixels, ...weights, ...parts];
    rounded.textContent = all.every(isShownExactly) ? "" : " (shown rounded)";
    low.textContent = number(-most);
    high.textContent = number(most);
    moved.textContent = describeShift();
  }

  /** "shifted 1 up, 3 right", or nothing. */

  function describeShift() {
    const { down, right } = state;
    const parts = [
      down && `${Math.abs(down)} ${down < 0 ? "up" : "down"}`,
      right && `${Math.abs(right)} ${right < 0 ? "left" : "right"}`,
    ].filter(Boolean);
    return parts.length ? `shifted ${parts.join(", ")}` : "";
  }

  function speak() {
    const { row, column } = state;
    const shift = describeShift();
    voice.say(
      `Row ${row}, column ${column}: sum ${number(map[row * MAP + column])}.` +
        (shift ? ` The digit is ${shift}, and so is the map.` : ""),
    );
  }

  // Pointer and keys

  const pointed = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(drawing.getScreenCTM().inverse());
  };
  let onMap = false;
  const follow = (event) => {
    const { x, y } = pointed(event);
    if (onMap) moveTo(Math.floor(y - MAP_Y), Math.floor(x - MAP_X));
    else moveTo(Math.floor(y) - 2, Math.floor(x) - 2); // its middle to the pointer
  };
  drawing.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    onMap = pointed(event).x > DIGIT + GAP / 2;
    drawing.setPointerCapture(event.pointerId);
    follow(event);
  });
  drawing.addEventListener("pointermove", (event) => {
    if (drawing.hasPointerCapture(event.pointerId)) follow(event);
  });
  drawing.addEventListener("keydown", (event) => {
    const { row, column } = state;
    const ends = { Home: [row, 0], End: [row, MAP - 1] }[event.key];
    const [down, right] = ARROWS[event.key] ?? [];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (ends) moveTo(...ends);
    else if (down === undefined) return;
    else if (event.shiftKey) shiftBy(down, right);
    else moveTo(row + down, column + right);
    event.preventDefault(); // the page stays where it is
  });

  digitChoice.select(0);
  kernelChoice.select(data.kernel);
  chooseKernel(data.kernel);
  voice.hush(); // nothing has happened yet
  const sign = (text) => html("span", { class: "sign", "aria-hidden": true }, text);
  return html(
    "form",
    { class: "live kernel-over-digit", onsubmit: (event) => event.preventDefault() },
    data.images.length > 1 ? digitChoice.node : "",
    kernelChoice.node,
    drawing,
    html(
      "div",
      { class: "captions" },
      html("span", {}, `The digit, ${DIGIT}\u00a0×\u00a0${DIGIT}`),
      html("span", {}, `The map, ${MAP}\u00a0×\u00a0${MAP}`),
      moved,
      html("span", { class: "scale" }, low, html("i"), "0", html("i"), high),
    ),
    html("div", { class: "bar" }, shift, sweeping),
    html(
      "div",
      { class: "sum" },
      pixelCells.node,
      sign("×"),
      weightCells.node,
      sign("="),
      productCells.node,
    ),
    weightCells.complaint,
    html(
      "p",
      { class: "result" },
      where,
      "sum of the 25 products (+ bias 0) = ",
      total,
      rounded,
    ),
    voice.node,
  );
}

mount("kernel-over-digit", build);
