/**
 * A group of choices of which one holds: quiet radio buttons, each with a label.
 */

import { freshId, html } from "./figure.js";

/**
 * @param {string} title
 * @param {{value: string|number, content: (Node|string)[]}[]} options
 * @param {function(string)} choose called when the reader chooses
 * @returns {{node: HTMLElement, select: function(string|number)}}
 */
export function choices(title, options, choose) {
  const name = freshId(); // radio buttons of one name are one group
  const labels = options.map(({ value, content }) =>
    html(
      "label",
      {},
      html("input", { type: "radio", name, value, onchange: () => choose(value) }),
      html("span", { class: "choice" }, ...content),
    ),
  );
  const legend = html("legend", {}, title);
  const node = html("fieldset", { class: "choices" }, legend, html("div", {}, ...labels));
  const select = (value) => {
    for (const label of labels) {
      const input = label.firstElementChild;
      input.checked = input.value === String(value);
    }
  };
  return { node, select };
}
