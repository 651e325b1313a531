/**
 * A drawing: strokes of a round pen on a square of paper, and the ink that they leave.
 */

/** Pixels along the board's edge: ten for each pixel of a digit of MNIST. */
export const BOARD = 280;

/** Radius of the pen on the board: MNIST's strokes are about two and a half wide. */
export const THICK = 12;
export const THIN = 1.5;

/**
 * An empty drawing. Places are `[x, y]` in pixels of the board; `press` makes the pen
 * wider or narrower, 1 being its own width.
 */
export function drawing() {
  const ink = new Float64Array(BOARD * BOARD); // 0 for paper to 1 for ink
  let strokes = []; // each a list of {x, y, press}
  let digit = null; // what lies below them: 28 × 28 values, 0 to 1
  let radius = THICK;

  /** Ink everything anew. */
  function redraw() {
    ink.fill(0);
    if (digit) {
      for (let k = 0; k < ink.length; k += 1) {
        const row = Math.floor(k / BOARD / 10);
        ink[k] = digit[row * 28 + Math.floor((k % BOARD) / 10)];
      }
    }
    for (const stroke of strokes) {
      stroke.forEach((point, k) => line(ink, stroke[k - 1] ?? point, point, radius));
    }
  }

  return {
    ink,
    /** Whether there is nothing on the paper. */
    isBlank: () => !digit && !strokes.length,
    hasDigit: () => Boolean(digit),
    /** Put the pen down. */
    begin(x, y, press = 1) {
      const point = { x, y, press };
      strokes.push([point]);
      line(ink, point, point, radius);
    },
    /** Draw on to a place, however far it is. */
    extend(x, y, press = 1) {
      const point = { x, y, press };
      line(ink, strokes.at(-1).at(-1), point, radius);
      strokes.at(-1).push(point);
    },
    /** Take the last stroke back; with none left, the digit below. */
    undo() {
      if (!strokes.pop()) digit = null;
      redraw();
    },
    /** Begin again, on blank paper or on a digit (28 × 28 values, 0 to 1). */
    clear(below = null) {
      strokes = [];
      digit = below;
      redraw();
    },
    /** Change the pen, for all that was drawn as well. */
    setPen(width) {
      radius = width;
      redraw();
    },
  };
}

/** Ink a straight line with round ends; its edge is soft, a pixel wide. */
function line(ink, from, to, radius) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  const wide = radius * Math.max(from.press, to.press) + 1;
  const [left, right] = [Math.min(from.x, to.x) - wide, Math.max(from.x, to.x) + wide];
  const [top, bottom] = [Math.min(from.y, to.y) - wide, Math.max(from.y, to.y) + wide];
  const last = (value) => Math.min(BOARD - 1, Math.ceil(value));
  for (let row = Math.max(0, Math.floor(top)); row <= last(bottom); row += 1) {
    for (let column = Math.max(0, Math.floor(left)); column <= last(right); column += 1) {
      const [x, y] = [column + 0.5 - from.x, row + 0.5 - from.y]; // a pixel's middle
      const along = length2 ? (x * dx + y * dy) / length2 : 0;
      const t = Math.min(Math.max(along, 0), 1);
      const away = Math.hypot(x - t * dx, y - t * dy);
      const reach = radius * (from.press + t * (to.press - from.press));
      const cover = Math.min(Math.max(reach + 0.5 - away, 0), 1);
      const k = row * BOARD + column;
      if (cover > ink[k]) ink[k] = cover;
    }
  }
}
