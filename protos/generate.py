"""Writes `flowgen_core/pb/v1` from `protos/flowgen/v1`; with `--check` only tells whether it is fresh.

The Python import path is `flowgen_core.pb.v1`, while the proto package stays `flowgen.v1` and the registered
file names stay `flowgen/v1/….proto`.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

import grpc_tools  # type: ignore[import-untyped]  # it has no types, and nobody publishes any
from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
ROOT = PROTOS.parent
TARGET = ROOT / "flowgen_core" / "pb" / "v1"
SOURCE_PACKAGE = "flowgen.v1"
TARGET_PACKAGE = "flowgen_core.pb.v1"


def main() -> None:
    """Writes the stubs; with `--check` it leaves with 1 and a sentence when one of them is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a stub is stale")
    check: bool = parser.parse_args().check
    stubs = generate()
    stale = stale_names(stubs)
    if not check:
        write(stubs, stale)
    elif stale:
        sys.exit(f"Stale in {TARGET.relative_to(ROOT)}: {', '.join(stale)}; run `python protos/generate.py`.")


def generate() -> dict[str, str]:
    """Returns the text of every stub by file name."""
    with tempfile.TemporaryDirectory() as folder:
        run_protoc(Path(folder))
        made = sorted((Path(folder) / "flowgen" / "v1").iterdir())
        return {path.name: adapt(path.read_text("utf-8")) for path in made if has_content(path)}


def run_protoc(out: Path) -> None:
    """Runs protoc with its Python, gRPC and typing plugins over all protos, writing below `out`."""
    sources = sorted(PROTOS.glob("flowgen/v1/*.proto"))
    status = protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={Path(grpc_tools.__file__).parent / '_proto'}",
            *plugin_arguments(),
            f"--python_out={out}",
            f"--grpc_python_out={out}",
            f"--mypy_out=quiet:{out}",
            f"--mypy_grpc_out=quiet,only_async:{out}",
            *(str(source.relative_to(PROTOS)) for source in sources),
        ]
    )
    if status != 0:
        raise SystemExit("protoc failed; its message stands above.")


def plugin_arguments() -> list[str]:
    """Names the typing plugins of this interpreter's environment, so that none from `PATH` is taken."""
    scripts = Path(sys.executable).parent
    return [f"--plugin={scripts / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]


def has_content(path: Path) -> bool:
    """Tells whether a stub is of use: a gRPC stub without a service is not."""
    return "_pb2_grpc." not in path.name or "Servicer" in path.read_text("utf-8")


def adapt(text: str) -> str:
    """Makes generated code fit its new package and the types of `grpc.aio`."""
    return plain_context(relocate(text))


def relocate(text: str) -> str:
    """Points the imports and module names of generated code at the package that it is moved to."""
    text = text.replace(f"from {SOURCE_PACKAGE} import", f"from {TARGET_PACKAGE} import")
    return re.sub(rf"\b{re.escape(SOURCE_PACKAGE)}\.(\w+_pb2)\b", rf"{TARGET_PACKAGE}.\1", text)


def plain_context(text: str) -> str:
    """Types a servicer's context by the answer itself, as `grpc.aio` does, not by what is awaited for it."""
    return re.sub(r"(_aio\.ServicerContext\[\w+\.\w+, )_abc\.\w+\[(\w+\.\w+)\]\]", r"\1\2]", text)


def stale_names(stubs: dict[str, str]) -> list[str]:
    """Names the committed files that differ from `stubs`, are missing, or are left over."""
    committed = {path.name: path.read_text("utf-8") for path in TARGET.glob("*_pb2*")}
    return sorted(name for name in stubs.keys() | committed.keys() if stubs.get(name) != committed.get(name))


def write(stubs: dict[str, str], stale: list[str]) -> None:
    """Brings the stale files up to date and leaves the others alone."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in stubs:
            (TARGET / name).write_text(stubs[name], "utf-8")
        else:
            (TARGET / name).unlink()


if __name__ == "__main__":
    main()
