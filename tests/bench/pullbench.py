#!/usr/bin/env python3
"""`boxgate pull` beside `skopeo copy` from the same registry on loopback, pairs in turn, each into an empty folder.

  pullbench.py BUILD [--pairs N] [--layers N] [--mib N]

Needs docker-registry and skopeo. Wall time, CPU time of the client, and its peak memory.
"""
import argparse
import gzip
import hashlib
import io
import json
import multiprocessing
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time


def write_blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs/sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def make_image(layout, layers, mib):
    """An OCI layout of layers that hold mib MiB of noise each."""
    (layout / "blobs/sha256").mkdir(parents=True)
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    noise = random.Random(1)
    described, diff_ids = [], []
    for number in range(layers):
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as archive:
            entry = tarfile.TarInfo(f"noise{number}")
            entry.size = mib << 20
            archive.addfile(entry, io.BytesIO(noise.randbytes(entry.size)))
        diff_ids.append("sha256:" + hashlib.sha256(plain.getvalue()).hexdigest())
        packed = gzip.compress(plain.getvalue(), 1, mtime=0)
        described.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **write_blob(layout, packed)})
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **write_blob(layout, config)},
        "layers": described}).encode()
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", **write_blob(layout, manifest),
             "annotations": {"org.opencontainers.image.ref.name": "latest"}}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def start_registry(folder):
    config = folder / "config.yml"
    config.write_text(f"version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\n"
                      "http:\n  addr: 127.0.0.1:0\n")
    log = open(folder / "log", "w+", encoding="utf-8")
    process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
    for _ in range(200):
        for word in (folder / "log").read_text().split("listening on ")[1:]:
            return process, word.split('"')[0].split()[0]
        time.sleep(0.05)
    sys.exit("docker-registry did not start")


def measured(command, environment):
    """Seconds of wall and CPU time, and peak MiB, of one run."""
    begin = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status != 0:
        sys.exit(f"{command}: {complaint.decode(errors='replace')}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def line(name, runs):
    wall, cpu, peak = zip(*runs)
    print(f"  {name:12}  wall {statistics.median(wall) * 1000:7.0f} ms   CPU {statistics.median(cpu) * 1000:7.0f} ms   "
          f"peak {statistics.median(peak):5.0f} MiB   of {len(runs)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--mib", type=int, default=32)
    options = parser.parse_args()
    boxgate = str(pathlib.Path(options.build).resolve() / "bin/boxgate")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bgpull", dir="/tmp"))
    registry = None
    try:
        # In a process of its own: a child's peak memory begins with that of whoever forks it.
        maker = multiprocessing.Process(target=make_image, args=(folder / "image", options.layers, options.mib))
        maker.start()
        maker.join()
        registry, host = start_registry(folder)
        subprocess.run(["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{folder}/image:latest",
                        f"docker://{host}/app:latest"], check=True)
        ours, theirs = [], []
        for _ in range(options.pairs):
            environment = dict(os.environ, BOXGATE_HOME=str(folder / "home"), BOXGATE_KEYCHAIN="off")
            ours.append(measured([boxgate, "pull", "-q", "--plain-http", f"{host}/app"], environment))
            theirs.append(measured(["skopeo", "copy", "--quiet", "--src-tls-verify=false",
                                    f"docker://{host}/app:latest", f"oci:{folder}/copy:latest"], dict(os.environ)))
            shutil.rmtree(folder / "home")
            shutil.rmtree(folder / "copy")
        print(f"pull: {options.layers} layers of {options.mib} MiB from docker-registry on loopback")
        line("boxgate pull", ours)
        line("skopeo copy", theirs)
        ratio = statistics.median(a[0] / b[0] for a, b in zip(ours, theirs))
        print(f"  ratio         median {ratio:.2f} (aim <= 1.0)")
    finally:
        if registry:
            registry.terminate()
            registry.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
