/**
 * What all interactive figures share: elements, numbers, and the way into the page.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Set attributes; `on…` adds a listener, `false` and `null` leave one out. */
function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/**
 * An HTML element. Strings among the children become text, never markup.
 * @param {string} tag
 * @param {Object} attributes for instance `{class: "note", onclick: act}`
 * @param {...(Node|string)} children
 */
export function html(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * A number as the book prints it: a true minus, commas between thousands.
 * @param {number} value
 * @param {number} decimals at most so many
 */
export function number(value, decimals = 2) {
  const text = value.toLocaleString("en", { maximumFractionDigits: decimals });
  return /[1-9]/.test(text) ? text.replace("-", "−") : "0"; // no "−0"
}

/** Put a text into an element, unless it is there: each new one is laid out anew. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The number nearest to `value` in the range `low` to `high`. */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** An id of its own for an element at which another one points. */
export const freshId = () => `lenet-${Math.random().toString(36).slice(2)}`;

/**
 * A region that screen readers speak from when it changes. Words that are replaced
 * within a moment (a key held down) are never said.
 * @returns {{node: HTMLElement, say: function(string): void, hush: function(): void}}
 */
export function speaker() {
  const node = html("p", { class: "unseen", "aria-live": "polite" });
  let timer = 0;
  const hush = () => clearTimeout(timer);
  const say = (words) => {
    hush();
    timer = setTimeout(() => (node.textContent = words), 250);
  };
  return { node, say, hush };
}

/**
 * Bring to life every figure of one kind that is on the page and still a picture.
 *
 * Each copy carries this script. No copy needs to be found by an id, so notebooks may
 * run the script wherever they like, and two copies never meet.
 *
 * @param {string} kind the value of `data-figure` in the markup
 * @param {function(Object, HTMLElement): HTMLElement} build makes the live figure from
 *   the data in the markup and the element that will hold it
 */
export function mount(kind, build) {
  const waiting = `[data-figure="${kind}"]:not([data-live])`;
  for (const place of document.querySelectorAll(waiting)) {
    const picture = place.querySelector("img");
    const data = place.querySelector("script[type='application/json']").textContent;
    const live = build(JSON.parse(data), place);
    place.dataset.live = "";
    picture.replaceWith(live);
    // Paper gets the picture.
    matchMedia("print").addEventListener("change", ({ matches }) => {
      if (matches) live.replaceWith(picture);
      else picture.replaceWith(live);
    });
  }
}
