"""Makes the image's root folder: Python, the environment, and the libraries that they load.

Run in the builder, by its Python. Of the base image nothing else is kept: no shell, no package
manager, no compiler. Files keep their paths, so what Python or the linker has noted stays true.
Of the packages' modules the bytecode is kept: a traceback then names file and line, and shows no
source. That source is a fifth of the image. The project's own is left as it is.

    python3 root.py
"""

import contextlib
import py_compile
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# Of Python's own library: what a server never imports.
UNUSED = ("config-*", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtle*",
          "turtledemo", "dist-packages", "site-packages")  # fmt: skip
# Of the environment: tests, C headers and bundled tables.
PRUNED = ("tests", "include", "*.pyx", "*.pxd", "*.pyi", "*.h", "sklearn/datasets/data",
          "sklearn/datasets/images", "sklearn/datasets/descr")  # fmt: skip
# What glibc and OpenSSL read, where the base image has it.
SETTINGS = (
    "/etc/ld.so.cache",
    "/etc/nsswitch.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/openssl.cnf",
    "/usr/lib/ssl/openssl.cnf",
    "/usr/lib/locale/C.utf8",
)
# These are tested by their makers without docstrings, which are the larger half of their bytecode.
DOCUMENTED = {"numpy", "pandas", "scipy", "sklearn"}
ENVIRONMENT, ROOT = Path("/opt/venv"), Path("/build/root")
LOADED_BY_NAME = ("libgcc_s.so.1",)  # glibc asks for it when a thread ends


def main(environment: Path, target: Path) -> None:
    """Fill the folder `target` with what the Python of `environment` needs."""
    python = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    for pattern in PRUNED:
        for path in environment.glob(f"lib/python*/site-packages/**/{pattern}"):
            remove(path)
    copy(environment, target)
    copy(python, target)
    (target / relative(python)).parent.joinpath("python3").symlink_to(python.name)
    shutil.copytree(
        library,
        target / relative(library),
        ignore=shutil.ignore_patterns(*UNUSED),
        ignore_dangling_symlinks=True,
    )
    with ProcessPoolExecutor() as pool:
        list(pool.map(keep_bytecode, sorted(target.rglob("*.py")), chunksize=50))
    for cache in target.rglob("__pycache__"):
        shutil.rmtree(cache)
    for link in environment.glob("bin/python*"):
        follow(link, target)
    for name in libraries(python, *target.rglob("*.so"), *target.rglob("*.so.*")):
        copy(name, target)
    for name in SETTINGS:
        if Path(name).exists():
            copy(Path(name), target)
    (target / "etc").mkdir(exist_ok=True)
    (target / "etc/passwd").write_text("server:x:10001:10001::/tmp:/none\n")
    (target / "etc/group").write_text("server:x:10001:\n")
    (target / "tmp").mkdir(mode=0o1777)
    (target / "tmp").chmod(0o1777)


def keep_bytecode(module: Path) -> None:
    """Put a module's bytecode in the place of its source."""
    named = f"/{module.relative_to(ROOT)}"
    level = 2 if DOCUMENTED.intersection(module.parts) else 0  # 2: as `python -OO` has it
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(py_compile.PyCompileError):
        # What does not compile is of another Python, or a template: it is left as it is.
        compiled = str(module.with_suffix(".pyc"))
        py_compile.compile(str(module), compiled, named, doraise=True, optimize=level)
        module.unlink()


def relative(path: Path) -> Path:
    return path.relative_to("/")


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copy(path: Path, target: Path) -> None:
    """Copy a file, or a folder, to the same path under `target`; of a link, what it leads to."""
    to = target / relative(path)
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, to, symlinks=True, dirs_exist_ok=True)
    elif not to.exists():
        shutil.copy2(path, to)


def follow(link: Path, target: Path) -> None:
    """Copy what a chain of links leads through, so that it leads there again."""
    while link.is_symlink():
        to = target / relative(link)
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.is_symlink() and not to.exists():
            to.symlink_to(link.readlink())
        link = link.parent / link.readlink()


def libraries(*binaries: Path) -> list[Path]:
    """Return the shared libraries of the base image that `binaries` load, by ldd."""
    found: set[str] = set()
    for begin in range(0, len(binaries), 100):
        words = ["ldd", *map(str, binaries[begin : begin + 100])]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        found |= set(re.findall(r"(?:=> |^\t)(/\S+) \(0x", done.stdout, re.MULTILINE))
    places = {Path(name).parent for name in found}
    found |= {str(place / name) for place in places for name in LOADED_BY_NAME
              if (place / name).exists()}  # fmt: skip
    # An environment's own libraries are in it already.
    return sorted(Path(name) for name in found if "/site-packages/" not in name)


if __name__ == "__main__":
    main(ENVIRONMENT, ROOT)
