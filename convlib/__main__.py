"""`convlib`: what becomes of sizes, on the command line.

``convlib plan my_file.py:Net --input 3x350x525`` runs the file it is given, plans the network, and
says where sizes do not meet, and what mends it. ``convlib size --input 224 --kernel 7`` is for the
pencil.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from convlib import Plan, __version__, conv_output_size, conv_transpose_output_size
from convlib.network.diagnosis import diagnose
from convlib.network.plan import is_module, plan
from convlib.network.record import sizes_text
from convlib.scenes.network import sizes_scene

__all__ = ["main"]

#: What the exit status says.
FINE, DOES_NOT_FIT, CANNOT_RUN = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 if all fits, 1 if sizes do not, 2 if it could not be run."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except _UsageError as error:
        print(f"convlib: {error}", file=sys.stderr)
        return CANNOT_RUN


class _UsageError(Exception):
    """What was asked for cannot be done; the text says why, and what to do."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("convlib", description="What becomes of sizes in a network.")
    parser.add_argument("--version", action="version", version=f"convlib {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser(
        "plan",
        help="plan a network, and say where its sizes do not meet",
        description="Plan a network: every size, cost and receptive field, layer by layer; where "
        "sizes do not meet: why, and what mends it. It runs the file that it is given.",
        epilog="Exit status: 0 if the sizes meet, 1 if they do not, 2 if it could not be run.",
    )
    one.add_argument(
        "network",
        help="my_file.py:Net or package.module:function (a class, a function that returns a "
        "module, or a module), with arguments if it needs any: 'my_file.py:Net(3, depth=4)'",
    )
    one.add_argument(
        "--input", required=True, type=_size, action="append", metavar="3x350x525",
        help="channels and size of the input, without the batch; again for each further input",
    )  # fmt: skip
    one.add_argument("--json", action="store_true", help="print the records as JSON")
    one.add_argument("--svg", type=Path, metavar="FILE", help="write a picture of the sizes")
    one.add_argument(
        "--sizes", type=_range, metavar="64..1024",
        help="say which sizes of the input's axes, all alike, work",
    )  # fmt: skip
    one.set_defaults(run=_plan)
    two = commands.add_parser("size", help="work out the output size of one layer")
    for name, default in (("input", None), ("kernel", None), ("stride", 1), ("dilation", 1)):
        two.add_argument(
            f"--{name}", type=_size, default=default, required=default is None, metavar="N"
        )
    two.add_argument("--padding", type=_padding, default=0, metavar="N|same|valid")
    two.add_argument("--output-padding", type=_size, default=0, metavar="N")
    two.add_argument("--transposed", action="store_true", help="a transposed convolution")
    two.set_defaults(run=_print_size)
    return parser


def _size(text: str) -> int | tuple[int, ...]:
    """Return ``3`` or ``(3, 350, 525)`` for ``3x350x525``, in any of the usual signs."""
    parts = re.split(r"[x×,*\s]+", text.strip(" ()[]").lower())
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no size, such as 3x350x525 or 224")
    values = tuple(int(part) for part in parts)
    return values if len(values) > 1 else values[0]


def _range(text: str) -> range:
    """Return the sizes that ``64..1024`` stands for."""
    match = re.fullmatch(r"(\d+)\.\.(\d+)", text.strip())
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no range, such as 64..1024")
    return range(int(match[1]), int(match[2]) + 1)


def _padding(text: str) -> Any:
    return text if text in ("same", "valid") else _size(text)


def _print_size(given: argparse.Namespace) -> int:
    try:
        if given.transposed:
            size = conv_transpose_output_size(
                given.input, given.kernel, given.stride, given.padding, given.output_padding,
                given.dilation,
            )  # fmt: skip
        else:
            size = conv_output_size(
                given.input, given.kernel, given.stride, given.padding, given.dilation
            )
    except (TypeError, ValueError) as error:
        print(f"convlib: {error}", file=sys.stderr)
        return DOES_NOT_FIT
    print(sizes_text(size))
    return FINE


def _plan(given: argparse.Namespace) -> int:
    model = _network(given.network)
    size = given.input[0] if len(given.input) == 1 else given.input
    if given.sizes is not None:
        return _try_sizes(model, size, given.sizes)
    if not is_module(model):
        raise _UsageError(f"{given.network} gives a {type(model).__name__}, not an nn.Module")
    try:
        found = diagnose(model, size)
    except (TypeError, ValueError) as error:
        raise _UsageError(f"--input: {error}") from error
    if given.json:
        print(found.plan.to_json())
    else:
        print(found.plan)
    if given.svg:
        _draw(found.plan, given.svg)
    if found.works:
        return FINE
    # The plan of what ran is the result; why it ends there is a message.
    print(f"\n{found}", file=sys.stderr if given.json else sys.stdout)
    return DOES_NOT_FIT


