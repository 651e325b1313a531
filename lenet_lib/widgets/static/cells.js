/**
 * Squares of 5 × 5 numbers: to read, and to type into.
 */

import { HEAVIEST, WINDOW, parseWeight } from "./convolution.js";
import { clamp, freshId, html, number } from "./figure.js";

/** Tint one cell by its value, as a share of the largest. */
function tint(cell, value, most) {
  cell.style.setProperty("--density", Math.min(Math.abs(value) / (most || 1), 1));
  cell.classList.toggle("negative", value < 0);
}

/** A weight as one would type it: without the comma that could be a decimal one. */
const asTyped = (value) => number(value, 3).replaceAll(",", "");

/** A 5 × 5 table made of what `fill` gives for each place. */
function square(title, kind, fill) {
  const rows = Array.from({ length: WINDOW }, (_, row) =>
    html(
      "tr",
      {},
      ...Array.from({ length: WINDOW }, (_, column) => fill(row * WINDOW + column)),
    ),
  );
  return html(
    "table",
    { class: `cells ${kind}` },
    html("caption", {}, title),
    html("tbody", {}, ...rows),
  );
}

/**
 * Numbers to read.
 * @param {string} title
 * @param {string} kind "ink" or "signed", the colour of the tint
 * @returns {{node: HTMLElement, show: function(number[], number, number)}}
 */
export function readout(title, kind) {
  const cells = [];
  const node = square(title, kind, () => {
    cells.push(html("td", { class: "cell" }));
    return cells.at(-1);
  });
  const show = (values, zero, most) =>
    cells.forEach((cell, k) => {
      cell.textContent = number(values[k]);
      tint(cell, values[k] - zero, most);
    });
  return { node, show };
}

/**
 * 25 weights to type.  What is typed stays in its field, right or wrong; a wrong entry
 * is marked and explained, and the last right weight counts until it is mended.
 *
 * @param {function(number[], string[])} changed called with all weights and all texts
 *   whenever something was typed
 */
export function editor(changed) {
  const complaint = html("p", {
    class: "complaint",
    id: freshId(),
    "aria-live": "polite",
  });
  let weights = Array(WINDOW * WINDOW).fill(0);
  const fields = [];
  const node = square("25 weights", "signed", (k) => {
    const place = `row ${Math.floor(k / WINDOW)}, column ${k % WINDOW}`;
    const field = html("input", {
      type: "text", // a number pad would have no minus on some phones
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": `Weight in ${place}`,
      oninput: () => {
        const value = parseWeight(field.value);
        if (!Number.isNaN(value)) weights[k] = value;
        mark();
        changed([...weights], fields.map((each) => each.value));
      },
      onfocus: () => field.select(),
      onkeydown: (event) => {
        const step = { ArrowUp: -WINDOW, ArrowDown: WINDOW }[event.key];
        if (!step) return;
        event.preventDefault();
        fields[clamp(k + step, k % WINDOW, k % WINDOW + 20)].focus();
      },
    });
    fields.push(field);
    return html("td", { class: "cell" }, field);
  });

  const mark = () => {
    const most = Math.max(...weights.map(Math.abs));
    const wrong = fields.filter((field, k) => {
      const bad = Number.isNaN(parseWeight(field.value));
      tint(field.parentElement, weights[k], most);
      field.toggleAttribute("aria-invalid", false);
      if (bad) field.setAttribute("aria-invalid", "true");
      if (bad) field.setAttribute("aria-describedby", complaint.id);
      else field.removeAttribute("aria-describedby");
      return bad;
    });
    complaint.textContent = wrong.length ? explain(wrong) : "";
  };

  const explain = ([first, ...others]) => {
    const k = fields.indexOf(first);
    const what = first.value.trim()
      ? `“${first.value.trim().slice(0, 12)}” is not a number between ` +
        `−${number(HEAVIEST)} and ${number(HEAVIEST)}`
      : "a number is missing";
    const more = others.length ? ` (${others.length} more to mend)` : "";
    return (
      `Weight in row ${Math.floor(k / WINDOW)}, column ${k % WINDOW}: ${what}; ` +
      `its last value, ${number(weights[k], 3)}, still counts.${more}`
    );
  };

  /** Put weights into the fields, with the texts that were typed for them if any. */
  const show = (values, texts = values.map(asTyped)) => {
    weights = [...values];
    fields.forEach((field, k) => (field.value = texts[k]));
    mark();
  };
  return { node, complaint, show };
}
