"""The interactive figures: what Python hands over, and what a reader can do with it."""

import base64
import io
import json
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from PIL import Image
from torch.nn.functional import conv2d

from lenet_lib import papers, widgets
from lenet_lib.plotting import COLOURS
from lenet_lib.widgets import connection_table, embed, kernel_over_digit

#: A warning while drawing would stand in a chapter, above the figure.
pytestmark = pytest.mark.filterwarnings("error")

STATIC = ROOT / "lenet_lib" / "widgets" / "static"
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
EDGE = torch.tensor(widgets.KERNELS["vertical edge"], dtype=torch.float64)


def digits(count: int = 3) -> torch.Tensor:
    """Grey noise in a 12 x 12 box, so that there is room to shift; paper elsewhere."""
    images = torch.zeros(count, 28, 28, dtype=torch.uint8)
    generator = torch.Generator().manual_seed(0)
    box = torch.randint(0, 256, (count, 12, 12), generator=generator)
    images[:, 8:20, 8:20] = box.to(torch.uint8)
    images[0, 8, 8] = 255
    return images


def kernel_figure(**options) -> widgets.Widget:
    return kernel_over_digit(digits(), ["7", "2", "1"], **options)


def lenet5_figure() -> widgets.Widget:
    return connection_table(papers.LENET5_TABLE, source="S2", target="C3")


FIGURES = {"kernel": kernel_figure, "table": lenet5_figure}


