"""Search, a language model and text-to-image that say the same each time, for packages that are still to be built.

Each text tells what it was made of, so that a check can see what went where.
"""

import hashlib
import struct
import zlib

from taskmatrix import RunContext, api
from taskmatrix.core.api import ApiPackage


@api(package="web", effects="read")
def search_query(query: str) -> list[str]:
    """Search the web for information (search engine).

    Args:
        query: Keywords to look for.
    Returns: What was found, one sentence each.
    """
    return [f"A finding about {query}.", f"Another finding about {query}."]


@api(package="language", effects="read")
def llm_prompting(prompt: str) -> str:
    """Generate text with a large language model: paragraphs, keywords, descriptions of images.

    Args:
        prompt: What to write, with all that the model needs to know.
    """
    topic = prompt.partition(":")[2].strip() or prompt
    if prompt.startswith("Keywords"):
        return f"keywords {hashlib.sha256(topic.encode()).hexdigest()[:6]} {topic}"
    if prompt.startswith("Image"):
        return f"A photo that shows {topic}"
    return f"This is about {topic}"


@api(package="vision", effects="write")
def text_to_image(description: str, path: str, context: RunContext) -> str:
    """Generate an image (picture, photo) from a description.

    Args:
        description: What the image shows.
        path: The PNG file to write.
    Returns: The path of the image.
    """
    written = context.write_output(path, tiny_png(description), "image/png")
    return written.name


@api(package="files", effects="write")
def save_markdown(path: str, text: str, context: RunContext) -> str:
    """Save a text as a Markdown file (essay, article, document).

    Args:
        path: The file to write, such as "essay.md".
        text: The text in Markdown.
    Returns: The path of the file.
    """
    written = context.write_output(path, text.encode(), "text/markdown")
    return written.name


def tiny_png(words: str) -> bytes:
    """Return a PNG of 32 by 32 pixels in a colour of its own for these words."""
    colour = hashlib.sha256(words.encode()).digest()[:3]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + colour * 32 for _ in range(32))
    head = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PACKAGES = (
    ApiPackage("web", "Search the web for information.", (search_query,)),
    ApiPackage("language", "A large language model that writes texts.", (llm_prompting,)),
    ApiPackage("vision", "Make images from descriptions.", (text_to_image,)),
    ApiPackage("files", "Save texts as files.", (save_markdown,)),
)
