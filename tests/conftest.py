from __future__ import annotations

import os

from pipelines.cli import SHARING

os.environ.setdefault(*SHARING)
