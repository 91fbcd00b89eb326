"""The Pod Security Standards: what baseline and restricted pods may not have, by version of the standards.

Rules and words are those of k8s.io/pod-security-admission/policy. A check looks at a pod's spec (and annotations)
and gives (reason, detail) where it does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Object = dict[str, Any]
Finding = tuple[str, str] | None
Check = Callable[[Object, Mapping[str, str], int], Finding]

DEFAULT_CAPABILITIES = frozenset(
    {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"}
    | {"NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
)
SYSCTLS = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
}
"""Safe sysctls, and the version of the standards since which they are."""
SELINUX_TYPES = {
    "": 0,
    "container_t": 0,
    "container_init_t": 0,
    "container_kvm_t": 0,
    "container_engine_t": 31,
}
FREE_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    | {"image"}
)
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
APPARMOR_FIELDS, WINDOWS_SINCE = 30, 25
GOOD_SECCOMP = ("RuntimeDefault", "Localhost")


def findings(level: str, version: int, spec: Object, annotations: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a pod violates of `level` ("baseline", "restricted"), in the order in which it is reported."""
    if level == "privileged":
        return []
    found: list[Finding] = []
    for check, since, overridden in _BASELINE:
        if version >= since and not (overridden and level == "restricted"):
            found.append(check(spec, annotations, version))
    if level == "restricted":
        found += [check(spec, annotations, version) for check, since in _RESTRICTED if version >= since]
    return [each for each in found if each is not None]


def containers(spec: Object) -> Iterator[Object]:
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or ()


def _security(obj: Object) -> Object:
    return obj.get("securityContext") or {}


def _names(word: str, names: Sequence[str]) -> str:
    return f"{word if len(names) == 1 else word + 's'} {_quoted(names)}"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _setters(spec: Object, bad: Callable[[Object], bool]) -> list[str]:
    """Who sets something bad: `pod`, `containers "a", "b"`."""
    found = ["pod"] if bad(_security(spec)) else []
    names = [each["name"] for each in containers(spec) if bad(_security(each))]
    return [*found, _names("container", names)] if names else found


def _windows(spec: Object, version: int) -> bool:
    return version >= WINDOWS_SINCE and (spec.get("os") or {}).get("name") == "windows"


