/**
 * The drawing board: from the pen to the answer, through every layer of the network.
 */

import { answerView, meaning, sentence } from "./answer.js";
import { inkOf } from "./bitmap.js";
import { coded } from "./coding.js";
import { explanation } from "./explanation.js";
import { html, mount, number, speaker, write } from "./figure.js";
import { guides } from "./guides.js";
import { layersView } from "./layers.js";
import { lenet1, lenet5, tutorialLenet5 } from "./network.js";
import { intoField } from "./preprocess.js";
import { slider, tick } from "./sliders.js";
import { BOARD, THICK, THIN, drawing } from "./strokes.js";
import { surface } from "./surface.js";
import { disturbed } from "./transformations.js";
import { fieldOf, sourcesOf, windowOf } from "./unit.js";
import { bytesOf, weightsOf, withZeros } from "./weights.js";

const NETWORKS = { LeNet5: lenet5, LeNet1: lenet1, TutorialLeNet5: tutorialLenet5 };

/** What can be spoilt on the way from the board to MNIST's form. */
const SPOILED = {
  unscaled: "not scaled to 20 × 20",
  uncentred: "not centred",
  thin: "thin pen",
  inverted: "light on dark",
};

/** What can befall the digit afterwards: name, range. */
const MEASURES = {
  right: ["Move across", { low: -8, high: 8, step: 0.5, unit: "pixels" }],
  down: ["Move down", { low: -8, high: 8, step: 0.5, unit: "pixels" }],
  turn: ["Turn", { low: -90, high: 90, step: 1, unit: "°" }],
  thicken: ["Thicken", { low: -2, high: 2, step: 0.1, unit: "pixels" }],
  invert: ["Invert", { low: 0, high: 1, step: 0.02, unit: "" }],
  noise: ["Add noise", { low: 0, high: 0.6, step: 0.02, unit: "" }],
};