def _draw(found: Plan, path: Path) -> None:
    """Write a picture of the sizes."""
    try:
        from convlib.draw import draw_scene
    except ImportError as error:
        raise _UsageError(f"--svg needs matplotlib ({error}): pip install matplotlib") from error
    try:
        draw_scene(sizes_scene(found)).savefig(path, format="svg")
    except OSError as error:
        raise _UsageError(f"--svg: {path} cannot be written ({error.strerror})") from error
    print(f"wrote {path}", file=sys.stderr)


def _try_sizes(model: Any, size: Any, sizes: range) -> int:
    """Print which sizes work, all axes alike; return 0 if one does."""
    if isinstance(size, list):
        raise _UsageError("--sizes is for networks of one input")
    channels = size[:1] if isinstance(size, tuple) else ()
    axes = len(size) - 1 if isinstance(size, tuple) else 0
    good = []
    for number, cells in enumerate(sizes, 1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(sizes)} sizes", end="", file=sys.stderr, flush=True)
        try:
            plan(model, (*channels, *[cells] * axes) if axes else cells)
            good.append(cells)
        except ValueError:
            continue
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if not good:
        print(f"none of {sizes[0]} to {sizes[-1]} works")
        return DOES_NOT_FIT
    print(f"{len(good)} of {len(sizes)} sizes work: {', '.join(_runs(good))}")
    return FINE


def _runs(numbers: Sequence[int]) -> Iterator[str]:
    """Yield numbers of even distance together.

    Examples
    --------
    >>> list(_runs([3, 4, 5, 16, 32, 48, 64, 70]))
    ['3 to 5', '16 to 64 in steps of 16', '70']
    """
    begin = 0
    while begin < len(numbers):
        end = begin + 1
        while end < len(numbers) - 1 and (
            numbers[end + 1] - numbers[end] == numbers[begin + 1] - numbers[begin]
        ):
            end += 1
        step = numbers[begin + 1] - numbers[begin] if end < len(numbers) else 0
        if end - begin >= 2:
            by = "" if step == 1 else f" in steps of {step}"
            yield f"{numbers[begin]} to {numbers[end]}{by}"
            begin = end + 1
        else:
            yield str(numbers[begin])
            begin += 1


def _network(text: str) -> Any:
    """Return the module that ``my_file.py:Net(3, depth=4)`` stands for."""
    match = re.fullmatch(r"(?P<where>.+?):(?P<name>[\w.]+)(?P<arguments>\(.*\))?", text, re.DOTALL)
    if not match:
        raise _UsageError(f"{text!r} must be my_file.py:Net, or package.module:function")
    place = _python_module(match["where"])
    found: Any = place
    for part in match["name"].split("."):
        if not hasattr(found, part):
            names = [name for name, value in vars(place).items() if callable(value)]
            raise _UsageError(
                f"{match['where']} has no {match['name']}; it has {', '.join(names[:12])}"
            )
        found = getattr(found, part)
    if is_module(found) and not match["arguments"]:
        return found
    return _called(found, match["name"], match["arguments"] or "()")


def _called(function: Callable[..., Any], name: str, text: str) -> Any:
    """Call a class or function with arguments that are written out: numbers, texts, tuples."""
    try:
        call = ast.parse(f"f{text}", mode="eval").body
        assert isinstance(call, ast.Call)
        arguments = [ast.literal_eval(one) for one in call.args]
        named = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise _UsageError(f"{name}{text}: arguments must be numbers, texts or tuples") from error
    try:
        return function(*arguments, **named)
    except Exception as error:
        raise _UsageError(
            f"{name}{text} could not be made ({type(error).__name__}: {error}); arguments can "
            f"follow it, as in '{name}(3, depth=4)'"
        ) from error


def _python_module(where: str) -> Any:
    """Import a file or a module."""
    try:
        if not where.endswith(".py"):
            sys.path.insert(0, "")
            return importlib.import_module(where)
        path = Path(where)
        if not path.is_file():
            raise _UsageError(f"there is no file {where}")
        sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module
    except _UsageError:
        raise
    except Exception as error:
        raise _UsageError(f"{where} does not run ({type(error).__name__}: {error})") from error


if __name__ == "__main__":
    sys.exit(main())
