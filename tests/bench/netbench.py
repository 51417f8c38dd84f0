#!/usr/bin/env python3
"""The network gate's figures, each beside its peers in the same run: the same client, server and MTU.

  netbench.py BUILD [throughput] [connections] [rtt] [memory] [verdicts] [--repetitions N] [--json FILE] ...

Paths from a client in a network namespace (the guest) to a server on the host's side:

  boxgate           our engine: an allowlist of 1,000 rules, accounting and names on; behind the pump
  slirp4netns       on its TAP device; the same libslirp without a policy
  slirp4netns pump  the same behind the pump
  pasta             on its TAP device
  passt             pasta's program for QEMU; behind the pump
  loopback          the client on the host's side itself: the floor

What is behind the pump speaks over a socket, as with QEMU; a process of its own carries its frames to and from a TAP
device, and takes its share of the cores and of the latency, as QEMU would. So there are two ratios: to slirp4netns as it
is used, and to slirp4netns behind the same pump. CPU time is that of the path's own process; the pump's is beside it.

Repetitions alternate between the paths, so that a busy minute hits all of them; figures are medians, and ratios the
medians of the ratios within each repetition. Everything happens in namespaces that this script makes, and ends with it.
Needs root or user namespaces, /dev/net/tun, iperf3 and slirp4netns; passt and pasta where they are installed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SERVER = "198.51.100.10"
UPLINK = "192.0.2.2"  # an interface with a default route, from which pasta and passt take their address
RULES = 1000
MTUS = (1500, 65520)
PEERS = ("slirp4netns", "slirp4netns pump")
SECTIONS = ("throughput", "connections", "rtt", "memory", "verdicts")
INSIDE = "BOXGATE_NETBENCH_INSIDE"


class Trouble(Exception):
    """Why a path or the whole benchmark cannot be had; a sentence."""


class Processes:
    """What was started here, and ends here, by its id."""

    def __init__(self):
        self.started = []

    def start(self, command, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen([str(word) for word in command], **options)
        self.started.append(process)
        return process

    def start_until_ready(self, command, **options):
        """Starts a program of ours and waits for its first line, which is returned."""
        process = self.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, text=True, **options)
        line = process.stdout.readline().strip()
        if not line:
            raise Trouble(f"{pathlib.Path(command[0]).name} does not start")
        return process, line

    def end(self):
        for process in reversed(self.started):
            process.terminate()
        for process in reversed(self.started):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.started.clear()


def run(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Trouble(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def wait_for(condition, what, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Trouble(f"{what} does not happen")
        time.sleep(0.01)


def namespace_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return ""


class Path:
    """One way from a client to the server."""

    def __init__(self, name, guest=None, forwarder=None, pump=None):
        self.name = name
        self.guest = guest  # pid of a process in the client's namespace; None: the host's own
        self.forwarder = forwarder  # pid
        self.pump = pump  # pid

    def client(self, command):
        enter = ["nsenter", f"--net=/proc/{self.guest}/ns/net"] if self.guest else []
        return run([*enter, *command])

    def client_json(self, command):
        """Runs a client of iperf3; again where its server is not done with the one before."""
        for _ in range(20):
            with contextlib.suppress(Trouble):
                report = json.loads(self.client(command))
                if "error" not in report:
                    return report
            time.sleep(0.2)
        raise Trouble(f"{self.name}: iperf3 does not measure")

    def configure(self, mtu, address, gateway):
        """Sets up eth0 by hand; the queue is long because a TAP, unlike a virtio queue, drops what it cannot hold."""
        self.client(["sh", "-ec", f"""ip link set lo up
            ip link set eth0 address 5a:94:ef:e4:0c:ee mtu {mtu}
            ip addr replace {address}/24 dev eth0
            ip link set eth0 up
            ip route replace default via {gateway}"""])
        self.prepare()

    def prepare(self):
        queue = "ip link set eth0 txqueuelen 16384" if self.guest else ""
        self.client(["sh", "-ec", f"""{queue}
            echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range"""])


class Bench:
    def __init__(self, options):
        self.options = options
        self.tests = pathlib.Path(options.build).resolve() / "tests"
        self.processes = Processes()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bgn", dir="/tmp"))

    def close(self):
        self.processes.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def set_up_host(self):
        run(["sh", "-ec", f"""ip link set lo up
            ip addr add {SERVER}/32 dev lo
            ip link add uplink0 type veth peer name uplink1
            ip addr add {UPLINK}/24 dev uplink0
            ip link set uplink0 up
            ip link set uplink1 up
            ip route add default via 192.0.2.1"""])
        self.set_up_server()

    def set_up_server(self):
        self.processes.start(["iperf3", "-s", "-B", SERVER])
        wait_for(lambda: "5201" in run(["ss", "-Hltn", "src", SERVER]), "iperf3's server")
        _, line = self.processes.start_until_ready([self.tests / "netpeer", "serve", "client"])
        self.port = line.split()[1]

    def new_guest(self):
        holder = self.processes.start(["unshare", "--net", "sleep", "infinity"])
        wait_for(lambda: namespace_of(holder.pid) not in ("", namespace_of("self")), "a network namespace")
        return holder.pid

    def pump(self, guest, wire, framing):
        process, _ = self.processes.start_until_ready(
            [self.tests / "gatepump", "tap", guest, wire.fileno(), framing], pass_fds=[wire.fileno()])
        return process.pid

    def boxgate(self, mtu):
        guest = self.new_guest()
        wire, ours = socket.socketpair()
        with wire, ours:
            engine, _ = self.processes.start_until_ready(
                [self.tests / "gatepump", "engine", ours.fileno(), mtu, RULES, SERVER], pass_fds=[ours.fileno()])
            path = Path("boxgate", guest, engine.pid, self.pump(guest, wire, "prefixed"))
        path.configure(mtu, "192.168.127.2", "192.168.127.1")
        return path

    def slirp4netns(self, mtu):
        guest = self.new_guest()
        ready, told = os.pipe()
        process = self.processes.start(["slirp4netns", "-c", f"--mtu={mtu}", f"--ready-fd={told}", guest, "eth0"],
                                       pass_fds=[told])
        os.close(told)
        if os.read(ready, 1) != b"1":
            raise Trouble("slirp4netns does not start")
        os.close(ready)
        path = Path("slirp4netns", guest, process.pid)
        path.prepare()
        return path

    def connected(self, address, kind):
        wire = socket.socket(socket.AF_UNIX, kind)

        def connects():
            with contextlib.suppress(OSError):
                wire.connect(str(address))
                return True
            return False
        wait_for(connects, f"a connection to {address.name}")
        return wire

    def slirp4netns_pump(self, mtu):
        guest = self.new_guest()
        address = self.folder / f"slirp4netns-{mtu}"
        process = self.processes.start(["slirp4netns", "--target-type=bess", f"--mtu={mtu}", address])
        with self.connected(address, socket.SOCK_SEQPACKET) as wire:
            path = Path("slirp4netns pump", guest, process.pid, self.pump(guest, wire, "packets"))
        path.configure(mtu, "10.0.2.100", "10.0.2.2")
        return path

    def pasta(self, mtu):
        options = ["-f", "-q", "-4", "--runas", "0", "-m", mtu, "-t", "none", "-u", "none"]
        process = self.processes.start(["pasta", "--netns-only", "--config-net", "-I", "eth0", "-T", "none", "-U",
                                        "none", *options, "sleep", "infinity"])

        def children():
            with contextlib.suppress(OSError):
                return pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            return []
        wait_for(lambda: any("sleep" in pathlib.Path(f"/proc/{pid}/comm").read_text() for pid in children()), "pasta")
        path = Path("pasta", children()[-1], process.pid)
        wait_for(lambda: UPLINK in path.client(["ip", "addr", "show", "dev", "eth0"]), "pasta's interface")
        path.client(["ip", "link", "set", "eth0", "mtu", mtu])
        path.prepare()
        return path

    def passt(self, mtu):
        guest = self.new_guest()
        address = self.folder / f"passt-{mtu}"
        process = self.processes.start(["passt", "-f", "-q", "-4", "--runas", "0", "-m", mtu, "-t", "none", "-u", "none",
                                        "-s", address])
        with self.connected(address, socket.SOCK_STREAM) as wire:
            path = Path("passt", guest, process.pid, self.pump(guest, wire, "prefixed"))
        path.configure(mtu, UPLINK, "192.0.2.1")
        return path

    def loopback(self, _mtu):
        path = Path("loopback")
        path.prepare()
        return path

    def paths(self, mtu):
        """Sets up every path that works here; says why another does not."""
        found = []
        for name in self.options.paths:
            try:
                path = getattr(self, name.replace(" ", "_"))(mtu)
                path.client([self.tests / "netpeer", "pingpong", 10, self.port, SERVER])
                found.append(path)
            except (Trouble, OSError) as trouble:
                print(f"  {name} is left out: {trouble}", flush=True)
        return found

    def alternate(self, paths, measure):
        """Measures each path in turn. Returns  {path's name: [figure, ...]}"""
        figures = {path.name: [] for path in paths}
        for _ in range(self.options.repetitions):
            for path in paths:
                figures[path.name].append(measure(path))
        return figures


def cpu_seconds(pid):
    if not pid:
        return 0.0
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def ratio(figures, name, peer):
    if name == peer or peer not in figures:
        return None
    return statistics.median(ours / theirs for ours, theirs in zip(figures[name], figures[peer]))


def table(title, figures, unit, extra=None):
    """Prints a median per path with its ratios to the peers'. Returns  the same as data"""
    print(f"\n{title}\n  {'':17} {'':10} {'':{len(unit)}}  of {PEERS[0]}  of its pump", flush=True)
    rows = {}
    for name, values in figures.items():
        ratios = {peer: ratio(figures, name, peer) for peer in PEERS}
        more = (extra or {}).get(name, {})
        median = statistics.median(values)
        rows[name] = {"median": median, "values": values, "ratios": ratios, **more}
        beside = [f"{value:.2f}" if value else "" for value in ratios.values()]
        print(f"  {name:17} {median:10.2f} {unit}  {beside[0]:>14}  {beside[1]:>11}"
              + "".join(f"   {key} {value:.2f}" for key, value in more.items()), flush=True)
    return rows


def throughput(bench):
    results = {}
    for mtu in MTUS:
        paths = bench.paths(mtu)
        for direction, options in (("from the box", []), ("to the box", ["-R"])):
            used = {path.name: {"CPU s/GB": 0.0, "pump's": 0.0, "gigabytes": 0.0} for path in paths}

            def measure(path):
                wait_for(lambda: "5201" in run(["ss", "-Hltn", "src", SERVER]), "iperf3's server")
                before = cpu_seconds(path.forwarder), cpu_seconds(path.pump)
                report = path.client_json(["iperf3", "-c", SERVER, "-t", bench.options.seconds, "-J", *options])
                received = report["end"]["sum_received"]
                row = used[path.name]
                row["gigabytes"] += received["bytes"] / 1e9
                row["CPU s/GB"] += cpu_seconds(path.forwarder) - before[0]
                row["pump's"] += cpu_seconds(path.pump) - before[1]
                return received["bits_per_second"] / 1e9
            figures = bench.alternate(paths, measure)
            for row in used.values():
                for key in ("CPU s/GB", "pump's"):
                    row[key] /= max(row["gigabytes"], 1e-9)
                del row["gigabytes"]
            used.pop("loopback", None)
            for path in paths:
                if not path.pump and path.name in used:
                    del used[path.name]["pump's"]
            title = f"throughput {direction}, MTU {mtu}"
            results[title] = table(title, figures, "Gbit/s", used)
        bench.processes.end()
        bench.set_up_server()
    return results


def connections(bench):
    paths = bench.paths(1500)
    count, parallel = 3000, 8

    def measure(path):
        line = path.client([bench.tests / "netpeer", "cycle", count, parallel, "client", bench.port, SERVER]).split()
        if int(line[1]) != count:
            raise Trouble(f"{path.name}: {line[1]} of {count} connections were good")
        return count / float(line[2])
    title = f"connections per second: connect, a byte each way, close; {parallel} at once"
    return {title: table(title, bench.alternate(paths, measure), "per s")}


def rtt(bench):
    paths = bench.paths(1500)
    tails = {path.name: [] for path in paths}

    def measure(path):
        line = path.client([bench.tests / "netpeer", "pingpong", 5000, bench.port, SERVER]).split()
        tails[path.name].append(float(line[2]))
        return float(line[1])
    figures = bench.alternate(paths, measure)
    return {title: table(title, values, "us") for title, values in (
        ("round trip of one byte, p50 (less is better)", figures),
        ("round trip of one byte, p99 (less is better)", tails))}


def memory(bench):
    paths = [path for path in bench.paths(1500) if path.forwarder]
    count = 1000

    def measure(path):
        command = [str(word) for word in (bench.tests / "netpeer", "hold", count, bench.port, SERVER)]
        before = resident_bytes(path.forwarder)
        client = subprocess.Popen(["nsenter", f"--net=/proc/{path.guest}/ns/net", *command], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        with client:
            if client.stdout.readline().split()[:2] != ["held", str(count)]:
                raise Trouble(f"{path.name} does not hold {count} connections")
            return (resident_bytes(path.forwarder) - before) / count / 1024
    title = f"memory per connection at rest, of {count} (less is better)"
    figures = {}
    for path in paths:
        figures[path.name] = [measure(path)]
    return {title: table(title, figures, "KiB")}


def verdicts(bench):
    report = json.loads(run([bench.tests / "bench_policy", "--benchmark_format=json",
                             f"--benchmark_repetitions={max(bench.options.repetitions, 3)}",
                             "--benchmark_report_aggregates_only=true"]))
    medians = {row["run_name"]: row["cpu_time"] for row in report["benchmarks"] if row["aggregate_name"] == "median"}
    title = "verdicts with 10, 1,000 and 100,000 rules"
    print(f"\n{title}")
    for kind in dict.fromkeys(name.split("/")[0] for name in medians):
        times = [medians[f"{kind}/{rules}"] for rules in (10, 1000, 100000)]
        print(f"  {kind:12}" + "".join(f" {time:8.0f} ns" for time in times)
              + f"   {1e3 / times[-1]:.1f} million per second with 100,000; {times[-1] / times[0]:.2f} times the first")
    return {title: medians}


def enter_namespace():
    """Starts this script again in a network of its own, so that nothing of it reaches the machine's."""
    if os.environ.get(INSIDE):
        return
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        sys.exit("netbench: this needs /dev/net/tun, for reading and writing")
    flags = ["--net"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net"]
    if subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False).returncode != 0:
        sys.exit("netbench: this needs root, or user namespaces (sysctl kernel.unprivileged_userns_clone=1)")
    os.execvpe("unshare", ["unshare", *flags, sys.executable, *sys.argv], dict(os.environ, **{INSIDE: "1"}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each throughput measurement")
    parser.add_argument("--paths", type=lambda text: text.split(","),
                        default=["boxgate", "slirp4netns", "slirp4netns pump", "pasta", "passt", "loopback"])
    parser.add_argument("--json", help="file to write everything to")
    options = parser.parse_args()
    enter_namespace()
    for program in ("iperf3", "slirp4netns", "nsenter", "ip", "ss"):
        if not shutil.which(program):
            sys.exit(f"netbench: {program} is not installed; see installer/packages-debian.txt")
    bench = Bench(options)
    results = {"load": [os.getloadavg()], "kernel": os.uname().release, "cores": os.cpu_count()}
    print(f"network: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the begin", flush=True)
    try:
        bench.set_up_host()
        for section in options.sections or SECTIONS:
            results.update(globals()[section](bench))
            bench.processes.end()
            bench.set_up_server()
    except Trouble as trouble:
        sys.exit(f"netbench: {trouble}")
    finally:
        bench.close()
    results["load"].append(os.getloadavg())
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
