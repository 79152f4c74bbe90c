# SPDX-License-Identifier: LGPL-2.1-or-later
from fixtures import daemon, journal, kernel, leaker, spawn, stack, zoo  # noqa: F401
