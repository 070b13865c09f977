"""The calls to the system that notebooks never need, and that are refused to them."""

from __future__ import annotations

import errno

#: Namespaces and mounts of one's own, other processes' memory, keys, rings, programs in the kernel,
#: and memory that no limit counts.
REFUSED = (
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "mount_setattr"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "swapon", "swapoff"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"),
    *("keyctl", "add_key", "request_key", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module"),
    *("kexec_load", "kexec_file_load", "reboot", "acct", "quotactl", "name_to_handle_at"),
    *("open_by_handle_at", "memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "msgget"),
    *("semget", "mq_open", "remap_file_pages", "vmsplice"),
)
CLONE_NEWUSER = 0x10000000


def call_filter():
    """Return a filter of libseccomp's that refuses these calls, and allows all others.

    Raises
    ------
    OSError, RuntimeError
        If libseccomp is not installed.
    """
    import pyseccomp

    refused = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    not_allowed, unknown = pyseccomp.ERRNO(errno.EPERM), pyseccomp.ERRNO(errno.ENOSYS)
    for name in REFUSED:
        try:
            refused.add_rule(not_allowed, name)
        except OSError:  # a name that this processor, or an older libseccomp, does not know
            continue
    new_user = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)
    refused.add_rule(not_allowed, "clone", new_user)
    # What it is asked for stands in memory, where no filter looks; libraries then call clone.
    refused.add_rule(unknown, "clone3")
    return refused
