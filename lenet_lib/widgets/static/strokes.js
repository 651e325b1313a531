/**
 * A drawing: strokes of a round pen on paper, and the ink that they leave.
 */

/** Pixels along a square board's edge: ten for each pixel of a digit of MNIST. */
export const BOARD = 280;

/** Radius of the pen on the board: MNIST's strokes are about two and a half wide. */
export const THICK = 12;
export const THIN = 1.5;

/**
 * An empty drawing. Places are `[x, y]` in pixels of the board; `press` makes the pen
 * wider or narrower, 1 being its own width.
 * @param {number} [columns] of the board, whose rows are as many as a square one's
 */
export function drawing(columns = BOARD) {
  const ink = new Float64Array(BOARD * columns); // 0 for paper to 1 for ink
  const paper = { ink, columns };
  const tenth = columns / 10; // columns of what lies below
  let strokes = []; // each a list of {x, y, press}
  let digit = null; // what lies below them: 28 × a tenth values, 0 to 1
  let radius = THICK;

  /** Ink everything anew. */
  function redraw() {
    ink.fill(0);
    if (digit) {
      for (let k = 0; k < ink.length; k += 1) {
        const row = Math.floor(k / columns / 10);
        ink[k] = digit[row * tenth + Math.floor((k % columns) / 10)];
      }
    }
    for (const stroke of strokes) {
      stroke.forEach((point, k) => line(paper, stroke[k - 1] ?? point, point, radius));
    }
  }

  return {
    ...paper,
    /** Whether there is nothing on the paper. */
    isBlank: () => !digit && !strokes.length,
    hasDigit: () => Boolean(digit),
    /** Put the pen down. */
    begin(x, y, press = 1) {
      const point = { x, y, press };
      strokes.push([point]);
      line(paper, point, point, radius);
    },
    /** Draw on to a place, however far it is. */
    extend(x, y, press = 1) {
      const point = { x, y, press };
      line(paper, strokes.at(-1).at(-1), point, radius);
      strokes.at(-1).push(point);
    },
    /** Take the last stroke back; with none left, the digit below. */
    undo() {
      if (!strokes.pop()) digit = null;
      redraw();
    },
    /** Begin again, on blank paper or on digits (28 rows of values, 0 to 1). */
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
function line({ ink, columns }, from, to, radius) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  const wide = radius * Math.max(from.press, to.press) + 1;
  const [left, right] = [Math.min(from.x, to.x) - wide, Math.max(from.x, to.x) + wide];
  const [top, bottom] = [Math.min(from.y, to.y) - wide, Math.max(from.y, to.y) + wide];
  const last = (value, edge) => Math.min(edge - 1, Math.ceil(value));
  const [lowest, rightmost] = [last(bottom, BOARD), last(right, columns)];
  for (let row = Math.max(0, Math.floor(top)); row <= lowest; row += 1) {
    for (let column = Math.max(0, Math.floor(left)); column <= rightmost; column += 1) {
      const [x, y] = [column + 0.5 - from.x, row + 0.5 - from.y]; // a pixel's middle
      const along = length2 ? (x * dx + y * dy) / length2 : 0;
      const t = Math.min(Math.max(along, 0), 1);
      const away = Math.hypot(x - t * dx, y - t * dy);
      const reach = radius * (from.press + t * (to.press - from.press));
      const cover = Math.min(Math.max(reach + 0.5 - away, 0), 1);
      const k = row * columns + column;
      if (cover > ink[k]) ink[k] = cover;
    }
  }
}
