"""Makes the image's root folder: Python, its environment, and the shared libraries they load.

Runs in the builder, by the builder's Python. Nothing else of the base image is kept: no shell, no
package manager, no compiler. Files keep their paths, so that paths recorded by Python and by the
linker stay valid. Of installed modules only the bytecode is kept, which saves a fifth of the image:
a traceback still names file and line, but shows no source. The project's own source is kept.

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

# Left out of Python's standard library: a server never imports these.
UNUSED = ("config-*", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtle*",
          "turtledemo", "dist-packages", "site-packages")  # fmt: skip
# Left out of the environment: tests, C headers and bundled data sets.
PRUNED = ("tests", "include", "*.pyx", "*.pxd", "*.pyi", "*.h", "sklearn/datasets/data",
          "sklearn/datasets/images", "sklearn/datasets/descr")  # fmt: skip
# Files that glibc and OpenSSL read, copied where the base image has them.
SETTINGS = (
    "/etc/ld.so.cache",
    "/etc/nsswitch.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/openssl.cnf",
    "/usr/lib/ssl/openssl.cnf",
    "/usr/lib/locale/C.utf8",
)
# Tested by their makers without docstrings, which are the larger half of their bytecode.
DOCUMENTED = {"numpy", "pandas", "scipy", "sklearn"}
ENVIRONMENT, ROOT = Path("/opt/venv"), Path("/build/root")
LOADED_BY_NAME = ("libgcc_s.so.1",)  # by glibc, when a thread ends; ldd does not list it


def main(environment: Path, target: Path) -> None:
    """Fill the folder `target` with `environment`, its Python, and the libraries of both."""
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
        copy_links(link, target)
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
    """Replace a module's source by its bytecode."""
    path_in_image = f"/{module.relative_to(ROOT)}"
    level = 2 if DOCUMENTED.intersection(module.parts) else 0  # 2: no docstrings, as `python -OO`
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(py_compile.PyCompileError):
        # A file that does not compile is for another Python, or a template: it is kept as it is.
        compiled = str(module.with_suffix(".pyc"))
        py_compile.compile(str(module), compiled, path_in_image, doraise=True, optimize=level)
        module.unlink()


def relative(path: Path) -> Path:
    return path.relative_to("/")


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copy(path: Path, target: Path) -> None:
    """Copy a folder, a file, or the file that a link points to, to the same path under `target`."""
    copied = target / relative(path)
    copied.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, copied, symlinks=True, dirs_exist_ok=True)
    elif not copied.exists():
        shutil.copy2(path, copied)


def copy_links(link: Path, target: Path) -> None:
    """Copy each link of a chain of links to the same path under `target`."""
    while link.is_symlink():
        copied = target / relative(link)
        copied.parent.mkdir(parents=True, exist_ok=True)
        if not copied.is_symlink() and not copied.exists():
            copied.symlink_to(link.readlink())
        link = link.parent / link.readlink()


def libraries(*binaries: Path) -> list[Path]:
    """Return the shared libraries of the base image that `binaries` load, by ldd."""
    loaded: set[str] = set()
    for begin in range(0, len(binaries), 100):
        words = ["ldd", *map(str, binaries[begin : begin + 100])]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        loaded |= set(re.findall(r"(?:=> |^\t)(/\S+) \(0x", done.stdout, re.MULTILINE))
    folders = {Path(name).parent for name in loaded}
    by_name = [folder / name for folder in folders for name in LOADED_BY_NAME]
    loaded |= {str(path) for path in by_name if path.exists()}
    # The environment's own libraries were copied with it.
    return sorted(Path(name) for name in loaded if "/site-packages/" not in name)


if __name__ == "__main__":
    main(ENVIRONMENT, ROOT)
