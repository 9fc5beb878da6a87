shadownest run on the command line: where it finds what an experiment names.

# A program in a build tree finds its source tree's machines, cost models and traces from any folder.
% d=$(dirname "$(readlink -f bin/shadownest)"); ls -d $d/models/machine $d/../models/machine $d/../../models/machine $d/../../../models/machine 2>/dev/null | grep -q .

$ mkdir -p far/away && cd far/away && sed 's/"name".*/"name": "far",/' ../../experiments/quickstart.json > x.json && sed -i 's/"traces".*/"traces": ["gups4k"],/' x.json && shadownest run -n x.json -o x
> gups4k

$ cd far/away && printf '{"name": "n", "question": "", "traces": ["gups4k"], "machine": "no-such", "techniques": ["ept"], "cost": "xeon-8269cy"}' > n.json; shadownest run n.json -o n
? 1
! n.json:\$.machine: there is no machine "no-such": no models/machine/no-such.json here, beside the experiment's folder or in the program's own data
