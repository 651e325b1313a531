// A figure that scrolls sideways (on a phone) must be reachable by keyboard, too.
const markScrollable = () => {
  for (const figure of document.querySelectorAll("figure")) {
    if (figure.scrollWidth > figure.clientWidth) figure.tabIndex = 0;
    else figure.removeAttribute("tabindex");
  }
};
window.addEventListener("load", markScrollable);
window.addEventListener("resize", markScrollable);
