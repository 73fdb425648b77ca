"""Prints a packaged template as moto's server takes it: python plain.py TEMPLATE REGION LEFT_OUT

The SAM transform is made by the library that AWS's own transform is. Resources that moto does not know are left out, and listed
in the file LEFT_OUT; references to them become the word `unknown`.
"""

import json
import re
import sys

import boto3
import cfnlint.decode.cfn_yaml
from moto.cloudformation.parsing import get_model_map
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def plain(value):
    """The parser's nodes as plain values."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return str(value) if isinstance(value, str) else value


def without(value, gone):
    """The same without references to what is gone."""
    if isinstance(value, list):
        return [without(v, gone) for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, of), = value.items()
        if name == "Ref" and of in gone:
            return "unknown"
        if name == "Fn::GetAtt" and (of.split(".")[0] if isinstance(of, str) else of[0]) in gone:
            return "unknown"
        if name == "Fn::Sub" and isinstance(of, str):
            return {name: re.sub(r"\$\{(\w+)[^}]*\}", lambda m: "unknown" if m[1] in gone else m[0], of)}
    return {k: without(v, gone) for k, v in value.items()}


def of_new_table(items):
    """A list of the table's without what a new table does not have: moto keeps items that are AWS::NoValue."""
    made = ("HasIndex3", "HasIndex4")
    conditions = [item.get("Fn::If") for item in items]
    return [item if of is None else of[1] for item, of in zip(items, conditions) if of is None or of[0] in made]


path, region, left_out = sys.argv[1:]
template = plain(cfnlint.decode.cfn_yaml.load(path))
session = boto3.Session(region_name=region)
values = {"AWS::Region": region, "AWS::Partition": "aws"}
template = Translator({}, Parser(), boto_session=session).translate(template, values)
resources = template["Resources"]
gone = {name for name, resource in resources.items() if resource["Type"] not in get_model_map()}
with open(left_out, "w", encoding="utf-8") as file:
    file.writelines(f"{resources[name]['Type']}\t{name}\n" for name in sorted(gone))
for name in gone:
    del resources[name]
for resource in resources.values():
    depends = resource.pop("DependsOn", [])
    depends = [on for on in ([depends] if isinstance(depends, str) else depends) if on not in gone]
    if depends:
        resource["DependsOn"] = depends
table = resources["Table"]["Properties"]
for name in ("AttributeDefinitions", "GlobalSecondaryIndexes"):
    table[name] = of_new_table(table[name])
template["Resources"] = without(resources, gone)
template["Outputs"] = without(template["Outputs"], gone)
template.pop("Metadata", None)
json.dump(template, sys.stdout, indent=1)
