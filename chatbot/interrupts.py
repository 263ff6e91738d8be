"""Ctrl-C stops a command wherever in Python the signal arrives (not yet on Windows)."""

from __future__ import annotations

import signal
import sys
import threading

_RESEND_SECONDS = 0.01


def resend_lost_interrupt(unraisable: sys.UnraisableHookArgs) -> None:
    """Send SIGINT again if a callback swallowed it; install as `sys.unraisablehook`.

    Python can't propagate an exception from some callbacks, such as the one that releases the
    lock of a module just imported. It reports the exception to this hook and carries on.
    """
    if issubclass(unraisable.exc_type, KeyboardInterrupt) and sys.platform != "win32":
        main_thread = threading.main_thread().ident
        timer = threading.Timer(_RESEND_SECONDS, signal.pthread_kill, (main_thread, signal.SIGINT))
        timer.daemon = True
        timer.start()
    else:
        sys.__unraisablehook__(unraisable)
