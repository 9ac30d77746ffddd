from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lucidocr.errors import DatasetError, NotAnImageError
from lucidocr.evaluate import (
    CHUNK,
    Dataset,
    LabelledLine,
    Part,
    evaluate,
    evaluate_explanations,
    load_dataset,
)
from tests.fakes import FakeReader, encoded, picture_of

MakeSet = Callable[..., Path]


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    def make(labels: dict[str, str], split: dict[str, str] | None = None, name: str = "words") -> Path:
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        for file in labels:
            (folder / "images" / file).write_bytes(encoded(picture_of("x")))
        rows = "".join(f"{file}\t{text}\n" for file, text in labels.items())
        (folder / "labels.tsv").write_text(rows, encoding="utf-8")
        if split is not None:
            rows = "".join(f"{file}\tsource\t{part}\n" for file, part in split.items())
            (folder / "split.tsv").write_text(rows, encoding="utf-8")
        return folder

    return make


def test_all_lines_in_the_order_of_the_table(make_set: MakeSet) -> None:
    folder = make_set({"b.png": "二", "a.png": "one\u2028two"})
    dataset = load_dataset(folder)
    assert (dataset.name, dataset.part) == ("words", None)
    assert dataset.lines == (
        LabelledLine(folder / "images" / "b.png", "二"),
        LabelledLine(folder / "images" / "a.png", "one\u2028two"),
    )


def test_one_part(make_set: MakeSet) -> None:
    folder = make_set({"a.png": "A", "b.png": "B", "c.png": "C"}, {"a.png": "train", "b.png": "report"})
    assert [line.text for line in load_dataset(folder, "report").lines] == ["B"]
    assert len(load_dataset(folder).lines) == 3


def test_tables_made_on_windows(make_set: MakeSet) -> None:
    folder = make_set({"a.png": "A"})
    (folder / "labels.tsv").write_bytes(b"\xef\xbb\xbfa.png\tA\tB\r\n\r\n")
    assert [line.text for line in load_dataset(folder).lines] == ["A\tB"]


@pytest.mark.parametrize(
    ("file", "content", "part", "words"),
    [
        ("labels.tsv", None, None, "does not exist"),
        ("labels.tsv", b"", None, "has no line"),
        ("labels.tsv", b"a.png\n", None, "line 1: 2 columns"),
        ("labels.tsv", b"a.png\t\xff\n", None, "not UTF-8"),
        ("labels.tsv", b"a.png\tA\ngone.png\tB\n", None, "1 of 2 pictures are missing"),
        ("split.tsv", None, "tune", "no split.tsv"),
        ("split.tsv", b"a.png\tsource\n", "tune", "line 1: 3 columns"),
        ("split.tsv", b"a.png\tsource\ttest\n", "tune", "names a part 'test'"),
        ("split.tsv", b"a.png\tsource\ttrain\n", "tune", "has no line of part 'tune'"),
    ],
)
def test_a_folder_that_is_no_data_set(
    make_set: MakeSet, file: str, content: bytes | None, part: Part | None, words: str
) -> None:
    folder = make_set({"a.png": "A"}, {"a.png": "tune"})
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        load_dataset(folder, part)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder"):
        load_dataset(tmp_path / "nowhere")


def test_evaluation(make_set: MakeSet) -> None:
    folder = make_set(
        {"a.png": "Stop", "b.png": "Step!", "c.png": "..."}, dict.fromkeys(["a.png", "b.png", "c.png"], "tune")
    )
    result = evaluate(FakeReader(texts=("STOP",)), load_dataset(folder, "tune"), "alnum")
    assert (result.dataset, result.part, result.rule) == ("words", "tune", "alnum")
    assert (result.n, result.excluded) == (2, 1)
    assert (result.line_accuracy, result.cer) == (0.5, 1 / 8)
    assert result.ms_per_line > 0


def test_lines_reach_the_reader_in_chunks(make_set: MakeSet) -> None:
    folder = make_set({f"{number}.png": "x" for number in range(CHUNK + 1)})
    sizes = []

    class Counting(FakeReader):
        def read_lines(self, images):
            sizes.append(len(images))
            return super().read_lines(images)

    assert evaluate(Counting(texts=("x",)), load_dataset(folder), "exact").line_accuracy == 1.0
    assert sizes == [CHUNK, 1]


def test_nothing_to_compare(make_set: MakeSet) -> None:
    dataset = load_dataset(make_set({"a.png": "!"}))
    with pytest.raises(DatasetError, match="anything to compare under the rule 'alnum'"):
        evaluate(FakeReader(), dataset, "alnum")


def test_a_broken_picture_is_named(make_set: MakeSet) -> None:
    folder = make_set({"broken.png": "x"})
    (folder / "images" / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(NotAnImageError, match=r"broken\.png"):
        evaluate(FakeReader(), load_dataset(folder), "exact")


def test_a_sample_is_spread_evenly_and_always_the_same() -> None:
    dataset = Dataset("set", None, tuple(LabelledLine(Path(str(number)), "") for number in range(10)))
    assert [line.path.name for line in dataset.sample(4).lines] == ["0", "2", "5", "7"]
    assert dataset.sample(4) == dataset.sample(4)
    assert dataset.sample(99) is dataset


def test_explanations_of_lines_read_right_are_judged(make_set: MakeSet) -> None:
    dataset = load_dataset(make_set({"a.png": "right", "b.png": "wrong", "c.png": "Right"}))
    right, shifted = evaluate_explanations(FakeReader(("right",)), dataset, "alnum", ("hirescam", "layercam"))
    assert (right.method, shifted.method) == ("hirescam", "layercam")
    for one in (right, shifted):
        assert (one.lines, one.characters) == (2, 2 * len("right"))
        assert 0 <= one.pointing <= 1
        assert 0 <= one.energy <= 1
    assert evaluate_explanations(FakeReader(("other",)), dataset, "exact", ("hirescam",)) == []
