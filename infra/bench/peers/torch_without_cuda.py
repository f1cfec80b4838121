"""Lets PyPI's torch be imported without the 2 GB of CUDA libraries that its Linux wheel depends on.

The wheel is built for CUDA and its libraries don't load without those of NVIDIA, though nothing on a CPU calls them. This puts
a stand-in beside torch's own libraries for each one that is missing: it has every symbol that torch looks for, and
each of them answers 100, which is cudaErrorNoDevice. Does nothing where torch can be imported as it is.
Needs nm, readelf and gcc, which come with g++.
"""

import re
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from pathlib import Path

NVIDIA_LIBRARY = re.compile(r"lib(cu|nv|nccl)")
NVIDIA_SYMBOL = re.compile(r"_?_?(cu|nv|nccl|CUPTI)")
SYSTEM_VERSION = re.compile(r"GLIBC|GLIBCXX|CXXABI|GCC|GOMP|OMP")


def main() -> None:
    if is_importable():
        return
    folder = Path(sysconfig.get_path("platlib")) / "torch" / "lib"
    libraries = sorted(folder.glob("*.so"))
    missing = needed_by(libraries) - {library.name for library in folder.iterdir()}
    build_stand_ins(folder, sorted(missing), missing_symbols(libraries))


def is_importable() -> bool:
    # A try in a process of its own: a failed import of torch can't be repeated.
    return subprocess.run([sys.executable, "-c", "import torch"], capture_output=True).returncode == 0


def needed_by(libraries: list[Path]) -> set[str]:
    """File names of NVIDIA's libraries that these ask the loader for."""
    dynamic = "".join(output_of("readelf", "-d", library) for library in libraries)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    return {name for name in needed if NVIDIA_LIBRARY.match(name)}


def missing_symbols(libraries: list[Path]) -> dict[str, set[str]]:
    """Symbols that no library here defines, by version; '' is the version of those that have none."""
    defined = {name for library in libraries for name, _ in symbols(library, "--defined-only")}
    missing: dict[str, set[str]] = defaultdict(set)
    for library in libraries:
        for name, version in symbols(library, "--undefined-only"):
            is_nvidias = not SYSTEM_VERSION.match(version) if version else NVIDIA_SYMBOL.match(name)
            if is_nvidias and name not in defined:
                missing[version].add(name)
    return missing


def symbols(library: Path, which: str) -> list[tuple[str, str]]:
    entries = [line.split()[-1].partition("@") for line in output_of("nm", "-D", which, library).splitlines()]
    return [(name, version.lstrip("@")) for name, _, version in entries]


def build_stand_ins(folder: Path, names: list[str], missing: dict[str, set[str]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "stand_in.c"
        functions = sorted(set().union(*missing.values()))
        source.write_text("".join(f"int {name}(void) {{ return 100; }}\n" for name in functions))
        versions = Path(scratch) / "stand_in.map"
        versions.write_text(
            "".join(f'"{v}" {{ global: {"; ".join(sorted(missing[v]))}; }};\n' for v in sorted(missing) if v)
        )
        for name in names:
            # -w: some of the names are those of functions that gcc knows with another signature.
            flags = ["-w", "-shared", "-fPIC", f"-Wl,-soname,{name}", f"-Wl,--version-script={versions}"]
            subprocess.run(["gcc", *flags, "-o", folder / name, source], check=True)


def output_of(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
