"""The line reader: its arithmetic against PyTorch's, and all that a hand can do."""

import base64
import re

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from handwriting import PHONE, STROKES, alpha, digits, surface

from lenet_lib import weights
from lenet_lib.models import LeNet1, LeNet5
from lenet_lib.strings import coded, lines, naive, read, viterbi, zip_code
from lenet_lib.strings.reading import losses, swept
from lenet_lib.strings.sweep import steps, sweep
from lenet_lib.strings.training import beginner
from lenet_lib.strings.writing import into_line
from lenet_lib.widgets import embed, line_reader

#: A warning while drawing would stand in a chapter, above the figure.
pytestmark = pytest.mark.filterwarnings("error")


MODELS = {
    "ten": lambda: weights.load("lenet5-1998"),
    "eleven": lambda: beginner().eval(),
}


@pytest.fixture(scope="module")
def readers() -> dict:
    return {name: line_reader(make(), digits=digits()) for name, make in MODELS.items()}


@pytest.fixture
def reader(readers):
    return readers["eleven"]


# ---- What Python hands over -------------------------------------------------------


def test_a_reader_adds_at_most_350_kilobytes(readers):
    for reader in readers.values():
        assert len(reader._repr_html_().encode()) <= 350_000


def test_a_reader_is_a_picture_first(reader):
    html = reader._repr_html_()
    assert len(reader.alt) > 150 and reader.alt in html.replace("&#x27;", "'")
    assert 'src="data:image/svg+xml;base64,' in html
    assert set(re.findall(r"https?://[\w./]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_two_builds_give_the_same_bytes(reader):
    again = line_reader(beginner().eval(), digits=digits())
    assert again._repr_html_() == reader._repr_html_()


def test_lines_of_both_kinds_come_along_and_the_first_is_read_rightly(readers):
    for name, reader in readers.items():
        known = reader.data["lines"]
        kinds = [line["kind"] for line in known]
        assert {kind: kinds.count(kind) for kind in kinds} == {
            "Test digits": 3,
            "Touching ones": 3,
        }
        model = MODELS[name]()
        texts = [
            read(model, uint8(into_line(sample(reader, number), scale=False)))[0]
            for number in range(len(known))
        ]
        assert texts[0] == known[0]["text"]
        assert f"it reads {', '.join(texts[0])}." in reader.alt


def uint8(line: np.ndarray) -> torch.Tensor:
    return torch.from_numpy((255 * line).round().astype(np.uint8))[None]


def sample(reader, number: int) -> np.ndarray:
    """A line to load, (28, columns), from 0 to 1."""
    kept = np.frombuffer(base64.b64decode(reader.data["pixels"]), np.uint8)
    values, at = [], 0
    while at < len(kept):
        if kept[at]:
            values.append(kept[at])
        else:
            at += 1
            values += [0] * kept[at]
        at += 1
    columns = [line["columns"] for line in reader.data["lines"]]
    starts = 28 * np.cumsum([0, *columns])
    assert len(values) == starts[-1]
    part = np.array(values[starts[number] : starts[number + 1]])
    return part.reshape(28, columns[number]) / 255


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: line_reader(LeNet1()), TypeError, "not a LeNet1"),
        (lambda: line_reader(7), TypeError, "not a int"),
        (lambda: line_reader("lenet1-1998"), TypeError, "not a LeNet1"),
        (lambda: line_reader("none"), ValueError, "no trained network 'none'"),
        (lambda: line_reader(LeNet5(), j=0), ValueError, "above 0, not 0"),
        (lambda: line_reader(LeNet5(), j=float("nan")), ValueError, "not nan"),
        (
            lambda: line_reader(LeNet5(), j={"viterbi": 3}),
            ValueError,
            "each of viterbi and naive, not for viterbi",
        ),
        (
            lambda: line_reader(LeNet5(), digits=(torch.zeros(2, 32, 32), [1, 2])),
            ValueError,
            r"not \(2, 32, 32\)",
        ),
        (
            lambda: line_reader(LeNet5(), digits=digits(20)),
            ValueError,
            "need 100 digits, got 20",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(make, kind, message):
    with pytest.raises(kind, match=message) as caught:
        make()
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_weights_must_be_finite():
    model = LeNet5()
    with torch.no_grad():
        model.C1.weight[0, 0, 0, 0] = float("inf")
    with pytest.raises(ValueError, match="finite"):
        line_reader(model, digits=digits())


def test_no_two_modules_use_one_name():
    declared = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
    names = re.findall(declared, embed.script("line_reader"), re.MULTILINE)
    assert len(names) > 40
    assert len(set(names)) == len(names)


# ---- The arithmetic ---------------------------------------------------------------


@pytest.mark.parametrize("width", [32, 35, 36, 49, 64, 110, 143, 160, 240])
@pytest.mark.parametrize("name", MODELS)
def test_a_sweep_is_pytorchs(modules, readers, name, width):
    """Penalties at all steps: of lines of digits, and of noise, where all are large."""
    generator = torch.Generator().manual_seed(width)
    noise = torch.rand(3, 1, 32, width, generator=generator) * 1.275 - 0.1
    pictures = lines(*digits(), gap=0, seed=width, count=3).pictures
    written = coded(torch.cat([pictures] * 3, dim=2)[:, :, :width])
    strips = torch.cat([written, noise]).double()
    with torch.no_grad():
        expected = sweep(MODELS[name]().double(), strips)  # (6, classes, steps)
    assert expected.shape[2] == steps(width)
    found = modules(
        """async ([data, length]) => {
            const { lenet5 } = await import("/network.js");
            const { weightsOf } = await import("/weights.js");
            const file = await fetch("/strips");
            const strips = new Float64Array(await file.arrayBuffer());
            const weights = weightsOf(data.weights);
            const outputs = [];
            for (let at = 0; at < strips.length; at += length) {
                const own = strips.subarray(at, at + length);
                outputs.push([...lenet5(weights, own).output.values]);
            }
            return outputs;
        }""",
        [readers[name].data, 32 * width],
        strips=strips.numpy().tobytes(),
    )
    found = torch.tensor(found, dtype=torch.float64).reshape(expected.shape)
    off = (found - expected).abs()
    assert off[:3].max() <= 1e-4
    assert (off[3:] <= 1e-6 * expected[3:]).all()
    assert expected.std() > 10


DECODE = """async ([rows, steps, digits, j]) => {
    const { losses, naive, viterbi } = await import("/viterbi.js");
    return rows.map((row) => {
        const table = j ? losses(row, steps, j) : Float64Array.from(row);
        return {
            table: [...table].map(String), // infinity, too
            best: viterbi(table, steps, digits),
            naive: naive(table, steps),
        };
    });
}"""


@pytest.mark.parametrize("classes", [10, 11])
def test_losses_are_those_of_reading(modules, classes):
    generator = torch.Generator().manual_seed(classes)
    penalties = 40 * torch.rand(20, classes, 9, generator=generator).double()
    penalties[5] *= 100  # far from every code
    penalties[6] = 0
    rows = penalties.flatten(1).tolist()
    found = modules(DECODE, [rows, 9, 2, 12])
    expected = losses(penalties, 12).flatten(1).numpy()
    for answer, row in zip(found, expected, strict=True):
        assert np.allclose(np.array(answer["table"], float), row, atol=1e-9, rtol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("places", [1, 2, 4, 5, 9, 33])
def test_paths_are_those_of_python(modules, count, places):
    """Also where several paths cost the same, and where no string fits."""
    draw = np.random.default_rng(places)
    tables = [draw.exponential(3, (11, places)) for _ in range(20)]
    tables += [draw.integers(0, 3, (11, places)).astype(float) for _ in range(20)]
    rows = [table.ravel().tolist() for table in tables]
    found = modules(DECODE, [rows, places, count, 0])
    texts = set()
    for answer, table in zip(found, tables, strict=True):
        assert answer["naive"]["text"] == naive(table)
        try:
            expected = viterbi(table, zip_code(count))
        except ValueError:
            assert answer["best"] is None and places < count
            continue
        best = answer["best"]
        texts.add(best["text"])
        assert best["text"] == expected.text
        assert best["classes"] == expected.classes.tolist()
        assert [tuple(place) for place in best["places"]] == expected.places
    assert len(texts) > 5 or places < count


def test_any_number_of_digits_is_read_by_the_best_class_of_each_place(modules):
    """The best string of any length, of all lengths there can be, costs the same."""
    draw = np.random.default_rng(0)
    for _ in range(10):
        table = draw.exponential(3, (11, 7))
        (answer,) = modules(DECODE, [[table.ravel().tolist()], 7, 1, 0])
        least = table.min(axis=0).sum()
        paths = [viterbi(table, zip_code(count)) for count in range(1, 8)]
        best = min(paths, key=lambda path: path.penalty)
        if answer["naive"]["text"]:  # no machine has strings without a digit
            assert best.penalty == pytest.approx(least)
            assert best.text == answer["naive"]["text"]
        classes = answer["naive"]["classes"]
        assert classes == table.argmin(axis=0).tolist()


# ---- In a browser -----------------------------------------------------------------


def place(view, x: float, y: float, copy: int = 0) -> tuple[float, float]:
    """A place on the page; the paper is 4 wide and 1 high."""
    box = surface(view, copy).bounding_box()
    return box["x"] + box["width"] * x / 4, box["y"] + box["height"] * y


def press(view, name: str, copy: int = 0) -> None:
    view.get_by_role("button", name=name, exact=True).nth(copy).click()
    settled(view)


def settled(view) -> None:
    """Let a frame go by: then all is drawn that is to be drawn."""
    view.evaluate("() => new Promise((go) => requestAnimationFrame(() => go()))")


def write(view, text: str, copy: int = 0) -> None:
    """Write digits with the mouse, side by side, after clearing the paper."""
    press(view, "Clear", copy)
    for k, digit in enumerate(text):
        for stroke in STROKES[int(digit)]:
            first, *others = [(0.1 + 0.72 * k + x, y) for x, y in stroke]
            view.mouse.move(*place(view, *first, copy))
            view.mouse.down()
            for point in others:
                view.mouse.move(*place(view, *point, copy))
            view.mouse.up()
    settled(view)


def string(view, copy: int = 0) -> str:
    return "".join(view.locator(".string").nth(copy).locator("b").all_inner_texts())


def strip(view, copy: int = 0) -> np.ndarray:
    return alpha(view.locator(".field").nth(copy).locator("canvas").first)


def any_number(view) -> None:
    view.get_by_label("any number of digits").check()


@pytest.mark.parametrize("name", MODELS)
def test_the_first_line_is_shown_as_pytorch_reads_it(show, readers, name):
    reader = readers[name]
    view = show(reader)
    settled(view)
    line = into_line(sample(reader, 0), scale=False)
    table = swept(MODELS[name](), uint8(line), 12)[0]  # (11, steps)
    path = viterbi(table, zip_code())
    assert string(view) == path.text
    assert np.abs(strip(view) - 255 * line).max() <= 0.51
    heat = alpha(view.locator(".heat canvas"))
    assert np.abs(heat - 255 * np.exp(-table)).max() <= 0.6
    letters = view.locator(".winners span").all_inner_texts()
    assert letters == [str(k) if k < 10 else "·" for k in table.argmin(axis=0)]
    points = view.locator(".path polyline").get_attribute("points").split()
    corners = [tuple(map(float, point.split(","))) for point in points]
    assert corners == [(k + 0.5, c + 0.5) for k, c in enumerate(path.classes)]


def test_each_digit_stands_below_the_windows_that_it_holds(show, reader):
    view = show(reader)
    settled(view)
    table = swept(beginner().eval(), uint8(into_line(sample(reader, 0), False)), 12)[0]
    path = viterbi(table, zip_code())
    picture = view.locator(".field canvas").first.bounding_box()
    pixel = picture["width"] / strip(view).shape[1]
    for k, (first, last) in enumerate(path.places):
        box = view.locator(".string b").nth(k).bounding_box()
        assert box["x"] == pytest.approx(picture["x"] + pixel * (14 + 4 * first), abs=1)
        assert box["width"] == pytest.approx(pixel * 4 * (last - first + 1), abs=1)
    heat = view.locator(".heat canvas").bounding_box()
    assert heat["x"] == pytest.approx(picture["x"] + 14 * pixel, abs=1)
    assert heat["width"] == pytest.approx(4 * pixel * table.shape[1], abs=1)


@pytest.mark.parametrize("text", ["23070", "32", "7"])
def test_python_reads_the_same_of_what_is_written(show, reader, text):
    view = show(reader)
    write(view, text)
    ink = alpha(surface(view).locator("canvas"))
    line = uint8(into_line(ink / 255))
    assert np.abs(strip(view) - line[0].numpy().astype(int)).max() <= 1
    try:
        expected = read(beginner().eval(), line)[0]
    except ValueError:
        expected = ""
    assert string(view) == expected
    any_number(view)
    assert string(view) == read(beginner().eval(), line, grammar=False)[0]


def test_each_way_to_read_has_its_penalty_of_rubbish(show):
    ways = {"viterbi": 30.0, "naive": 0.001}
    view = show(line_reader(beginner().eval(), j=ways, digits=digits()))
    settled(view)
    assert len(string(view)) == 5
    any_number(view)
    assert string(view) == ""  # with so low a penalty, all is rubbish


def test_what_the_grammar_forces_is_told_apart(show, reader):
    view = show(reader)
    write(view, "7")
    assert len(string(view)) == 5
    assert view.locator(".string .guess").count() >= 3
    assert "Small digits are guesses." in view.locator(".note").inner_text()
    voice = view.locator(".line-reader > [aria-live]")
    voice.filter(has_text="perhaps").wait_for(state="attached")
    any_number(view)
    assert string(view) == "7"
    assert view.locator(".string .guess").count() == 0


def test_five_digits_need_five_windows(show, reader):
    view = show(reader)
    press(view, "Clear")
    x, top = place(view, 1, 0.2)
    view.mouse.move(x, top)
    view.mouse.down()
    view.mouse.move(x, place(view, 1, 0.9)[1])
    view.mouse.up()
    settled(view)
    assert string(view) == ""
    assert "do not fit" in view.locator(".note").inner_text()
    any_number(view)
    assert string(view) == "1" and view.locator(".note").inner_text() == ""


def test_pointing_frames_a_window_and_shows_its_outputs(show, reader):
    view = show(reader, viewport={"width": 800, "height": 1300})
    settled(view)
    line = into_line(sample(reader, 0), scale=False)
    with torch.no_grad():
        coded = torch.from_numpy(line).float()[None, None] * 1.275 - 0.1
        penalties = sweep(beginner().eval(), coded)[0].numpy()  # (11, steps)
    picture = view.locator(".field canvas").first.bounding_box()
    pixel = picture["width"] / line.shape[1]
    for step in (0, 7, penalties.shape[1] - 1):
        x = picture["x"] + pixel * (16 + 4 * step)
        view.mouse.move(x + 1, picture["y"] + 20)
        title = view.locator(".window .part").first.inner_text()
        assert title == (
            f"Window {step + 1} of {penalties.shape[1]}: columns {4 * step} to "
            f"{4 * step + 31} of the line"
        )
        values = view.locator(".bars .value").all_inner_texts()
        assert np.abs(np.array(values, float) - penalties[:, step]).max() <= 0.51
        best = view.locator(".bars .best b").inner_text()
        winner = penalties[:, step].argmin()
        assert best == ("blank" if winner == 10 else str(winner))
        window = alpha(view.locator(".window canvas"))
        assert np.abs(window - 255 * line[:, 4 * step : 4 * step + 32]).max() <= 0.51
        frame = view.locator(".field .spot").first.bounding_box()
        assert frame["x"] == pytest.approx(picture["x"] + 4 * step * pixel, abs=1)
        assert frame["width"] == pytest.approx(32 * pixel, abs=1)


def test_keys_move_the_window_and_say_what_it_shows(show, reader):
    view = show(reader)
    settled(view)
    slider = view.get_by_role("slider")
    slider.focus()
    most = int(slider.get_attribute("aria-valuemax"))
    keys = {
        "Home": 1, "ArrowRight": 2, "ArrowUp": 3, "ArrowLeft": 2, "PageUp": 6,
        "End": most,
    }  # fmt: skip
    for key, step in keys.items():
        view.keyboard.press(key)
        assert int(slider.get_attribute("aria-valuenow")) == step
        words = slider.get_attribute("aria-valuetext")
        assert re.fullmatch(rf"Window {step} of {most}: (\d|none), [\d.<> ]+\s%", words)
    view.keyboard.press("ArrowRight")  # stays at the end
    assert int(slider.get_attribute("aria-valuenow")) == most


def test_undo_takes_back_a_stroke_and_clear_all(show, reader):
    view = show(reader)
    any_number(view)
    write(view, "37")
    both = alpha(surface(view).locator("canvas"))
    press(view, "Undo")
    assert 0 < alpha(surface(view).locator("canvas")).sum() < both.sum()
    assert string(view) == "3"
    press(view, "Undo")
    press(view, "Undo")  # nothing is left, and nothing happens
    assert string(view) == "" and strip(view).shape == (32, 32)
    assert strip(view).sum() == 0
    write(view, "37")
    assert np.array_equal(alpha(surface(view).locator("canvas")), both)
    press(view, "Clear")
    assert string(view) == ""
    voice = view.locator(".line-reader > [aria-live]")
    voice.filter(has_text="The paper is blank.").wait_for(state="attached")


def test_the_first_stroke_takes_the_welcome_away(show, reader):
    view = show(reader)
    any_number(view)
    for k, (x, y) in enumerate(STROKES[7][0]):
        view.mouse.move(*place(view, x, y))
        if not k:
            view.mouse.down()
    view.mouse.up()
    settled(view)
    assert string(view) == "7"


def test_lines_can_be_loaded_one_after_the_other(show, reader):
    view = show(reader)
    known = reader.data["lines"]
    for name in ("Test digits", "Touching ones"):
        own = [k for k, line in enumerate(known) if line["kind"] == name]
        seen = []
        for _ in own:
            press(view, name)
            note = view.locator(".note").inner_text()
            (text,) = re.findall(r"^Test digits of MNIST: (\d{5})\.", note)
            seen.append(text)
            columns = {k: known[k]["columns"] for k in own if known[k]["text"] == text}
            (number,) = columns
            line = into_line(sample(reader, number), scale=False)
            assert np.abs(strip(view) - 255 * line).max() <= 0.51
        assert sorted(seen) == sorted(known[k]["text"] for k in own)


def test_the_string_is_spoken(show, reader):
    view = show(reader)
    settled(view)
    press(view, "Test digits")
    voice = view.locator(".line-reader > [aria-live='polite']")
    digit = r"(perhaps )?\d"
    voice.filter(has_text=re.compile(rf"^Read as {digit}(, {digit}){{4}}\.$")).wait_for(
        state="attached"
    )


def test_the_keyboard_writes(show, reader):
    view = show(reader)
    any_number(view)
    press(view, "Clear")
    keys = view.keyboard
    surface(view).focus()
    keys.press("Space")
    for _ in range(14):
        keys.press("ArrowDown")
    keys.press("Space")
    settled(view)
    assert string(view) == "1"
    for _ in range(90):
        keys.press("ArrowRight")
    keys.press("Space")
    for _ in range(14):
        keys.press("ArrowUp")
    settled(view)
    assert string(view) == "11"


def test_a_finger_writes_and_the_page_stays(show, reader):
    view = show(reader, **PHONE)
    any_number(view)
    press(view, "Clear")
    session = view.context.new_cdp_session(view)

    def touch(kind: str, *points: tuple) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    before = view.evaluate("scrollY")
    for k, digit in enumerate("73"):
        for stroke in STROKES[int(digit)]:
            first, *others = [place(view, k + x, y) for x, y in stroke]
            touch("touchStart", first)
            for point in others:
                touch("touchMove", point)
            touch("touchEnd")
    view.wait_for_function("document.querySelector('.string').textContent === '73'")
    assert view.evaluate("scrollY") == before


def test_two_readers_share_nothing(show, reader):
    view = show(reader, reader)
    settled(view)
    assert view.locator(".line-reader").count() == 2
    assert string(view) == string(view, 1)
    before = string(view)
    view.get_by_label("any number of digits").nth(1).check()
    write(view, "37", copy=1)
    assert (string(view), string(view, 1)) == (before, "37")
    ids = view.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(set(ids)) == len(ids)


def test_without_scripts_the_picture_is_there(show, reader):
    view = show(reader, java_script_enabled=False)
    picture = view.get_by_role("img", name=reader.alt, exact=True)
    box = picture.bounding_box()
    assert box["width"] > 400 and box["height"] > 250


def test_paper_gets_the_picture(show, reader):
    view = show(reader)
    settled(view)
    view.emulate_media(media="print")
    view.locator(".lenet-figure > img").wait_for()
    assert view.locator(".live").count() == 0
    view.emulate_media(media="screen")
    any_number(view)
    write(view, "27")
    assert string(view) == "27"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show, reader, scheme):
    view = show(reader, color_scheme=scheme)
    settled(view)
    for act in (lambda: press(view, "Clear"), lambda: write(view, "7"), lambda: None):
        found = Axe().run(view).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        act()


def test_ink_turns_with_the_theme(show, reader):
    view = show(reader)
    settled(view)
    colour = """canvas => {
        const copy = new OffscreenCanvas(32, 32)
            .getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, 32, 32);
        const k = data.findIndex((value, k) => k % 4 === 3 && value > 200);
        return data[k - 3];
    }"""
    assert view.locator(".window canvas").evaluate(colour) < 60
    view.emulate_media(color_scheme="dark")
    view.wait_for_function(
        f"({colour})(document.querySelector('.window canvas')) > 200"
    )


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_all_of_it_with_room_for_fingers(show, reader, width):
    view = show(reader, **PHONE | {"viewport": {"width": width, "height": 800}})
    settled(view)
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    box = surface(view).bounding_box()
    assert box["width"] > 0.85 * width
    small = view.evaluate(
        """() => [...document.querySelectorAll('.live :is(button, .choice)')]
            .map((e) => [e.textContent, e.getBoundingClientRect()])
            .filter(([_, box]) =>
                box.width < 44 || box.height < 44 || box.right > innerWidth)
            .map(([name, box]) => [name, box.width, box.height])"""
    )
    assert small == []
