"""What is collected here."""

import importlib.util

# torchvision is no part of what the tests install: its builds do not fit every build of PyTorch.
collect_ignore = [] if importlib.util.find_spec("torchvision") else ["test_torchvision.py"]
