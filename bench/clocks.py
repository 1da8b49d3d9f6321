"""What this process has used so far."""

from __future__ import annotations

import resource
from pathlib import Path


def processor() -> float:
    """Return seconds of processor, of this process and of the children it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def kernel() -> float:
    """Return the part of it that the kernel took: system calls, copying to and from sockets and files."""
    return sum(resource.getrusage(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def memory() -> int:
    """Return octets of the largest of those processes at its largest."""
    # Not ru_maxrss for ourselves: Linux hands the parent's down through fork and exec.
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * max(int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
