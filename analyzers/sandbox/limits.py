"""What one program may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one program, from its start to its end; every call counts towards them."""

    wall_s: float = 10.0
    cpu_s: float = 4.0
    memory_bytes: int = 1 << 30
    """Address space, the 60 MB or so of the interpreter itself included."""
    file_bytes: int = 16 << 20
    """The largest single file."""
    scratch_bytes: int = 64 << 20
    """All files together."""
    scratch_files: int = 4096
    message_bytes: int = 8 << 20
    """One value in either direction, encoded."""
    output_bytes: int = 64 << 10
    """Kept of standard output and of standard error each; the rest is read and dropped."""
    open_files: int = 64

    def __post_init__(self) -> None:
        """Refuses limits under which no program could run.

        Raises:
            ValueError: A limit is not positive.
        """
        for name, value in asdict(self).items():
            if not value > 0:
                raise ValueError(f"Limits.{name} is {value}; it must be more than 0")