def convolved(image: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """The map (24, 24) as torch computes it."""
    return conv2d(image.double()[None, None], kernel[None, None])[0, 0]


def value(text: str) -> float:
    """A number as the figures print it."""
    assert "-" not in text  # a true minus, not a hyphen
    return float(text.replace("−", "-").replace(",", ""))


# What Python hands over


class Markup(HTMLParser):
    """Opens a figure's HTML as a browser would: elements, and texts of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.tags[-1][0], data))

    @property
    def data(self) -> dict:
        """What the figure's script will read."""
        scripts = [text for tag, text in self.texts if tag == "script"]
        assert len(scripts) == 2  # the data and the code: no text ended one of them
        return json.loads(scripts[0])


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_the_markup_is_whole_and_names_no_other_host(figure):
    html = figure()._repr_html_()
    tags = [tag for tag, _ in Markup(html).tags]
    assert tags == ["div", "style", "img", "script", "script"]
    # The namespace of SVG is a name, not a place that anything is loaded from.
    assert set(re.findall(r"https?://[\w./]+", html)) <= {"http://www.w3.org/2000/svg"}
    assert "import " not in html and "export " not in html
    assert len(html) < 150_000


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_two_builds_give_the_same_bytes(figure):
    assert figure()._repr_html_() == figure()._repr_html_()


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_picture_with_a_text_stands_in(figure):
    (image,) = [
        given for tag, given in Markup(figure()._repr_html_()).tags if tag == "img"
    ]
    assert len(image["alt"]) > 80
    start = "data:image/svg+xml;base64,"
    assert image["src"].startswith(start)
    picture = base64.b64decode(image["src"].removeprefix(start)).decode()
    assert "<svg" in picture and "<dc:date>" not in picture


def test_the_alternative_of_a_table_tells_every_link():
    alt = lenet5_figure().alt
    for target, reads in enumerate(papers.LENET5_TABLE):
        assert f"C3.{target} reads S2.{', '.join(map(str, reads))}" in alt


@pytest.mark.parametrize("name", ["</script><b>", '"><img src=x>', "a & b", "<!-- "])
def test_texts_are_data_and_never_markup(name):
    for figure in (
        kernel_over_digit(digits(1), [name], learned={name: np.eye(5)}, kernel=name),
        connection_table([[0]], source=name, target="C3"),
    ):
        markup = Markup(figure._repr_html_())
        assert [tag for tag, _ in markup.tags] == ["div", "style", "img"] + [
            "script"
        ] * 2
        assert name in json.dumps(markup.data, ensure_ascii=False).replace('\\"', '"')
        assert name in dict(markup.tags)["img"]["alt"]


def test_pixels_arrive_as_they_are():
    images = digits(2)
    data = Markup(kernel_over_digit(images)._repr_html_()).data
    assert data["images"] == images.reshape(2, -1).tolist()
    assert (data["paper"], data["ink"], data["labels"]) == (0, 255, ["1", "2"])
    floats = images.float() / 255 * 1.275 - 0.1
    data = Markup(kernel_over_digit(floats, torch.arange(2))._repr_html_()).data
    assert torch.equal(torch.tensor(data["images"]), floats.reshape(2, -1))
    assert data["labels"] == ["0", "1"]


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float16, np.float64, np.uint8])
def test_images_may_be_of_any_real_type(dtype):
    images = digits(1).numpy().astype(dtype)
    data = Markup(kernel_over_digit(images)._repr_html_()).data
    assert np.allclose(np.array(data["images"][0]), images.ravel().astype(float))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: kernel_over_digit(digits()[0]),
            r"images must be \(n, 28, 28\), not \(2",
        ),
        (lambda: kernel_over_digit(digits()[:, None]), r"not \(3, 1, 28, 28\)\.$"),
        (lambda: kernel_over_digit(np.zeros((1, 32, 32))), r"not \(1, 32, 32\)\.$"),
        (lambda: kernel_over_digit(np.zeros((0, 28, 28))), "1 to 12 digits, not 0"),
        (lambda: kernel_over_digit(np.zeros((13, 28, 28))), "1 to 12 digits, not 13"),
        (lambda: kernel_over_digit(digits() * np.nan), "finite real numbers"),
        (lambda: kernel_over_digit([[1, 2], [3]]), "regular array"),
        (lambda: kernel_over_digit([["a"]]), "finite real numbers"),
        (lambda: kernel_over_digit(digits(), ["7"]), "each of the 3 images, not 1"),
        (
            lambda: kernel_figure(learned={"mine": np.zeros((3, 3))}),
            r"kernel 'mine' must be \(5, 5\), not \(3, 3\)\.$",
        ),
        (lambda: kernel_figure(kernel="none"), "one of vertical edge, .*, not 'none'"),
        (lambda: connection_table([], source="a", target="b"), "it is empty"),
        (lambda: connection_table([[0], []], source="a", target="b"), r"table\[1\]"),
        (lambda: connection_table([[0, 0]], source="a", target="b"), "each once"),
        (lambda: connection_table([[-1]], source="a", target="b"), "counted from 0"),
        (
            lambda: connection_table([[0]], source="a", target="b", source_kind="x"),
            "one of input, .*, not 'x'",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_groups_are_found_in_the_table():
    groups = Markup(lenet5_figure()._repr_html_()).data["groups"]
    assert [(group["name"], group["size"]) for group in groups] == [
        ("contiguous triples", 6),
        ("contiguous quadruples", 6),
        ("discontinuous quadruples", 3),
        ("all", 1),
    ]
    lenet1 = connection_table(papers.LENET1_TABLE, source="H2", target="H3", first=1)
    assert lenet1.data["groups"] == []  # too many to be of help


def test_the_colours_are_those_of_all_figures():
    light = dict(
        re.findall(r"--(\w+): light-dark\((#\w+)", (STATIC / "figure.css").read_text())
    )
    for kind in ("input", "convolution", "subsampling", "output"):
        assert light[kind].lower() == COLOURS[kind].lower()


def test_no_two_modules_of_a_figure_use_one_name():
    declared = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
    for name in ("kernel_over_digit", "connection_table"):
        names = re.findall(declared, embed.script(name), re.MULTILINE)
        assert len(names) > 10
        assert len(set(names)) == len(names)
        assert "</script" not in embed.script(name)
        assert "</style" not in embed.style(name)


def test_the_wheel_holds_scripts_and_styles(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "LICENSE", "lenet_lib"):
        (tree / name).symlink_to(ROOT / name)
    build = "import sys, setuptools.build_meta as b; b.build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, tmp_path],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for file in STATIC.iterdir():
        assert f"lenet_lib/widgets/static/{file.name}" in held


# In a browser


def total(view, copy: int = 0) -> float:
    return value(view.locator(".total").nth(copy).inner_text())


def cells(view, kind: str) -> list[float]:
    table = view.locator("table", has=view.locator(f"caption:text-is('25 {kind}')"))
    return [value(text) for text in table.locator("td").all_inner_texts()]


def place(view) -> tuple[int, int]:
    """The window's row and column, as the figure says them."""
    words = view.locator(".result").first.inner_text()
    row, column = re.search(r"row (\d+), column (\d+)", words).groups()
    return int(row), int(column)


def densities(view) -> np.ndarray:
    """The map as it is drawn: signed, 1 for the largest; nan where not shown yet."""
    drawn = view.locator(".drawing .signed .pixels").first.evaluate(
        """pixels => [...pixels.children].map(p => {
            const tone = p.getAttribute("class");
            const sign = {positive: 1, negative: -1, unknown: NaN}[tone];
            return String(sign * p.getAttribute("fill-opacity"));
        })"""
    )
    return np.array([float(text) for text in drawn]).reshape(24, 24)


def press(view, name: str, copy: int = 0) -> None:
    view.get_by_role("button", name=name, exact=True).nth(copy).click()


def test_the_files_are_modules_of_todays_javascript(browser):
    view = browser.new_page()
    where = "http://figures.test"
    view.route(
        f"{where}/**",
        lambda route: (
            route.fulfill(path=STATIC / route.request.url.rsplit("/", 1)[1])
            if route.request.url.endswith(".js")
            else route.fulfill(body="", content_type="text/html")
        ),
    )
    view.goto(f"{where}/")
    for file in STATIC.glob("*.js"):
        source = file.read_text("utf-8")
        exported = re.findall(r"^export (?:const|function) (\w+)", source, re.MULTILINE)
        found = view.evaluate(
            "async (address) => Object.keys(await import(address))",
            f"{where}/{file.name}",
        )
        assert sorted(found) == sorted(exported)
    view.close()


def test_the_arithmetic_is_that_of_torch(browser):
    source = (STATIC / "convolution.js").read_text("utf-8")
    address = (
        f"data:text/javascript;base64,{base64.b64encode(source.encode()).decode()}"
    )
    generator = torch.Generator().manual_seed(1)
    image = torch.randn(28, 28, generator=generator, dtype=torch.float64)
    kernel = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    view = browser.new_page()
    found = view.evaluate(
        """async ([address, image, kernel]) => {
            const { convolve, shifted } = await import(address);
            return [convolve(image, kernel), shifted(image, 2, -3, 0.5)];
        }""",
        [address, image.ravel().tolist(), kernel.ravel().tolist()],
    )
    expected = convolved(image, kernel)
    assert abs(torch.tensor(found[0]) - expected.ravel()).max() < 1e-5
    moved = torch.full((28, 28), 0.5, dtype=torch.float64)
    moved[2:, :-3] = image[:-2, 3:]
    assert torch.equal(torch.tensor(found[1], dtype=torch.float64), moved.ravel())
    texts = [
        "-1",
        "−1",
        " 0,5 ",
        "1/25",
        ".5",
        "1e-3",
        "",
        "a",
        "1/0",
        "1e9",
        "--1",
        "1 2",
    ]
    numbers = view.evaluate(
        """async ([address, texts]) => {
            const { parseWeight } = await import(address);
            return texts.map(text => String(parseWeight(text)));
        }""",
        [address, texts],
    )
    assert numbers == ["-1", "-1", "0.5", "0.04", "0.5", "0.001"] + ["NaN"] * 6
    view.close()


def test_the_whole_map_is_that_of_torch(show):
    learned = torch.randn(5, 5, generator=torch.Generator().manual_seed(2))
    view = show(kernel_figure(learned={"learned 1": learned}, kernel="learned 1"))
    press(view, "Whole map")
    expected = convolved(digits()[0], learned.double())
    assert (
        abs(densities(view) - expected.numpy() / abs(expected).max().item()).max()
        < 1e-3
    )
    assert abs(total(view) - expected[place(view)].item()) < 0.006
    assert "shown rounded" in view.locator(".result").inner_text()


def test_the_sum_is_that_of_the_products(show):
    view = show(kernel_figure())
    pixels, products = cells(view, "pixels"), cells(view, "products")
    row, column = place(view)
    window = digits()[0, row : row + 5, column : column + 5].double()
    assert pixels == window.ravel().tolist()
    assert products == (window * EDGE).ravel().tolist()
    assert total(view) == sum(products) == convolved(digits()[0], EDGE)[row, column]
    assert "(+ bias 0)" in view.locator(".result").inner_text()
    assert "before squashing" in view.locator(".result").inner_text()
    assert "rounded" not in view.locator(".result").inner_text()


def test_arrow_keys_move_the_window_and_stop_at_the_edges(show):
    view = show(kernel_figure())
    row, column = place(view)
    drawing = view.get_by_role("application")
    drawing.focus()
    before = view.evaluate("scrollY")
    for key, (down, right) in {
        "ArrowDown": (1, 0),
        "ArrowRight": (0, 1),
        "ArrowUp": (-1, 0),
        "ArrowLeft": (0, -1),
    }.items():
        drawing.press(key)
        row, column = row + down, column + right
        assert place(view) == (row, column)
        assert total(view) == convolved(digits()[0], EDGE)[row, column]
    drawing.press("Home")
    drawing.press("ArrowLeft")
    assert place(view) == (row, 0)
    drawing.press("End")
    drawing.press("ArrowRight")
    assert place(view) == (row, 23)
    assert view.evaluate("scrollY") == before
    spoken = view.locator(".kernel-over-digit > [aria-live]")
    spoken.filter(has_text=f"Row {row}, column 23: sum").wait_for(state="attached")


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_pointing_moves_the_window(show, touch):
    view = show(kernel_figure(), **(PHONE if touch else {}))
    for sheet, size, offset in (("ink", 28, 2), ("signed", 24, 0)):
        pixels = view.locator(f".drawing .{sheet} .pixels > rect")
        box = pixels.nth(9 * size + 12).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        (view.touchscreen.tap if touch else view.mouse.click)(x, y)
        assert place(view) == (9 - offset, 12 - offset)
    if not touch:
        view.mouse.down()
        view.mouse.move(x + 3 * box["width"], y)
        view.mouse.up()
        assert place(view) == (9, 15)
        view.mouse.move(x, y)  # no longer held
        assert place(view) == (9, 15)


def test_typing_a_weight_changes_the_sum_and_chooses_ones_own_kernel(show):
    view = show(kernel_figure())
    pixels = cells(view, "pixels")
    field = view.get_by_label("Weight in row 4, column 2", exact=True)
    for text, weight in (("2", 2), ("−0,5", -0.5), ("1/4", 0.25)):
        field.fill(text)
        expected = EDGE.clone()
        expected[4, 2] = weight
        exact = (torch.tensor(pixels) * expected.ravel()).sum().item()
        assert abs(total(view) - exact) < 0.006
    assert view.get_by_label("your own").is_checked()
    view.get_by_label("blur").check()
    assert view.get_by_label("Weight in row 0, column 0").input_value() == "0.04"
    view.get_by_label("your own").check()
    assert field.input_value() == "1/4"
    assert abs(total(view) - exact) < 0.006


def test_a_wrong_weight_is_marked_and_explained_and_nothing_is_lost(show):
    view = show(kernel_figure())
    before = total(view)
    field = view.get_by_label("Weight in row 0, column 4", exact=True)
    for text, words in (("1x", "“1x” is not a number"), ("", "a number is missing")):
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true"
        complaint = view.locator(f"#{field.get_attribute('aria-describedby')}")
        assert words in complaint.inner_text()
        assert "row 0, column 4" in complaint.inner_text()
        assert "its last value, 1, still counts" in complaint.inner_text()
        assert field.input_value() == text
        assert total(view) == before
    view.get_by_label("Weight in row 1, column 1", exact=True).fill("b")
    assert "(1 more to mend)" in complaint.inner_text()
    view.get_by_label("Weight in row 1, column 1", exact=True).fill("-1")
    field.fill("1000")
    assert field.get_attribute("aria-invalid") is None
    assert not complaint.is_visible()
    assert total(view) != before


def test_shifting_the_digit_shifts_the_map(show):
    view = show(kernel_figure())
    press(view, "Whole map")
    before = densities(view)
    for _ in range(2):
        press(view, "Shift right")
    press(view, "Shift up")
    shifted = densities(view)
    assert np.nanmax(abs(before)) == 1
    assert np.array_equal(shifted[:-1, 2:], before[1:, :-2])
    assert view.locator(".moved").inner_text() == "shifted 1 up, 2 right"
    view.get_by_role("application").press("Shift+ArrowDown")
    for _ in range(9):
        press(view, "Shift left")
    assert view.locator(".moved").inner_text() == "shifted 4 left"
    assert np.array_equal(densities(view)[:, :-4], before[:, 4:])


def test_another_digit_gives_another_map(show):
    view = show(kernel_figure())
    view.get_by_label("2", exact=True).check()
    assert total(view) == convolved(digits()[1], EDGE)[place(view)]
    assert view.get_by_label("vertical edge").is_checked()  # the kernel stays


def test_the_sweep_shows_the_map_and_can_be_paused(show):
    view = show(kernel_figure())
    press(view, "Clear")
    assert np.isfinite(densities(view)).sum() == 1  # where the window is
    view.get_by_role("application").press("Home")
    press(view, "Sweep")
    view.wait_for_function(
        "() => document.querySelectorAll('.drawing .unknown').length < 540"
    )
    press(view, "Pause")
    known = np.isfinite(densities(view))
    row, column = place(view)
    swept = np.flatnonzero(known.ravel())
    last = row * 24 + column
    assert set(range(11 * 24, last + 1)) <= set(swept)  # in reading order, without gaps
    press(view, "Sweep")
    view.get_by_role("button", name="Sweep", exact=True).wait_for()
    assert place(view) == (23, 23)


def test_less_motion_is_respected(show):
    view = show(kernel_figure(), reduced_motion="reduce")
    press(view, "Sweep")
    assert np.isfinite(densities(view)).all()
    assert view.get_by_role("button", name="Sweep", exact=True).is_visible()


def test_two_copies_are_independent(show):
    figure = kernel_figure()
    view = show(figure, figure, lenet5_figure(), lenet5_figure())
    before = total(view)
    view.get_by_label("blur").nth(1).check()
    view.get_by_label("2", exact=True).nth(1).check()
    view.get_by_role("application").nth(1).press("ArrowDown")
    assert total(view) == before != total(view, 1)
    assert view.get_by_label("vertical edge").nth(0).is_checked()
    assert view.get_by_label("7", exact=True).nth(0).is_checked()
    view.get_by_role("button", name="C3.6").nth(1).click()
    assert view.locator(".connection-table").nth(0).locator(".lit").count() == 0
    assert view.locator(".connection-table").nth(1).locator(".lit").count() > 0
    ids = view.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(set(ids)) == len(ids)


#: How JupyterLab and VS Code bring HTML to life that a cell gave.
NOTEBOOKS = {
    "JupyterLab": """(html) => {
        const host = document.createElement("div");
        host.innerHTML = html;
        for (const script of host.querySelectorAll("script")) {
            const live = document.createElement("script");
            for (const { name, value } of script.attributes)
                live.setAttribute(name, value);
            live.textContent = script.textContent;
            script.replaceWith(live);
        }
        document.querySelector("main").append(host);
    }""",
    "VS Code": """(html) => {
        const host = document.createElement("div");
        host.innerHTML = html;
        document.querySelector("main").append(host);
        for (const script of host.querySelectorAll("script")) {
            if (script.type) continue;
            const live = document.createElement("script");
            live.textContent = script.textContent;
            host.appendChild(live).remove();
        }
    }""",
}


@pytest.mark.parametrize("how", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_notebooks_bring_it_to_life(show, how):
    view = show()
    for figure in (kernel_figure(), lenet5_figure(), lenet5_figure()):
        view.evaluate(how, figure._repr_html_())
    assert view.locator(".live").count() == 3
    assert total(view) == convolved(digits()[0], EDGE)[place(view)]
    view.get_by_role("button", name="C3.6").nth(1).hover()
    assert view.locator("td.lit").count() == 4


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_without_scripts_the_picture_is_there(show, figure):
    view = show(figure(), java_script_enabled=False)
    picture = view.get_by_role("img", name=figure().alt, exact=True)
    assert picture.is_visible()
    box = picture.bounding_box()
    assert box["width"] > 400 and box["height"] > 150
    shot = Image.open(io.BytesIO(picture.screenshot())).convert("L")
    assert np.asarray(shot).min() < 100  # something is drawn
    live = show(figure())
    assert live.locator(".lenet-figure > img").count() == 0
    assert live.locator(".live").is_visible()


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_paper_gets_the_picture(show, figure):
    view = show(figure())
    view.emulate_media(media="print")
    view.locator(".lenet-figure > img").wait_for()
    assert view.locator(".live").count() == 0
    view.emulate_media(media="screen")
    view.locator(".live").wait_for()
    assert view.locator(".lenet-figure > img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_axe_finds_nothing(show, figure, scheme):
    view = show(figure(), color_scheme=scheme)
    for _ in range(2):
        found = Axe().run(view).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        if view.locator(".connection-table").count():
            view.get_by_role("button", name="C3.6").click()  # and with a map chosen
        else:
            view.get_by_label("Weight in row 0, column 0").fill("wrong")


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_phone_shows_all_of_it_with_room_for_fingers(show, figure, width):
    phone = PHONE | {"viewport": {"width": width, "height": 800}, "is_mobile": True}
    view = show(figure(), **phone)
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    small = view.evaluate(
        """() => [...document.querySelectorAll(
                '.live :is(button, .choice, input[type=text])')]
            .map(e => [  // all of a table's head acts as the button in it
                (e.closest('th') ?? e).getBoundingClientRect(),
                e.textContent || e.ariaLabel,
            ])
            .filter(([box]) =>
                box.width < 24 || box.height < 24 || box.right > innerWidth)
            .map(([box, name]) => [name, box.width, box.height])"""
    )
    assert small == []
    controls = view.locator(".kernel-over-digit :is(button, .choice)")
    for box in [controls.nth(i).bounding_box() for i in range(controls.count())]:
        assert box["width"] >= 44 and box["height"] >= 44


@pytest.mark.parametrize(
    ("mark", "dark"),
    [
        ("document.documentElement.dataset.theme = 'dark'", True),
        ("document.documentElement.dataset.theme = 'light'", False),
        ("document.body.dataset.jpThemeLight = 'false'", True),
        ("document.body.className = 'vscode-dark'", True),
        ("document.documentElement.setAttribute('theme', 'dark')", True),
    ],
)
def test_the_theme_of_the_page_decides(show, mark, dark):
    view = show(lenet5_figure(), color_scheme="light" if dark else "dark")
    view.evaluate(mark)
    ink = view.locator(".live").evaluate("e => getComputedStyle(e).color")
    red = int(re.search(r"\d+", ink).group())
    assert (red > 128) == dark


# The table


def lit(view, layer: str) -> list[int]:
    """Maps of a layer that are lit up: in the table, and as well in the drawing."""
    names = view.locator(f"th.head.{layer}").evaluate_all(
        "heads => heads.filter(h => h.classList.contains('lit')).map(h => h.innerText)"
    )
    found = [int(name.split(".")[-1]) for name in names]
    drawn = view.locator(f".links .map.{layer}").evaluate_all(
        "maps => maps.flatMap((m, i) => m.classList.contains('lit') ? [i] : [])"
    )
    assert found == drawn
    return found


def said(view) -> str:
    region = view.locator(".said")
    assert region.get_attribute("aria-live") == "polite"
    return region.inner_text().replace("\u00a0", " ")


def is_right(view, target: int) -> None:
    """The present target map, what feeds it, and the sentence."""
    reads = papers.LENET5_TABLE[target]
    assert lit(view, "source") == list(reads)
    assert lit(view, "target") == [target]
    assert view.locator("td.lit").count() == len(reads)
    assert view.locator(".links line.lit").count() == len(reads)
    assert said(view) == (
        f"C3.{target} reads S2.{', '.join(map(str, reads))}: {len(reads)} links, "
        f"{len(reads)} × 25 weights + 1 bias = {25 * len(reads) + 1} parameters."
    )


def feeds_right(view, source: int) -> None:
    """The present source map, and what it feeds."""
    fed = [i for i, reads in enumerate(papers.LENET5_TABLE) if source in reads]
    assert lit(view, "target") == fed
    assert lit(view, "source") == [source]
    assert said(view) == (
        f"S2.{source} feeds C3.{', '.join(map(str, fed))}: 10 links, "
        "10 × 25 = 250 weights."
    )


def test_crosses_stand_where_maps_are_linked(show):
    view = show(lenet5_figure())
    rows = view.locator("tbody tr")
    for source in range(6):
        row = (
            rows.nth(source)
            .locator("td")
            .evaluate_all("cells => cells.map(cell => cell.classList.contains('on'))")
        )
        assert row == [source in reads for reads in papers.LENET5_TABLE]
    assert said(view) == "60 links: 60 × 25 weights + 16 biases = 1,516 parameters."
    heads = view.locator("th.group").all_inner_texts()
    assert [" ".join(head.split()) for head in heads] == [
        "contiguous triples",
        "contiguous quadruples",
        "discontinuous quadruples",
        "all",
    ]


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_keyboard_reaches_every_map(show, phone):
    view = show(lenet5_figure(), **(PHONE if phone else {}))
    keys = view.keyboard
    keys.press("Tab")
    for target in range(16):
        is_right(view, target)
        keys.press("ArrowDown" if phone else "ArrowRight")
    is_right(view, 15)  # it stops there
    keys.press("Home")
    is_right(view, 0)
    keys.press("ArrowRight" if phone else "ArrowDown")
    for source in range(6):
        feeds_right(view, source)
        keys.press("ArrowRight" if phone else "ArrowDown")
    assert view.locator(".live button[tabindex='0']").count() == 1


def test_enter_pins_and_escape_releases(show):
    view = show(lenet5_figure())
    keys = view.keyboard
    keys.press("Tab")
    keys.press("ArrowRight")
    keys.press("Enter")
    keys.press("ArrowRight")
    is_right(view, 2)  # pointing goes before what is pinned
    pressed = view.locator("[aria-pressed='true']")
    assert pressed.get_attribute("aria-label") == "C3.1"
    view.evaluate("document.activeElement.blur()")
    is_right(view, 1)
    view.locator(".live button[tabindex='0']").focus()
    keys.press("Escape")
    assert lit(view, "source") == lit(view, "target") == []
    assert view.locator("[aria-pressed='true']").count() == 0
    assert said(view).startswith("60 links")


def test_the_mouse_lights_up_what_it_points_at(show):
    view = show(lenet5_figure())
    last_row = view.locator("tbody tr").nth(5)
    places = ["th.target", ".map.target .square"]
    for target in range(16):  # each by its name, its square or a cell, in turn
        where = [*map(view.locator, places), last_row.locator("td")][target % 3]
        where.nth(target).hover()
        is_right(view, target)
    for source in range(6):
        view.locator("th.source").nth(source).hover()
        feeds_right(view, source)
        view.locator(".map.source .square").nth(source).hover()
        feeds_right(view, source)
    view.locator("h1").hover()
    assert lit(view, "source") == lit(view, "target") == []
    view.locator(".map.target .square").nth(6).click()
    view.locator("h1").hover()
    is_right(view, 6)
    view.get_by_role("button", name="C3.6").click()
    view.locator("h1").hover()
    assert lit(view, "target") == []


def test_a_tap_pins_and_another_releases(show):
    view = show(lenet5_figure(), **PHONE, is_mobile=True)
    for target in range(16):
        view.get_by_role("button", name=f"C3.{target}", exact=True).tap()
        is_right(view, target)
    view.get_by_role("button", name="C3.15").tap()
    assert lit(view, "source") == lit(view, "target") == []
    for source in range(6):
        view.locator(".map.source .square").nth(source).tap()
        feeds_right(view, source)


def test_lenet1s_table_counts_from_one(show):
    view = show(
        connection_table(papers.LENET1_TABLE, source="H2", target="H3", first=1)
    )
    assert said(view) == "20 links: 20 × 25 weights + 12 biases = 512 parameters."
    view.get_by_role("button", name="H3.1", exact=True).hover()
    assert said(view) == (
        "H3.1 reads H2.1: 1 link, 1 × 25 weights + 1 bias = 26 parameters."
    )


def test_a_table_turns_with_the_width_and_keeps_what_is_pinned(show):
    view = show(lenet5_figure())
    view.get_by_role("button", name="C3.6").click()
    view.locator("h1").hover()
    assert view.locator("table.standing").is_visible()
    view.set_viewport_size({"width": 390, "height": 800})
    view.locator("table.lying").wait_for()
    is_right(view, 6)
    focus = view.evaluate("document.activeElement.ariaLabel")
    assert focus == "C3.6"
    view.set_viewport_size({"width": 800, "height": 800})
    view.locator("table.standing").wait_for()
    is_right(view, 6)
