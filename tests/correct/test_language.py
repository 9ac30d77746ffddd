import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from lucidocr.correct import language
from lucidocr.correct.folding import CHARACTER_COST, NUMBER, WORD, fold
from lucidocr.correct.language import LanguageModel, load_language_model
from lucidocr.errors import ModelError

BUNDLED = Path(language.__file__).parents[1] / "weights" / "language"


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_language_model()


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in fold([text]).tokens]


@pytest.mark.parametrize(
    ("text", "symbols", "tokens"),
    [
        ("共 12 页", f"共{NUMBER}页", [("gap", " "), ("number", "12"), ("gap", " ")]),
        ("¥1,234.50", NUMBER, [("number", "¥1,234.50")]),
        ("40×40", NUMBER, [("number", "40×40")]),
        ("2019-11-25, 3/4", f"{NUMBER}, {NUMBER}", [("number", "2019-11-25"), ("number", "3/4")]),
        ("and/or", f"{WORD}/{WORD}", [("word", "and"), ("word", "or")]),
        ("AB-12 x", f"{WORD} {WORD}", [("code", "AB-12"), ("word", "x")]),
        ("12-3A", WORD, [("code", "12-3A")]),
        ("皖ALW592", WORD, [("code", "皖ALW592")]),
        ("安徽省A座", f"安徽省{WORD}座", [("word", "A")]),
        ("kāng", WORD, [("word", "kāng")]),
        ("", "", []),
    ],
)
def test_texts_as_symbols(text: str, symbols: str, tokens: list[tuple[str, str]]) -> None:
    assert fold([text]).symbols == f"{symbols}\n"
    assert kinds(text) == tokens


def test_tokens_know_their_text() -> None:
    assert [(token.text, token.value) for token in fold(["a 1", "", "b"]).tokens] == [(0, "a"), (0, "1"), (2, "b")]


def test_all_texts_together_score_as_one_by_one(model: LanguageModel) -> None:
    texts = ["人民法院", "", "The quick brown fox", "共12页", "人民法院", "A1-B2 ¥3.50", "囧𠮷", " spaced  out "]
    alone = [model.score([text])[0] for text in texts]
    assert model.score(texts) == pytest.approx(alone)
    assert model.score([]).shape == (0,)
    assert np.isfinite(alone).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("电话 0551-3645871", "电话 0551-9999999"),
        ("合计 12.50 元", "合计 12,58 元"),
        ("A1O5", "A1058"[:4]),
        ("XB8-2", "XBB-2"),
        ("皖ALW592", "苏BCX08Z"),
        ("中国，好", "中国,好"),
        ("国语", "國語"),
        ("中国 100 年", "中国  200  年"),
    ],
)
def test_what_cannot_be_known_is_equal(model: LanguageModel, one: str, other: str) -> None:
    assert model.score([one])[0] == pytest.approx(model.score([other])[0])


def test_the_length_of_codes_and_numbers_does_not_speak(model: LanguageModel) -> None:
    for texts in (["12345", "1234567", "1,234,567.00"], ["X1Y2", "X1Y2Z3", "X1-Y2/Z3"]):
        values = model.advantage(texts)
        assert values == pytest.approx([values[0]] * 3)


def test_advantage_is_the_score_with_the_length_paid_back(model: LanguageModel) -> None:
    texts = ["人民法院", "The fox", "  a  b "]
    paid = [CHARACTER_COST * length for length in (4, 7, 3)]
    assert model.advantage(texts) == pytest.approx(model.score(texts) + paid, abs=1)


def test_a_rare_character_takes_little_from_the_advantage(model: LanguageModel) -> None:
    common, rare = model.score(["我们的", "我们囧"])
    assert common > rare + 5
    common, rare = model.advantage(["我们的", "我们囧"])
    assert rare < common < rare + 5


def test_nothing_at_all_has_no_advantage_over_a_number(model: LanguageModel) -> None:
    nothing, number = model.advantage(["", "0"])
    assert nothing < number


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("人民法院", "入民法院"),
        ("己所不欲", "已所不欲"),
        ("國務院", "國務完"),
        ("The quick brown", "The qulck brown"),
        ("Total amount", "Tota1 amount"),
        ("The quick", "Thequick"),
    ],
)
def test_language_is_preferred(model: LanguageModel, right: str, wrong: str) -> None:
    better, worse = model.advantage([right, wrong])
    assert better > worse + 2


def test_probabilities_of_symbols_sum_to_one(model: LanguageModel) -> None:
    symbols = model.symbols
    last = np.arange(1, symbols.classes, dtype=np.uint64)
    for text in ("中华人", "，人民", f"{WORD} {WORD}", "囧一中", "𠮷"):
        keys = last
        for distance, before in enumerate(reversed(model.classes.encode(text).tolist()), start=1):
            keys = keys | np.uint64(before << (symbols.bits * distance))
        assert np.exp(symbols.log_probs(keys)).sum() == pytest.approx(1, abs=0.03)  # stored in steps of 1/16


def test_a_code_costs_as_much_as_it_claims(model: LanguageModel) -> None:
    extra = model.score(["X1Y2Z"])[0] - model.score(["X1Y2"])[0]
    assert extra == pytest.approx(-math.log(62) + math.log(7 / 8))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Thequickbrown", ["The quick brown"]),
        ("WINTERSALE now", ["WINTER SALE now"]),
        ("together again", []),
        ("XQZKVW", []),
        ("Helloworld,thisis", ["Hello world,this is", "Hello world, this is"]),
        ("人民法院", []),
        ("", []),
    ],
)
def test_lost_spaces(model: LanguageModel, text: str, found: list[str]) -> None:
    assert model.restore_spaces(text) == found


def test_the_bundled_model_is_read_once(model: LanguageModel) -> None:
    assert load_language_model() is model
    assert json.loads((BUNDLED / "language.json").read_text())["bytes"] <= 15_000_000


def test_a_folder_of_ones_own(model: LanguageModel, tmp_path: Path) -> None:
    shutil.copytree(BUNDLED, tmp_path / "own")
    own = load_language_model(tmp_path / "own")
    assert own.score(["人民法院"]) == pytest.approx(model.score(["人民法院"]))


def test_damaged_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no language model"):
        load_language_model(tmp_path)
    folder = tmp_path / "damaged"
    shutil.copytree(BUNDLED, folder)
    content = (folder / "language.npz").read_bytes()
    (folder / "language.npz").write_bytes(content[:-1])
    with pytest.raises(ModelError, match="not the one"):
        load_language_model(folder)
    (folder / "language.json").write_text('{"format_version": 2}')
    with pytest.raises(ModelError, match="format version"):
        load_language_model(folder)
    (folder / "language.json").write_text("{")
    with pytest.raises(ModelError, match="not JSON"):
        load_language_model(folder)
    for broken in (b"", b"PK\x03\x04", content[:1000]):
        with pytest.raises(ModelError, match="cannot be read"):
            language.parse(broken, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("山", False),
        ("4", False),
        ("100x100", False),
        ("AB-12", False),
        ("qzx", False),
        ("", False),
        ("中国", True),
        ("第3页", True),
        ("Total: 4", True),
        ("TOTAL", True),
    ],
)
def test_what_holds_language(model: LanguageModel, text: str, expected: bool) -> None:
    assert model.knows(text) is expected
