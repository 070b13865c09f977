"""The answers of the book's questions, found again with PyTorch and no function of convlib."""

from __future__ import annotations

import warnings
from contextlib import suppress
from fractions import Fraction
from math import ceil

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.questions.tools import questions_of_book

QUESTIONS = {question.name: question for question in questions_of_book()}


def reads(output_of, shape) -> torch.Tensor:
    """Return which input cells (columns) feed which output cells (rows), from gradients."""
    input = torch.zeros(shape, dtype=torch.double)
    jacobian = torch.autograd.functional.jacobian(output_of, input)
    return jacobian.reshape(-1, input.numel())


def conv(kernel, **options):
    """Return a convolution of one grid, or one row, with a kernel of ones."""
    kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)

    def output(input):
        return F.conv2d(input[None, None], torch.ones(1, 1, *kernel).double(), **options)[0, 0]

    return output


def row_conv(kernel, **options):
    def output(input):
        return F.conv1d(input[None], torch.ones(1, 1, kernel).double(), **options)[0]

    return output


def back(kernel, **options):
    def output(input):
        weight = torch.ones(1, 1, kernel, kernel).double()
        return F.conv_transpose2d(input[None, None], weight, **options)[0, 0]

    return output


def row_back(kernel, **options):
    def output(input):
        return F.conv_transpose1d(input[None], torch.ones(1, 1, kernel).double(), **options)[0]

    return output


def size(output_of, *shape) -> int:
    return output_of(torch.zeros(shape).double()).shape[-1]


def cells(row) -> str:
    """Return the cells that a row of `reads` touches, as a question's key."""
    return " ".join(map(str, row.nonzero().flatten().tolist()))


def of_position(output_of, position, shape) -> str:
    columns = output_of(torch.zeros(shape).double()).shape[1]
    return cells(reads(output_of, shape)[position[0] * columns + position[1]])


def weights(layer) -> int:
    return sum(parameter.numel() for parameter in layer.parameters())


def stack_reads(dilations) -> torch.Tensor:
    """Return how often one output cell of a stack reads each cell of a long row."""

    def output(row):
        for dilation in dilations:
            row = row_conv(3, dilation=dilation)(row)
        return row[:1]

    (line,) = reads(output, (60,))
    return line[: line.nonzero().max() + 1]


def halves(size):
    half = nn.Conv2d(1, 1, 3, 2, 1, device="meta")
    layers = nn.Sequential(half, half, nn.MaxPool2d(2))
    return layers(torch.zeros(1, size, size, device="meta")).shape[-1]


def never_read(k, s, p, n):
    """Return the cells of a padded row that no window reads."""
    padded = reads(row_conv(k, stride=s), (n + 2 * p,)).sum(0)
    return (padded == 0).nonzero().flatten().tolist()


def at_the_end(k, s, p, n):
    unread = set(never_read(k, s, p, n))
    last = n + 2 * p - 1
    count = 0
    while last - count in unread:
        count += 1
    return count


def largest_input(o, k, s, p):
    return max(
        n for n in range(1, 99) if n + 2 * p >= k and size(row_conv(k, stride=s, padding=p), n) == o
    )


def padded_row(row, mode):
    line = torch.tensor([row]).float()
    modes = {"zeros": "constant"}
    found = F.pad(line, (2, 0), mode=modes.get(mode, mode))[0, :2]
    return " ".join(str(int(cell)) for cell in found)


def tensorflow_total(n, k, s):
    """The fewest cells with which ceil(n / s) windows fit."""
    return next(
        t for t in range(99) if n + t >= k and size(row_conv(k, stride=s), n + t) >= ceil(n / s)
    )


def same_after(k):
    """Return how many of the cells that PyTorch's "same" adds are at the end."""
    input, kernel = (torch.randint(1, 99, (1, 1, size)).double() for size in (20, k))
    with warnings.catch_warnings(action="ignore"):  # an even kernel may need a copy
        same = F.conv1d(input, kernel, padding="same")
    return next(
        after
        for after in range(k)
        if F.conv1d(F.pad(input, (k - 1 - after, after)), kernel).equal(same)
    )


def smallest_input(k, **options):
    """Return the smallest row on which a kernel fits."""
    for n in range(1, 99):
        try:
            return n if size(row_conv(k, **options), n) else None
        except RuntimeError:  # the kernel is larger than the row
            continue
    return None


