"""The cheap losses equal the plain ones, value and gradient."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch
from torch import Tensor
from torch.nn import functional

from lucidocr_training.loss import column_log_softmax, compact, ctc_terms

pytestmark = pytest.mark.torch


Problem = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


class TestColumnLogSoftmax:
    @pytest.fixture(scope="class")
    @staticmethod
    def problem() -> Problem:
        """Rows of several lines, columns with repeats, and an upstream gradient as losses have it."""
        generator = torch.Generator().manual_seed(1)
        rows, width, classes, wanted, count = 700, 24, 90, 5, 40
        hidden = torch.tanh(torch.randn(rows, width, generator=generator))
        weight = 0.6 * torch.randn(classes, width, generator=generator)
        bias = torch.randn(classes, generator=generator)
        lines = torch.randint(count, (rows,), generator=generator)
        columns = torch.randint(classes, (count, wanted), generator=generator)
        columns[:, 3] = columns[:, 0]
        upstream = -(torch.rand(rows, wanted, generator=generator) ** 4)
        upstream[:7] = 0
        return hidden, weight, bias, lines, columns, upstream

    def test_value(self, problem: Problem) -> None:
        hidden, weight, bias, lines, columns, _ = problem
        expected = (hidden @ weight.t() + bias).log_softmax(1).gather(1, columns[lines])
        result = column_log_softmax(hidden, weight, bias, lines, columns)
        assert result.dtype == torch.float32
        assert (result - expected).abs().max() < 0.1
        assert (result - expected).abs().mean() < 0.01

    def test_gradient(self, problem: Problem) -> None:
        *inputs, lines, columns, upstream = problem
        cheap = [value.clone().requires_grad_() for value in inputs]
        plain = [value.clone().requires_grad_() for value in inputs]
        column_log_softmax(*cheap, lines, columns).backward(upstream)
        (plain[0] @ plain[1].t() + plain[2]).log_softmax(1).gather(1, columns[lines]).backward(upstream)
        for one, other in zip(cheap, plain, strict=True):
            assert one.grad is not None
            assert other.grad is not None
            assert one.grad.dtype == torch.float32
            assert (one.grad - other.grad).norm() < 0.01 * other.grad.norm()

    def test_memory_is_not_shared_by_two_that_wait_for_their_gradient(self, problem: Problem) -> None:
        hidden, weight, bias, lines, columns, upstream = problem
        alone, kept, other = (hidden.clone().requires_grad_() for _ in range(3))
        column_log_softmax(alone, weight, bias, lines, columns).backward(upstream)
        first = column_log_softmax(kept, weight, bias, lines, columns)
        second = column_log_softmax(other, -weight, bias, lines, columns)
        first.backward(upstream)
        second.backward(upstream)
        assert alone.grad is not None
        assert kept.grad is not None
        assert torch.equal(alone.grad, kept.grad)


LABELS = [[3, 3, 5, 3], [1, 2, 0, 0], [7, 0, 0, 0], [4, 4, 4, 0], [6, 2, 6, 2]]
LENGTHS = [4, 2, 1, 3, 4]
FRAMES = [14, 9, 3, 12, 4]
CLASSES = 9


@pytest.fixture
def lines() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Blank logits, class logits, labels, frames and lengths of five lines, some with repeated labels."""
    generator = torch.Generator().manual_seed(2)
    blank = torch.randn(len(LABELS), max(FRAMES), generator=generator, dtype=torch.float64)
    logits = 2 * torch.randn(len(LABELS), max(FRAMES), CLASSES, generator=generator, dtype=torch.float64)
    return blank, logits, torch.tensor(LABELS), torch.tensor(FRAMES), torch.tensor(LENGTHS)


def plain_terms(blank: Tensor, logits: Tensor, labels: Tensor, frames: Tensor, lengths: Tensor) -> Tensor:
    """CTC over the whole alphabet with the factorised blank written out."""
    chars = functional.logsigmoid(-blank)[..., None] + logits.log_softmax(2)
    log_probs = torch.cat([functional.logsigmoid(blank)[..., None], chars], 2).transpose(0, 1)
    return functional.ctc_loss(log_probs, labels + 1, frames, lengths, reduction="none")


def cheap_terms(
    blank: Tensor, logits: Tensor, labels: Tensor, frames: Tensor, lengths: Tensor, active: Tensor | None = None
) -> Tensor:
    columns, compacted = compact(labels, lengths)
    chars = logits.log_softmax(2).gather(2, columns[:, None].expand(-1, logits.shape[1], -1))
    active = torch.ones(blank.shape, dtype=torch.bool) if active is None else active
    return ctc_terms(blank, chars, active, compacted, frames, lengths)


Lines = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


