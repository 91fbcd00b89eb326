"""A real control plane (etcd, kube-apiserver, kube-controller-manager, kube-scheduler) on free loopback ports.

The binaries come from $KUBEBUILDER_ASSETS, envtest's layout. There is no kubelet: `kubelet.py` beside this file plays it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import yaml

TOKEN = "control-plane-of-the-tests"
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
STARTS_WITHIN = 60.0


def assets() -> Path | None:
    """The folder of the binaries; None where $KUBEBUILDER_ASSETS names none that has them all."""
    folder = os.environ.get("KUBEBUILDER_ASSETS", "")
    if not folder or not all((Path(folder) / program).is_file() for program in PROGRAMS):
        return None
    return Path(folder)


class ControlPlane:
    """Started by `with`, gone with everything it kept when that ends."""

    def __init__(
        self, folder: Path, binaries: Path, *, kubelet: bool = True, controllers: bool = True
    ) -> None:
        """Without `controllers` it is etcd and the API server alone."""
        self.folder = folder
        self._with_controllers = controllers
        self._binaries = binaries
        self._with_kubelet = kubelet
        self._processes: list[subprocess.Popen[bytes]] = []
        etcd, peers, api = _free_ports(3)
        self._etcd, self._peers = f"http://127.0.0.1:{etcd}", f"http://127.0.0.1:{peers}"
        self._port = api
        self.server = f"https://127.0.0.1:{api}"
        self.kubeconfig = folder / "kubeconfig"
        self.minor = _minor(binaries / "kube-apiserver")

    def __enter__(self) -> ControlPlane:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        key = self.folder / "service-accounts.key"
        _write_key(key)
        _write_authority(self.folder)
        (self.folder / "tokens.csv").write_text(f"{TOKEN},practice-admin,,system:masters\n")
        write_kubeconfig(self.kubeconfig, self.server, TOKEN)
        self._run("etcd", *self._etcd_flags())
        self._run("kube-apiserver", *self._api_flags(key))
        self._await_ready()
        if not self._with_controllers:
            return
        self._run("kube-controller-manager", *self._manager_flags(key))
        self._run(
            "kube-scheduler", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", *self._no_ports()
        )
        if self._with_kubelet:
            script = Path(__file__).with_name("kubelet.py")
            self._spawn("kubelet", [sys.executable, str(script), self.server, TOKEN])

    def _etcd_flags(self) -> list[str]:
        data = self.folder / "etcd"
        return [
            f"--data-dir={data}",
            f"--listen-client-urls={self._etcd}",
            f"--advertise-client-urls={self._etcd}",
            f"--listen-peer-urls={self._peers}",
            "--unsafe-no-fsync",
        ]

    def _api_flags(self, key: Path) -> list[str]:
        return [
            f"--etcd-servers={self._etcd}",
            f"--secure-port={self._port}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.folder / 'certificates'}",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--client-ca-file={self.folder / 'ca.crt'}",
            "--allow-privileged=true",
            *(["--disable-admission-plugins=ServiceAccount"] if self.minor < 24 else []),
        ]

    def _manager_flags(self, key: Path) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig}",
            f"--service-account-private-key-file={key}",
            "--use-service-account-credentials=false",
            f"--cluster-signing-cert-file={self.folder / 'ca.crt'}",
            f"--cluster-signing-key-file={self.folder / 'ca.key'}",
            f"--root-ca-file={self.folder / 'ca.crt'}",
            "--controllers=*,-nodelifecycle,-ttl",
            "--leader-elect=false",
            *self._no_ports(),
        ]

    def _no_ports(self) -> list[str]:
        return ["--secure-port=0", "--port=0"] if self.minor < 23 else ["--secure-port=0"]

    def _run(self, program: str, *flags: str) -> None:
        self._spawn(program, [str(self._binaries / program), *flags])

    def _spawn(self, name: str, command: Sequence[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes.append(process)

    def _await_ready(self, needed: Sequence[subprocess.Popen[bytes]] | None = None) -> None:
        """`needed`: what must not end meanwhile; by default all of it. Raises RuntimeError."""
        import ssl

        trust = ssl._create_unverified_context()
        wanted = [
            "/readyz",
            "/api/v1/namespaces/default",
        ]  # that one is made a moment after the server is ready
        end = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                request = urllib.request.Request(
                    self.server + wanted[0], headers={"Authorization": f"Bearer {TOKEN}"}
                )
                with urllib.request.urlopen(request, context=trust, timeout=10):
                    wanted.pop(0)
                    if not wanted:
                        return
                    continue
            except OSError:
                pass  # not listening yet, not ready yet, or not there yet: asked again below
            needed = self._processes if needed is None else needed
            dead = [process.args for process in needed if process.poll() is not None]
            if dead or time.monotonic() > end:
                raise RuntimeError(f"the control plane did not start; ended: {dead}; logs in {self.folder}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End every process, the last started first."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._processes.clear()
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)


def write_kubeconfig(path: Path, server: str, token: str) -> None:
    """A kubeconfig of one context, `control-plane`; its certificate is not checked."""
    cluster = {"server": server, "insecure-skip-tls-verify": True}
    context = {"cluster": "control-plane", "user": "admin"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "control-plane", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "control-plane", "context": context}],
        "current-context": "control-plane",
    }
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)


def _write_key(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    path.chmod(0o600)


def _write_authority(folder: Path) -> None:
    """ca.crt and ca.key, with which the controller manager signs certificates of clients."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.TraditionalOpenSSL
    (folder / "ca.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    )
    (folder / "ca.key").chmod(0o600)


def _minor(apiserver: Path) -> int:
    output = subprocess.run([apiserver, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v1\.(\d+)", output)
    return int(found[1]) if found else 0


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
