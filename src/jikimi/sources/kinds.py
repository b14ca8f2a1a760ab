"""Tells from an address or a stated type what kind of medium it may be. Only media/ knows for sure."""

from urllib.parse import urlsplit

from jikimi.model.fingerprint import Kind

SUFFIXES = {
    **dict.fromkeys(
        (".jpg", ".jpeg", ".jfif", ".png", ".gif", ".webp", ".avif", ".heic", ".bmp", ".tif", ".tiff"),
        Kind.IMAGE,
    ),
    **dict.fromkeys((".mp4", ".m4v", ".webm", ".mov", ".mkv", ".avi", ".ogv", ".3gp"), Kind.VIDEO),
    **dict.fromkeys((".mp3", ".m4a", ".ogg", ".opus", ".wav", ".flac", ".aac"), Kind.AUDIO),
}
MIME_GROUPS = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO}


def kind_of_mime(mime: str | None) -> Kind | None:
    """Return the kind a stated type such as "image/jpeg" or "video" means, None for all others."""
    return MIME_GROUPS.get((mime or "").strip().lower().partition("/")[0])


def kind_of_name(name: str) -> Kind | None:
    """Return the kind that the ending of a file name or URL path means, None where it says nothing."""
    if "." not in name:
        return None
    try:
        path = urlsplit(name).path
    except ValueError:
        return None
    return SUFFIXES.get(path[path.rfind(".") :].lower())