def overlap(k, s, axes=1):
    rows = row_back(k, stride=s)(torch.ones(12).double())
    return rows.max() ** axes


def shuffled_rows(k, s):
    """Return how many rows a cell reaches through k×k kernels and a pixel shuffle."""

    def output(input):
        maps = F.conv2d(input[None, None], torch.ones(s * s, 1, k, k).double(), padding=k - 1)
        return F.pixel_shuffle(maps, s)[0, 0, :, 0]

    return reads(output, (k, k))[:, 0].count_nonzero()


def unread(n, k, s):
    """Say where a row has cells that no window reads."""
    end = at_the_end(k, s, 0, n)
    between = len(never_read(k, s, 0, n)) > end
    places = {
        (False, False): "none",
        (True, False): "some between the windows",
        (False, True): "some at the end",
        (True, True): "some at both places",
    }
    return places[between, end > 0]


def grads(x, w, g, **options):
    """Return the gradients of a convolution's row and kernel for an error at its output."""
    row, kernel = (torch.tensor([[list(v)]]).double().requires_grad_() for v in (x, w))
    F.conv1d(row, kernel, **options).backward(torch.tensor([[list(g)]]).double())
    return row.grad[0, 0], kernel.grad[0, 0]


def seen(layers, position):
    """Return the cells that an output cell of a stack sees, those in the padding too."""
    margin = 12

    def output(row):
        for kernel, step, pad in layers:
            row = F.conv1d(row[None], torch.ones(1, 1, kernel).double(), None, step, pad)[0]
        return row

    # A long row with the position moved, so that no padding is seen.
    jump = 1
    for _, step, _ in layers:
        jump *= step
    found = reads(output, (1, 400))[position + margin].nonzero().flatten() - margin * jump
    return int(found.min()), int(found.max())


def product_of(first, second):
    row = torch.tensor([[list(second)]]).double()
    kernel = torch.tensor([[list(first)]]).double()
    stamped = F.conv_transpose1d(row, kernel)[0, 0].int().tolist()
    return " ".join(map(str, stamped)).replace("-", "−")


def lies_at(cell, size, new_size, aligned):
    """Return where a new cell lies: what it makes of a row that counts its cells."""
    row = torch.arange(size).double()[None, None]
    found = F.interpolate(row, size=new_size, mode="linear", align_corners=aligned)
    return str(Fraction(found[0, 0, cell].item()).limit_denominator(99))


def halved_by(kernel, padding, size):
    return size_of(nn.Conv1d(1, 1, kernel, 2, padding), size)


def size_of(layer, n):
    return layer(torch.zeros(1, 1, n)).shape[-1]


def crop(size, level, deepest):
    """Return the crop of a skip, by the sizes of PyTorch's own layers."""
    two, pool = nn.Sequential(nn.Conv1d(1, 1, 3), nn.Conv1d(1, 1, 3)), nn.MaxPool1d(2)
    x, skips = torch.zeros(1, 1, size), []
    for _ in range(deepest):
        x = two(x)
        skips.append(x.shape[-1])
        x = pool(x)
    x = two(x)
    for number in reversed(range(level, deepest)):
        x = nn.ConvTranspose1d(1, 1, 2, 2)(x)
        found = (skips[number] - x.shape[-1]) // 2
        x = two(x)
    return found


