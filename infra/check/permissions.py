"""Compares each function's role in the template with what its code does, functions/NAME/permissions.json.

More than the list, less than the list, a wildcard, or a role that nobody knows: each is a finding, and findings fail the build.
`--self-test` breaks the template in memory in many ways and expects a finding for each.
"""

import copy
import json
import sys
from pathlib import Path

import cfnlint.decode.cfn_yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}"
SES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
STREAM = {"Fn::If": ["CreatesTable", {"Fn::GetAtt": ["Table", "StreamArn"]}, {"Ref": "TableStreamArn"}]}

# What a resource of the template is called in a list: (service, name). Objects of a bucket need the one wildcard there is.
RESOURCES = [
    ({"Fn::Sub": TABLE}, ("dynamodb", "table")),
    *(({"Fn::Sub": f"{TABLE}/index/{index}"}, ("dynamodb", index)) for index in ("gsi1", "gsi2", "gsi3", "gsi4")),
    ({"Fn::GetAtt": ["SiteBucket", "Arn"]}, ("s3", "site")),
    ({"Fn::Sub": "${SiteBucket.Arn}/*"}, ("s3", "site/*")),
    ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${MediaBucketName}"}, ("s3", "media")),
    ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${MediaBucketName}/media/*"}, ("s3", "media/*")),
    ({"Ref": "KeysSecretArn"}, ("secretsmanager", "")),
    (
        {
            "Fn::Sub": [
                SES + "identity/${Identity}",
                {"Identity": {"Fn::If": ["HasMailIdentity", {"Ref": "MailIdentity"}, {"Ref": "MailFrom"}]}},
            ]
        },
        ("ses", ""),
    ),
    (
        {
            "Fn::If": [
                "HasConfigurationSet",
                {"Fn::Sub": SES + "configuration-set/${MailConfigurationSet}"},
                {"Ref": "AWS::NoValue"},
            ]
        },
        ("ses", ""),
    ),
    (STREAM, ("stream", "")),
]

# Roles that are no function's.
OTHERS = {
    "ScheduleRole": {
        (
            "lambda:InvokeFunction",
            "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-sweep",
        ),
        ("sqs:SendMessage", "SweepDeadLetters.Arn"),
    }
}
TRACING = {"Fn::If": ["Traces", [{"Ref": "TracePolicy"}], {"Ref": "AWS::NoValue"}]}
TRACE_ACTIONS = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def listed(value):
    return value if isinstance(value, list) else [value]


def plain(value):
    """The parser's nodes as plain values, `Fn::GetAtt` always as a list."""
    if isinstance(value, dict):
        value = {str(k): plain(v) for k, v in value.items()}
        get = value.get("Fn::GetAtt")
        return {"Fn::GetAtt": get.split(".", 1)} if isinstance(get, str) else value
    if isinstance(value, list):
        return [plain(v) for v in value]
    return str(value) if isinstance(value, str) else value


def machinery(name, function):
    """What Lambda itself does in the function's name: its log, its stream, its dead letters."""
    logical = name.capitalize()
    may = {("logs", f"{logical}Log", a) for a in ("CreateLogStream", "PutLogEvents")}
    events = function.get("Events", {}).values()
    if any(event["Type"] == "DynamoDB" for event in events):
        may |= {("stream", "", a) for a in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    if "EventInvokeConfig" in function or any("DestinationConfig" in e["Properties"] for e in events):
        may.add(("sqs", f"{logical}DeadLetters", "SendMessage"))
    return may


def wanted(permissions):
    """A list as a set of (service, resource, action)."""
    may = set()
    for service, what in permissions.items():
        for resource, actions in (what if isinstance(what, dict) else {"": what}).items():
            for action in actions:
                objects = service == "s3" and action != "ListBucket"
                may.add((service, resource + ("/*" if objects else ""), action))
    return may


def statements(role):
    for policy in role.get("Policies", []):
        yield from listed(policy["PolicyDocument"]["Statement"])


def granted(name, role, findings):
    """A role as a set of (service, resource, action)."""
    may = set()
    for statement in statements(role):
        if statement.get("Effect") != "Allow" or set(statement) - {"Effect", "Action", "Resource", "Condition", "Sid"}:
            findings.append(f"{name}: a statement that is not simply Allow, Action, Resource")
            continue
        for action in listed(statement["Action"]):
            service, _, operation = action.partition(":")
            if "*" in action or "?" in action:
                findings.append(f"{name}: wildcard action {action}")
            for resource in listed(statement["Resource"]):
                known = next((of for form, of in RESOURCES if form == resource), None)
                own = {"Fn::GetAtt": [f"{name.capitalize()}{'Log' if service == 'logs' else 'DeadLetters'}", "Arn"]}
                if resource == own and service in ("logs", "sqs"):
                    may.add((service, own["Fn::GetAtt"][0], operation))
                elif known is None:
                    findings.append(f"{name}: {action} on {json.dumps(resource)}, which is none of the function's")
                elif known[0] not in (service, "stream"):
                    findings.append(f"{name}: {action} on a resource of {known[0]}")
                else:
                    may.add((*known, operation))
    return may


def check_function(name, function, resources, permissions, findings):
    role_name = f"{name.capitalize()}Role"
    if function.get("Role") != {"Fn::GetAtt": [role_name, "Arn"]} or "Policies" in function:
        findings.append(f"{name}: its role is not {role_name} alone")
        return
    role = resources[role_name]["Properties"]
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    if [s["Principal"] for s in trust] != [{"Service": "lambda.amazonaws.com"}]:
        findings.append(f"{name}: not only Lambda may take its role")
    if role.get("ManagedPolicyArns", TRACING) != TRACING:
        findings.append(f"{name}: managed policies besides TracePolicy")
    have = granted(name, role, findings)
    want = wanted(permissions) | machinery(name, function)
    for service, resource, action in sorted(have - want):
        findings.append(f"{name}: may {service}:{action} on {resource or 'its resource'}, which its code does not do")
    for service, resource, action in sorted(want - have):
        findings.append(f"{name}: may not {service}:{action} on {resource or 'its resource'}, which its code does")


def check_others(resources, functions, findings):
    """Everything of IAM that is no function's role."""
    for logical, resource in resources.items():
        kind, role = resource["Type"], resource.get("Properties", {})
        if kind == "AWS::IAM::ManagedPolicy" and logical == "TracePolicy":
            for statement in role["PolicyDocument"]["Statement"]:
                if set(listed(statement["Action"])) - TRACE_ACTIONS:
                    findings.append("TracePolicy: more than writing traces")
        elif kind == "AWS::IAM::Role" and logical in OTHERS:
            have = set()
            for statement in statements(role):
                for action in listed(statement["Action"]):
                    for on in listed(statement["Resource"]):
                        name = on.get("Fn::Sub") or ".".join(on.get("Fn::GetAtt", [])) if isinstance(on, dict) else on
                        have.add((action, name))
            if have != OTHERS[logical] or "ManagedPolicyArns" in role:
                findings.append(f"{logical}: not exactly {sorted(OTHERS[logical])}")
        elif kind == "AWS::IAM::Role" and logical in {f"{name.capitalize()}Role" for name in functions}:
            pass
        elif kind.startswith("AWS::IAM::"):
            findings.append(f"{logical}: a {kind} that nothing here knows")


def check(resources, lists):
    """All findings."""
    findings = []
    functions = {
        logical.removesuffix("Function").lower(): resource["Properties"]
        for logical, resource in resources.items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function")
    }
    for name in sorted(set(functions) ^ set(lists)):
        where = "the template" if name in lists else f"functions/{name}/permissions.json"
        findings.append(f"{name}: missing in {where}")
    for name in sorted(set(functions) & set(lists)):
        check_function(name, functions[name], resources, lists[name], findings)
    check_others(resources, functions, findings)
    return findings


def read():
    template = plain(cfnlint.decode.cfn_yaml.load(str(TEMPLATE)))
    crates = sorted(p.parent for p in (ROOT / "functions").glob("*/Cargo.toml"))
    files = {c.name: c / "permissions.json" for c in crates}
    lists = {name: json.loads(file.read_text()) for name, file in files.items() if file.is_file()}
    # A function whose crate is still to come counts by its list.
    for file in sorted((ROOT / "functions").glob("*/permissions.json")):
        lists.setdefault(file.parent.name, json.loads(file.read_text()))
    return template["Resources"], lists


def self_test(resources, lists):
    """Breaks the template in every way this check is for."""

    def own(changed, role):
        return changed[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]

    def more(r):
        own(r, "CartRole")[1]["Action"].append("dynamodb:Scan")

    def less(r):
        own(r, "CartRole")[1]["Action"].remove("dynamodb:PutItem")

    def wildcard_action(r):
        own(r, "CartRole")[1]["Action"].append("dynamodb:*")

    def wildcard_resource(r):
        own(r, "CartRole")[1]["Resource"] = "*"

    def all_indexes(r):
        own(r, "AuthRole")[2]["Resource"] = {"Fn::Sub": TABLE + "/index/*"}

    def another_index(r):
        own(r, "AuthRole")[2]["Resource"] = {"Fn::Sub": TABLE + "/index/gsi2"}

    def anothers_log(r):
        own(r, "AuthRole")[0]["Resource"] = {"Fn::GetAtt": ["CartLog", "Arn"]}

    def whole_bucket(r):
        own(r, "PublishRole")[2]["Action"].append("s3:GetObjectVersion")

    def anothers_secret(r):
        own(r, "PublishRole").append(
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "KeysSecretArn"}}
        )

    def everything_but(r):
        own(r, "CartRole").append({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})

    def managed_policy(r):
        r["CartRole"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]

    def sam_policies(r):
        r["CartFunction"]["Properties"]["Policies"] = ["AdministratorAccess"]

    def anothers_role(r):
        r["CartFunction"]["Properties"]["Role"] = {"Fn::GetAtt": ["AdminRole", "Arn"]}

    def anybody(r):
        r["CartRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}

    def policy_beside(r):
        r["Beside"] = {"Type": "AWS::IAM::Policy", "Properties": {}}

    def schedule(r):
        own(r, "ScheduleRole")[0]["Resource"] = "*"

    def forgotten(r):
        del r["SweepFunction"]

    breaks = [f for f in locals().values() if callable(f) and f is not own]
    unseen = []
    for broken in breaks:
        changed = copy.deepcopy(resources)
        broken(changed)
        if not check(changed, lists):
            unseen.append(broken.__name__)
    return len(breaks), unseen


def main():
    resources, lists = read()
    if "--self-test" in sys.argv:
        tried, unseen = self_test(resources, lists)
        for name in unseen:
            print(f"permissions: nobody notices {name}", file=sys.stderr)
        print(f"permissions: {tried - len(unseen)} of {tried} ways to break them are noticed")
        return 1 if unseen else 0
    findings = check(resources, lists)
    for finding in findings:
        print(f"permissions: {finding}", file=sys.stderr)
    if not findings:
        actions = sum(len(wanted(one)) for one in lists.values())
        print(f"permissions: {len(lists)} functions have their {actions} actions and no other")
    return 1 if findings else 0


sys.exit(main())
