"""`python -m grading ASSIGNMENT`: see grading/driver.py."""

import sys

if __name__ == "__main__":
    # Imported here, so that the processes that grade, which import this file too, need not.
    from grading.driver import main

    sys.exit(main())
