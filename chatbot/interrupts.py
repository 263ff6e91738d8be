"""An interrupt stops a command whatever Python is at when it comes (not yet on Windows)."""

from __future__ import annotations

import signal
import sys
import threading


def stop_all_the_same(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again, in a moment, where an interrupt came amid a callback and was lost.

    Python only reports what is raised there, as when it lets go of a module just imported.
    """
    if issubclass(lost.exc_type, KeyboardInterrupt) and sys.platform != "win32":
        main_thread = threading.main_thread().ident
        again = threading.Timer(0.01, signal.pthread_kill, (main_thread, signal.SIGINT))
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)
