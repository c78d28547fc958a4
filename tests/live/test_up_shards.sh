#!/usr/bin/env bash
# The examples of fixtures/shards: what Kubernetes and containerlab are told is well-formed, and the commands that they
# would start bring the whole lab up, each computer once.
. "$(dirname "$0")/lib.sh"
in_lab part1 part2 part3 pod peer

export XDG_RUNTIME_DIR=/run/user
mkdir -p $XDG_RUNTIME_DIR
EXAMPLES=$ROOT/fixtures/shards
PATH=$BIN:$PATH

# -- what the files say

cat >fields.py <<'PY'
import json, sys, yaml
folder = sys.argv[1]
def only(thing, *keys):
    assert set(thing) <= set(keys), f"{sorted(set(thing) - set(keys))} stand there"

# Kubernetes: batch/v1 Job, and what Multus takes.
network, job = yaml.safe_load_all(open(f"{folder}/kubernetes.yaml"))
assert (network["apiVersion"], network["kind"]) == ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition")
cni = json.loads(network["spec"]["config"])
assert cni["type"] == "bridge" and cni["cniVersion"] and cni["bridge"]
assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
spec = job["spec"]
only(spec, "completionMode", "completions", "parallelism", "backoffLimit", "template")
assert spec["completionMode"] == "Indexed" and spec["completions"] == spec["parallelism"]
template = spec["template"]
assert template["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"] == network["metadata"]["name"]
pod = template["spec"]
only(pod, "restartPolicy", "containers", "volumes")
assert pod["restartPolicy"] in ("Never", "OnFailure")  # as a Job wants it
container, = pod["containers"]
only(container, "name", "image", "command", "securityContext", "volumeMounts")
assert container["command"][3] == str(spec["completions"])
made, = yaml.safe_load(open(f"{folder}/kustomization.yaml"))["configMapGenerator"]
volume, = pod["volumes"]
assert volume["configMap"]["name"] == made["name"] and sorted(made["files"]) == ["lab.scn", "part.sh"]
assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": "/lab"}]

# containerlab: the fields of its topology files that are used here.
lab = yaml.safe_load(open(f"{folder}/lab.clab.yml"))
only(lab, "name", "topology")
only(lab["topology"], "kinds", "nodes", "links")
for kind in lab["topology"]["kinds"].values():
    only(kind, "image", "binds")
nodes = lab["topology"]["nodes"]
for node in nodes.values():
    only(node, "kind", "cmd", "env")
    assert node["kind"] in ("linux", "bridge") and isinstance(node.get("cmd", ""), str)
    assert all(isinstance(v, str) for v in node.get("env", {}).values())
ends = [end.split(":") for link in lab["topology"]["links"] for end in link["endpoints"]]
assert all(node in nodes and len(name) < 16 for node, name in ends) and len(set(map(tuple, ends))) == len(ends)

# The commands, a line each.
for i in range(spec["completions"]):
    print("kubernetes", f"JOB_COMPLETION_INDEX={i}", *container["command"][1:])
for name, node in nodes.items():
    if node["kind"] == "linux":
        print(name, *(f"{k}={v}" for k, v in node["env"].items()), *node["cmd"].split()[1:])
PY
fields() {
    python3 fields.py "$EXAMPLES" >commands && [[ $(wc -l <commands) == 9 ]]
}
check 'the files have what Kubernetes and containerlab want' fields

# tool NAME COMMAND...: what the orchestrators' own validators say, where they are.
tool() {
    local name=$1
    shift
    if type -P "$name" >/dev/null; then
        check "$name takes them" exits 0 "$@"
    else
        echo "skip   $name takes them: it is not installed here"
    fi
}
tool kubectl kubectl kustomize "$EXAMPLES"
tool kubeconform kubeconform -strict -skip NetworkAttachmentDefinition "$EXAMPLES/kubernetes.yaml"
schema() {
    python3 -c 'import json, jsonschema, sys, yaml
jsonschema.validate(yaml.safe_load(open(sys.argv[2])), json.load(open(sys.argv[1])))' "$CONTAINERLAB_SCHEMA" "$EXAMPLES/lab.clab.yml"
}
if [[ ${CONTAINERLAB_SCHEMA-} ]]; then
    check "containerlab's JSON schema takes its file" schema
else
    echo "skip   containerlab's JSON schema takes its file: CONTAINERLAB_SCHEMA does not say where its clab.schema.json is"
fi

# -- what they would start

# command_of LINE INTERFACE: as it would run in its container, but that the files are here.
command_of() {
    sed -E "s|^[^ ]+ |env |; s|/lab/|$EXAMPLES/|g; s| (net1\|eth1) | $2 |; s|$EXAMPLES/part.sh|/bin/sh &|" <<<"$1"
}
whole() {
    local line command
    while read -r line; do
        read -ra command <<<"$(command_of "$line" eth0)"
        on pod "${command[@]}" --list || return
    done < <(grep '^kubernetes' commands) >pieces
    "$BIN/nbtlab" up --list "$EXAMPLES/lab.scn" | cmp - pieces && [[ $(wc -l <pieces) == 301 ]]
}
check 'the pods of the Job are the whole lab, in its order' whole
ordinal() {
    on pod env JOB_COMPLETION_INDEX=lab-2 /bin/sh "$EXAMPLES/part.sh" eth0 3 "$EXAMPLES/lab.scn" --list | tail -n 1 >last &&
        [[ $(<last) == 'computer PC-300 10.80.3.43' ]]
}
check "a StatefulSet's ordinal is a part, too" ordinal

deployed() {
    local line command part
    for part in part1 part2 part3 peer; do on "$part" ip address flush dev eth0; done
    on peer ip address add 10.80.0.200/16 brd + dev eth0
    while read -r line; do
        part=${line%% *}
        read -ra command <<<"$(command_of "$line" eth0)"
        start "$part" "$part" "${command[@]}" --json --control "$PWD/$part.sock"
    done < <(grep '^part' commands)
    for part in part1 part2 part3; do await "$part" '"event":"up"' 40 || return; done
}
check "containerlab's containers come up" deployed
sums() {
    jq -sc '[.[] | select(.event == "up")] | [map(.computers), map(.servers), (map(.services) | add), (map(.refused) | add)]' \
        part1.out part2.out part3.out >sums
    [[ $(<sums) == '[[99,100,101],[1,0,0],300,0]' ]] || { cat sums; return 1; }
}
check 'with all computers, services and the name server among them' sums
found() {
    local name
    for name in PC-001 PC-150 PC-300; do exits 0 on peer nbtquery "$name" || return; done
    exits 0 on peer nbtquery @10.80.1.0 'ECHO299<20>' && says last.out '10\.80\.3\.42'
}
check 'a neighbour finds them, by broadcast and at their server' found
gone() {
    local part
    for part in part1 part2 part3; do stop "$part" || return; done
    for part in part1 part2 part3; do [[ -z $(on "$part" ip route show table local proto 137) && ! -e $part.sock ]] || return; done
    exits 1 on peer nbtquery PC-300
}
check 'they end, and nothing is left' gone

finish
