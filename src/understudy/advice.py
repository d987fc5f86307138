"""What to try next after an error, in a few words."""

import errno

__all__ = ["advice"]

_BY_NUMBER = {
    errno.ENOSPC: "free space on that disk and run it again; what is finished is kept",
    errno.EDQUOT: "free space within your quota and run it again; what is finished is kept",
    errno.EROFS: "a folder on a disk that can be written",
    errno.EACCES: "a file or folder that you may use, or ask its owner",
    errno.EPERM: "a file or folder that you may use, or ask its owner",
    errno.ENOMEM: "fewer jobs at a time, or a machine with more memory",
}
_BY_WORDS = {
    "damaged": "take the file from a copy, or remove it and run the study again: it is made anew",
    "not a whole": "take the file from a copy, or remove it and make it again",
    "of version": "make the file again with this version of understudy",
    "no such file": "another path, or run first what writes that file",
    "No space left": _BY_NUMBER[errno.ENOSPC],
}


def advice(error: BaseException, verb: str) -> str:
    """What to try after an error of a verb; "" where its message says so itself."""
    text = str(error)
    if "; try " in text or "; lower " in text or "to begin anew" in text:
        return ""
    if isinstance(error, ModuleNotFoundError):
        return f"make setup, or pip install {error.name}"
    if isinstance(error, OSError) and error.errno in _BY_NUMBER:
        return _BY_NUMBER[error.errno]
    for words, what in _BY_WORDS.items():
        if words in text:
            return what
    if isinstance(error, ValueError):
        return f"understudy {verb} --help tells what each flag takes"
    return "mend the cause that is named and run it again; what is finished is kept"
