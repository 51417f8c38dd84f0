#!/usr/bin/env python3
"""What making a root disk costs, beside the distribution's tools in the same run.

  imagebench.py BUILD [--rounds N] [--tags TAG...] [--layout DIRECTORY]

disk    image to bootable disk against `umoci unpack` + `mke2fs -d`, and against `umoci raw unpack` + `mke2fs -d`, which
        makes no list of what it unpacked: time, CPU and peak memory, medians of rounds in which all take turns
second  what the next box from the same image costs: finding the disk that is there, against making an empty overlay

The images are those of tests/support/images. Needs root, for umoci keeps owners for root alone.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


class Cost:
    """Of commands that ran one after the other: seconds, CPU seconds and the largest peak, in MiB."""

    def __init__(self, *commands):
        self.seconds = self.cpu = self.memory = 0
        for command in commands:
            begin = time.monotonic()
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            errors = child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                sys.exit(f"{' '.join(command)}: exit {child.returncode}\n{errors.decode(errors='replace')}")
            self.seconds += time.monotonic() - begin
            self.cpu += usage.ru_utime + usage.ru_stime
            self.memory = max(self.memory, usage.ru_maxrss / 1024)


def median(costs):
    return [statistics.median(getattr(cost, what) for cost in costs) for what in ("seconds", "cpu", "memory")]


def show(name, costs):
    seconds, cpu, memory = median(costs)
    print(f"  {name:<28}{seconds:7.2f} s  CPU {cpu:6.2f} s  peak {memory:5.0f} MiB")


class Bench:
    def __init__(self, options):
        self.rootdisk = str(pathlib.Path(options.build).resolve() / "tests/rootdisk")
        self.layout = options.layout
        self.rounds = options.rounds
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="bgi", dir="/tmp"))

    def fresh(self, name):
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        return str(path)

    def ours(self, tag):
        home = self.fresh("home")
        os.sync()
        return Cost([self.rootdisk, self.layout, tag, home])

    def theirs(self, tag, words, rootfs):
        bundle, disk = self.fresh("bundle"), self.work / "disk.ext4"
        disk.unlink(missing_ok=True)
        disk.touch()
        os.truncate(disk, 10 << 30)
        os.sync()
        return Cost(["umoci", *words, "--image", f"{self.layout}:{tag}", bundle],
                    ["/sbin/mke2fs", "-q", "-t", "ext4", "-d", bundle + rootfs, str(disk)])

    def disk(self, tag):
        mine, unpack, raw = [], [], []
        for _ in range(self.rounds):
            unpack.append(self.theirs(tag, ["unpack"], "/rootfs"))
            raw.append(self.theirs(tag, ["raw", "unpack"], ""))
            mine.append(self.ours(tag))
        print(f"disk: the image '{tag}' to a bootable disk of 10 GiB, {self.rounds} rounds, medians")
        show("boxgate", mine)
        for name, costs, aim in (("umoci unpack + mke2fs", unpack, " (aim <= 0.50 and <= 0.60)"), ("umoci raw unpack + mke2fs", raw, "")):
            show(name, costs)
            time_ratio = statistics.median(a.seconds / b.seconds for a, b in zip(mine, costs))
            cpu_ratio = statistics.median(a.cpu / b.cpu for a, b in zip(mine, costs))
            print(f"    ratio: time {time_ratio:.2f}, CPU {cpu_ratio:.2f}{aim}")

    def second(self, tag):
        home = self.fresh("home")
        Cost([self.rootdisk, self.layout, tag, home])
        base = next(pathlib.Path(home).glob("**/*.ext4"))
        again, empty = [], []
        for number in range(20):
            again.append(Cost([self.rootdisk, self.layout, tag, home]))
            overlay = str(self.work / f"overlay{number}.qcow2")
            empty.append(Cost(["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "raw", overlay]))
        print("second: the next box from an image, 20 rounds, medians")
        for name, costs in (("finding the disk", again), ("making an empty overlay", empty)):
            print(f"  {name:<28}{median(costs)[0] * 1000:7.1f} ms")

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tags", nargs="*", default=["debian", "python", "layers"])
    parser.add_argument("--layout")
    options = parser.parse_args()
    if not options.layout:
        recipe = pathlib.Path(__file__).resolve().parent.parent / "support/images"
        options.layout = subprocess.run([recipe], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    bench = Bench(options)
    try:
        for tag in options.tags:
            bench.disk(tag)
        bench.second(options.tags[0])
    finally:
        bench.close()


if __name__ == "__main__":
    main()
