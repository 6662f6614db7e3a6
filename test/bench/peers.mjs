/** Other name servers as primaries of one zone, with the settings that matter for a fair comparison. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const knot = {
  program: "knotd",
  prepare({ folder, port, apex, zoneFile }) {
    const file = join(folder, "knot.conf");
    writeFileSync(
      file,
      `server:
    rundir: ${folder}
    listen: 127.0.0.1@${port}
database:
    storage: ${folder}
log:
  - target: stderr
    any: error
acl:
  - id: transfer
    address: 127.0.0.1
    action: transfer
zone:
  - domain: ${apex}
    storage: ${folder}
    file: ${zoneFile}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    acl: transfer
`,
    );
    return ["-c", file];
  },
};

const nsd = {
  program: "nsd",
  prepare({ folder, port, apex, zoneFile }) {
    const file = join(folder, "nsd.conf");
    writeFileSync(
      file,
      `server:
  ip-address: 127.0.0.1
  port: ${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: ""
  zonelistfile: "${join(folder, "zone.list")}"
  xfrdfile: "${join(folder, "xfrd.state")}"
  xfrdir: "${folder}"
remote-control:
  control-enable: no
zone:
  name: "${apex}"
  zonefile: "${zoneFile}"
  provide-xfr: 127.0.0.1 NOKEY
`,
    );
    return ["-d", "-c", file];
  },
};

/** The peers that are installed, each with its name and version. */
export function installedPeers() {
  return [knot, nsd].flatMap((peer) => {
    const path = findProgram(peer.program);
    if (path === undefined) {
      process.stderr.write(`bench: ${peer.program} is not installed, so it is left out\n`);
      return [];
    }
    return [{ name: nameOf(peer.program, path), prepare: (options) => [path, peer.prepare(options)] }];
  });
}

/** Daemons live in directories off most users' PATH. */
export function findProgram(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `Knot DNS 3.2.6`, `NSD 4.6.1`. */
function nameOf(program, path) {
  const [flag, word] = program === "knotd" ? ["-V", "Knot DNS"] : ["-v", "NSD"];
  const { stdout, stderr } = spawnSync(path, [flag], { encoding: "utf8" });
  return `${word} ${/\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0] ?? ""}`.trim();
}
