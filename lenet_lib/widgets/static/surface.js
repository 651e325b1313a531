/**
 * The paper of the drawing board: pointer and keys become strokes.
 */

import { clamp, html } from "./figure.js";
import { BOARD } from "./strokes.js";

/** The keyboard's pen moves by one pixel of a digit. */
const STEP = BOARD / 28;

const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * @param {Object} drawing see `strokes.js`
 * @param {{begun: function(), changed: function(), said: function(string)}} events
 *   before a stroke, after any change, and what the keyboard's pen does, in words
 */
export function surface(drawing, { begun, changed, said }) {
  const { columns } = drawing;
  const canvas = html("canvas", { width: columns, height: BOARD });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, BOARD);
  const pixels = new Uint32Array(image.data.buffer);
  const pen = html("i", { class: "pen", "aria-hidden": true });
  const node = html(
    "div",
    {
      class: "surface",
      tabindex: 0,
      role: "application",
      "aria-label":
        "Drawing board. Arrow keys move the pen, two at once move it slantwise; " +
        "Space puts it down and lifts it. Control Z takes a stroke back, Delete clears.",
    },
    canvas,
    pen,
  );
  node.style.aspectRatio = `${columns} / ${BOARD}`;

  /** Show the drawing in ink of this colour. */
  function paint(ink) {
    for (let k = 0; k < pixels.length; k += 1) {
      pixels[k] = ((255 * drawing.ink[k] + 0.5) << 24) | ink;
    }
    context.putImageData(image, 0, 0);
  }

  // Pointer

  let drawingPointer = null;
  const stroke = (event, act) => {
    const box = canvas.getBoundingClientRect();
    const scale = columns / box.width;
    const press = event.pointerType === "pen" ? 0.5 + event.pressure : 1;
    act((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, press);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || drawingPointer !== null) return;
    drawingPointer = event.pointerId;
    node.setPointerCapture(event.pointerId);
    lift();
    begun();
    stroke(event, drawing.begin);
    changed();
  });
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawingPointer) return;
    // A fast hand is seen more often than the screen is drawn: follow all of its way.
    const seen = event.getCoalescedEvents?.() ?? [];
    for (const each of seen.length ? seen : [event]) stroke(each, drawing.extend);
    changed();
  });
  const end = (event) => {
    if (event.pointerId === drawingPointer) drawingPointer = null;
  };
  node.addEventListener("pointerup", end);
  node.addEventListener("pointercancel", end);

  // Keys

  const place = { x: BOARD / 2, y: 60, down: false };
  const held = new Set();
  const lift = () => {
    place.down = false;
    showPen();
  };
  const showPen = () => {
    pen.style.left = `${(100 * place.x) / columns}%`;
    pen.style.top = `${(100 * place.y) / BOARD}%`;
    pen.classList.toggle("down", place.down);
  };
  const move = () => {
    for (const key of held) {
      place.x = clamp(place.x + STEP * DIRECTIONS[key][0], 0, columns);
      place.y = clamp(place.y + STEP * DIRECTIONS[key][1], 0, BOARD);
    }
    showPen();
    if (place.down) drawing.extend(place.x, place.y);
    if (place.down) changed();
    else said(`Pen at column ${place.x / STEP}, row ${place.y / STEP} of 28.`);
  };
  const toggle = () => {
    place.down = !place.down;
    showPen();
    if (!place.down) return said("Pen lifted.");
    begun();
    drawing.begin(place.x, place.y);
    changed();
  };
  const undo = () => {
    lift();
    drawing.undo();
    changed();
  };
  const clear = (below = null) => {
    lift();
    drawing.clear(below);
    changed();
  };
  node.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key.toLowerCase() === "z") undo();
    else if (control || event.altKey) return;
    else if (DIRECTIONS[event.key]) move(held.add(event.key));
    else if (event.key === " ") toggle();
    else if (event.key === "Backspace") undo();
    else if (event.key === "Delete") clear();
    else if (event.key === "Escape" && place.down) toggle();
    else return;
    event.preventDefault(); // the page stays where it is
  });
  node.addEventListener("keyup", ({ key }) => held.delete(key));
  node.addEventListener("blur", () => held.clear());

  showPen();
  return { node, paint, undo, clear };
}
