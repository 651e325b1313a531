/**
 * Sliders and switches, quiet: a name, a line, a value.
 */

import { html, number } from "./figure.js";

/**
 * @param {string} name
 * @param {{low: number, high: number, step: number, unit: string}} range
 * @param {function(number)} changed
 * @returns {{node: HTMLElement, set: function(number)}}
 */
export function slider(name, { low, high, step, unit }, changed) {
  const value = html("output", {});
  const input = html("input", {
    type: "range",
    min: low,
    max: high,
    step,
    value: 0,
    oninput: () => {
      show();
      changed(Number(input.value));
    },
  });
  const show = () => {
    value.textContent = `${number(Number(input.value))}\u00a0${unit}`;
    input.setAttribute("aria-valuetext", value.textContent);
  };
  const node = html("label", { class: "slider" }, html("span", {}, name), value, input);
  show();
  const set = (number) => {
    input.value = number;
    show();
  };
  return { node, set };
}

/** A box to tick. */
export function tick(name, changed) {
  const input = html("input", { type: "checkbox", onchange: () => changed(input.checked) });
  return html("label", { class: "tick" }, input, html("span", {}, name));
}
