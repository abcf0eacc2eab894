"""Hatchling's hook: the C library is compiled at installation where a compiler is found.

Where none is, the installation goes on without it, and `leadsman doctor` says what is missing.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Compiles `kernels/cpu/libleadsman.so` and adds it to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles before the files of the wheel are gathered."""
        if self.target_name != "wheel":
            return
        # Beside this file, not imported as a package: nothing of ours is installed yet.
        path = Path(self.root) / "kernels" / "cpu" / "build.py"
        spec = importlib.util.spec_from_file_location("leadsman_cpu_build", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        try:
            library: Path = module.build()
        except module.CannotCompile as error:
            self.app.display_warning(f"int8 kernels are left out: {error}")
            return
        build_data["artifacts"].append(f"/{library.relative_to(self.root).as_posix()}")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
