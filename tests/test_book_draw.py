"""The chapter *Draw a digit*: the errors it quotes, and what moving a digit does."""

from built_pages import results, rounds_to, shown

DRAW = "chapters/draw"


def test_draw_quotes_the_results_file(book):
    texts, study = shown(book, DRAW), results("outside.json")
    plain_one, affine, elastic = study["networks"]
    steps = dict(
        zip(("file", "polarity", "mass", "box", "all"), study["remedies"], strict=True)
    )
    seen = 0
    for prefix, network in (
        ("", plain_one),
        ("affine_", affine),
        ("elastic_", elastic),
    ):
        for digits in ("drawn", "optical", "mnist"):
            for key, remedy in steps.items():
                name = f"{prefix}{digits}_{key}"
                if name in texts:
                    misread = study[digits]["misread"][remedy][network]
                    percent = 100 * misread / study[digits]["digits"]
                    assert rounds_to(percent, texts[name]), name
                    seen += 1
    assert seen >= 22
    assert texts["drawn_wrong"] == str(
        study["drawn"]["misread"][steps["all"]][plain_one]
    )


def test_draw_a_digit_of_mnist_bears_two_pixels_and_no_more(book):
    texts = shown(book, DRAW)
    assert float(texts["shift_two"]) < 5 < 15 < float(texts["shift_four"])
    assert float(texts["shift_six"]) > 2 * float(texts["shift_four"])
    assert float(texts["half_size"]) > 50


def test_draw_f6_is_far_from_all_codes_until_the_recipe_was_followed(book):
    texts = shown(book, DRAW)
    assert float(texts["far"]) > 10 > 1 > float(texts["near"])