def _apparmor(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    bad: list[str] = []
    values: set[str] = set()

    def forbidden(context: Object) -> bool:
        message = (context.get("appArmorProfile") or {}).get("type")
        wrong = message is not None and message not in GOOD_SECCOMP
        if wrong:
            values.add(str(message))
        return wrong

    setters = _setters(spec, forbidden) if version >= APPARMOR_FIELDS else []
    if setters:
        bad.append(f"{' and '.join(setters)} must not set AppArmor profile type to {_quoted(sorted(values))}")
    for key, value in sorted(annotations.items()):
        if key.startswith(APPARMOR) and value not in ("", "runtime/default") and value[:10] != "localhost/":
            bad.append(f'{key}="{value}"')
    if not bad:
        return None
    return "forbidden AppArmor profile" + ("s" if len(bad) > 1 else ""), ", ".join(bad)


def _capabilities(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    names, added = [], set()
    for each in containers(spec):
        wrong = set((_security(each).get("capabilities") or {}).get("add") or ()) - DEFAULT_CAPABILITIES
        if wrong:
            names.append(each["name"])
            added |= wrong
    if not names:
        return None
    message = f"{_names('container', names)} must not include {_quoted(sorted(added))} in securityContext.capabilities.add"
    return "non-default capabilities", message


def _host_namespaces(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    found = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return ("host namespaces", ", ".join(found)) if found else None


def _host_paths(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    found = [volume["name"] for volume in spec.get("volumes") or () if volume.get("hostPath") is not None]
    return ("hostPath volumes", _names("volume", found)) if found else None


def _host_ports(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    names, ports = [], set()
    for each in containers(spec):
        wrong = {str(port["hostPort"]) for port in each.get("ports") or () if port.get("hostPort")}
        if wrong:
            names.append(each["name"])
            ports |= wrong
    if not names:
        return None
    use, word = "uses" if len(names) == 1 else "use", "hostPort" if len(ports) == 1 else "hostPorts"
    return "hostPort", f"{_names('container', names)} {use} {word} {', '.join(sorted(ports))}"


def _probe_hosts(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    names, hosts = set(), set()
    for each in containers(spec):
        lifecycle = each.get("lifecycle") or {}
        handlers = [each.get(field) for field in ("livenessProbe", "readinessProbe", "startupProbe")]
        handlers += [lifecycle.get("postStart"), lifecycle.get("preStop")]
        for handler in handlers:
            for how in ("httpGet", "tcpSocket"):
                host = ((handler or {}).get(how) or {}).get("host")
                if host:
                    names.add(each["name"])
                    hosts.add(host)
    if not names:
        return None
    use = "uses" if len(names) == 1 else "use"
    message = f"{_names('container', sorted(names))} {use} {_names('probe or lifecycle host', sorted(hosts))}"
    return "probe or lifecycle host", message


def _privileged(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    found = [each["name"] for each in containers(spec) if _security(each).get("privileged")]
    message = f"{_names('container', found)} must not set securityContext.privileged=true"
    return ("privileged", message) if found else None


def _proc_mount(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    found = {
        each["name"]: str(_security(each)["procMount"])
        for each in containers(spec)
        if _security(each).get("procMount") not in (None, "Default")
    }
    message = f"{_names('container', list(found))} must not set securityContext.procMount to"
    return ("procMount", f"{message} {_quoted(sorted(set(found.values())))}") if found else None


def _selinux(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    types: set[str] = set()
    fields: set[str] = set()

    def forbidden(context: Object) -> bool:
        options = context.get("seLinuxOptions") or {}
        kind = options.get("type") or ""
        wrong_type = SELINUX_TYPES.get(kind, version + 1) > version
        if wrong_type:
            types.add(kind)
        wrong = {field for field in ("user", "role") if options.get(field)}
        fields.update(wrong)
        return wrong_type or bool(wrong)

    setters = _setters(spec, forbidden)
    if not setters:
        return None
    message = [_names("type", sorted(types))] if types else []
    message += [f"{field} may not be set" for field in ("user", "role") if field in fields]
    return (
        "seLinuxOptions",
        f"{' and '.join(setters)} set forbidden securityContext.seLinuxOptions: {'; '.join(message)}",
    )


def _seccomp(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    values: set[str] = set()

    def forbidden(context: Object) -> bool:
        message = (context.get("seccompProfile") or {}).get("type")
        wrong = context.get("seccompProfile") is not None and message not in GOOD_SECCOMP
        if wrong:
            values.add(str(message or ""))
        return wrong

    setters = _setters(spec, forbidden)
    if not setters:
        return None
    message = f"{' and '.join(setters)} must not set securityContext.seccompProfile.type to {_quoted(sorted(values))}"
    return "seccompProfile", message


def _sysctls(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    names = [each["name"] for each in _security(spec).get("sysctls") or ()]
    found = [name for name in names if SYSCTLS.get(name, version + 1) > version]
    return ("forbidden sysctls", ", ".join(found)) if found else None


def _host_process(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    setters = _setters(spec, lambda context: bool((context.get("windowsOptions") or {}).get("hostProcess")))
    message = f"{' and '.join(setters)} must not set securityContext.windowsOptions.hostProcess=true"
    return ("hostProcess", message) if setters else None


def _escalation(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    if _windows(spec, version):
        return None
    found = [
        each["name"]
        for each in containers(spec)
        if _security(each).get("allowPrivilegeEscalation") is not False
    ]
    message = f"{_names('container', found)} must set securityContext.allowPrivilegeEscalation=false"
    return ("allowPrivilegeEscalation != false", message) if found else None


def _all_capabilities(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    if _windows(spec, version):
        return None
    missing, adding, added = [], [], set()
    for each in containers(spec):
        message = _security(each).get("capabilities") or {}
        if "ALL" not in (message.get("drop") or ()):
            missing.append(each["name"])
        wrong = set(message.get("add") or ()) - {"NET_BIND_SERVICE"}
        if wrong:
            adding.append(each["name"])
            added |= wrong
    parts = []
    if missing:
        parts.append(f'{_names("container", missing)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        parts.append(
            f"{_names('container', adding)} must not include {_quoted(sorted(added))}"
            " in securityContext.capabilities.add"
        )
    return ("unrestricted capabilities", "; ".join(parts)) if parts else None


def _volumes(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    found = {
        volume["name"]: next((field for field in sorted(volume) if field != "name"), "unknown")
        for volume in spec.get("volumes") or ()
        if not FREE_VOLUMES & set(volume)
    }
    if not found:
        return None
    use = "uses" if len(found) == 1 else "use"
    kinds = _names("restricted volume type", sorted(set(found.values())))
    return "restricted volume types", f"{_names('volume', list(found))} {use} {kinds}"


def _non_root(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    setters = _setters(spec, lambda context: context.get("runAsNonRoot") is False)
    if setters:
        message = f"{' and '.join(setters)} must not set securityContext.runAsNonRoot=false"
        return "runAsNonRoot != true", message
    if _security(spec).get("runAsNonRoot"):
        return None
    found = [each["name"] for each in containers(spec) if _security(each).get("runAsNonRoot") is None]
    message = f"pod or {_names('container', found)} must set securityContext.runAsNonRoot=true"
    return ("runAsNonRoot != true", message) if found else None


def _root_user(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    setters = _setters(spec, lambda context: context.get("runAsUser") == 0)
    return ("runAsUser=0", f"{' and '.join(setters)} must not set runAsUser=0") if setters else None


def _needs_seccomp(spec: Object, annotations: Mapping[str, str], version: int) -> Finding:
    if _windows(spec, version):
        return None
    bad = _seccomp(spec, annotations, version)
    if bad or _security(spec).get("seccompProfile") is not None:
        return bad
    found = [each["name"] for each in containers(spec) if _security(each).get("seccompProfile") is None]
    message = (
        f"pod or {_names('container', found)} must set securityContext.seccompProfile.type"
        ' to "RuntimeDefault" or "Localhost"'
    )
    return ("seccompProfile", message) if found else None


_BASELINE: tuple[tuple[Check, int, bool], ...] = (
    (_apparmor, 0, False),
    (_capabilities, 0, True),
    (_host_namespaces, 0, False),
    (_host_paths, 0, True),
    (_host_ports, 0, False),
    (_probe_hosts, 34, False),
    (_privileged, 0, False),
    (_proc_mount, 0, False),
    (_selinux, 0, False),
    (_seccomp, 19, True),
    (_sysctls, 0, False),
    (_host_process, 0, False),
)
"""(check, since which version of the standards, whether a check of restricted takes its place); by their ids."""
_RESTRICTED: tuple[tuple[Check, int], ...] = (
    (_escalation, 8),
    (_all_capabilities, 22),
    (_volumes, 0),
    (_non_root, 0),
    (_root_user, 23),
    (_needs_seccomp, 19),
)
