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
}
