"""Boots a real guest and drives its agent: guest_test.py INITRAMFS [test name ...].

The kernel is $BOXGATE_KERNEL, or what installer/kernel has built; without one the exit status is 77, for "skipped"."""

import hashlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import agentclient
from agentclient import STDERR, STDOUT
from guestmachine import Machine

KERNEL = INITRAMFS = None


def built_kernel():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../installer/kernel")
    answer = subprocess.run([script, "--print-path"], stdout=subprocess.PIPE, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def ready_stages(payload):
    count, at, stages = struct.unpack_from("<I", payload)[0], 4, {}
    for _ in range(count):
        size = struct.unpack_from("<I", payload, at)[0]
        name = payload[at + 4:at + 4 + size].decode()
        stages[name] = struct.unpack_from("<q", payload, at + 4 + size)[0] / 1e6
        at += 12 + size
    return stages


class GuestCase(unittest.TestCase):
    cpus = 1

    def boot(self, **options):
        configuration = options.pop("configuration", {})
        self.machine = Machine(KERNEL, INITRAMFS, cpus=self.cpus, **options)
        self.addCleanup(self.machine.close)
        agent = self.machine.agent
        agent.expect(agentclient.HELLO)
        hello = self.machine.elapsed_ms()
        agent.configure(time_ns=time.time_ns(), seed=os.urandom(64), **configuration)
        stages = ready_stages(agent.expect(agentclient.READY))
        print(f"  hello {hello:.0f} ms, ready {self.machine.elapsed_ms():.0f} ms",
              {name: round(took, 1) for name, took in stages.items()})
        return agent

    def run_sh(self, script, **options):
        stream = self.machine.agent.exec("sh", "-c", script, **options)
        stream.wait()
        return stream


class Commands(GuestCase):
    def test_commands(self):
        agent = self.boot()
        for name in sorted(name for name in dir(self) if name.startswith("check_")):
            with self.subTest(name):
                begin = time.monotonic()
                getattr(self, name)(agent)
                print(f"  {name} {(time.monotonic() - begin) * 1000:.0f} ms")

    def check_streams_are_separate_and_the_exit_code_is_the_commands(self, agent):
        stream = self.run_sh("echo out; echo err >&2; exit 7")
        self.assertEqual(stream.result, ("exited", 7, 0, False))
        self.assertEqual((stream.out[STDOUT], stream.out[STDERR]), (b"out\n", b"err\n"))
        self.assertGreater(stream.started, 1)

    def check_a_signal_is_reported_as_such(self, agent):
        self.assertEqual(self.run_sh("kill -9 $$").result, ("exited", 0, 9, False))

    def check_a_signal_right_after_exec_is_not_lost(self, agent):
        stream = agent.exec("sleep", "60")
        stream.signal(signal.SIGTERM)
        self.assertEqual(stream.wait(5), ("exited", 0, 15, False))

    def check_failures_to_start_are_told_apart(self, agent):
        for argv, options, reason in ((("nosuchprogram",), {}, "NotFound"), (("/no/such",), {}, "NotFound"),
                                      (("notexecutable",), {}, "NotExecutable"), (("/etc",), {}, "NotExecutable"),
                                      (("true",), {"user": "alice"}, "NoSuchUser"),
                                      (("true",), {"user": "bob:nogroup"}, "NoSuchUser"),
                                      (("true",), {"directory": "/nowhere"}, "NoSuchDirectory")):
            result = agent.exec(*argv, **options).wait(5)
            self.assertEqual(result[:2], ("failed", reason), result)

    def check_users_groups_and_defaults(self, agent):
        stream = self.run_sh("id -u; id -g; id -G; echo $HOME $USER; pwd", user="bob", directory="/tmp")
        self.assertEqual(stream.out[STDOUT].decode().split("\n")[:5], ["1000", "1000", "1000 10", "/home/bob bob", "/tmp"])
        stream = self.run_sh("id -u; id -g; echo $HOME", user="4242:wheel")
        self.assertEqual(stream.out[STDOUT], b"4242\n10\n/\n")

    def check_environment_and_no_stdin(self, agent):
        stream = self.run_sh("cat; echo $A-$PATH", env=["A=b c", "PATH=/bin"])
        self.assertEqual(stream.out[STDOUT], b"b c-/bin\n")

    def check_a_time_limit_kills_the_whole_group(self, agent):
        begin = time.monotonic()
        stream = self.run_sh("sleep 50 & sleep 50", timeout_ms=300)
        self.assertEqual(stream.result, ("exited", 0, 9, True))
        self.assertLess(time.monotonic() - begin, 2)

    def check_a_process_left_behind_does_not_delay_the_end(self, agent):
        begin = time.monotonic()
        stream = self.run_sh("yes & echo first; exit 3")
        self.assertEqual(stream.result, ("exited", 3, 0, False))
        self.assertIn(b"first\n", stream.out[STDOUT])
        self.assertLess(time.monotonic() - begin, 5)
        self.run_sh("killall yes")

    def check_fifty_at_once(self, agent):
        streams = [agent.exec("sh", "-c", f"echo {i}; exit {i}") for i in range(50)]
        for i, stream in enumerate(streams):
            self.assertEqual(stream.wait(), ("exited", i, 0, False))
            self.assertEqual(stream.out[STDOUT], b"%d\n" % i)

    def check_an_unread_output_stops_only_its_command(self, agent):
        unread = agent.exec("yes", reads=False)
        for _ in range(100):
            if len(unread.out[STDOUT]) == agentclient.WINDOW:
                break
            unread.progress.wait(1)
            unread.progress.clear()
        self.assertEqual(len(unread.out[STDOUT]), agentclient.WINDOW)
        self.assertEqual(self.run_sh("echo ok").out[STDOUT], b"ok\n")
        self.assertEqual(len(unread.out[STDOUT]), agentclient.WINDOW)
        unread.hang_up()
        self.assertEqual(unread.wait(5)[2], signal.SIGHUP)

    def check_hang_up_kills_what_ignores_it(self, agent):
        stream = agent.exec("sh", "-c", "trap '' HUP; echo set; while :; do sleep 1; done")
        self.assertTrue(stream.progress.wait(5))
        stream.hang_up()
        self.assertEqual(stream.wait(6)[2], signal.SIGKILL)

    def check_a_terminal(self, agent):
        stream = agent.exec("sh", "-c", "stty size; read line; stty size; echo got $line; tty; test -t 1 && exit 5",
                            tty=True, stdin=True, rows=33, columns=77)
        while b"33 77" not in stream.out[STDOUT]:
            stream.progress.wait(5)
            stream.progress.clear()
        stream.resize(44, 99)
        stream.write(b"hello\n")
        self.assertEqual(stream.wait(), ("exited", 5, 0, False))
        for piece in (b"44 99", b"got hello", b"/dev/pts/"):
            self.assertIn(piece, stream.out[STDOUT])

    def check_a_terminals_interrupt(self, agent):
        stream = agent.exec("sleep", "50", tty=True, stdin=True)
        while stream.started is None:
            time.sleep(0.01)
        stream.write(b"\x03")
        self.assertEqual(stream.wait(5), ("exited", 0, 2, False))

    def check_a_thousand_and_one_more_is_refused(self, agent):
        if self.cpus != 1:
            return
        streams = [agent.exec("sleep", "600") for _ in range(1025)]
        results = [stream.wait(60) for stream in streams[1024:]]
        self.assertEqual(results[0][:2], ("failed", "TooMany"))
        for stream in streams[:1024]:
            stream.signal(signal.SIGKILL)
        for stream in streams[:1024]:
            self.assertEqual(stream.wait(60)[2], signal.SIGKILL)

    def check_a_flood_from_many_leaves_room_for_all(self, agent):
        floods = [agent.exec("sh", "-c", "dd if=/dev/zero bs=32k count=32 2>/dev/null") for _ in range(8)]
        for flood in floods:
            self.assertEqual(flood.wait(), ("exited", 0, 0, False))
            self.assertEqual(len(flood.out[STDOUT]), 1 << 20)

    def check_the_oom_killer_spares_the_agent_only(self, agent):
        stream = self.run_sh("cat /proc/1/oom_score_adj /proc/self/oom_score_adj")
        self.assertEqual(stream.out[STDOUT], b"-1000\n0\n")

    def check_what_container_engines_need(self, agent):
        stream = self.run_sh("""set -e
            mkdir -p /tmp/c/a /tmp/c/b /tmp/c/w /tmp/c/m && mount -t tmpfs none /tmp/c && cd /tmp/c && mkdir a b w m
            mount -t overlay -o lowerdir=a,upperdir=b,workdir=w none m && umount m
            ip link add br0 type bridge && ip link add v0 type veth peer name v1 && ip link set v0 master br0
            ip link del br0 && ip link del v0
            test $(unshare -Urmpnf --mount-proc sh -c 'echo $$') = 1
            grep -q cpu /sys/fs/cgroup/cgroup.controllers && mkdir /sys/fs/cgroup/one && rmdir /sys/fs/cgroup/one
            test -c /dev/fuse && test -c /dev/net/tun && test -e /proc/sys/net/bridge/bridge-nf-call-iptables
            grep -q Seccomp: /proc/self/status && test -e /proc/net/ip_tables_names && test -d /proc/sys/net/netfilter
            cd / && umount /tmp/c && echo all""")
        self.assertEqual(stream.out[STDOUT], b"all\n", stream.out[STDERR])

    def check_usage(self, agent):
        agent.send(agentclient.USAGE_REQUEST, 0, b"")
        fields = struct.unpack("<qqqQQQQQIq", agent.expect(agentclient.USAGE))
        print("  usage", fields)
        self.assertGreater(fields[3], 128 << 20)
        self.assertGreater(fields[6], 800 << 20, "the root has grown")
        self.assertEqual(fields[8], 0, "no process besides the agent")

    def check_the_files_in_etc_replace_symlinks(self, agent):
        stream = self.run_sh("hostname; cat /etc/hosts; ls -l /etc/resolv.conf; cut -d. -f1 /proc/uptime; date +%s")
        self.assertIn(b"box\n", stream.out[STDOUT])
        self.assertNotIn(b"->", stream.out[STDOUT])
        self.assertAlmostEqual(int(stream.out[STDOUT].split()[-1]), time.time(), delta=2)

    def check_a_hundred_megabytes_both_ways(self, agent):
        block = os.urandom(1 << 20)
        sent, received, size = hashlib.sha256(), hashlib.sha256(), 100
        stream = agent.exec("cat", stdin=True)
        stream.sink = received.update
        begin = time.monotonic()
        for i in range(size):
            piece = block[i:] + block[:i]
            sent.update(piece)
            stream.write(piece)
        stream.close_input()
        self.assertEqual(stream.wait(120), ("exited", 0, 0, False))
        self.assertEqual(received.digest(), sent.digest())
        print(f"  {size} MiB both ways: {size / (time.monotonic() - begin):.0f} MiB/s")

    def check_one_direction(self, agent):
        stream, seen = agent.exec("dd", "if=/dev/zero", "bs=64k", "count=1600"), [0]
        stream.sink = lambda content: seen.append(len(content))
        begin = time.monotonic()
        stream.wait()
        self.assertGreaterEqual(sum(seen), 104857600)
        print(f"  guest to host: {100 / (time.monotonic() - begin):.0f} MiB/s")
        stream = agent.exec("sh", "-c", "cat >/dev/null", stdin=True)
        begin = time.monotonic()
        for _ in range(100):
            stream.write(bytes(1 << 20))
        stream.close_input()
        stream.wait()
        print(f"  host to guest: {100 / (time.monotonic() - begin):.0f} MiB/s")

    def check_the_round_trip(self, agent):
        times = []
        for _ in range(30):
            begin = time.monotonic()
            agent.exec("true").wait()
            times.append((time.monotonic() - begin) * 1000)
        times.sort()
        print(f"  exec true: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")


class CommandsOnFourProcessors(Commands):
    cpus = 4


class Ends(GuestCase):
    def test_an_orderly_shutdown_lets_the_main_command_finish(self):
        agent = self.boot()
        main = agent.exec("sh", "-c", "trap 'echo bye; exit 4' TERM; echo set; while :; do sleep 0.1; done", main=True)
        self.assertTrue(main.progress.wait(5))
        agent.shutdown(5000)
        agent.expect(agentclient.SHUTTING_DOWN)
        begin = time.monotonic()
        self.assertEqual(self.machine.wait(), 0)
        print(f"  power-off after {(time.monotonic() - begin) * 1000:.0f} ms")
        self.assertEqual(main.wait(1), ("exited", 4, 0, False))
        self.assertEqual(main.out[STDOUT], b"set\nbye\n")

    def test_what_ignores_signals_is_killed(self):
        agent = self.boot()
        stubborn = agent.exec("sh", "-c", "trap '' TERM HUP; echo set; while :; do sleep 1; done")
        self.assertTrue(stubborn.progress.wait(5))
        agent.shutdown(600)
        self.assertEqual(self.machine.wait(5), 0)
        self.assertEqual(stubborn.wait(1), ("exited", 0, 9, False))

    def test_an_idle_guest_is_off_at_once(self):
        agent = self.boot()
        agent.exec("true").wait()
        begin = time.monotonic()
        agent.shutdown()
        self.assertEqual(self.machine.wait(), 0)
        print(f"  shutdown {(time.monotonic() - begin) * 1000:.0f} ms, whole life {self.machine.elapsed_ms():.0f} ms")

    def test_a_closed_channel_powers_off(self):
        self.boot().exec("sleep", "60")
        self.machine.connection.shutdown(2)
        self.machine.connection.close()
        self.assertEqual(self.machine.wait(8), 0)

    def test_a_malformed_frame_powers_off(self):
        agent = self.boot()
        agent.send(0x7F, 0, b"x")
        agent.expect(agentclient.FAILED)
        self.assertEqual(self.machine.wait(), 0)

    def test_a_missing_root_is_said(self):
        self.machine = Machine(KERNEL, INITRAMFS)
        self.addCleanup(self.machine.close)
        self.machine.agent.expect(agentclient.HELLO)
        self.machine.agent.configure(device="/dev/vdz")
        self.assertIn(b"cannot mount /dev/vdz", self.machine.agent.expect(agentclient.FAILED))
        self.assertEqual(self.machine.wait(), 0)


class Configuration(GuestCase):
    def test_volumes_network_and_configuring_again(self):
        host = tempfile.mkdtemp()
        with open(os.path.join(host, "file"), "w") as file:
            file.write("from the host")
        network = ("-netdev", "user,id=net,net=192.168.127.0/24,host=192.168.127.1,dns=192.168.127.3,restrict=on",
                   "-device", "virtio-net-device,netdev=net")
        mounts = [("work", "/deep/folder", False), ("fixed", "/fixed", True)]
        agent = self.boot(volumes=[("work", host, False), ("fixed", host, True)], extra=network,
                          configuration={"mounts": mounts, "network": True, "hosts": [("10.1.2.3", ["db", "db.local"])]})
        stream = self.run_sh("cat /deep/folder/file; echo new >/deep/folder/new; echo x >/fixed/x || echo refused;"
                             "ip -4 addr show eth0; ip route; cat /etc/resolv.conf /etc/hosts")
        out = stream.out[STDOUT].decode()
        for piece in ("from the host", "refused", "192.168.127.2/24", "default via 192.168.127.1", "mtu 1500",
                      "search local\nnameserver 192.168.127.1", "192.168.127.2\tbox", "10.1.2.3\tdb\tdb.local"):
            self.assertIn(piece, out)
        self.assertEqual(open(os.path.join(host, "new")).read(), "new\n")
        agent.configure(hostname="other", mounts=mounts, network=True, time_ns=1_700_000_000_000_000_000)
        agent.expect(agentclient.READY)
        out = self.run_sh("hostname; date +%Y; ip route; grep -c work /proc/mounts").out[STDOUT].decode()
        self.assertEqual(out.split("\n")[:2], ["other", "2023"])
        self.assertIn("default via", out)
        self.assertTrue(out.endswith("1\n"), out)


if __name__ == "__main__":
    INITRAMFS = sys.argv.pop(1)
    KERNEL = os.environ.get("BOXGATE_KERNEL") or built_kernel()
    if not KERNEL:
        print("There is no guest kernel: run installer/kernel first.")
        sys.exit(77)
    unittest.main(verbosity=1)
