/**
 * A line reader: from the pen to a string, with LeNet-5 swept over all that is written.
 */

import { percent } from "./answer.js";
import { inkOf } from "./bitmap.js";
import { choices } from "./choices.js";
import { html, mount, speaker, write } from "./figure.js";
import { lineView, nameOf } from "./line_view.js";
import { lenet5 } from "./network.js";
import { BOARD, drawing } from "./strokes.js";
import { surface } from "./surface.js";
import { CLASSES, likeliest, losses, naive, viterbi } from "./viterbi.js";
import { bytesOf, weightsOf, withZeros } from "./weights.js";
import { windowView } from "./window_view.js";
import { blankLine, intoLine } from "./writing.js";

/** The paper is so many pixels wide: four times its height. */
const WIDE = 4 * BOARD;

/** The ways to read: as a zip code, or whatever the best classes spell. */
const ZIP_CODE = 5;
const READ = { viterbi: (table, steps) => viterbi(table, steps, ZIP_CODE), naive };
const WAYS_TO_READ = [
  { value: "viterbi", content: ["five digits"] },
  { value: "naive", content: ["any number of digits"] },
];

/**
 * The figure, live.
 * @param {{classes: number, weights: Object, j: {viterbi: number, naive: number},
 *   coding: {background: number, ink: number},
 *   lines: {kind: string, text: string, columns: number}[], pixels: string}} data
 */
function build(data, place) {
  const weights = weightsOf(data.weights);
  const samples = unpackedLines(data);
  const { background, ink: darkest } = data.coding;

  let sample = null; // the line of test digits on the paper
  let isWelcome = true; // until the reader does something
  let way = "viterbi";
  let written, outputs, shares, found;
  let step = null; // the window that is looked at: if none is, it is the first digit's
  let frame = 0; // when all is to be shown

  const picture = drawing(WIDE);
  const voice = speaker();
  const paper = surface(picture, {
    begun: () => {
      if (isWelcome) picture.clear(); // the first line was only to show
      isWelcome = false;
    },
    // A hand may move more often than the screen is drawn.
    changed: () => (frame ||= requestAnimationFrame(update)),
    said: voice.say,
  });
  const view = lineView(point);
  const detail = windowView(data.classes);
  const note = html("p", { class: "note" });

  // From the paper to the string

  function update() {
    frame = 0;
    // MNIST has already scaled its own digits.
    const scale = !picture.hasDigit();
    written = intoLine(picture.ink, BOARD, WIDE, scale) ?? blankLine();
    const pixels = written.values.map((grey) => background + grey * (darkest - background));
    outputs = lenet5(weights, pixels).output.values;
    read();
  }

  function read() {
    const steps = outputs.length / data.classes;
    const table = losses(outputs, steps, data.j[way]);
    shares = table.map((loss) => Math.exp(-loss));
    found = picture.isBlank() ? null : READ[way](table, steps);
    // Sure of a digit is who gives it more than half of all at one of its places.
    if (found) found.sure = found.places.map((_, k) => surest(k, steps) > 0.5);
    paint();
    voice.say(sentenceOn());
  }

  /** The largest share that a digit has at one of its places. */
  function surest(k, steps) {
    const [first, last] = found.places[k];
    const from = Number(found.text[k]) * steps;
    return Math.max(...shares.subarray(from + first, from + last + 1));
  }

  function paint() {
    paper.paint(inkOf(place));
    view.show(written, shares, found);
    look();
    write(note, noteOn());
  }

  function noteOn() {
    if (picture.isBlank()) return "";
    if (!found) return "Five digits do not fit in there: write on.";
    const guessed = found.sure.includes(false) ? "Small digits are guesses." : "";
    if (isWelcome || !picture.hasDigit()) return guessed;
    return `Test digits of MNIST: ${sample.text}. Draw on them, or clear. ${guessed}`;
  }

  /** What was read, to be spoken. */
  function sentenceOn() {
    if (picture.isBlank()) return "The paper is blank.";
    if (!found) return noteOn();
    if (!found.text) return "No digit is found.";
    const digits = [...found.text].map((k, at) => (found.sure[at] ? k : `perhaps ${k}`));
    return `Read as ${digits.join(", ")}.`;
  }

  // The window that is looked at

  function point(next) {
    step = next;
    look();
  }

  function look() {
    const steps = shares.length / CLASSES;
    const [first, last] = found?.places[0] ?? [0, 0];
    const at = Math.min(step ?? (first + last) >> 1, steps - 1);
    const best = likeliest(shares, at);
    const share = percent(shares[best * steps + at]);
    view.mark(at, `Window ${at + 1} of ${steps}: ${nameOf(best)}, ${share}`);
    detail.show(at, written, outputs, steps);
  }

  // The controls

  function load(kind) {
    const own = samples.filter((each) => each.kind === kind);
    sample = own[(own.indexOf(sample) + 1) % own.length];
    [isWelcome, step] = [false, null];
    paper.clear(sample.pixels);
  }
  const start = (act) => () => {
    [isWelcome, step] = [false, null];
    act();
  };
  const button = (text, onclick) => html("button", { type: "button", onclick }, text);
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  const buttons = html(
    "div",
    { class: "buttons" },
    button("Undo", start(paper.undo)),
    button("Clear", start(paper.clear)),
    ...kinds.map((kind) => button(kind, () => load(kind))),
  );
  const ways = choices("Read as", WAYS_TO_READ, (value) => {
    way = value;
    read();
  });
  ways.select(way);

  sample = samples[0];
  picture.clear(sample.pixels);
  const title = (words) => html("p", { class: "part" }, html("b", {}, words));
  const live = html(
    "form",
    {
      class: "live line-reader",
      onsubmit: (event) => event.preventDefault(),
      // The theme has changed: all ink is to be painted anew.
      ontransitionend: ({ target }) => target === live && paint(),
    },
    title("Write a five-digit number here"),
    paper.node,
    html("div", { class: "under" }, buttons, ways.node),
    note,
    html("p", { class: "part" }, html("b", {}, "What the network gets"), KEY),
    view.node,
    detail.node,
    voice.node,
  );
  frame = requestAnimationFrame(() => {
    update(); // only on the page do elements have colours
    voice.hush(); // nothing has happened yet
  });
  return live;
}

const KEY =
  ", and what it says of a window at every fourth column: the darker, the surer. " +
  "The line is the path that is read; below it stands the best class of each window.";

/** The lines to load: pixels from 0 to 1, as wide as the paper, and what they spell. */
function unpackedLines({ lines, pixels }) {
  const bytes = withZeros(bytesOf(pixels));
  const tenth = WIDE / 10;
  let at = 0;
  return lines.map(({ kind, text, columns }) => {
    const left = Math.floor((tenth - columns) / 2);
    const whole = new Float64Array(28 * tenth);
    for (let k = 0; k < 28 * columns; k += 1) {
      const row = Math.floor(k / columns);
      whole[row * tenth + left + (k % columns)] = bytes[at++] / 255;
    }
    return { kind, text, pixels: whole };
  });
}

mount("line-reader", build);
