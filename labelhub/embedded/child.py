"""Run as a script before each child program: tie its life to the supervisor's, then become the program.

    python -IS child.py SIGNAL UID COMMAND...

SIGNAL is sent by the kernel when the supervisor dies, even by kill -9. UID is the user to become, or -1.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def become(uid: int) -> None:
    os.setgroups([])
    os.setgid(pwd.getpwuid(uid).pw_gid)
    os.setuid(uid)


def tie_to_parent(signal_number: int) -> None:
    """Linux only; elsewhere a killed supervisor's children are found at the next start."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    signal_number, uid, *command = sys.argv[1:]
    if int(uid) >= 0:
        become(int(uid))
    tie_to_parent(int(signal_number))
    os.execvp(command[0], command)  # noqa: S606 -- the supervisor's own fixed commands
