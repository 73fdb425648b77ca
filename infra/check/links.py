"""Every link of a Markdown file to a place in this project leads to a file or folder."""

import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")

root = pathlib.Path(__file__).resolve().parents[2]
listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "*.md"], check=True, capture_output=True, text=True)
pages = listed.stdout.split("\0")
broken = [
    f"{page}: {link}"
    for page in filter(None, pages)
    for link in LINK.findall((root / page).read_text())
    if "://" not in link and not link.startswith("mailto:") and not (root / page).parent.joinpath(link).exists()
]
print(*broken, sep="\n", end="\n" if broken else "")
sys.exit(f"{len(broken)} links lead nowhere" if broken else 0)
