// Loaded before the program (node --import): Node.js answers as it does on Windows, as far as its documentation, and that of
// the functions below it, say that it differs. Paths stay those of this system. NO_LINKS: as on exFAT, which has no hard links.
import { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

Object.defineProperty(process, 'platform', { value: 'win32' });
for (const name of ['getuid', 'geteuid', 'getgid', 'getegid']) delete process[name];

function refuse(code, syscall, path) {
  const message = `${code}: as on Windows, ${syscall} '${path}'`;
  throw Object.assign(new Error(message), { code, syscall, path });
}

/** Somebody has the file open at the first attempt: `path` is the argument that must not be. */
function heldOnce(code, syscall, real, path) {
  const refused = new Set();
  return (...args) => {
    const file = String(args[path]);
    if (!refused.delete(file) && fs.existsSync(file)) {
      refused.add(file);
      refuse(code, syscall, file);
    }
    return real(...args);
  };
}

const { fsyncSync, renameSync, rmSync, linkSync } = fs;
const { readFileSync, readlinkSync, readSync, readdirSync } = fs;
fs.fsyncSync = (descriptor) =>
  fs.fstatSync(descriptor).isDirectory() ? refuse('EPERM', 'fsync', descriptor) : fsyncSync(descriptor);
fs.renameSync = heldOnce('EPERM', 'rename', renameSync, 1);
const removeFile = heldOnce('EBUSY', 'unlink', rmSync, 0);
fs.rmSync = (path, options) => (options?.recursive ? rmSync : removeFile)(path, options);
fs.linkSync = (from, to) => {
  if (process.env.NO_LINKS === '1') refuse('EISDIR', 'link', from);
  return linkSync(from, to);
};

const isOfLinux = (path) => /^\/(proc|sys)\//.test(String(path));
fs.readFileSync = (path, ...rest) =>
  isOfLinux(path) ? refuse('ENOENT', 'open', path) : readFileSync(path, ...rest);
fs.readlinkSync = (path, ...rest) =>
  isOfLinux(path) ? refuse('ENOENT', 'readlink', path) : readlinkSync(path, ...rest);
fs.readSync = (descriptor, ...rest) => {
  const bytes = readSync(descriptor, ...rest);
  return bytes === 0 && descriptor === 0 ? refuse('EOF', 'read', 'stdin') : bytes;
};
fs.readdirSync = (path, options) => {
  const names = readdirSync(path, options);
  return options?.recursive && !options.withFileTypes
    ? names.map((name) => name.replaceAll('/', '\\'))
    : names;
};

// Any signal ends a process at once, by TerminateProcess; 0 only asks whether it is there.
const { kill } = process;
process.kill = (pid, signal) => kill(pid, signal === 0 ? 0 : 'SIGKILL');
const killChild = ChildProcess.prototype.kill;
ChildProcess.prototype.kill = function end() {
  return killChild.call(this, 'SIGKILL');
};

syncBuiltinESMExports();
