"""tar: what `kubectl cp` calls (`tar cf - PATH`, `tar xmf - -C FOLDER`), and the archives that people make by hand."""

from __future__ import annotations

import errno
import io
import posixpath
import tarfile
from collections.abc import Iterator

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_limits import LARGEST_FILE_IN_MEMORY, MOST_IN_AN_ARCHIVE
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.ls_command import entry
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.program_input import all_input

_OPTIONS = Options(
    "c/create x/extract t/list z/gzip v/verbose f/file= C/directory= m/touch p/preserve-permissions k/keep-old-files "
    "h/dereference O/to-stdout no-same-owner same-owner no-same-permissions no-overwrite-dir overwrite warning= exclude= "
    "strip-components= numeric-owner j J a P"
)
_PIECE = 64 * 1024


async def tar(call: Invocation) -> int:
    words = list(call.argv[1:])
    if words and not words[0].startswith("-"):
        words[0] = f"-{words[0]}"
    try:
        given, operands = _OPTIONS.parse(words)
    except OptionError as error:
        await call.error(
            f"tar: unrecognized option '{error.option}'\nTry 'tar --help' or 'tar --usage' for more information.\n"
        )
        return 64
    options = dict(given)
    folder = posixpath.join(call.cwd, options.get("directory", ""))
    files = ContainerFiles(call.container, folder)
    if not files.is_folder("."):
        await call.error(
            f"tar: {options['directory']}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n"
        )
        return 2
    try:
        if "create" in options:
            return await _create(call, files, options, operands)
        if "extract" in options or "list" in options:
            return await _read(call, files, options, operands)
    except (tarfile.TarError, EOFError, OSError) as error:
        why = getattr(error, "strerror", None) or "This does not look like a tar archive"
        await call.error(f"tar: {why}\ntar: Exiting with failure status due to previous errors\n")
        return 2
    await call.error("tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n")
    return 2


async def _create(
    call: Invocation, files: ContainerFiles, options: dict[str, str], operands: list[str]
) -> int:
    made, code = io.BytesIO(), 0
    with tarfile.open(
        fileobj=made, mode="w:gz" if "gzip" in options else "w", format=tarfile.GNU_FORMAT
    ) as archive:
        for path in operands:
            if not files.exists(path):
                await call.error(f"tar: {path}: Cannot stat: No such file or directory\n")
                code = 2
                continue
            if path.startswith("/") and path != "/":
                await call.error("tar: Removing leading `/' from member names\n")
            for each in _below(files, path):
                member = _member(files, each)
                archive.addfile(member, io.BytesIO(files.read(each)) if member.isreg() else None)
                if "verbose" in options:
                    await (call.error if options.get("file", "-") == "-" else call.out)(f"{each}\n")
    if code:
        await call.error("tar: Exiting with failure status due to previous errors\n")
    content = made.getvalue()
    if options.get("file", "-") != "-":
        ContainerFiles(call.container, call.cwd).write(options["file"], content)
        return code
    for at in range(0, len(content), _PIECE):
        await call.stdout(content[at : at + _PIECE])
    return code


def _below(files: ContainerFiles, path: str) -> Iterator[str]:
    yield path
    info, target = files.entry(path)
    if target is None and info["file_type"] == "directory":
        for name in files.names(path):
            yield from _below(files, posixpath.join(path, name))


def _member(files: ContainerFiles, path: str) -> tarfile.TarInfo:
    found = entry(files, path, path)
    member = tarfile.TarInfo(path.lstrip("/") or ".")
    member.mode, member.mtime = found.mode & 0o7777, int(found.modified)
    member.uname = member.gname = "root"
    if found.target is not None:
        member.type, member.linkname = tarfile.SYMTYPE, found.target
    elif found.is_folder:
        member.type = tarfile.DIRTYPE
    else:
        member.size = found.size
    return member


async def _read(call: Invocation, files: ContainerFiles, options: dict[str, str], operands: list[str]) -> int:
    """Members stay below the folder: a path with `..`, or through a link, is left out."""
    name = options.get("file", "-")
    content = (
        await all_input(call, most=MOST_IN_AN_ARCHIVE + 1)
        if name == "-"
        else ContainerFiles(call.container, call.cwd).read(name)
    )
    if len(content) > MOST_IN_AN_ARCHIVE:
        await call.error(
            f"tar: the archive has more than {MOST_IN_AN_ARCHIVE:,} bytes: copy it in parts\n"
            "tar: Error is not recoverable: exiting now\n"
        )
        return 2
    code, strip = 0, int(options.get("strip-components") or 0)
    if not content:
        return 0 if name == "-" else 2
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as archive:
        for member in archive:
            if operands and not any(
                member.name == each or member.name.startswith(f"{each.rstrip('/')}/") for each in operands
            ):
                continue
            if "list" in options or "verbose" in options:
                await call.out(f"{member.name}{'/' * member.isdir()}\n")
            if "list" in options:
                continue
            path = "/".join(member.name.lstrip("/").split("/")[strip:])
            if ".." in path.split("/"):
                await call.error(f"tar: {member.name}: Member name contains '..'\n")
                code = 2
            elif path:
                try:
                    _extract(files, archive, member, path)
                except OSError as error:
                    await call.error(f"tar: {member.name}: Cannot open: {error.strerror}{_limit(error)}\n")
                    code = 2
    if code:
        await call.error("tar: Exiting with failure status due to previous errors\n")
    return code


def _limit(error: OSError) -> str:
    return f" (a file has at most {LARGEST_FILE_IN_MEMORY:,} bytes)" if error.errno == errno.EFBIG else ""


def _extract(files: ContainerFiles, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    if member.isdir():
        files.make_folder(path)
        return
    folder = posixpath.dirname(path)
    if folder:
        files.make_folder(folder)
    if member.issym():
        if files.exists(path):
            files.remove(path)
        files.link(member.linkname, path)
        return
    source = archive.extractfile(member)
    if source is not None:
        files.write(path, source.read())
        files.chmod(path, member.mode & 0o7777)


PROGRAMS: dict[str, Program] = {"tar": tar}
