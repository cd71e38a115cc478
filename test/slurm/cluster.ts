import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const nodes = ['n1', 'n2'] as const;
export type NodeName = (typeof nodes)[number];

/**
 * A Slurm of its own on the loopback device: munged, slurmctld and two slurmd, all on this machine, as root and without
 * systemd. Partition `low` (the default) is preempted, by requeueing, when a job in `high` wants its CPUs.
 */
export class SlurmCluster {
  private constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** Throws with the reason if Slurm cannot be brought up here: a test that needs it must not pass without it. */
  static async start({ maxArraySize = 1001 } = {}): Promise<SlurmCluster> {
    if (!existsSync('/usr/sbin/slurmctld') || !existsSync('/usr/sbin/munged')) {
      throw new Error('Slurm is not installed: scripts/install-slurm.sh (Debian, as root)');
    }
    if (process.getuid?.() !== 0) throw new Error('a Slurm of our own needs root');
    const folder = mkdtempSync(join(tmpdir(), 'irnn-run-slurm-'));
    const cluster = new SlurmCluster(folder, { ...process.env, SLURM_CONF: join(folder, 'slurm.conf') });
    try {
      await cluster.#bringUp(maxArraySize);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #bringUp(maxArraySize: number): Promise<void> {
    for (const name of ['state', 'log', 'munge', ...nodes]) mkdirSync(join(this.folder, name));
    const munge = join(this.folder, 'munge');
    execFileSync('chmod', ['711', this.folder, munge]); // munged insists that others may reach its socket
    writeFileSync(join(munge, 'key'), crypto.getRandomValues(new Uint8Array(128)), { mode: 0o400 });
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    writeFileSync(join(this.folder, 'slurm.conf'), slurmConf(this.folder, ports, maxArraySize));
    const socket = join(munge, 'sock');
    this.#daemon(
      'munged',
      `--key-file=${munge}/key`,
      `--socket=${socket}`,
      `--pid-file=${munge}/pid`,
      `--log-file=${munge}/log`,
      `--seed-file=${munge}/seed`,
      '--num-threads=2',
    );
    this.#daemon('slurmctld', '-i');
    for (const node of nodes) this.startNode(node);
    for (let attempt = 0; attempt < 300; attempt++) {
      if (this.try('sinfo', '-h', '-p', 'low', '-t', 'idle', '-o', '%D').trim() === '2') return;
      await sleep(100);
    }
    throw new Error(`Slurm does not come up; see ${this.folder}/log:\n${this.try('sinfo')}`);
  }

  #daemon(name: string, ...argv: string[]): void {
    execFileSync(`/usr/sbin/${name}`, argv, { env: this.environment, stdio: 'ignore' });
  }

  startNode(node: NodeName): void {
    this.#daemon('slurmd', '-N', node);
  }

  /** Ends a node's daemon as a crash would; the processes of its jobs live on. */
  loseNode(node: NodeName): void {
    process.kill(Number(readFileSync(join(this.folder, `${node}.pid`), 'utf8')), 'SIGKILL');
  }

  /** Runs one of Slurm's commands and returns what it prints; throws if it fails. */
  run(command: string, ...argv: string[]): string {
    return execFileSync(command, argv, { env: this.environment, encoding: 'utf8' });
  }

  try(command: string, ...argv: string[]): string {
    return spawnSync(command, argv, { env: this.environment, encoding: 'utf8' }).stdout ?? '';
  }

  /** The state of every array element and job that is in the queue or has left it lately, by `<job>_<element>`. */
  states(): Map<string, { readonly state: string; readonly restarts: number; readonly node: string }> {
    const lines = this.try('scontrol', 'show', 'job', '--oneliner').split('\n');
    return new Map(
      lines.flatMap((line) => {
        const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? '';
        const array = field('ArrayJobId');
        const id = array === '' ? field('JobId') : `${array}_${field('ArrayTaskId')}`;
        if (id === '') return [];
        return [
          [id, { state: field('JobState'), restarts: Number(field('Restarts')), node: field('NodeList') }],
        ];
      }),
    );
  }

  /** Jobs that wait or run, one line an element. */
  queue(...states: string[]): string[] {
    const filter = states.length === 0 ? [] : ['-t', states.join(',')];
    return this.run('squeue', '-h', '-r', '-o', '%i %j %T', ...filter)
      .split('\n')
      .filter(Boolean);
  }

  async stop(): Promise<void> {
    this.try('scancel', '--user=root', '--signal=KILL');
    this.try('scancel', '--user=root');
    await sleep(300);
    const files = [...nodes.map((node) => `${node}.pid`), 'ctld.pid', 'munge/pid'];
    const pids = files
      .map((file) => join(this.folder, file))
      .filter((file) => existsSync(file))
      .map((file) => Number(readFileSync(file, 'utf8')));
    for (const pid of pids) signal(pid, 'SIGTERM');
    for (let attempt = 0; attempt < 100 && pids.some((pid) => signal(pid, 0)); attempt++) await sleep(100);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return pid > 0 && process.kill(pid, name);
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Requeued jobs wait for cred_expire, by default two minutes; 5 is the least that Slurm takes. */
function slurmConf(
  folder: string,
  [controller, ...daemons]: readonly [number, number, number],
  maxArraySize: number,
): string {
  const host = hostname().split('.')[0];
  const nodeLines = nodes.map(
    (node, index) =>
      `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${daemons[index]} CPUs=2 RealMemory=2000 State=UNKNOWN`,
  );
  return `ClusterName=irnnrun
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/sock,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/ctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/log/ctld.log
SlurmdLogFile=${folder}/log/%n.log
MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=5
MinJobAge=3600
ReturnToService=2
SlurmdTimeout=10
MaxArraySize=${maxArraySize}
MaxJobCount=20000
${nodeLines.join('\n')}
PartitionName=low Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=20
PartitionName=high Nodes=n[1-2] Default=NO MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
`;
}
