"""Compares who answers a path: the functions' own routes, the HTTP API, the CDN, and `cargo lambda watch`.

A path that one of them sends elsewhere than the others is a finding, and findings fail the build.
"""

import re
import sys
import tomllib
from pathlib import Path

import cfnlint.decode.cfn_yaml

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = cfnlint.decode.cfn_yaml.load(str(ROOT / "infra" / "template.yaml"))["Resources"]


def of_type(kind):
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


def sent_by_api():
    """The API's paths, `/cart/*` for all below `/cart`, and the function of each."""
    integrations = of_type("AWS::ApiGatewayV2::Integration")
    sent = {}
    for route in of_type("AWS::ApiGatewayV2::Route").values():
        integration = re.fullmatch(r"integrations/\$\{(\w+)\}", route["Target"]["Fn::Sub"])[1]
        function = integrations[integration]["IntegrationUri"]["Fn::GetAtt"]
        function = (function if isinstance(function, str) else function[0]).split(".")[0]
        path = route["RouteKey"].removeprefix("ANY ").replace("/{proxy+}", "/*")
        sent[path] = function.removesuffix("Function").lower()
    return sent


def sent_by_cdn():
    distribution = of_type("AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
    return {b["PathPattern"] for b in distribution["CacheBehaviors"] if b["TargetOriginId"] == "api"}


def sent_by_watch():
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    router = manifest["workspace"]["metadata"]["lambda"]["watch"]["router"]
    return {path.replace("/{*rest}", "/*"): function for path, function in router.items()}


def routes():
    """What the code answers: (path, function)."""
    for source in sorted((ROOT / "functions").glob("*/src/**/*.rs")):
        for path in re.findall(r'\.route\(\s*"([^"]+)"', source.read_text()):
            yield path, source.relative_to(ROOT).parts[1]


def main():
    api = sent_by_api()
    missing = api.pop("$default", None)
    findings = []
    if missing is None:
        findings.append("the API has no route for pages that are not there")
    for path in sorted(api.keys() ^ sent_by_cdn()):
        findings.append(f"{path}: {'the CDN' if path in api else 'the API'} does not know it")
    watch = sent_by_watch()
    for path in sorted(api.keys() | watch.keys()):
        # What the API has no route for goes where pages go that are not there.
        sent = api.get(path) or missing
        if sent != watch.get(path):
            findings.append(f"{path}: the API sends it to {sent}, cargo lambda watch to {watch.get(path)}")
    count = 0
    for path, function in routes():
        count += 1
        sent = api.get(path) or api.get("/" + path.split("/")[1] + "/*") or missing
        if sent != function:
            findings.append(f"{path}: {function} answers it, the API sends it to {sent}")
    if not count:
        findings.append("no routes were found in functions/")
    for finding in findings:
        print(f"paths: {finding}", file=sys.stderr)
    if not findings:
        print(f"paths: {count} routes in {len(api)} paths reach their functions by CDN, API and cargo lambda watch")
    return 1 if findings else 0


sys.exit(main())
