"""What is said of networks whose sizes do not meet, and that the mends work for real."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from convlib import diagnose, plan
from tests.network.networks import NETWORKS, net
from tests.network.threads import THREADS

ROOT = Path(__file__).parents[2]


def runs(module, size):
    try:
        with torch.no_grad():
            module.eval()(torch.zeros(1, *size))
    except (RuntimeError, ValueError):
        return False
    return True


@pytest.fixture(params=THREADS)
def thread(request):
    return THREADS[request.param]


def test_the_explanation_names_layer_and_loss(thread):
    assert not runs(thread.make(), thread.size)
    found = diagnose(thread.make(), thread.size)
    assert not found.works
    for text in thread.says:
        assert text in found.what
    with pytest.raises(ValueError, match=r"^layer ") as raised:
        plan(thread.make(), thread.size)
    assert str(raised.value) == found.what


def test_the_mends_are_those_that_people_use(thread):
    found = diagnose(thread.make(), thread.size)
    assert tuple(one.kind for one in found.mends)[: len(thread.kinds)] == thread.kinds
    for one in found.mends:
        assert one.text in str(found)
        assert one.code.splitlines()[0] in str(found)


def test_the_first_mend_works_for_real(thread):
    first = diagnose(thread.make(), thread.size).mends[0]
    assert runs(*thread.mended(first.settings))


def test_another_input_size_works_for_real(thread):
    for mend in diagnose(thread.make(), thread.size).mends:
        if mend.kind == "input_size":
            assert runs(thread.make(), (thread.size[0], *mend.settings["input"]))


@pytest.mark.parametrize("name", NETWORKS)
def test_what_works_is_said_to_work(name):
    network = NETWORKS[name]
    found = diagnose(network.make(), network.size, *network.arguments, **network.named)
    assert found.works
    assert str(found).startswith("It works: ")
    assert found.plan == plan(network.make(), network.size, *network.arguments, **network.named)


def test_a_network_that_nothing_mends_says_so():
    class Stubborn(nn.Module):
        def forward(self, x):
            raise RuntimeError("not on a Friday")

    found = diagnose(Stubborn(), (3, 8, 8))
    assert "not on a Friday" in found.what
    assert str(found).endswith("Nothing of what was tried mends it.")


def test_the_second_of_two_faults_is_named_too():
    two = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(8, 4, 3), nn.Flatten(), nn.Linear(7, 2))
    found = diagnose(two, (1, 9, 9))
    assert "layer 1 (Conv2d): in_channels=8" in found.what
    (mend,) = [one for one in found.mends if one.kind == "in_channels"]
    assert "then" in mend.text
    assert "layer 3 (Linear)" in mend.text


def test_a_batch_that_a_view_takes_apart_is_noted():
    wrong = net(lambda self, x: self.fc(x.view(-1, 4)), fc=nn.Linear(4, 2))
    (view, *_) = plan(wrong, (1, 4, 4))
    assert "batch" in view.note


def test_branches_that_are_not_aligned_are_noted():
    even = net(
        lambda self, x: self.left(x) + self.right(x)[..., :-1, :-1],
        left=nn.Conv2d(1, 1, 1),
        right=nn.Conv2d(1, 1, 2, padding=1),
    )
    record = plan(even, (1, 8, 8))[-1]
    assert record.note == "branches look 0.5 cells apart"
    aligned = net(lambda self, x: x + self.conv(x), conv=nn.Conv2d(1, 1, 3, padding=1))
    assert plan(aligned, (1, 8, 8))[-1].note == ""


@pytest.mark.parametrize(
    ("question", "chapter"),
    [
        ("U-Net at 350x525: expected size 88 but got size 87", "output_padding"),
        ("Residual block whose convolution has no padding", "padding"),
        ("Too many pools for the image: kernel size can't be greater", "padding"),
        ("LeNet at 32x32: mat1 and mat2 shapes cannot be multiplied", "pytorch"),
    ],
)
def test_the_chapter_is_named_where_the_books_address_is_known(question, chapter, monkeypatch):
    found = diagnose(THREADS[question].make(), THREADS[question].size)
    monkeypatch.delenv("BOOK_URL", raising=False)
    assert "Why: " not in str(found)
    monkeypatch.setenv("BOOK_URL", "https://a.example/")
    assert str(found).endswith(f"Why: https://a.example/book/{chapter}.html")
    assert (ROOT / "book" / f"{chapter}.md").is_file()


def test_diagnose_wants_a_module():
    with pytest.raises(TypeError, match="model=list must be a module of PyTorch"):
        diagnose([{"kind": "ReLU"}], (3, 8, 8))
