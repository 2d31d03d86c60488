#!/usr/bin/env python3
"""Checks that the links between the repository's Markdown files lead somewhere.

A relative link must name a file that exists; a fragment must be a heading of
the file it points into. Links to other sites are left alone.
"""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def markdown_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def anchors(file):
    """The fragments under which the headings of a file can be reached."""
    seen, found = {}, set()
    for heading in HEADING.findall(FENCE.sub("", file.read_text(encoding="utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        repeat = seen.get(slug, 0)
        seen[slug] = repeat + 1
        found.add(f"{slug}-{repeat}" if repeat else slug)
    return found


def broken_links(file):
    text = CODE.sub("", FENCE.sub("", file.read_text(encoding="utf-8")))
    for match in LINK.finditer(text):
        link = match.group(1) or match.group(2)
        if ELSEWHERE.match(link):
            continue
        path, _, fragment = unquote(link).partition("#")
        target = (file.parent / path if not path.startswith("/") else ROOT / path[1:]) if path else file
        if not target.exists():
            yield link, "no such file"
        elif fragment and target.suffix == ".md" and fragment not in anchors(target):
            yield link, "no such heading"


def main():
    files = markdown_files()
    broken = [(file, link, why) for file in files for link, why in broken_links(file)]
    for file, link, why in broken:
        print(f"{file.relative_to(ROOT)}: {link}: {why}", file=sys.stderr)
    print(f"{len(files)} Markdown files, {len(broken)} broken links")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
