"""`python -m pipelines` is `tonlage`."""

import sys

from pipelines.cli import main

sys.exit(main())
