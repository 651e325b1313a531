/**
 * What the ten outputs mean: a digit, how sure the network is, or "not a digit".
 */

import { html, write } from "./figure.js";

export const NOT_A_DIGIT = "not a digit";

/**
 * @param {ArrayLike<number>} outputs ten
 * @param {string} network
 * @param {number} j LeNet-5's penalty of the rubbish class
 * @returns {{digit: number, shares: number[], rejected: boolean}} the ten probabilities,
 *   and where the network has one, that of "not a digit"
 */
export function meaning(outputs, network, j) {
  const shares = SHARES[network]([...outputs], j);
  const best = Math.max(...shares.slice(0, 10));
  const digit = shares.indexOf(best);
  return { digit, shares, rejected: best < (shares[10] ?? 0.5) };
}

const SHARES = {
  /** 1998, II.C: e to the minus penalty, in which the rubbish class has its part. */
  LeNet5: (distances, j) => exponentials([...distances, j].map((penalty) => -penalty)),
  /**
   * Trained by squared error towards +1 and -1, an output estimates 2p - 1, p being the
   * probability of its digit. What the ten leave of 1 is nobody's.
   */
  LeNet1: (outputs) => {
    const p = outputs.map((output) => Math.min(Math.max((1 + output) / 2, 0), 1));
    const sum = p.reduce((a, b) => a + b, 0);
    return [...p, Math.max(1 - sum, 0)].map((share) => share / Math.max(sum, 1));
  },
  /** A softmax, which knows ten digits and nothing else: below a half, it is a guess. */
  TutorialLeNet5: exponentials,
};

function exponentials(values) {
  const most = Math.max(...values); // its exponential is 1, and none overflows
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** A share in percent: "98 %", "> 99.9 %". */
export function percent(share) {
  if (share < 0.001) return "< 0.1\u00a0%";
  if (share > 0.999) return "> 99.9\u00a0%";
  return `${(100 * share).toFixed(share > 0.99 ? 1 : 0)}\u00a0%`;
}

/** The same in words that can be spoken. */
const inWords = (share) =>
  percent(share).replace("> ", "over ").replace("< ", "less than ");

/** How sure of the digit. */
function sureness(answer) {
  if (!answer) return "nothing yet: the paper is blank";
  if (answer.rejected) return "probably not a digit";
  return `${inWords(answer.shares[answer.digit])} sure`;
}

/** The answer as one sentence, to be spoken. */
export function sentence({ digit, shares, rejected }) {
  if (!rejected) return `Read as ${digit}, ${inWords(shares[digit])} sure.`;
  return `Probably not a digit; the nearest is ${digit}.`;
}

/** The answer, large, and the likeliest classes as bars. */
export function answerView() {
  const numeral = html("output", { class: "numeral" });
  const verdict = html("span", { class: "verdict" });
  const rows = Array.from({ length: 3 }, () => {
    const [name, share, bar] = [html("span"), html("span"), html("i")];
    const node = html("li", {}, name, html("span", { class: "track" }, bar), share);
    return { node, name, share, bar };
  });
  const node = html(
    "div",
    { class: "answer" },
    html("p", { class: "part" }, "The network reads"),
    numeral,
    verdict,
    html("ul", {}, ...rows.map((row) => row.node)),
  );

  const show = (answer) => {
    node.classList.toggle("blank", !answer);
    node.classList.toggle("rejected", Boolean(answer?.rejected));
    write(numeral, answer ? String(answer.digit) : "");
    write(verdict, sureness(answer));
    const shares = answer?.shares ?? [];
    const order = shares.map((_, k) => k).sort((a, b) => shares[b] - shares[a]);
    rows.forEach(({ node: row, name, share, bar }, k) => {
      const best = order[k];
      row.hidden = best === undefined;
      if (row.hidden) return;
      write(name, best === 10 ? NOT_A_DIGIT : String(best));
      write(share, percent(shares[best]));
      bar.style.transform = `scaleX(${shares[best]})`;
      row.classList.toggle("rubbish", best === 10);
    });
  };
  return { node, show };
}
