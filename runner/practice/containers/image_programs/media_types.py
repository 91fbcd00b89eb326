"""The media type of a file by its name, as web servers have it in their mime.types."""

from __future__ import annotations

_TYPES = {
    "text/html": "html htm shtml",
    "text/css": "css",
    "text/xml": "xml",
    "text/plain": "txt",
    "text/markdown": "md",
    "image/gif": "gif",
    "image/jpeg": "jpeg jpg",
    "image/png": "png",
    "image/svg+xml": "svg svgz",
    "image/x-icon": "ico",
    "image/webp": "webp",
    "application/javascript": "js",
    "application/json": "json",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/wasm": "wasm",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
}
_BY_ENDING = {ending: kind for kind, endings in _TYPES.items() for ending in endings.split()}


def media_type(path: str, default: str) -> str:
    name = path.rpartition("/")[2]
    return _BY_ENDING.get(name.rpartition(".")[2].lower(), default) if "." in name else default


MIME_TYPES = "types {\n" + "".join(f"    {kind:<40} {endings};\n" for kind, endings in _TYPES.items()) + "}\n"
"""As nginx has it in /etc/nginx/mime.types."""
