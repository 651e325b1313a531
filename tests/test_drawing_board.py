"""The drawing board: its arithmetic against PyTorch's, and all that a hand can do."""

import base64
import io
import re
import sys

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from handwriting import PHONE, STROKES, alpha, digits, surface
from PIL import Image

from lenet_lib import anatomy, losses, papers, weights
from lenet_lib.data import CODINGS
from lenet_lib.models import LeNet1, LeNet5, TutorialLeNet5, ZipCodeNet
from lenet_lib.picture import into_field
from lenet_lib.read import Reader
from lenet_lib.widgets import drawing_board, embed
from lenet_lib.widgets.drawing_board import READERS
from lenet_lib.widgets.network_data import packed, without_zeros

#: A warning while drawing would stand in a chapter, above the figure.
pytestmark = pytest.mark.filterwarnings("error")


def tutorial() -> TutorialLeNet5:
    """One with weights that leave no layer dead, trained or not."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return TutorialLeNet5().eval()


MODELS = {
    "LeNet5": lambda: weights.load("lenet5-1998"),
    "LeNet1": lambda: weights.load("lenet1-1998"),
    "TutorialLeNet5": tutorial,
}


@pytest.fixture(scope="module")
def boards() -> dict:
    """A board of each network."""
    return {
        "LeNet5": drawing_board("lenet5-1998", digits=digits()),
        "LeNet1": drawing_board("lenet1-1998", digits=digits()),
        "TutorialLeNet5": drawing_board(tutorial(), digits=digits()),
    }


@pytest.fixture
def board(boards):
    return boards["LeNet5"]


# ---- What Python hands over ------------------------------------------------------


def test_a_board_of_lenet5_adds_at_most_350_kilobytes(board):
    assert len(board._repr_html_().encode()) <= 350_000


def test_a_board_is_a_picture_first(boards):
    for board in boards.values():
        html = board._repr_html_()
        assert len(board.alt) > 150 and board.alt in html.replace("&#x27;", "'")
        start = 'src="data:image/png;base64,'
        data = html.split(start)[1].split('"')[0]
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        assert picture.width > 700
        assert set(re.findall(r"https?://[\w./]+", html)) <= {
            "http://www.w3.org/2000/svg"
        }


def test_two_builds_give_the_same_bytes(board):
    again = drawing_board("lenet5-1998", digits=digits())
    assert again._repr_html_() == board._repr_html_()


def test_weights_of_24_bits_are_off_by_half_a_unit_at_most():
    values = torch.randn(4, 250, generator=torch.Generator().manual_seed(0))
    values[0, :3] = torch.tensor([0.0, 5.0, -5.0])
    values[1] = 0
    data = packed(values)
    low = np.frombuffer(base64.b64decode(data["bytes"]), np.uint8).reshape(-1, 3)
    low = low.astype(np.int64)
    whole = low @ [1, 2**8, 2**16]
    whole = np.where(whole < 2**23, whole, whole - 2**24)
    units = np.frombuffer(base64.b64decode(data["units"]))
    assert units[0] == 5 / (2**23 - 1)
    found = whole.reshape(4, 250) * units[:, None]
    off = np.abs(found - values.double().numpy())
    assert (off <= units[:, None] / 2 * (1 + 1e-9)).all()
    assert packed(torch.zeros(2))["bytes"] == base64.b64encode(bytes(6)).decode()


def test_the_digits_are_of_each_class_and_some_are_misread(board):
    data = board.data["digits"]
    images, labels = digits()
    numbers = torch.tensor(data["numbers"])
    with torch.no_grad():
        read = weights.load("lenet5-1998").read(CODINGS["lenet5"](images[numbers]))
    assert data["labels"] == labels[numbers].tolist()
    assert data["read"] == read.tolist()
    assert data["labels"][0] == data["read"][0]
    right = [x for x, y in zip(data["labels"], data["read"], strict=True) if x == y]
    assert sorted(right) == sorted([*range(10)] * 2)
    assert len(right) < len(numbers)
    kept = base64.b64decode(data["images"])
    assert kept == without_zeros(images[numbers].numpy()).tobytes()


def test_zeros_are_counted_and_nothing_else():
    values = np.array([0] * 600 + [7, 0, 255, 9, 0, 0], np.uint8)
    kept = without_zeros(values).tolist()
    assert kept == [0, 255, 0, 255, 0, 90, 7, 0, 1, 255, 9, 0, 2]


def test_the_rubbish_class_is_that_of_reading(boards):
    assert boards["LeNet5"].data["j"] == Reader("lenet5-1998").j == 12
    assert boards["LeNet1"].data["j"] is None
    assert drawing_board(LeNet5(), digits=digits(20), j=2.5).data["j"] == 2.5


def test_weights_are_shared_where_the_reader_can(board, monkeypatch):
    second = drawing_board("lenet5-1998", digits=digits(), weights_of=board)
    assert second.data["weights"] == {"key": board.key, "tensors": None}
    assert len(second._repr_html_()) < 110_000
    monkeypatch.setitem(sys.modules, "google.colab", object())
    alone = drawing_board("lenet5-1998", digits=digits(), weights_of=board)
    assert alone.data["weights"] == board.data["weights"]


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda b: drawing_board(ZipCodeNet()), TypeError, "not a ZipCodeNet"),
        (lambda b: drawing_board(7), TypeError, "not a int"),
        (lambda b: drawing_board("none"), ValueError, "no trained network 'none'"),
        (lambda b: drawing_board("zipcode-1989"), TypeError, "not a ZipCodeNet"),
        (lambda b: drawing_board(LeNet5(), coding="x"), ValueError, "not 'x'"),
        (lambda b: drawing_board(LeNet5(), coding="raw"), ValueError, "32 × 32"),
        (lambda b: drawing_board(LeNet5(), j=0), ValueError, "above 0, not 0"),
        (lambda b: drawing_board(LeNet5(), j=float("nan")), ValueError, "not nan"),
        (
            lambda b: drawing_board(LeNet5(), weights_of=b, digits=digits(20)),
            ValueError,
            "its weights are others",
        ),
        (
            lambda b: drawing_board(LeNet1(), digits=(torch.zeros(2, 32, 32), [1, 2])),
            ValueError,
            r"not \(2, 32, 32\)",
        ),
        (
            lambda b: drawing_board(LeNet1(), digits=(torch.zeros(2, 28, 28), [1, 2])),
            ValueError,
            "of uint8",
        ),
        (
            lambda b: drawing_board(LeNet1(), digits=(digits(2)[0], [1])),
            ValueError,
            "each of the 2 images",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(board, make, kind, message):
    with pytest.raises(kind, match=message) as caught:
        make(board)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_weights_must_be_finite():
    model = LeNet1()
    with torch.no_grad():
        model.H1.weight[0, 0, 0, 0] = float("inf")
    with pytest.raises(ValueError, match="finite"):
        drawing_board(model, digits=digits(20))


def test_no_two_modules_use_one_name():
    declared = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
    names = re.findall(declared, embed.script("drawing_board"), re.MULTILINE)
    assert len(names) > 40
    assert len(set(names)) == len(names)


# ---- The arithmetic --------------------------------------------------------------


def fields(images: torch.Tensor) -> bytes:
    """Digits as the modules want them: 0 to 1, numbers of 64 bits."""
    return (images.double() / 255).numpy().tobytes()


#: Every layer's states for every digit, compared with those in a file.
COMPARE = """async ([name, data, layers]) => {
    const network = await import("/network.js");
    const { coded } = await import("/coding.js");
    const { weightsOf } = await import("/weights.js");
    const read = {
        LeNet5: network.lenet5,
        LeNet1: network.lenet1,
        TutorialLeNet5: network.tutorialLenet5,
    }[name];
    const load = async (file) =>
        new Float64Array(await (await fetch(file)).arrayBuffer());
    const fields = await load("/fields");
    const expected = await load("/states");
    const weights = weightsOf(data.weights);
    const off = Object.fromEntries(layers.map((layer) => [layer, 0]));
    let at = 0;
    for (let k = 0; k < fields.length; k += 784) {
        const states = read(weights, coded(fields.subarray(k, k + 784), data.coding));
        for (const layer of layers)
            for (const value of states[layer].values)
                off[layer] = Math.max(off[layer], Math.abs(value - expected[at++]));
    }
    return [off, at === expected.length, weights !== null];
}"""


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_is_pytorchs_for_200_digits(modules, boards, name):
    images, _ = digits(200)
    model = MODELS[name]().double()  # what the weights are worth, without rounding
    with torch.no_grad():
        states = model.states(CODINGS[READERS[type(model)]](images).double())
    rows = torch.cat([state.flatten(1) for state in states.values()], dim=1)
    off, whole, _ = modules(
        COMPARE,
        [name, boards[name].data, list(states)],
        fields=fields(images),
        states=rows.numpy().tobytes(),
    )
    assert whole
    assert max(off.values()) <= 1e-4, off
    assert all(state.std() > 0.01 for state in states.values())  # none is trivial


def test_the_coding_of_lenet1_finds_the_box_of_any_picture(modules, boards):
    generator = torch.Generator().manual_seed(3)
    images = torch.zeros(30, 28, 28, dtype=torch.uint8)  # the last stays blank
    for image in images[:-1]:
        top, left, high, wide = torch.randint(1, 28, (4,), generator=generator)
        shape = image[top : top + high, left : left + wide].shape
        part = torch.randint(0, 256, shape, generator=generator)
        image[top : top + high, left : left + wide] = part.to(torch.uint8)
    expected = CODINGS["lenet1"](images).flatten(1)
    off, whole, _ = modules(
        COMPARE,
        ["LeNet1", boards["LeNet1"].data, ["input"]],
        fields=fields(images),
        states=expected.double().numpy().tobytes(),
    )
    assert whole and off["input"] < 1e-5


def test_the_tables_are_the_papers(modules):
    tables = modules(
        """async () => {
            const { LENET1_TABLE, LENET5_TABLE } = await import("/network.js");
            return [LENET1_TABLE, LENET5_TABLE];
        }"""
    )
    expected = [papers.LENET1_TABLE, papers.LENET5_TABLE]
    assert tables == [[list(row) for row in table] for table in expected]


@pytest.mark.parametrize("name", MODELS)
def test_products_make_the_state_of_every_unit(modules, boards, name):
    """What the explanation tells is what the forward pass did, layer by layer."""
    found = modules(
        """async ([name, data]) => {
            const network = await import("/network.js");
            const { coded } = await import("/coding.js");
            const { madeOf, fieldOf } = await import("/unit.js");
            const { weightsOf } = await import("/weights.js");
            const read = {
                LeNet5: network.lenet5,
                LeNet1: network.lenet1,
                TutorialLeNet5: network.tutorialLenet5,
            }[name];
            const fields = await (await fetch("/fields")).arrayBuffer();
            const field = new Float64Array(fields);
            const weights = weightsOf(data.weights);
            const states = read(weights, coded(field, data.coding));
            return data.layers.slice(1).map(({ name, maps, size }, k) => {
                let worst = 0;
                for (let map = 0; map < maps; map++)
                    for (let row = 0; row < size; row++)
                        for (let column = 0; column < size; column++) {
                            const unit = { layer: k + 1, map, row, column };
                            const made = madeOf(data.layers, states, weights, unit);
                            const once = { values: Float64Array.of(made.sum) };
                            const kinds = {
                                tanh: () => network.squash(once).values[0],
                                relu: () => network.rectify(once).values[0],
                                none: () => made.sum,
                            };
                            const kind =
                                data.network !== "TutorialLeNet5"
                                    ? name === "output" && data.network === "LeNet5"
                                        ? "none"
                                        : "tanh"
                                    : name === "output" ? "none" : "relu";
                            const off = kinds[kind]() - made.state;
                            worst = Math.max(worst, Math.abs(off));
                        }
                const [row, column] = [size >> 1, size >> 1];
                const middle = { layer: k + 1, map: 0, row, column };
                return [name, worst, fieldOf(data.layers, middle).width];
            });
        }""",
        [name, boards[name].data],
        fields=fields(digits(1)[0]),
    )
    model = MODELS[name]()
    for layer, worst, edge in found:
        assert worst < 1e-9, layer
        assert edge == anatomy.receptive_field(model, layer)[0], layer


def test_what_befalls_a_digit(modules):
    generator = torch.Generator().manual_seed(4)
    image = torch.zeros(28, 28, dtype=torch.float64)
    image[6:20, 8:18] = torch.rand(14, 10, generator=generator, dtype=torch.float64)
    none = {"right": 0, "down": 0, "turn": 0, "thicken": 0, "invert": 0, "noise": 0}
    cases = [
        {}, {"right": 3, "down": -2}, {"turn": 90}, {"turn": 360},
        {"invert": 1}, {"invert": 0.5}, {"thicken": 1e-9}, {"right": 0.5},
    ]  # fmt: skip
    script = """async ([field, cases]) => {
        const { disturbed } = await import("/transformations.js");
        return cases.map((by) => [...disturbed(Float64Array.from(field), by)]);
    }"""
    found = modules(script, [image.ravel().tolist(), [none | case for case in cases]])
    expected = [
        image,
        image.roll((-2, 3), (0, 1)),
        image.rot90(-1),
        image,
        1 - image,
        torch.full_like(image, 0.5),
        image,
        (image + image.roll(1, 1)) / 2,
    ]
    for values, right in zip(found, expected, strict=True):
        assert np.abs(np.array(values) - right.ravel().numpy()).max() < 1e-7
    more = [none | {"thicken": by} for by in (-2, -1, -0.5, 0, 0.5, 1, 2)]
    amounts = [sum(v) for v in modules(script, [image.ravel().tolist(), more])]
    assert amounts == sorted(amounts) and len(set(amounts)) == 7
    noisy = modules(script, [image.ravel().tolist(), [none | {"noise": 0.3}] * 2])
    assert noisy[0] == noisy[1]
    assert 0 <= min(noisy[0]) and max(noisy[0]) <= 1
    grey = modules(script, [[0.5] * 784, [none | {"noise": 0.1}]])[0]
    assert 0.08 < np.std(grey) < 0.12


def test_the_answer_is_the_posterior_of_training(modules):
    generator = torch.Generator().manual_seed(5)
    outputs = torch.rand(50, 10, generator=generator, dtype=torch.float64) * 4
    found = modules(
        """async (rows) => {
            const { meaning } = await import("/answer.js");
            return rows.map((row) => meaning(row, "LeNet5", 1.5));
        }""",
        outputs.tolist(),
    )
    expected = losses.posterior(outputs, 1.5)
    for answer, row, penalties in zip(found, expected, outputs, strict=True):
        assert np.abs(np.array(answer["shares"]) - row.numpy()).max() < 1e-12
        assert answer["digit"] == penalties.argmin()
        assert answer["rejected"] == (row.argmax().item() == 10)
    assert {answer["rejected"] for answer in found} == {True, False}


# ---- In a browser ----------------------------------------------------------------


def places(view, stroke: list, copy: int = 0, size: float = 1) -> list:
    box = surface(view, copy).bounding_box()
    return [
        (
            box["x"] + box["width"] * (0.5 + (x - 0.5) * size),
            box["y"] + box["height"] * (0.5 + (y - 0.5) * size),
        )
        for x, y in stroke
    ]


def draw(view, digit: int, copy: int = 0, size: float = 1) -> None:
    """Draw with the mouse, after clearing the board."""
    press(view, "Clear", copy)
    for stroke in STROKES[digit]:
        first, *others = places(view, stroke, copy, size)
        view.mouse.move(*first)
        view.mouse.down()
        for place in others:
            view.mouse.move(*place)
        view.mouse.up()


def press(view, name: str, copy: int = 0) -> None:
    view.get_by_role("button", name=name, exact=True).nth(copy).click()


def answer(view, copy: int = 0) -> str:
    return view.locator(".numeral").nth(copy).inner_text()


def outputs(view, copy: int = 0) -> list[float]:
    texts = view.locator(".outputs").nth(copy).locator(".value").all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def ink(view, copy: int = 0) -> np.ndarray:
    """How dense the ink on the board is, (280, 280) values from 0 to 255."""
    return alpha(surface(view, copy).locator("canvas"))


def input_of(view, copy: int = 0) -> np.ndarray:
    return alpha(view.locator("section.input canvas").nth(copy))


def test_all_layers_show_the_first_digit(show, board):
    """What is drawn is what PyTorch says, pixel by pixel."""
    view = show(board)
    number = board.data["digits"]["numbers"][0]
    images, labels = digits()
    with torch.no_grad():
        states = weights.load("lenet5-1998").states(CODINGS["lenet5"](images[[number]]))
    assert answer(view) == str(labels[number].item())
    for layer in ("C1", "S2", "C3", "S4", "C5", "F6"):
        part = view.locator("section.layer", has=view.locator(f"b:text-is('{layer}')"))
        drawn = part.locator(".units canvas")
        expected = states[layer][0].flatten().numpy()
        shown = np.concatenate(
            [alpha(drawn.nth(k)).ravel() for k in range(drawn.count())]
        )
        density = (expected + 1.7159) / (2 * 1.7159) * 255
        assert shown.shape == density.shape
        assert np.abs(shown - density).max() <= 0.51, layer
    grey = (states["input"][0, 0].numpy() + 0.1) / 1.275 * 255
    assert np.abs(input_of(view) - grey).max() <= 0.51
    distances = states["output"][0].numpy()
    assert np.abs(np.array(outputs(view)) - distances).max() <= 0.51
    nearest = view.locator("section.picture > .bitmap canvas")
    code = (np.array(states_code(int(distances.argmin()))) + 1.7159) / 3.4318 * 255
    assert np.abs(alpha(nearest).ravel() - code).max() <= 0.51


def states_code(digit: int) -> list[float]:
    rows = "".join(papers.output_codes()[str(digit)])
    return [1.0 if cell == "#" else -1.0 for cell in rows]


@pytest.mark.parametrize("size", [1, 0.5], ids=["large", "small"])
def test_ten_digits_drawn_with_a_mouse_are_read(show, board, size):
    view = show(board)
    read = []
    for digit in range(10):
        draw(view, digit, size=size)
        read.append(answer(view))
    assert read == [str(digit) for digit in range(10)]


def test_python_makes_the_same_input_of_a_drawing(show, board):
    view = show(board)
    for digit in (2, 4, 8):
        draw(view, digit, size=0.7)
        field = into_field(ink(view) / 255)
        assert np.abs(input_of(view)[2:-2, 2:-2] - 255 * field).max() <= 1


def test_no_digit_is_told_apart(show, board):
    view = show(board)
    press(view, "Clear")
    # A cross, as on a ballot.
    for stroke in ([(0.1, 0.1), (0.9, 0.9)], [(0.9, 0.1), (0.1, 0.9)]):
        first, last = places(view, stroke)
        view.mouse.move(*first)
        view.mouse.down()
        view.mouse.move(*last)
        view.mouse.up()
    assert view.locator(".verdict").inner_text() == "probably not a digit"
    assert "not a digit" in view.locator(".answer li").first.inner_text()


@pytest.mark.parametrize("name", ["LeNet1"])
def test_other_networks_read_drawn_digits_as_well(show, boards, name):
    view = show(boards[name])
    read = []
    for digit in range(10):
        draw(view, digit)
        read.append(answer(view))
    right = sum(text == str(digit) for digit, text in enumerate(read))
    assert right >= 9, read


def test_a_finger_draws_and_the_page_stays(show, board):
    view = show(board, **PHONE)
    press(view, "Clear")
    session = view.context.new_cdp_session(view)

    def touch(kind: str, *points: tuple) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    before = view.evaluate("scrollY")
    for stroke in STROKES[7]:
        first, *others = places(view, stroke)
        touch("touchStart", first)
        for place in others:
            touch("touchMove", place)
        touch("touchEnd")
    view.locator(".numeral:text-is('7')").wait_for()
    assert view.evaluate("scrollY") == before
    held = surface(view).evaluate("e => getComputedStyle(e).touchAction")
    assert held == "none"


@pytest.mark.parametrize("pressure", [0.1, 0.5, 1.0])
def test_a_fast_pen_leaves_no_gaps(show, board, pressure):
    view = show(board)
    press(view, "Clear")
    surface(view).evaluate(
        """(node, pressure) => {
            const box = node.getBoundingClientRect();
            node.setPointerCapture = () => {};
            const send = (type, x, y) => node.dispatchEvent(new PointerEvent(type, {
                pointerId: 1, pointerType: "pen", pressure, button: 0,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height,
            }));
            send("pointerdown", 0.1, 0.1);
            send("pointermove", 0.9, 0.8);
            send("pointermove", 0.1, 0.8);
            send("pointerup", 0.1, 0.8);
        }""",
        pressure,
    )
    drawn = ink(view)
    for t in np.linspace(0, 1, 200):
        x, y = 0.1 + 0.8 * t, 0.1 + 0.7 * t
        assert drawn[int(y * 280), int(x * 280)] == 255
        assert drawn[int(0.8 * 280), int(x * 280)] == 255
    assert drawn.astype(bool).sum() < 280 * 280 / 3


def test_a_wide_press_is_wider(show, board):
    view = show(board)
    amounts = []
    for pressure in (0.1, 0.5, 1.0):
        press(view, "Clear")
        surface(view).evaluate(
            """(node, pressure) => {
                const box = node.getBoundingClientRect();
                node.setPointerCapture = () => {};
                for (const [type, x] of
                    [["pointerdown", 0.2], ["pointermove", 0.8], ["pointerup", 0.8]])
                    node.dispatchEvent(new PointerEvent(type, {
                        pointerId: 1, pointerType: "pen", pressure, button: 0,
                        clientX: box.left + x * box.width,
                        clientY: box.top + box.height / 2,
                    }));
            }""",
            pressure,
        )
        amounts.append(int(ink(view).sum()))
    assert amounts == sorted(amounts) and len(set(amounts)) == 3


def test_the_keyboard_draws_a_seven(show, board):
    view = show(board)
    press(view, "Clear")
    keys = view.keyboard
    surface(view).focus()
    before = view.evaluate("scrollY")
    for _ in range(5):
        keys.press("ArrowLeft")
    keys.press("Space")
    for _ in range(11):
        keys.press("ArrowRight")
    for _ in range(9):  # slantwise: two keys at once
        keys.press("ArrowDown")
        keys.down("ArrowLeft")
        keys.press("ArrowDown")
        keys.up("ArrowLeft")
    keys.press("Space")
    assert answer(view) == "7"
    assert view.evaluate("scrollY") == before
    amount = ink(view).sum()
    keys.press("ArrowUp")  # lifted: it moves and leaves no ink
    assert ink(view).sum() == amount
    voice = view.locator(".drawing-board > [aria-live]")
    voice.filter(has_text=re.compile("Pen at column")).wait_for(state="attached")
    keys.press("Control+z")
    assert ink(view).sum() == 0
    assert "blank" in view.locator(".verdict").inner_text()
    keys.press("Space")
    keys.press("ArrowDown")
    keys.press("Delete")
    assert ink(view).sum() == 0


def test_the_answer_is_spoken(show, board):
    view = show(board)
    draw(view, 3)
    voice = view.locator(".drawing-board > [aria-live='polite']")
    voice.filter(
        has_text=re.compile(r"^Read as 3, (over )?[\d.]+\s% sure\.$")
    ).wait_for(state="attached")


def test_undo_takes_back_a_stroke_and_clear_all(show, board):
    view = show(board)
    draw(view, 4)
    two = ink(view)
    press(view, "Undo")
    one = ink(view)
    assert 0 < one.astype(bool).sum() < two.astype(bool).sum()
    assert (two[one > 0] >= one[one > 0]).all()
    press(view, "Undo")
    assert ink(view).sum() == 0
    press(view, "Undo")  # nothing is left, and nothing happens
    draw(view, 4)
    assert np.array_equal(ink(view), two)
    press(view, "Clear")
    assert ink(view).sum() == 0 and answer(view) == ""


def test_the_first_stroke_takes_the_welcome_away(show, board):
    view = show(board)
    assert ink(view).sum() > 0
    (first, last) = places(view, STROKES[1][0])
    view.mouse.move(*first)
    view.mouse.down()
    view.mouse.move(*last)
    view.mouse.up()
    assert answer(view) == "1"
    press(view, "Undo")
    assert ink(view).sum() == 0


def test_test_digits_can_be_loaded_and_drawn_on(show, board):
    view = show(board)
    data = board.data["digits"]
    known = dict(
        zip(
            data["numbers"],
            zip(data["labels"], data["read"], strict=True),
            strict=True,
        )
    )
    for name, is_right in (("Test digit", True), ("Misread one", False)) * 2:
        press(view, name)
        note = view.locator(".note").inner_text()
        number, label = re.match(r"Test digit ([\d,]+) .* a (\d)\.", note).groups()
        right, read = known[int(number.replace(",", ""))]
        assert int(label) == right
        assert (right == read) == is_right
        assert answer(view) == str(read)
        expected = digits()[0][int(number.replace(",", ""))].numpy()
        assert np.abs(input_of(view)[2:-2, 2:-2] - expected.astype(int)).max() <= 1
    before = ink(view)
    x, y = places(view, [(0.1, 0.1)])[0]
    view.mouse.click(x, y)
    assert (ink(view) >= before).all() and ink(view).sum() > before.sum()
    press(view, "Undo")
    assert np.array_equal(ink(view), before)


def set_slider(view, name: str, value: float, copy: int = 0) -> None:
    view.get_by_label(name).nth(copy).fill(str(value))


def test_sliders_change_input_and_answer_live(show, board):
    view = show(board)
    draw(view, 7)
    start, distances = input_of(view).astype(int), outputs(view)
    set_slider(view, "Move across", 3)
    assert np.abs(input_of(view)[:, 3:] - start[:, :-3]).max() <= 1
    assert outputs(view) != distances
    assert "3 pixels" in view.locator(".slider").first.inner_text().replace("\xa0", " ")
    set_slider(view, "Move across", 0)
    assert outputs(view) == distances
    set_slider(view, "Move down", -4)
    assert np.abs(input_of(view)[:-4] - start[4:]).max() <= 1
    press(view, "Set back")
    assert outputs(view) == distances
    for name, value in (("Turn", 40), ("Thicken", 1), ("Add noise", 0.3)):
        set_slider(view, name, value)
        assert outputs(view) != distances
        press(view, "Set back")
        assert outputs(view) == distances
    set_slider(view, "Turn", 180)  # stops at 90
    press(view, "Set back")
    set_slider(view, "Invert", 1)
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(input_of(view)[inner] + start[inner] - 255).max() <= 1
    slider = view.get_by_label("Turn")
    press(view, "Set back")
    slider.focus()
    view.keyboard.press("ArrowRight")
    assert slider.input_value() == "1" and outputs(view) != distances


def test_each_step_of_preparation_can_be_left_out(show, board):
    view = show(board)
    draw(view, 2, size=0.4)
    right = input_of(view).astype(int)

    def box(picture: np.ndarray) -> tuple:
        rows, columns = (np.flatnonzero((picture > 25).any(axis=k)) for k in (1, 0))
        return rows[0], rows[-1], columns[0], columns[-1]

    top, bottom, *_ = box(right)
    assert bottom - top + 1 == 20
    view.get_by_label("not scaled").check()
    top, bottom, *_ = box(input_of(view))
    assert bottom - top + 1 < 14
    view.get_by_label("not scaled").uncheck()
    assert np.array_equal(input_of(view), right)
    view.get_by_label("not scaled").check()
    centred = input_of(view)
    view.get_by_label("not centred").check()
    press(view, "Clear")
    for x in (0.15, 0.8):  # it stays where it was drawn
        view.mouse.move(*places(view, [(x, 0.3)])[0])
        view.mouse.down()
        view.mouse.move(*places(view, [(x, 0.6)])[0])
        view.mouse.up()
        _, _, left, last = box(input_of(view))
        assert abs((left + last + 1) / 2 - (2 + 28 * x)) <= 1
        press(view, "Undo")
    assert centred.shape == (32, 32)
    view.get_by_label("not centred").uncheck()
    view.get_by_label("not scaled").uncheck()
    draw(view, 2)
    thick = input_of(view).sum()
    view.get_by_label("thin pen").check()
    assert input_of(view).sum() < thick / 2
    view.get_by_label("thin pen").uncheck()
    assert input_of(view).sum() == thick
    before = input_of(view).astype(int)
    view.get_by_label("light on dark").check()
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(input_of(view)[inner] + before[inner] - 255).max() <= 1
    assert view.locator(".rejected").count() == 1  # and that is too much for it


def test_pointing_at_a_unit_shows_its_field_and_its_products(show, board):
    view = show(board, viewport={"width": 800, "height": 1600})
    draw(view, 5)
    told = view.locator(".explanation")
    assert not told.is_visible()
    assert "Point at any pixel" in view.locator(".invitation").inner_text()
    part = view.locator("section.layer", has=view.locator("b:text-is('C3')"))
    box = part.locator(".units .bitmap").nth(7).bounding_box()
    pixel = box["width"] / 10
    view.mouse.move(box["x"] + 4.5 * pixel, box["y"] + 6.5 * pixel)
    words = told.inner_text()
    assert "C3.7, row 6, column 4" in words
    assert "The 100 products and the bias" in words and "squashed to" in words
    marked = view.locator("section", has=view.locator("b:text-is('S2')")).locator(
        ".spot:visible"
    )
    assert marked.count() == len(papers.LENET5_TABLE[7])
    left, top, width = marked.first.evaluate(
        "e => [e.style.left, e.style.top, e.style.width].map(parseFloat)"
    )
    assert (left, top) == pytest.approx((400 / 14, 600 / 14), abs=1e-3)
    assert width == pytest.approx(500 / 14, abs=1e-3)
    seen = view.locator("section.input .spot")
    left, top, width = seen.evaluate(
        "e => [e.style.left, e.style.top, e.style.width].map(parseFloat)"
    )
    field = (800 / 32, 1200 / 32, 1400 / 32)  # percent: column 8, row 12, 14 wide
    assert (left, top, width) == pytest.approx(field, abs=1e-3)
    view.locator("h1").hover()
    assert not told.is_visible()
    assert view.locator(".spot:visible").count() == 0


def test_keys_go_from_unit_to_unit_and_say_what_made_it(show, board):
    view = show(board)
    part = view.locator("section.layer", has=view.locator("b:text-is('C1')"))
    units = part.get_by_role("application")
    view.get_by_role("button", name="Set back").focus()
    view.keyboard.press("Tab")
    assert units.evaluate("e => e === document.activeElement")
    title = view.locator(".explanation .part")
    assert title.inner_text() == "C1.0, row 14, column 14"
    view.keyboard.press("ArrowDown")
    view.keyboard.press("ArrowRight")
    assert title.inner_text() == "C1.0, row 15, column 15"
    for _ in range(13):
        view.keyboard.press("ArrowRight")
    assert title.inner_text() == "C1.1, row 15, column 0"
    voice = view.locator(".drawing-board > [aria-live]")
    voice.filter(has_text="C1.1, row 15, column 0: The 25 products").wait_for(
        state="attached"
    )
    view.keyboard.press("Tab")
    assert title.inner_text().startswith("S2.0")


def test_two_boards_share_weights_and_nothing_else(show, board):
    second = drawing_board("lenet5-1998", digits=digits(), weights_of=board)
    view = show(board, second)
    assert view.locator(".drawing-board").count() == 2
    assert outputs(view) == outputs(view, 1)
    draw(view, 3, copy=1)
    assert answer(view, 1) == "3"
    assert answer(view) == str(board.data["digits"]["labels"][0])
    draw(view, 6)
    assert (answer(view), answer(view, 1)) == ("6", "3")
    ids = view.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(set(ids)) == len(ids)


def test_a_board_without_its_weights_says_so(show, board):
    second = drawing_board("lenet5-1998", digits=digits(), weights_of=board)
    view = show(second)
    assert view.locator(".drawing-board").count() == 0
    assert "not on this page" in view.locator(".live").inner_text()
    assert view.get_by_role("img", name=second.alt).is_visible()


def test_other_networks_live_on_the_page_too(show, boards):
    view = show(*boards.values())
    assert view.locator(".drawing-board").count() == 3
    for copy, name in enumerate(boards):
        draw(view, 1, copy)
        board = view.locator(".drawing-board").nth(copy)
        names = board.locator("section.layer > .part > b").all_inner_texts()
        assert names == [layer["name"] for layer in boards[name].data["layers"]]
        unit = board.locator(".units").nth(2).locator(".bitmap").first
        unit.scroll_into_view_if_needed()
        unit.hover()
        assert re.match(r"\w\d\.\d", board.locator(".explanation .part").inner_text())


@pytest.mark.parametrize("name", MODELS)
def test_without_scripts_the_picture_is_there(show, boards, name):
    view = show(boards[name], java_script_enabled=False)
    picture = view.get_by_role("img", name=boards[name].alt, exact=True)
    box = picture.bounding_box()
    assert box["width"] > 400 and box["height"] > 250
    shot = Image.open(io.BytesIO(picture.screenshot())).convert("L")
    assert np.asarray(shot).min() < 60


def test_paper_gets_the_picture(show, board):
    view = show(board)
    view.emulate_media(media="print")
    view.locator(".lenet-figure > img").wait_for()
    assert view.locator(".live").count() == 0
    view.emulate_media(media="screen")
    draw(view, 2)
    assert answer(view) == "2"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", MODELS)
def test_axe_finds_nothing(show, boards, name, scheme):
    view = show(boards[name], color_scheme=scheme)
    for _ in range(2):
        found = Axe().run(view).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        press(view, "Clear")
        view.locator(".units").first.hover()


def test_ink_turns_with_the_theme(show, board):
    view = show(board)
    canvas = view.locator("section.input canvas")
    colour = """canvas => {
        const copy = new OffscreenCanvas(32, 32)
            .getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, 32, 32);
        const k = data.findIndex((value, k) => k % 4 === 3 && value === 255);
        return data[k - 3];
    }"""
    assert canvas.evaluate(colour) < 60
    view.emulate_media(color_scheme="dark")
    view.wait_for_function(f"({colour})(document.querySelector('.input canvas')) > 200")


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_all_of_it_with_room_for_fingers(show, board, width):
    view = show(board, **PHONE | {"viewport": {"width": width, "height": 800}})
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    view.locator(".units").first.tap()
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    box = surface(view).bounding_box()
    assert box["width"] > 0.85 * width
    small = view.evaluate(
        """() => [...document.querySelectorAll('.live :is(button, .tick, .slider)')]
            .map((e) => [e.textContent, e.getBoundingClientRect()])
            .filter(([_, box]) =>
                box.width < 24 || box.height < 44 || box.right > innerWidth)
            .map(([name, box]) => [name, box.width, box.height])"""
    )
    assert small == []
