"""Namespaces: a root file system of its own, no network, no other processes.

bubblewrap, where it is installed, makes the same calls from a program of its own; it would add a
start of 15 to 50 ms for each program and nothing that these lines and the filter lack.
"""

# pathlib would be more code for every fork to carry, and programs patch it.
# ruff: noqa: PTH102, PTH103, PTH106, PTH110, PTH112, PTH114, PTH115, PTH120, PTH211

from __future__ import annotations

import os

from analyzers.sandbox.child import kernel, visible

NAMES = {
    "user namespace": kernel.CLONE_NEWUSER,
    "mount namespace": kernel.CLONE_NEWNS,
    "net namespace": kernel.CLONE_NEWNET,
    "ipc namespace": kernel.CLONE_NEWIPC,
    "uts namespace": kernel.CLONE_NEWUTS,
    "pid namespace": kernel.CLONE_NEWPID,
}
INNER_ID = 65534
"""The user and group that programs run as, nobody."""
_OLD_ROOT = "/.outside"
# statvfs and mount number the same flags alike, but for relatime.
_STATVFS_RELATIME = 4096
_KEPT_FLAGS = (
    kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC | kernel.MS_NOATIME | kernel.MS_NODIRATIME
)


def build_root(readable: list[str], hidden: list[str], extra: list[str]) -> None:
    """Replaces this mount namespace's root by one that holds only what is given, read-only.

    Paths stay the same inside. Symbolic links are made again, so that both names work. The
    `extra` paths are laid over what is hidden.

    Raises:
        OSError: A mount is refused.
    """
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    base = next(path for path in ("/tmp", "/run", "/var", "/usr") if os.path.isdir(path))
    kernel.mount("sandbox", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
    os.chdir(base)
    os.mkdir(base + _OLD_ROOT)
    kernel.system_call("pivot_root", os.fsencode(base), os.fsencode(base + _OLD_ROOT))
    os.chdir("/")
    for device in visible.DEVICES:
        if os.path.exists(_OLD_ROOT + device):
            _bind(device, device, read_only=False)
    for path in readable:
        _bind_with_link(path)
    for path in hidden:
        if os.path.isdir(path):
            flags = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
            kernel.mount("sandbox", path, "tmpfs", flags, "mode=555,size=4k")
    for path in extra:
        _bind_with_link(path)
    os.mkdir(visible.SCRATCH)
    kernel.unmount(_OLD_ROOT)
    os.rmdir(_OLD_ROOT)
    remount = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY
    kernel.mount("", "/", flags=remount | kernel.MS_NOSUID | kernel.MS_NODEV)


def _bind_with_link(path: str) -> None:
    real = _outside_real_path(path)
    _bind(real, real)
    if real != path and not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(real, path)


def _outside_real_path(path: str) -> str:
    """Resolves links in the old root, whose absolute targets no longer hold."""
    parts = path.strip("/").split("/")
    done = ""
    hops = 0
    while parts:
        part = parts.pop(0)
        if part == "..":
            done = os.path.dirname(done)
            continue
        here = f"{done}/{part}"
        if os.path.islink(_OLD_ROOT + here) and hops < 40:
            hops += 1
            target = os.readlink(_OLD_ROOT + here)
            if target.startswith("/"):
                done = ""
            parts = [step for step in target.split("/") if step not in ("", ".")] + parts
        else:
            done = here
    return done


def _bind(source: str, target: str, *, read_only: bool = True) -> None:
    outside = _OLD_ROOT + source
    if os.path.isdir(outside):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_RDONLY, 0o644))
    kernel.mount(outside, target, flags=kernel.MS_BIND | kernel.MS_REC)
    if read_only:
        state = os.statvfs(target).f_flag
        kept = state & _KEPT_FLAGS | (kernel.MS_RELATIME if state & _STATVFS_RELATIME else 0)
        wanted = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
        kernel.mount("", target, flags=kernel.MS_REMOUNT | kernel.MS_BIND | kept | wanted)


def mount_scratch(size_bytes: int, files: int) -> None:
    """Puts an empty directory of bounded size over the scratch place of this mount namespace."""
    options = f"mode=700,uid={INNER_ID},gid={INNER_ID},size={size_bytes},nr_inodes={files + 1}"
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("scratch", visible.SCRATCH, "tmpfs", flags, options)