def border(value, kernel, counted):
    row = torch.full((1, 9), float(value))
    mean = F.avg_pool1d(row, kernel, 1, kernel // 2, count_include_pad=counted)
    return f"{mean[0, 0].item():g}"


def nested(row, kernel, layers):
    for _ in range(layers):
        row = row_conv(kernel)(row[0])[None] if row.ndim > 1 else row_conv(kernel)(row)
    return row


def padded_cells(size, kernel, layers):
    """Return how many output cells change when padding holds ones in place of zeros."""
    zeros = ones = torch.zeros(1, 1, size, size)
    weight, half = torch.ones(1, 1, kernel, kernel), kernel // 2
    for _ in range(layers):
        zeros = F.conv2d(F.pad(zeros, [half] * 4), weight)
        ones = F.conv2d(F.pad(ones, [half] * 4, value=1.0), weight)
    return (zeros != ones).sum()


def smallest_of_two(first, second, stride):
    """Return the fewest cells from which two convolutions make one."""
    layers = nn.Sequential(nn.Conv1d(1, 1, first, stride), nn.Conv1d(1, 1, second))
    return smallest_size(layers)


def smallest_input_of(layers):
    return smallest_size(nn.Sequential(*(nn.Conv1d(1, 1, k, dilation=d) for k, d in layers)))


def smallest_size(layers):
    for n in range(1, 999):
        with suppress(RuntimeError):
            layers(torch.zeros(1, 1, n))
            return n
    raise AssertionError("no size fits")


def tensorflow_pair(n, k, s):
    total = tensorflow_total(n, k, s)
    return total // 2, total - total // 2


ORACLES = {
    "dense-row": lambda row, input_size, kernel_size, columns: cells(
        reads(conv(kernel_size), input_size)[row]
    ),
    "dense-places": lambda n, k, o: reads(conv(k), (n, n)).count_nonzero(),
    "dense-flip": lambda line, taps, cell: F.conv1d(
        torch.tensor([line]).double(), torch.tensor([[taps]]).double().flip(2)
    )[0, cell],
    "dense-growth": lambda small, large: (
        weights(nn.Linear(large**2, large**2, bias=False, device="meta"))
        // weights(nn.Linear(small**2, small**2, bias=False, device="meta"))
    ),
    "sliding-readers": lambda cell, input_size, kernel_size: cells(
        reads(conv(kernel_size), input_size)[:, cell[0] * input_size[1] + cell[1]]
    ),
    "sliding-parameters": lambda **v: weights(nn.Conv2d(**v, device="meta")),
    "sliding-rectangle": lambda input_size, kernel_size: "×".join(
        map(str, conv(kernel_size)(torch.zeros(input_size).double()).shape)
    ),
    "sliding-drawing": lambda o, k, c: next(n for n in range(k, 99) if size(row_conv(k), n) == o),
    "padding-window": lambda position, input_size, kernel_size, padding: of_position(
        conv(kernel_size), position, tuple(side + 2 * padding for side in input_size)
    ),
    "padding-size": lambda input_size, kernel_size, padding: size(
        row_conv(kernel_size, padding=padding), input_size
    ),
    "padding-same": same_after,
    "padding-mode": padded_row,
    "padding-tensorflow": lambda input_size, kernel_size, stride: tensorflow_total(
        input_size, kernel_size, stride
    ),
    "stride-size": lambda input_size, kernel_size, stride, padding: size(
        row_conv(kernel_size, stride=stride, padding=padding), input_size
    ),
    "stride-axes": lambda input_size, kernel_size, stride: "×".join(
        map(str, conv(kernel_size, stride=stride)(torch.zeros(input_size).double()).shape)
    ),
    "stride-window": lambda position, input_size, kernel_size, stride: of_position(
        conv(kernel_size, stride=stride), position, input_size
    ),
    "stride-unread": lambda input_size, kernel_size, stride: unread(
        input_size, kernel_size, stride
    ),
    "odd-remainder": lambda input_size, kernel_size, stride, padding: at_the_end(
        kernel_size, stride, padding, input_size
    ),
    "odd-largest": lambda output_size, kernel_size, stride, padding: largest_input(
        output_size, kernel_size, stride, padding
    ),
    "odd-unread": lambda input_size, kernel_size, stride: " ".join(
        map(str, never_read(kernel_size, stride, 0, input_size))
    ),
    "dilation-window": lambda position, input_size, kernel_size, dilation: of_position(
        conv(kernel_size, dilation=dilation), position, input_size
    ),
    "dilation-covers": lambda kernel_size, dilation: smallest_input(kernel_size, dilation=dilation),
    "dilation-padding": lambda kernel_size, dilation: next(
        p for p in range(99) if size(row_conv(kernel_size, padding=p, dilation=dilation), 64) == 64
    ),
    "dilation-field": lambda dilations: len(stack_reads(dilations)),
    "dilation-holes": lambda stacks: next(
        ", ".join(map(str, stack)) for stack in stacks if (stack_reads(stack) > 0).all()
    ),
    "transpose-shape": lambda n, k, o: "×".join(map(str, reads(back(k), (o, o)).shape)),
    "transpose-stamp": lambda cell, input_size, kernel_size: cells(
        reads(back(kernel_size), input_size)[:, cell[0] * input_size[1] + cell[1]]
    ),
    "transpose-row": lambda cell, input_size, stride: reads(conv(3, stride=stride), input_size)[
        :, cell[0] * input_size[1] + cell[1]
    ].count_nonzero(),
    "transpose-lost": lambda n, k, s: (
        n * n - torch.linalg.matrix_rank(reads(conv(k, stride=s), (n, n)))
    ),
    "transpose-back": lambda n, k, s: (
        "the shape alone"
        if size(back(k, stride=s), *2 * [size(conv(k, stride=s), n, n)]) == n
        else "not even the shape"
    ),
    "transposed-stamp": lambda cell, input_size, kernel_size, stride: cells(
        reads(back(kernel_size, stride=stride), input_size)[:, cell[0] * input_size[1] + cell[1]]
    ),
    "transposed-size": lambda input_size, kernel_size, stride, padding: size(
        row_back(kernel_size, stride=stride, padding=padding), input_size
    ),
    "transposed-layout": lambda i, o, k, g: str(
        tuple(nn.ConvTranspose2d(i, o, k, groups=g, device="meta").weight.shape)
    ),
    "output-padding-back": lambda input_size, kernel_size, stride, padding: size(
        row_back(kernel_size, stride=stride, padding=padding),
        size(row_conv(kernel_size, stride=stride, padding=padding), input_size),
    ),
    "output-padding-needed": lambda input_size, kernel_size, stride, padding: next(
        extra
        for extra in range(stride)
        if size(
            row_back(kernel_size, stride=stride, padding=padding, output_padding=extra),
            size(row_conv(kernel_size, stride=stride, padding=padding), input_size),
        )
        == input_size
    ),
    "output-padding-bias": lambda k, s, p, a: cells(
        row_back(k, stride=s, padding=p, output_padding=a)(torch.ones(3).double()) == 0
    ),
    "upsampling-twice": lambda i, k, s: cells(row_back(k, stride=s)(torch.ones(i).double()) > 1),
    "upsampling-most": lambda k, s: overlap(k, s),
    "upsampling-plane": lambda k, s: overlap(k, s, axes=2),
    "upsampling-shuffle": lambda k, s: shuffled_rows(k, s),
    "separable-which": lambda column, row: " / ".join(
        " ".join(map(str, (u * torch.tensor(row)).tolist())) for u in column
    ),
    "depthwise-weights": lambda in_channels, out_channels, kernel_size: weights(
        nn.Sequential(
            nn.Conv2d(in_channels, in_channels, kernel_size, groups=in_channels, bias=False),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
        )
    ),
    "depthwise-grouped": lambda **v: weights(nn.Conv2d(**v, bias=False)),
    "depthwise-groups": lambda i, o, g: cells(
        reads(
            lambda x: F.conv2d(
                x[None, :, None, None], torch.ones(o, i // g, 1, 1).double(), groups=g
            ),
            (i,),
        ).flatten()
    ),
    "seeing-window": lambda rows, weights: (torch.tensor(rows) * torch.tensor(weights)).sum(),
    "seeing-flat": lambda brightness, weights, over: str(
        int(F.conv2d(torch.full((1, 1, 3, 3), brightness), torch.tensor([[weights]])) // over)
    ),
    "seeing-places": lambda rows, columns: conv(3)(torch.zeros(rows, columns).double()).numel(),
    "pooling-cell": lambda row, size, stride, place: F.max_pool1d(
        torch.tensor([row]).float(), size, stride
    )[0, place],
    "pooling-border": lambda value, kernel_size, counted: border(value, kernel_size, counted),
    "pooling-size": lambda input_size, kernel_size, stride, padding, ceil_mode: F.max_pool1d(
        torch.zeros(1, input_size), kernel_size, stride, padding, ceil_mode=ceil_mode
    ).shape[1],
    "pooling-adaptive": lambda size, count, number: (
        reads(lambda row: F.adaptive_avg_pool1d(row[None], count)[0], (1, size))[number] > 0
    ).sum(),
    "stacks-product": product_of,
    "stacks-size": lambda first, second, stride: smallest_of_two(first, second, stride),
    "stacks-saved": lambda layers, channels: (
        weights(nn.Conv2d(channels, channels, 2 * layers + 1, bias=False))
        - layers * weights(nn.Conv2d(channels, channels, 3, bias=False))
    ),
    "stacks-head": lambda size, halvings, kernel_size: size_of(
        nn.Sequential(*[nn.MaxPool1d(2)] * halvings, nn.Conv1d(1, 1, kernel_size)), size
    ),
    "field-last": lambda layers, position, words: seen(layers, position)[1],
    "field-middle": lambda kernel_size, stride, padding, layers, position: (
        f"{sum(seen([(kernel_size, stride, padding)] * layers, position)) / 2:g}"
    ),
    "field-ways": lambda layers, kernel_size, place: reads(
        lambda row: nested(row, kernel_size, layers), (1, layers * (kernel_size - 1) + 1)
    )[0, place],
    "shifts-border": lambda size, kernel_size, layers: padded_cells(size, kernel_size, layers),
    "shifts-pooling": lambda row, stride, shift, cell: F.max_pool1d(
        F.pad(torch.tensor([row]).float().roll(shift, 1)[None], (0, 1), "circular"), 2, stride
    )[0, 0, cell],
    "gradients-weight": lambda x, g, tap, stride: grads(
        x, [0] * (len(x) - (len(g) - 1) * stride), g, stride=stride
    )[1][tap],
    "gradients-cropped": lambda input_size, kernel_size, stride: size(
        row_conv(size(row_conv(kernel_size, stride=stride), input_size), dilation=stride),
        input_size,
    ),
    "gradients-summands": lambda batch, size, kernel_size, stride: (
        batch * conv(kernel_size, stride=stride)(torch.zeros(size, size).double()).numel()
    ),
    "resizing-place": lies_at,
    "resizing-nearest": lambda cell, size, new_size, mode: F.interpolate(
        torch.arange(size).float()[None, None], size=new_size, mode=mode
    )[0, 0, cell],
    "field-jump": lambda strides: (
        seen([(3, s, 0) for s in strides], 1)[0] - seen([(3, s, 0) for s in strides], 0)[0]
    ),
    "resizing-size": lambda size, factor, aligned, padding: size_of(
        nn.ConvTranspose1d(1, 1, 2 * factor - aligned, factor, padding), size
    ),
    "separable-rank": lambda rows: torch.linalg.matrix_rank(torch.tensor(rows).double()),
    "separable-pair": lambda k, channels: weights(
        nn.Sequential(
            nn.Conv2d(channels, channels, (k, 1), bias=False),
            nn.Conv2d(channels, channels, (1, k), bias=False),
        )
    ),
    "depthwise-multiplier": lambda in_channels, multiplier, kernel_size: weights(
        nn.Conv2d(
            in_channels, in_channels * multiplier, kernel_size, groups=in_channels, bias=False
        )
    ),
    "machine-unfold": lambda channels, size, kernel_size, stride: F.unfold(
        torch.zeros(1, channels, size, size), kernel_size, stride=stride
    ).numel(),
    "machine-bytes": lambda in_channels, out_channels, size, bytes_per_number: (
        sum(
            tensor.numel()
            for tensor in (
                torch.zeros(in_channels, size, size),
                nn.Conv2d(in_channels, out_channels, 3, padding=1)(
                    torch.zeros(1, in_channels, size, size)
                ),
                nn.Conv2d(in_channels, out_channels, 3).weight,
            )
        )
        * bytes_per_number
    ),
    "networks-meet": lambda size, kernel, padding, other, around: (
        "yes" if halved_by(kernel, padding, size) == halved_by(other, around, size) else "no"
    ),
    "networks-crop": crop,
    "networks-next-size": lambda size, poolings: next(
        n
        for n in range(size, size + 99)
        if size_of(
            nn.Sequential(
                *[nn.MaxPool1d(2)] * poolings, *[nn.ConvTranspose1d(1, 1, 2, 2)] * poolings
            ),
            n,
        )
        == n
    ),
    "networks-stream": lambda kernel_size, dilations: (
        smallest_input_of([(kernel_size, gap) for gap in dilations]) - 1
    ),
    "frameworks-same": lambda input_size, kernel_size, stride, where: tensorflow_pair(
        input_size, kernel_size, stride
    )[where == "SAME_LOWER"],
    "pytorch-size": halves,
    "pytorch-mirror": lambda size, stride, padding: nn.Sequential(
        *2 * [nn.ConvTranspose2d(1, 1, 3, stride, padding)]
    )(torch.zeros(1, size, size)).shape[-1],
}


@pytest.mark.parametrize("name", ORACLES)
def test_pytorch_gives_the_answer_too(name):
    question = QUESTIONS[name]
    for case in question.cases:
        found = ORACLES[name](**case.values)
        right = case.answer if hasattr(question, "options") else case.key
        assert (found if isinstance(found, str) else str(int(found))) == right, case.text
