"""The map of digits: what Python hands over, and what a reader can do with it."""

import io
import re

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from matplotlib.colors import to_rgb
from PIL import Image

from lenet_lib import plotting, widgets
from lenet_lib.plotting.code_map import DIGIT_COLOURS
from lenet_lib.widgets import embed

#: A warning while drawing would stand in a chapter, above the figure.
pytestmark = pytest.mark.filterwarnings("error")

STATIC = ROOT / "lenet_lib" / "widgets" / "static"
PHONE = {"viewport": {"width": 390, "height": 900}, "has_touch": True}
EACH = 6
LABELS = np.repeat(np.arange(10), EACH)
#: In two rows of five, far apart; higher ones first, as on the page.
CODES = np.array([[10.0 * (d % 5), 10.0 - 10.0 * (d // 5)] for d in range(10)])
#: The last of each digit's dots is misread as the next digit, and lies towards it.
ANSWERS = np.where(np.arange(10 * EACH) % EACH == EACH - 1, (LABELS + 1) % 10, LABELS)
NUMBERS = np.arange(10 * EACH) * 37 + 5


def images(count: int = 10 * EACH) -> np.ndarray:
    """Grey noise, no two alike, in a box with paper around it."""
    draw = np.random.default_rng(0)
    made = np.zeros((count, 28, 28), np.uint8)
    made[:, 6:22, 6:22] = draw.integers(0, 256, (count, 16, 16))
    return made


def points() -> np.ndarray:
    """Five dots of each digit in a row to the right of its cross, one below it."""
    step = np.arange(10 * EACH) % EACH
    missed = ANSWERS != LABELS
    offset = np.stack([np.where(missed, 0, step), np.where(missed, -4, 0)], 1)
    return CODES[LABELS] + offset


def figure(**options) -> widgets.Widget:
    return widgets.code_map(
        images(), points(), LABELS, ANSWERS, CODES, **{"numbers": NUMBERS} | options
    )


def described(dot: int) -> str:
    """What the figure says of a dot."""
    article = "An" if LABELS[dot] == 8 else "A"
    missed = LABELS[dot] != ANSWERS[dot]
    how = f"misread as {ANSWERS[dot]}" if missed else "read rightly"
    return f"{article} {LABELS[dot]}, {how}"


def is_at(view, dot: int) -> None:
    """The dot that is chosen: its words, its number and its very pixels."""
    assert view.locator(".what").inner_text() == described(dot)
    assert view.locator(".number").inner_text() == f"digit no. {NUMBERS[dot]:,}"
    drawn = view.locator("svg.digit .pixels").evaluate(
        "pixels => [...pixels.children].map(p => p.getAttribute('fill-opacity'))"
    )
    shown = np.array(drawn, float).reshape(28, 28) * 15
    assert np.array_equal(np.rint(shown), np.rint(images()[dot] / 255 * 15))


def spot(view, dot: int) -> tuple[float, float]:
    """Where a dot is on the screen: by the crosses, which are drawn apart from it."""
    places = view.locator(".cross").last.evaluate(
        """cross => [...cross.getAttribute("d").matchAll(/M([\\d.]+),([\\d.]+)/g)]
            .map(([, x, y]) => new DOMPoint(x, y).matrixTransform(cross.getScreenCTM()))
            .map(({ x, y }) => [x, y])"""
    )
    (left, top), (right, _) = places[0], places[4]
    unit = (right - left) / 40
    x, y = points()[dot] - CODES[0]
    return left + x * unit, top - y * unit


def spoken(view, dot: int) -> None:
    region = view.locator(".code-map > [aria-live=polite]")
    words = f"{described(dot)}: digit no. {NUMBERS[dot]:,}."
    region.filter(has_text=words).wait_for(state="attached")


# What Python hands over


def test_the_markup_is_whole_and_names_no_other_host():
    html = figure()._repr_html_()
    assert set(re.findall(r"https?://[\w./]+", html)) <= {"http://www.w3.org/2000/svg"}
    assert "import " not in html and "export " not in html
    assert re.findall(r"<(\w+)[ >]", html.split("<script")[0]) == [
        "div",
        "style",
        "img",
    ]
    assert html.count("<script") == 2


def test_a_thousand_digits_of_usual_ink_fit_into_250_kb():
    """As much ink as MNIST's digits have: about 150 pixels that are not paper."""
    draw = np.random.default_rng(1)
    many = np.zeros((1000, 28, 28), np.uint8)
    many[:, 8:20, 8:20] = draw.integers(40, 256, (1000, 12, 12))
    labels = np.arange(1000) % 10
    answers = np.where(np.arange(1000) % 11 == 0, 3, labels)
    spread = CODES[labels] + draw.normal(size=(1000, 2))
    html = widgets.code_map(many, spread, labels, answers, CODES)._repr_html_()
    assert len(html) < 250_000


def test_two_builds_give_the_same_bytes():
    assert figure()._repr_html_() == figure()._repr_html_()


def test_tensors_will_do():
    given = [torch.tensor(a) for a in (images(), points(), LABELS, ANSWERS, CODES)]
    made = widgets.code_map(*given, numbers=torch.tensor(NUMBERS))
    assert made._repr_html_() == figure()._repr_html_()


def test_a_picture_with_a_text_stands_in():
    made = figure()
    picture = Image.open(io.BytesIO(made.picture)).convert("RGB")
    assert picture.width > 600
    seen = set(map(tuple, np.asarray(picture).reshape(-1, 3).tolist()))
    for colour in (*DIGIT_COLOURS, plotting.COLOURS["output"]):
        assert tuple(round(255 * part) for part in to_rgb(colour)) in seen
    assert "60 digits" in made.alt and "10 misread digits are ringed" in made.alt
    assert "from left to right are those of 0, 5, 1, 6, 2, 7, 3, 8, 4, 9" in made.alt


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": images()[:, :14]}, r"images must be \(n, 28, 28\), not \(60, 14"),
        ({"images": images()[:0]}, r"not \(0, 28, 28\)\.$"),
        ({"images": images() - 1.0}, "grey levels of 0 to 255"),
        ({"images": images() * np.nan}, "grey levels of 0 to 255"),
        ({"points": points()[:5]}, r"points must be \(60, 2\) finite"),
        ({"points": points() + np.inf}, r"points must be \(60, 2\) finite"),
        ({"points": points() * [1, 1e4]}, "about as far up as along"),
        ({"codes": CODES[:9]}, r"codes must be \(10, 2\) finite"),
        ({"labels": LABELS + 1}, "labels must be 60 digits"),
        ({"answers": ANSWERS[:3]}, "answers must be 60 digits"),
        ({"numbers": NUMBERS / 2}, "numbers must be 60 whole numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")  # from making the nonsense
def test_what_cannot_be_shown_is_refused_in_one_sentence(change, message):
    given = {
        "images": images(), "points": points(), "labels": LABELS, "answers": ANSWERS,
        "codes": CODES, "numbers": NUMBERS,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message) as caught:
        widgets.code_map(**given | change)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_no_two_modules_of_the_figure_use_one_name():
    declared = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
    names = re.findall(declared, embed.script("code_map"), re.MULTILINE)
    assert len(set(names)) == len(names) > 10
    assert "</script" not in embed.script("code_map")
    assert "</style" not in embed.style("code_map")


def luminance(colour: str) -> float:
    parts = [
        c / 12.92 if c < 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
    ]
    return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))


def test_dots_stand_out_from_light_and_dark_paper():
    style = (STATIC / "code_map.css").read_text("utf-8")
    pairs = re.findall(r"\.digit-\d \{ --digit: light-dark\((#\w+), (#\w+)\)", style)
    assert tuple(light for light, _ in pairs) == DIGIT_COLOURS
    for light, dark in pairs:
        assert 1.05 / (luminance(light) + 0.05) >= 3
        assert (luminance(dark) + 0.05) / (luminance("#16171a") + 0.05) >= 4.5


# In a browser


def test_crosses_rings_and_dots_are_where_they_belong(show):
    view = show(figure())
    assert view.locator(".missed text").all_text_contents() == [*"0123456789"]
    assert view.locator("text.name").all_text_contents() == [*"0123456789"]
    counts = view.locator(".class").evaluate_all(
        """all => all.map(c => [c.querySelector(".right"), c.querySelector(".ring")]
            .map(path => path.getAttribute("d").split("M").length - 1))"""
    )
    assert counts == [[EACH - 1, 1]] * 10
    is_at(view, EACH - 1)  # the first misread one


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_pointing_at_a_dot_shows_the_digit(show, touch):
    view = show(figure(), **(PHONE if touch else {}))
    for dot in (0, 9, 5, 33, 59):
        (view.touchscreen.tap if touch else view.mouse.move)(*spot(view, dot))
        is_at(view, dot)
    spoken(view, 59)
    if not touch:  # far from any dot nothing changes
        (left, y), (right, _) = spot(view, 4), spot(view, 6)
        view.mouse.move((left + right) / 2, y)
        is_at(view, 59)


def test_arrow_keys_walk_to_the_nearest_dot_in_a_direction(show):
    view = show(figure())
    drawing = view.get_by_role("application")
    drawing.focus()
    drawing.press("1")
    is_at(view, EACH)  # nearest to its cross
    before = view.evaluate("scrollY")
    for key, dot in (
        ("ArrowRight", EACH + 1),
        ("ArrowRight", EACH + 2),
        ("ArrowLeft", EACH + 1),
        ("ArrowDown", 2 * EACH - 1),  # the misread 1
        ("ArrowUp", EACH),
        ("ArrowUp", EACH),  # nothing is above
    ):
        drawing.press(key)
        is_at(view, dot)
    spoken(view, EACH)
    assert view.evaluate("scrollY") == before


def test_digits_and_m_go_through_their_dots(show):
    view = show(figure())
    drawing = view.get_by_role("application")
    for digit in "7308":
        drawing.press(digit)
        is_at(view, EACH * int(digit))
        assert view.get_by_label(digit, exact=True).is_checked()
        bright = view.locator(".class:not(.dimmed)")
        assert bright.get_attribute("class") == f"class digit-{digit}"
    drawing.press("8")
    is_at(view, EACH * 8 + 1)
    drawing.press("ArrowUp")  # dimmed dots are walked past
    is_at(view, EACH * 8 + 1)
    drawing.press("m")
    is_at(view, EACH - 1)
    drawing.press("m")
    is_at(view, 2 * EACH - 1)
    assert view.get_by_role("radio", name="misread", exact=True).is_checked()
    drawing.press("Escape")
    assert view.get_by_role("radio", name="all", exact=True).is_checked()
    assert view.locator(".dimmed, .only-missed").count() == 0
    drawing.press("Control+4")  # the browser's own
    is_at(view, 2 * EACH - 1)


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_choices_show_some_of_the_dots(show, touch):
    view = show(figure(), **(PHONE if touch else {}))

    def choose(name: str) -> None:
        option = view.get_by_label(name, exact=True)
        (option.tap if touch else option.click)()

    choose("4")
    is_at(view, 4 * EACH)
    assert view.locator(".dimmed").count() == 9
    (view.touchscreen.tap if touch else view.mouse.move)(*spot(view, 0))
    is_at(view, 4 * EACH)  # a dimmed dot is not there
    choose("misread")
    assert view.locator(".dimmed").count() == 0
    assert view.locator(".only-missed").count() == 1
    choose("all")
    (view.touchscreen.tap if touch else view.mouse.move)(*spot(view, 0))
    is_at(view, 0)


def test_two_copies_are_independent(show):
    view = show(figure(), figure())
    view.get_by_role("application").nth(1).press("7")
    assert view.locator(".what").all_inner_texts() == [
        "A 0, misread as 1",
        described(42),
    ]
    assert view.locator(".dimmed").count() == 9
    assert view.get_by_role("radio", name="all", exact=True).nth(0).is_checked()


def test_without_a_misread_digit_it_works_as_well(show):
    view = show(widgets.code_map(images(), points(), LABELS, LABELS, CODES))
    assert view.locator(".what").inner_text() == "A 0, read rightly"
    view.get_by_role("application").press("m")
    assert view.locator(".what").inner_text() == "A 0, read rightly"


def test_without_scripts_and_on_paper_the_picture_is_there(show):
    view = show(figure(), java_script_enabled=False)
    picture = view.get_by_role("img", name=figure().alt, exact=True)
    assert picture.is_visible() and picture.bounding_box()["width"] > 400
    live = show(figure())
    assert live.locator(".lenet-figure > img").count() == 0
    live.emulate_media(media="print")
    live.locator(".lenet-figure > img").wait_for()
    live.emulate_media(media="screen")
    live.locator(".live").wait_for()
    is_at(live, EACH - 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show, scheme):
    view = show(figure(), color_scheme=scheme)
    for key in ("m", "3"):
        found = Axe().run(view).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        view.get_by_role("application").press(key)


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_all_of_it_with_room_for_fingers(show, width):
    view = show(figure(), **PHONE | {"viewport": {"width": width, "height": 900}})
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    choices = view.locator(".choice")
    assert choices.count() == 12
    for box in [choices.nth(k).bounding_box() for k in range(12)]:
        assert box["width"] >= 44 and box["height"] >= 44
        assert box["x"] + box["width"] <= width
    box = view.locator(".drawing").bounding_box()
    assert box["width"] > 300


def test_the_map_is_drawn_anew_when_the_page_gets_narrower(show):
    view = show(figure())
    wide = view.locator(".right").first.get_attribute("d")
    view.set_viewport_size({"width": 390, "height": 800})
    view.locator(".drawing.narrow").wait_for()
    assert view.locator(".right").first.get_attribute("d") != wide
    view.mouse.move(*spot(view, 33))
    is_at(view, 33)


# The still figure of two maps


def test_both_panels_have_all_dots_and_ten_names():
    drawn = plotting.code_maps({"one": points(), "other": -points()}, LABELS)
    for panel, title in zip(drawn.axes, ("one", "other"), strict=True):
        assert panel.get_title(loc="center") == title
        dots = [len(c.get_offsets()) for c in panel.collections]
        assert sum(dots) == len(LABELS)
        assert [text.get_text() for text in panel.texts] == [*"0123456789"]
