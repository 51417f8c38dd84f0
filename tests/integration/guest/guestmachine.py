"""A microVM with our kernel and agent and a small busybox root, for tests."""

import os
import shutil
import subprocess
import tempfile
import time

import agentclient

PASSWD = "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000:Bob:/home/bob:/bin/sh\n"
GROUP = "root:x:0:\nbob:x:1000:\nwheel:x:10:bob\n"


def tsc_khz():
    """The processor's clock as the kernel found it; good enough for a test of seconds."""
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("cpu MHz"):
                return round(float(line.split(":")[1]) * 1000)
    return 2_000_000


def make_root(folder):
    tree = os.path.join(folder, "tree")
    for name in ("bin", "etc", "root", "home/bob", "tmp", "usr/bin"):
        os.makedirs(os.path.join(tree, name))
    busybox = os.path.join(tree, "bin/busybox")
    shutil.copy("/bin/busybox", busybox)
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        if applet != "busybox":
            os.symlink("busybox", os.path.join(tree, "bin", applet))
    for name, content in (("passwd", PASSWD), ("group", GROUP)):
        with open(os.path.join(tree, "etc", name), "w") as file:
            file.write(content)
    os.symlink("/somewhere/else", os.path.join(tree, "etc/resolv.conf"))
    with open(os.path.join(tree, "bin/notexecutable"), "w") as file:
        file.write("text")
    image = os.path.join(folder, "root.img")
    mke2fs = shutil.which("mke2fs", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    subprocess.check_call([mke2fs, "-q", "-t", "ext4", "-b", "4096", "-d", tree, image, "64M"], stderr=subprocess.DEVNULL)
    os.truncate(image, 10 * 1024 * 1024 * 1024)
    return image


class Machine:
    def __init__(self, kernel, initramfs, cpus=1, memory=256, volumes=(), extra=()):
        self.folder = tempfile.mkdtemp(prefix="boxgate-guest-")
        image = make_root(self.folder)
        server = agentclient.listen(os.path.join(self.folder, "agent"))
        khz = tsc_khz()
        self.console = os.path.join(self.folder, "console")
        line = f"console=ttyS0 quiet panic=-1 dummy.numdummies=0 no_timer_check tsc_early_khz={khz} tsc=reliable lpj={khz * 4}"
        command = [
            "qemu-system-x86_64", "-M", "microvm,acpi=on,pit=off,pic=off", "-accel", "tcg", "-cpu", "max",
            "-smp", str(cpus), "-m", str(memory), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", kernel, "-initrd", initramfs, "-append", line, "-serial", f"file:{self.console}",
            "-drive", f"if=none,id=root,format=raw,file={image},discard=unmap",
            "-device", "virtio-blk-device,drive=root",
            "-chardev", f"socket,id=agent,path={self.folder}/agent", "-device", "virtio-serial-device",
            "-device", "virtserialport,chardev=agent,name=org.boxgate.agent", "-device", "virtio-rng-device",
        ]
        for tag, path, read_only in volumes:
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none,readonly={'on' if read_only else 'off'}",
                        "-device", f"virtio-9p-device,fsdev={tag},mount_tag={tag}"]
        self.begin = time.monotonic()
        self.qemu = subprocess.Popen(command + list(extra), stdin=subprocess.DEVNULL)
        connection, _ = server.accept()
        server.close()
        self.connection = connection
        self.agent = agentclient.Client(connection)

    def elapsed_ms(self):
        return (time.monotonic() - self.begin) * 1000

    def wait(self, seconds=10):
        return self.qemu.wait(seconds)

    def console_text(self):
        with open(self.console, errors="replace") as file:
            return file.read()

    def close(self):
        if self.qemu.poll() is None:
            self.qemu.kill()
            self.qemu.wait()
        self.connection.close()
        shutil.rmtree(self.folder)
