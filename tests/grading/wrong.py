"""Wrong answers that students give, each with the tests that must tell.

Those to functions pass the visible checks: only hidden tests tell.
"""

#: For each set: the answer's id, its text, and the ids of the tests that fail for it.
WRONG = {
    "ps1_arithmetic": [
        # Looks at the kernel's own size to see whether it fits, and forgets the dilation there.
        (
            "output-size",
            """
def output_size(input_size, kernel_size, stride, padding, dilation):
    if kernel_size > input_size + 2 * padding:
        raise ValueError("the kernel is too large")
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    return room // stride + 1
""",
            {"test-output-size"},
        ),
        # Pads under TensorFlow's SAME where nothing is needed.
        (
            "paddings",
            """
def paddings(kind, input_size, kernel_size, stride, dilation):
    reach = dilation * (kernel_size - 1)
    total = {"valid": 0, "same": reach, "full": 2 * reach}.get(kind)
    if total is None:
        total = abs(reach - (input_size - 1) % stride)
    return total // 2, (total + 1) // 2
""",
            {"test-paddings"},
        ),
        # Begins at cell 0 where the window begins in the padding, even if no tap lies there.
        (
            "window",
            """
def window(position, input_size, kernel_size, stride, padding, dilation):
    first = position * stride - padding
    end = first + dilation * (kernel_size - 1) + 1
    return list(range(max(first, 0), min(end, input_size), dilation))
""",
            {"test-window", "test-unread"},
        ),
        # Takes the sums to fit where pixels fit.
        (
            "convolve",
            """
def convolve(x, w, stride=1, padding=0, dilation=1):
    x = np.pad(x, padding)
    high, wide = [dilation * (k - 1) + 1 for k in w.shape]
    rows = range(0, x.shape[0] - high + 1, stride)
    columns = range(0, x.shape[1] - wide + 1, stride)
    return np.array([[(x[r:r + high:dilation, c:c + wide:dilation] * w).sum()
                      for c in columns] for r in rows]).astype(np.uint8)
""",
            {"test-convolve"},
        ),
        # Forgets the padding.
        (
            "unread",
            """
def unread(input_size, kernel_size, stride, padding, dilation):
    covers = dilation * (kernel_size - 1) + 1
    read = set()
    for start in range(0, input_size - covers + 1, stride):
        read.update(range(start, start + covers, dilation))
    return [cell for cell in range(input_size) if cell not in read]
""",
            {"test-unread"},
        ),
        # Height and width exchanged, a size forgotten, the padding left out.
        (
            "layer-answer",
            """
my_output = (60, 54)
my_heights = [217, 218, 219]
my_convolution = [[14, 5], [17, 11]]
""",
            {"test-output", "test-heights", "test-convolution"},
        ),
    ],
    "ps2_matrix": [
        # Takes the output to be square.
        (
            "matrix",
            """
def matrix(w, image_shape, stride):
    stops = range(0, image_shape[0] - w.shape[0] + 1, stride)
    lines = []
    for top in stops:
        for left in stops:
            line = np.zeros(image_shape, dtype=int)
            line[top:top + w.shape[0], left:left + w.shape[1]] = w
            lines.append(line.ravel())
    return np.array(lines)
""",
            {"test-matrix", "test-gradient", "test-descend"},
        ),
        # Takes kernel and image to be square.
        (
            "counts",
            """
def counts(kernel_shape, image_shape):
    outputs = (image_shape[0] - kernel_shape[0] + 1) ** 2
    weights = kernel_shape[0] ** 2
    return outputs * image_shape[0] ** 2, outputs * weights, weights
""",
            {"test-counts"},
        ),
        # Returns what the stamps cover, without the rows that the convolution does not read.
        (
            "way-back",
            """
def way_back(y, w, image_shape, stride):
    (rows, columns), (high, wide) = y.shape, w.shape
    canvas = np.zeros(((rows - 1) * stride + high, (columns - 1) * stride + wide))
    for r, c in np.ndindex(*y.shape):
        canvas[r * stride:r * stride + high, c * stride:c * stride + wide] += y[r, c] * w
    return canvas.astype(y.dtype)
""",
            {"test-way-back", "test-gradient"},
        ),
        # Forgets the stride.
        (
            "gradient",
            """
def gradient(x, w, target, stride):
    y = (matrix(w, x.shape, 1) @ x.ravel()).reshape(target.shape)
    return way_back(y - target, w, x.shape, 1)
""",
            {"test-gradient", "test-descend"},
        ),
        # Goes as far as the check shows, whatever it is asked for.
        (
            "descend",
            """
def descend(target, w, image_shape, stride, steps, rate):
    x = np.zeros(image_shape)
    for _ in range(500):
        x = x - rate * gradient(x, w, target, stride)
    return x
""",
            {"test-descend"},
        ),
        # Forgets the stride.
        (
            "weight-gradient",
            """
def weight_gradient(x, g, kernel_shape, stride):
    slopes = np.zeros(kernel_shape)
    for tap in np.ndindex(*kernel_shape):
        seen = x[tap[0]:tap[0] + g.shape[0], tap[1]:tap[1] + g.shape[1]]
        slopes[tap] = (seen * g[:seen.shape[0], :seen.shape[1]]).sum()
    return slopes
""",
            {"test-weight-gradient"},
        ),
        # Believes the shape, and does not look at the weights.
        (
            "moves-along",
            """
def moves_along(C, cells):
    stride = C.shape[1] // C.shape[0]
    return None if cells % stride else cells // stride % C.shape[0]
""",
            {"test-moves-along"},
        ),
        # A weight in the column beside, the stamps one cell apart instead of two.
        (
            "kernel-answer",
            """
my_row = [0, 0, 0, 0, 0, 0, 3, 9, 6, 0, 0, 9, 2, 3, 0, 0, 3, 9, 1, 0]
my_way_back = [[21, 90, 123, 54, 0], [66, 119, 60, 39, 0], [30, 112, 95, 15, 0],
               [3, 15, 19, 2, 0], [0, 0, 0, 0, 0]]
""",
            {"test-row", "test-own-way-back"},
        ),
    ],
    "ps3_transposed": [
        # Returns 0 or less where the padding crops everything.
        (
            "size",
            """
def back_size(input_size, kernel_size, stride, padding, output_padding):
    if output_padding >= stride:
        raise ValueError("too much output padding")
    return (input_size - 1) * stride - 2 * padding + kernel_size + output_padding
""",
            {"test-size"},
        ),
        # Glues zeros onto the result instead of computing its last rows.
        (
            "way-back",
            """
def way_back(x, w, stride=1, padding=0, output_padding=0):
    (rows, columns), (high, wide) = x.shape, w.shape
    canvas = np.zeros(((rows - 1) * stride + high, (columns - 1) * stride + wide), dtype=int)
    for r, c in np.ndindex(*x.shape):
        canvas[r * stride:r * stride + high, c * stride:c * stride + wide] += x[r, c] * w
    bottom, right = canvas.shape[0] - padding, canvas.shape[1] - padding
    return np.pad(canvas[padding:bottom, padding:right], (0, output_padding))
""",
            {"test-way-back"},
        ),
        # Right for even sizes, as long as they stay even.
        (
            "mirror",
            """
def mirror(encoder, image_size):
    return [(*layer, layer[1] - 1 if layer[0] % 2 else 0) for layer in reversed(encoder)]
""",
            {"test-mirror"},
        ),
        # Lets a stamp overlap its neighbours, and nothing beyond.
        (
            "overlap",
            """
def overlap(cells, kernel_size, stride):
    counts = [0] * ((cells - 1) * stride + kernel_size)
    for cell in range(cells):
        for place in range(cell * stride, cell * stride + kernel_size):
            counts[place] = min(counts[place] + 1, 2)
    return counts
""",
            {"test-overlap"},
        ),
        # The decoder in the encoder's order, and a zero glued on.
        (
            "encoder-answer",
            """
my_decoder = [(0, 354), (0, 176), (0, 60), (1, 20)]
my_result = [35, 52, 78, 24, 42, 25, 47, 28, 0]
""",
            {"test-decoder", "test-result"},
        ),
    ],
    "ps4_separable": [
        # Reads the row off the first row, whatever stands there.
        (
            "split",
            """
def split(kernel):
    row = kernel[0]
    column = kernel[:, 0] / (row[0] or 1)
    if not np.allclose(np.outer(column, row), kernel):
        raise ValueError("no column times a row")
    return column, row
""",
            {"test-split"},
        ),
        # Takes the image to be square.
        (
            "passes",
            """
def two_passes(x, column, row):
    size, high, wide = len(x), len(column), len(row)
    down = np.array([[sum(x[r:r + high, c] * column) for c in range(size)]
                     for r in range(size - high + 1)])
    both = np.array([[sum(line[c:c + wide] * row) for c in range(size - wide + 1)]
                     for line in down])
    return both, down.size * high + both.size * wide
""",
            {"test-passes"},
        ),
        # Looks at the input channels alone.
        (
            "cost",
            """
def cost(in_channels, out_channels, kernel_size, groups, output_size):
    if in_channels % groups:
        raise ValueError("groups must divide the channels")
    weights = in_channels // groups * out_channels * kernel_size**2
    return weights, weights * output_size[0] * output_size[1]
""",
            {"test-cost"},
        ),
        # Takes the kernels to be square.
        (
            "layer",
            """
def separable(x, depthwise, pointwise):
    k = depthwise.shape[1]
    rows, columns = x.shape[1] - k + 1, x.shape[2] - k + 1
    looked = np.array([[[(x[n, r:r + k, c:c + k] * depthwise[n]).sum()
                         for c in range(columns)] for r in range(rows)] for n in range(len(x))])
    return np.tensordot(pointwise, looked, axes=1)
""",
            {"test-layer"},
        ),
        # Exchanges the channels, which a symmetric mixture does not show.
        (
            "plain",
            """
def as_plain(depthwise, pointwise):
    return pointwise.T[:, :, None, None] * depthwise[None]
""",
            {"test-plain"},
        ),
        # Replaces every layer that looks at its neighbours.
        (
            "shrink",
            """
def shrink(network):
    replaced = [size > 1 for _, _, size in network]
    total = sum(i * s * s + i * o if s > 1 else i * o for i, o, s in network)
    return replaced, total
""",
            {"test-shrink"},
        ),
        # Column and row exchanged, a layer without its mixing, the work of one axis.
        (
            "own-answer",
            """
my_column_and_row = ([7, 3, 5], [8, 9, 7])
my_weights = (3564, 863)
my_multiply_adds = (543312, 76032)
""",
            {"test-kernel", "test-weights", "test-work"},
        ),
    ],
    "ps5_networks": [
        # Goes through the layers from the input on.
        (
            "field",
            """
def field(layers, position):
    first = last = position
    for kernel_size, stride, padding, dilation in layers:
        first = first * stride - padding
        last = last * stride - padding + dilation * (kernel_size - 1)
    return first, last
""",
            {"test-field"},
        ),
        # Turns the second kernel round.
        (
            "together",
            """
def together(first, second, stride):
    kernel = [0] * (len(first) + (len(second) - 1) * stride)
    for place, weight in enumerate(reversed(second)):
        for tap, value in enumerate(first):
            kernel[place * stride + tap] += weight * value
    return kernel
""",
            {"test-together"},
        ),
        # Pads with zeros.
        (
            "largest",
            """
def largest(row, kernel_size, stride, padding, ceil_mode):
    cells = [0] * padding + list(row) + [0] * padding
    room = len(cells) - kernel_size
    count = room // stride + 1
    if ceil_mode and room % stride and count * stride < len(row) + padding:
        count += 1
    return [max(cells[n * stride:n * stride + kernel_size]) for n in range(count)]
""",
            {"test-largest"},
        ),
        # Rounds up, and pads to even sizes alone.
        (
            "network-answer",
            """
my_heights = [265, 133, 67, 34]
my_padded = (530, 782)
""",
            {"test-poolings", "test-padded"},
        ),
        # Leaves out the padding.
        ("stack-answer", "\nmy_field = (102, 117, 6)\n", {"test-stack"}),
        # Takes the shorter way round the ring.
        (
            "moves",
            """
def moved_by(before, after):
    for cells in range(len(before)):
        if np.allclose(np.roll(before, cells), after):
            return min(cells, len(before) - cells)
    return None
""",
            {"test-moves"},
        ),
    ],
}
