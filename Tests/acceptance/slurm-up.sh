#!/usr/bin/env bash
# A Slurm cluster of several nodes on one machine, for tests: munged, slurmctld and one slurmd per node, all state in one private
# folder; no systemd, no control groups, nothing in /etc. Needs root and the packages slurm-wlm and munge.
# Usage: slurm-up.sh FOLDER [NODES]; afterwards SLURM_CONF=FOLDER/slurm.conf reaches it. slurm-down.sh FOLDER ends it.
set -euo pipefail
folder=$(realpath -m "$1")
nodes=${2:-4}
host=$(hostname -s)
# Ports of their own, so that several clusters do not meet.
base=$((20000 + $$ % 20000))

mkdir -p "$folder"/{munge,state,log}
chmod 755 "$folder"
dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
chown -R munge: "$folder/munge"
chmod 400 "$folder/munge/key"
runuser -u munge -- "$(command -v munged || echo /usr/sbin/munged)" --socket="$folder/munge/sock" --key-file="$folder/munge/key" \
  --pid-file="$folder/munge/munged.pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"

# SlurmdTimeout: a dead node is noticed after seconds instead of five minutes. cred_expire: a job of a dead node does not wait
# two minutes. batch_sched_delay and the intervals: arrays of short jobs start at once.
cat >"$folder/slurm.conf" <<CONF
ClusterName=parsimony
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/sock,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=5,sched_min_interval=100000,bf_interval=5
MaxArraySize=${SLURM_MAX_ARRAY:-1001}
MaxJobCount=${SLURM_MAX_JOBS:-20000}
MinJobAge=3600
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=5
KillWait=5
PropagateResourceLimits=NONE
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((base + 1))-$((base + nodes))] CPUs=1 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$folder/slurm.conf
"$(command -v slurmctld || echo /usr/sbin/slurmctld)" -c
for ((node = 1; node <= nodes; node++)); do
  mkdir -p "$folder/spool.n$node"
  "$(command -v slurmd || echo /usr/sbin/slurmd)" -N "n$node"
done
for ((tenth = 0; tenth < 300; tenth++)); do
  if [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" -eq "$nodes" ]; then exit 0; fi
  sleep 0.1
done
echo "the nodes did not come up:" >&2
sinfo -R >&2 || true
tail -n 5 "$folder"/log/*.log >&2 || true
exit 1