/** The figure, live. */
function build(data, place) {
  const weights = weightsOf(data.weights);
  if (!weights) return withoutWeights(place);
  data.codes = weights.output.codes ?? null;
  const read = NETWORKS[data.network];
  const samples = unpackedDigits(data.digits);

  const spoiled = {};
  const by = Object.fromEntries(Object.keys(MEASURES).map((name) => [name, 0]));
  let sample = null; // the test digit on the board
  let isWelcome = true; // until the reader does something
  let states, answer;
  let unit = null; // what the reader points at

  const picture = drawing();
  const voice = speaker();
  const paper = surface(picture, {
    begun: () => {
      if (isWelcome) picture.clear(); // the first digit was only to show
      isWelcome = false;
    },
    changed: update,
    said: voice.say,
  });
  const views = layersView(data, point);
  const [input, ...layers] = views;
  const marks = guides(input.node.querySelector(".bitmap"), data.coding);
  const verdict = answerView();
  const told = explanation(data, weights);
  const note = html("p", { class: "note" });

  // From the board to the answer

  /** The board as MNIST would have it: 28 × 28, from 0 for paper to 1 for ink. */
  function prepared() {
    // MNIST has already prepared its own digits.
    const asItIs = picture.hasDigit();
    const field =
      intoField(picture.ink, BOARD, BOARD, {
        scale: !asItIs && !spoiled.unscaled,
        centre: !asItIs && !spoiled.uncentred,
      }) ?? new Float64Array(28 * 28);
    return spoiled.inverted ? field.map((ink) => 1 - ink) : field;
  }

  /** Read what is on the board, and show it all. */
  function update() {
    const field = disturbed(prepared(), by);
    states = read(weights, coded(field, data.coding));
    answer = picture.isBlank()
      ? null
      : meaning(states.output.values, data.network, data.j);
    render();
    voice.say(answer ? sentence(answer) : "The paper is blank.");
  }

  function render() {
    const ink = inkOf(place);
    paper.paint(ink);
    for (const view of views) view.paint(states, ink, answer);
    marks.show(states.input.values);
    verdict.show(answer);
    if (unit) told.show(unit, states, ink);
    write(note, noteOn());
  }

  function noteOn() {
    if (isWelcome || !picture.hasDigit() || !sample) return "";
    return `Test digit ${number(sample.number)} of MNIST, a ${sample.label}. Draw on it, or clear.`;
  }

  // Pointing at a unit

  function point(next, byKey) {
    unit = next;
    const said = told.show(unit, states, inkOf(place));
    for (const view of views) view.mark({});
    if (byKey && said) voice.say(said);
    if (!unit) return;
    const { layer, map, row, column } = unit;
    input.mark({ 0: fieldOf(data.layers, unit) });
    if (layer > 1) {
      const { top, left, edge } = windowOf(data.layers, unit);
      const box = { top, left, width: edge, height: edge };
      const boxes = sourcesOf(data.layers, layer, map).map((from) => [from, box]);
      views[layer - 1].mark(Object.fromEntries(boxes));
    }
    if (layer > 0) views[layer].mark({ [map]: { top: row, left: column, width: 1, height: 1 } });
  }

  // The controls

  function load(wanted) {
    const others = samples.filter((each) => wanted(each) && each !== sample);
    sample = others[Math.floor(Math.random() * others.length)] ?? sample;
    isWelcome = false;
    paper.clear(sample.pixels);
  }
  const isMisread = ({ label, read }) => label !== read;
  const button = (text, onclick, label = null) =>
    html("button", { type: "button", "aria-label": label, onclick }, text);
  const mayLoad = (text, wanted) =>
    samples.some(wanted) ? button(text, () => load(wanted)) : "";
  const start = (act) => () => {
    isWelcome = false;
    act();
  };
  const buttons = html(
    "div",
    { class: "buttons" },
    button("Undo", start(paper.undo)),
    button("Clear", start(paper.clear)),
    mayLoad("Test digit", (each) => !isMisread(each)),
    mayLoad("Misread one", isMisread),
  );
  const ticks = Object.entries(SPOILED).map(([name, words]) =>
    tick(words, (on) => {
      spoiled[name] = on;
      if (name === "thin") picture.setPen(on ? THIN : THICK);
      update();
    }),
  );
  const sliders = Object.entries(MEASURES).map(([name, [words, range]]) =>
    slider(words, range, (value) => {
      by[name] = value;
      update();
    }),
  );
  const reset = button("Set back", () => {
    Object.keys(by).forEach((name, k) => {
      by[name] = 0;
      sliders[k].set(0);
    });
    update();
  });
  const group = (title, kind, ...parts) =>
    html("fieldset", { class: kind }, html("legend", {}, title), ...parts);

  sample = samples[0];
  picture.clear(sample?.pixels ?? null);
  const live = html(
    "form",
    {
      class: "live drawing-board",
      onsubmit: (event) => event.preventDefault(),
      // The theme has changed: all ink is to be painted anew.
      ontransitionend: ({ target }) => target === live && render(),
    },
    html("div", { class: "top" },
      html("div", { class: "drawn" }, html("p", { class: "part" }, html("b", {}, "Draw a digit here")), paper.node, buttons, note),
      html("div", {}, input.node, marks.node),
      verdict.node,
    ),
    html("div", { class: "controls" },
      group("What if it came …", "ticks", ...ticks),
      group("… and then", "sliders", ...sliders.map((each) => each.node), reset),
    ),
    html("div", { class: "network" },
      told.invitation,
      told.node,
      html("div", { class: "layers" }, ...layers.map((view) => view.node)),
    ),
    voice.node,
  );
  update();
  voice.hush(); // nothing has happened yet
  return live;
}

/** The picture, and why it does not come to life. */
function withoutWeights(place) {
  return html(
    "div",
    { class: "live" },
    place.querySelector("img").cloneNode(),
    html(
      "p",
      {},
      "This board shares the weights of another one, which is not on this page: " +
        "show that one first, or make this one without weights_of.",
    ),
  );
}

/** The digits to load: pixels from 0 to 1, and what is known of each. */
function unpackedDigits({ images, labels, read, numbers }) {
  const bytes = withZeros(bytesOf(images));
  return labels.map((label, k) => ({
    label,
    read: read[k],
    number: numbers[k],
    pixels: Float64Array.from(bytes.subarray(784 * k, 784 * (k + 1)), (v) => v / 255),
  }));
}

mount("drawing-board", build);
