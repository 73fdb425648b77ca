"""Reads the dashboard's body as CloudWatch will: JSON, widgets beside each other, each metric's names and values in pairs."""

import json
import re
import sys
from pathlib import Path

import cfnlint.decode.cfn_yaml

template = cfnlint.decode.cfn_yaml.load(str(Path(__file__).resolve().parents[1] / "template.yaml"))
body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
taken = set()
for widget in widgets:
    title = widget["properties"]["title"]
    columns = range(widget["x"], widget["x"] + widget["width"])
    rows = range(widget["y"], widget["y"] + widget["height"])
    place = {(x, y) for x in columns for y in rows}
    if place & taken or widget["x"] + widget["width"] > 24:
        sys.exit(f"dashboard: '{title}' lies on another or beyond the edge")
    taken |= place
    before = None
    for metric in widget["properties"]["metrics"]:
        parts = [part for part in metric if isinstance(part, str)]
        if not parts:
            continue
        if parts[0] == "...":
            parts = before[: len(before) - len(parts) + 1] + parts[1:]
        parts = [before[i] if part == "." else part for i, part in enumerate(parts)]
        if len(parts) % 2:
            sys.exit(f"dashboard: '{title}' has a metric with half a dimension: {parts}")
        before = parts
print(f"dashboard: {len(widgets)} widgets")
