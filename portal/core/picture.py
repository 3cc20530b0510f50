"""Pictures that people bring: read in a process of their own, and written anew without anything but
what is seen.

`python -m portal.core.picture WIDTH HEIGHT` reads a picture on standard input and writes it as PNG
on standard output, no larger than that.
"""

import io
import sys

from portal.core import apart

READ = ("PNG", "JPEG", "WEBP")
WALL, CPU, MEMORY = 10, 5, 512 << 20
MOST_PIXELS = 40_000_000
NOT_ONE, TOO_LARGE = 3, 4


class NotAPicture(Exception):  # noqa: N818 - says what happened
    """The bytes are no picture of a kind that is read, or one too large."""


def shrunk(content: bytes, *, width: int, height: int) -> bytes:
    """Give a picture as PNG of at most `width` by `height` pixels, without anything else that its
    file held; NotAPicture where it cannot be read within the limits.
    """
    sent = f"{width} {height}\n".encode() + content
    try:
        return apart.run("portal.core.picture", sent, wall=WALL)
    except (apart.OutOfTime, apart.Ended) as error:
        raise NotAPicture(str(error)) from error


def main() -> int:
    """Read the request, limit this process, read the picture, write it anew."""
    apart.limit(memory=MEMORY, cpu=CPU, wall=WALL + 2)
    from PIL import Image, UnidentifiedImageError  # its memory must count against the limits

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    width, height = (int(word) for word in sys.stdin.buffer.readline().split())
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=READ) as found:
            if found.width * found.height > MOST_PIXELS:
                return TOO_LARGE
            seen = found.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, MemoryError) as error:
        sys.stderr.write(type(error).__name__)
        return NOT_ONE
    seen.thumbnail((width, height))
    made = Image.new("RGBA", seen.size)
    made.paste(seen)
    made.save(sys.stdout.buffer, "PNG", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
