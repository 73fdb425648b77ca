"""No line of a text file is longer than 130 characters. Left out: lock files, seed data, and tables that a program writes."""

import pathlib
import subprocess
import sys

LONGEST = 130
LEFT_OUT = ("Cargo.lock", "package-lock.json", "BENCHMARKS.md", "COSTS.md", ".proptest-regressions", ".svg")

root = pathlib.Path(__file__).resolve().parents[2]
files = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout.split("\0")
failed = 0
for name in filter(None, files):
    if name.endswith(LEFT_OUT) or "/seed/" in name or not (root / name).is_file():
        continue
    content = (root / name).read_bytes()
    if b"\0" in content:
        continue  # no text
    for number, line in enumerate(content.decode().split("\n"), 1):
        if len(line) > LONGEST:
            print(f"{name}:{number}: {len(line)} characters")
            failed += 1
sys.exit(f"{failed} lines are longer than {LONGEST} characters" if failed else 0)
