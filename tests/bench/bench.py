#!/usr/bin/env python3
"""Boxgate's figures, each beside its peer or floor in the same run.

  bench.py BUILD [boot] [exec] [memory] [desktop] [--pairs N]

boot     wall time of `boxgate run --rm builtin/busybox -- true` against QEMU alone that boots the same kernel, with the same
         machine, to an init that powers off; pairs alternate, so that a busy minute hits both
exec     round trip of `boxgate exec` on a running box, the CLI's own start included, against `boxgate version`
memory   proportional set size of a running box's runner, without QEMU
desktop  CPU of the window with 20 running, idle boxes in its list
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


class Bench:
    def __init__(self, build, pairs):
        self.build = pathlib.Path(build).resolve()
        self.pairs = pairs
        self.boxgate = str(self.build / "bin/boxgate")
        self.home = tempfile.mkdtemp(prefix="bgb", dir="/tmp")
        self.environment = dict(os.environ, BOXGATE_HOME=self.home, QT_QPA_PLATFORM="offscreen",
                                QT_QUICK_BACKEND="software")

    def cli(self, *arguments):
        done = subprocess.run([self.boxgate, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"boxgate {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def inspect(self, name):
        found = json.loads(self.cli("inspect", name))
        return found[0] if isinstance(found, list) else found

    def timed(self, command):
        begin = time.monotonic()
        done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        seconds = time.monotonic() - begin
        if done.returncode != 0:
            sys.exit(f"{command}: exit {done.returncode}\n{done.stderr.decode(errors='replace')}")
        return seconds

    def close(self):
        for line in self.cli("ps", "-aq").split():
            subprocess.run([self.boxgate, "rm", "-f", line], env=self.environment, capture_output=True, check=False)
        shutil.rmtree(self.home, ignore_errors=True)


def milliseconds(values):
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))]
    return f"median {statistics.median(ordered) * 1000:7.1f} ms   p99 {p99 * 1000:7.1f} ms   of {len(ordered)}"


def process_tree_pids(home, program):
    """The processes of this run's home whose program is named so."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.path.basename(words[0]).decode(errors="replace") == program and any(home.encode() in word for word in words):
            found.append(int(entry.name))
    return found


def newc(name, mode, content):
    """One entry of a cpio archive of the kind the kernel unpacks (Linux, initramfs buffer format)."""
    fields = [0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    header += b"\0" * (-len(header) % 4)
    return header + content + b"\0" * (-len(content) % 4)


def floor_command(bench):
    """QEMU with the machine of a real box, read off a running one, and an init that only powers off."""
    bench.cli("run", "-d", "--name", "model", "builtin/busybox")
    pid = next(pid for pid in process_tree_pids(bench.home, "qemu-system-x86_64"))
    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    bench.cli("rm", "-f", "model")
    archive = pathlib.Path(bench.home) / "floor.cpio"
    init = (bench.build / "tests/floorinit").read_bytes()
    archive.write_bytes(newc("init", 0o100755, init) + newc("TRAILER!!!", 0, b""))
    kept = {"-M", "-machine", "-accel", "-cpu", "-smp", "-m", "-kernel", "-append"}
    command = [words[0], "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-initrd", str(archive)]
    for option, value in zip(words, words[1:]):
        if option in kept:
            command += [option, value]
    return command


def bench_boot(bench):
    ours = [bench.boxgate, "run", "--rm", "builtin/busybox", "--", "true"]
    bench.cli("run", "--rm", "builtin/busybox", "--", "true")  # the first start builds the disk and tries accelerators
    floor = floor_command(bench)
    bench.timed(floor)
    mine, theirs = [], []
    for _ in range(bench.pairs):
        theirs.append(bench.timed(floor))
        mine.append(bench.timed(ours))
    ratios = [a / b for a, b in zip(mine, theirs)]
    print("boot: run --rm builtin/busybox -- true, against QEMU alone with the same kernel and machine")
    print(f"  boxgate     {milliseconds(mine)}")
    print(f"  QEMU alone  {milliseconds(theirs)}")
    print(f"  ratio       median {statistics.median(ratios):.2f} (aim <= 1.30)")


def bench_exec(bench):
    bench.cli("run", "-d", "--name", "bench", "builtin/busybox")
    command = [bench.boxgate, "exec", "bench", "--", "true"]
    bench.timed(command)
    rounds = [bench.timed(command) for _ in range(200)]
    floor = [bench.timed([bench.boxgate, "version"]) for _ in range(50)]
    print("exec: round trip of `boxgate exec BOX -- true` on a running box")
    print(f"  exec             {milliseconds(rounds)}")
    print(f"  boxgate version  {milliseconds(floor)}")
    bench.cli("rm", "-f", "bench")


def pss(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0


def bench_memory(bench):
    bench.cli("run", "-d", "--name", "bench", "builtin/busybox")
    bench.cli("exec", "bench", "--", "true")
    runners = process_tree_pids(bench.home, "boxgate-runner")
    sizes = [pss(pid) for pid in runners]
    print(f"memory: PSS of the runner, QEMU apart: {statistics.median(sizes):.1f} MiB (aim <= 40)")
    bench.cli("rm", "-f", "bench")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bench_desktop(bench):
    for number in range(20):
        bench.cli("run", "-d", "--memory", "128m", "--name", f"idle-{number:02}", "builtin/busybox")
    desktop = subprocess.Popen([str(bench.build / "bin/boxgate-desktop")], env=bench.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(10)  # the first frames and the first second of each box are not idle
    loads = []
    for _ in range(5):
        begin, before = time.monotonic(), cpu_seconds(desktop.pid)
        time.sleep(6)
        loads.append((cpu_seconds(desktop.pid) - before) / (time.monotonic() - begin) * 100)
    print(f"desktop: CPU with 20 running idle boxes: median {statistics.median(loads):.1f} % of a core (aim <= 2)")
    print(f"  its memory: PSS {pss(desktop.pid):.0f} MiB")
    desktop.terminate()
    desktop.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("figures", nargs="*", choices=["boot", "exec", "memory", "desktop", []])
    parser.add_argument("--pairs", type=int, default=12)
    options = parser.parse_args()
    bench = Bench(options.build, options.pairs)
    try:
        for figure in options.figures or ["boot", "exec", "memory", "desktop"]:
            globals()[f"bench_{figure}"](bench)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