class TestCtc:
    def test_equals_ctc_over_the_whole_alphabet(self, lines: Lines) -> None:
        weights = torch.tensor([1.0, 0.5, 2.0, -1.0, 3.0], dtype=torch.float64)
        gradients = []
        for terms in (cheap_terms, plain_terms):
            blank, logits = (value.clone().requires_grad_() for value in lines[:2])
            values = terms(blank, logits, *lines[2:])
            (values * weights).sum().backward()
            assert blank.grad is not None
            assert logits.grad is not None
            gradients.append((values.detach(), blank.grad, logits.grad))
        for one, other in zip(*gradients, strict=True):
            assert other.abs().max() > 0.1
            assert torch.allclose(one, other, atol=1e-5, rtol=0)

    def test_single_precision_is_near(self, lines: Lines) -> None:
        blank, logits, *rest = lines
        single = cheap_terms(blank.float(), logits.float(), *rest)
        assert single.dtype == torch.float32
        assert torch.allclose(single.double(), plain_terms(blank, logits, *rest), atol=1e-4, rtol=0)

    def test_gradient_is_true_where_probabilities_do_not_sum_to_one(self, lines: Lines) -> None:
        blank, logits, labels, frames, lengths = lines
        columns, compacted = compact(labels, lengths)
        chars = logits.log_softmax(2).gather(2, columns[:, None].expand(-1, logits.shape[1], -1))
        active = torch.ones(blank.shape, dtype=torch.bool)

        def terms(blank: Tensor, chars: Tensor) -> Tensor:
            return ctc_terms(blank, chars, active, compacted, frames, lengths)

        inputs = (blank.clone().requires_grad_(), chars.clone().requires_grad_())
        assert torch.autograd.gradcheck(terms, inputs, atol=1e-6)

    def test_frames_beyond_a_line_get_no_gradient(self, lines: Lines) -> None:
        blank = lines[0].clone().requires_grad_()
        cheap_terms(blank, *lines[1:]).sum().backward()
        assert blank.grad is not None
        for row, count in enumerate(FRAMES):
            assert blank.grad[row, :count].abs().min() > 0
            assert (blank.grad[row, count:] == 0).all()

    def test_an_infeasible_line_costs_nothing_and_teaches_nothing(self, lines: Lines) -> None:
        frames = torch.tensor([4, 9, 3, 4, 3])  # lines 0, 3 and 4 need 5, 5 and 4
        blank, logits = (value.clone().requires_grad_() for value in lines[:2])
        values = cheap_terms(blank, logits, lines[2], frames, lines[4])
        assert (values[[0, 3, 4]] == 0).all()
        assert (values[[1, 2]] > 0).all()
        values.sum().backward()
        assert blank.grad is not None
        assert logits.grad is not None
        for grad in (blank.grad, logits.grad):
            assert (grad[[0, 3, 4]] == 0).all()
            assert grad.isfinite().all()
            assert grad[1].abs().max() > 0

    def test_characters_are_said_at_active_frames_only(self, lines: Lines) -> None:
        blank, logits, labels, frames, lengths = lines
        active = torch.zeros(blank.shape, dtype=torch.bool)
        active[:, 1:9] = True
        open_logits = logits.clone().requires_grad_()
        values = cheap_terms(blank, open_logits, labels, frames, lengths, active)
        everywhere = plain_terms(*lines)
        assert (values[:2] > everywhere[:2] + 1e-3).all()  # fewer paths, less probability
        values[:2].sum().backward()
        assert open_logits.grad is not None
        assert (open_logits.grad[:, ~active[0]] == 0).all()
        assert (open_logits.grad[0, active[0]].abs().sum(1) > 0).all()

    def test_a_line_without_enough_active_frames_is_infeasible(self, lines: Lines) -> None:
        active = torch.zeros(lines[0].shape, dtype=torch.bool)
        active[:, 2] = True
        blank = lines[0].clone().requires_grad_()
        values = cheap_terms(blank, *lines[1:], active=active)
        assert (values[[0, 1, 3, 4]] == 0).all()
        assert values[2] > 0  # one character, one frame
        values.sum().backward()
        assert blank.grad is not None
        assert (blank.grad[[0, 1, 3, 4]] == 0).all()


class TestCompact:
    def test_each_line_gets_an_alphabet_of_its_own(self) -> None:
        columns, compacted = compact(torch.tensor([[5, 7, 5, 2], [9, 9, 0, 0]]), torch.tensor([4, 2]))
        assert columns.tolist() == [[5, 7, 5, 2], [9, 9, 9, 9]]
        assert compacted.tolist() == [[1, 2, 1, 4], [1, 1, 1, 1]]

    def test_padding_does_not_matter(self) -> None:
        lengths = torch.tensor([2])
        one, other = (compact(torch.tensor([[4, 6, *rest]]), lengths) for rest in ((0, 0), (6, 4)))
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))

    def test_a_compacted_label_points_at_its_class(self) -> None:
        labels = torch.randint(4, (6, 9), generator=torch.Generator().manual_seed(0))
        lengths = torch.tensor([9, 8, 7, 3, 2, 1])
        columns, compacted = compact(labels, lengths)
        for row, length in enumerate(lengths.tolist()):
            said = columns[row, compacted[row, :length] - 1]
            assert torch.equal(said, labels[row, :length])
            assert len(set(compacted[row, :length].tolist())) == len(set(labels[row, :length].tolist()))
