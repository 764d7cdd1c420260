"""What the published package keeps in its compiled module, under the same name."""

from __future__ import annotations

from . import *  # noqa: F403
from . import __version__

__all__ = ["__version__"]
