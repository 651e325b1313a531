/**
 * The last layer: ten outputs as bars, and where the network has codes, the codes.
 */

import { bitmap } from "./bitmap.js";
import { html, write } from "./figure.js";

/** The bars' full height: a distance as long, or an output as high, as this. */
const FULL = { LeNet5: 120, LeNet1: 1.7159, TutorialLeNet5: 20 };

const RULE = {
  LeNet5: "squared distance of F6 to each code: the smallest wins",
  LeNet1: "an output for each digit, from −1 to +1: the largest wins",
  TutorialLeNet5: "a weighted sum for each digit: the largest wins",
};

/** A number of few digits; much faster than one with all the rules of a language. */
function shortly(value) {
  if (Math.abs(value) < 0.05) return "0.0";
  return value.toFixed(Math.abs(value) < 9.95 ? 1 : 0).replace("-", "−");
}

/**
 * @param {{network: string, codes: ArrayLike<number>|null}} data
 * @param {function(Object|null, boolean)} pointed
 */
export function outputsView({ network, codes }, pointed) {
  const units = Array.from({ length: 10 }, (_, digit) => {
    const code = codes ? bitmap(7, 12) : null;
    const [bar, value] = [html("i"), html("span", { class: "value" })];
    const point = (byKey) => pointed({ map: digit, row: 0, column: 0 }, byKey);
    const node = html(
      "button",
      {
        type: "button",
        onpointerenter: (event) => event.pointerType === "mouse" && point(false),
        onpointerleave: (event) => event.pointerType === "mouse" && pointed(null, false),
        onclick: () => point(false),
        onfocus: (event) => event.target.matches(":focus-visible") && point(true),
        onblur: () => pointed(null, false),
      },
      html("span", { class: "column" }, bar),
      value,
      code?.node ?? "",
      html("b", {}, digit),
    );
    return { node, bar, value, code };
  });
  const node = html(
    "section",
    { class: `layer output ${codes ? "coded" : ""}` },
    html(
      "p",
      { class: "part" },
      html("b", {}, "output"),
      html("span", { class: "how" }, ` ${RULE[network]}`),
    ),
    html("div", { class: "outputs" }, ...units.map((unit) => unit.node)),
  );

  const paint = (states, ink, answer) => {
    const { values } = states.output;
    units.forEach(({ node: button, bar, value, code }, digit) => {
      const height = Math.min(Math.abs(values[digit]) / FULL[network], 1);
      bar.style.transform = `scaleY(${height})`;
      bar.classList.toggle("negative", values[digit] < 0);
      const text = shortly(values[digit]);
      write(value, text);
      button.setAttribute("aria-label", `Output ${digit}: ${text}`);
      button.classList.toggle("best", digit === answer?.digit);
      code?.paint(codes.subarray(84 * digit, 84 * (digit + 1)), -1, 2, ink);
    });
  };
  const mark = (boxes) =>
    units.forEach((unit, k) => unit.node.classList.toggle("marked", k in boxes));
  return { name: "output", node, paint, mark };
}
