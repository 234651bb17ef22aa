"""What a pod refers to and cannot run without: Secrets and ConfigMaps, and keys in them."""

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.kinds import CONFIG_MAPS, SECRETS

_SOURCES = {"secretRef": SECRETS, "configMapRef": CONFIG_MAPS}
_KEYS = {"secretKeyRef": SECRETS, "configMapKeyRef": CONFIG_MAPS}
_WORDS = {SECRETS: ("secret", "Secret"), CONFIG_MAPS: ("configmap", "ConfigMap")}


def missing_for(store: Store, namespace: str, container: Obj) -> str:
    """Why a container's environment cannot be made, in a kubelet's words; "" when it can."""
    for source in container.get("envFrom") or ():
        for field, key in _SOURCES.items():
            wanted = source.get(field)
            if wanted and not wanted.get("optional") and store.get(key, namespace, wanted["name"]) is None:
                return f'{_WORDS[key][0]} "{wanted["name"]}" not found'
    for variable in container.get("env") or ():
        for field, key in _KEYS.items():
            wanted = (variable.get("valueFrom") or {}).get(field)
            if not wanted or wanted.get("optional"):
                continue
            held = store.get(key, namespace, wanted["name"])
            if held is None:
                return f'{_WORDS[key][0]} "{wanted["name"]}" not found'
            if wanted["key"] not in {**(held.get("data") or {}), **(held.get("binaryData") or {})}:
                return f"couldn't find key {wanted['key']} in {_WORDS[key][1]} {namespace}/{wanted['name']}"
    return ""


def missing_volume(store: Store, pod: Obj) -> str:
    """Why a volume cannot be mounted, in a kubelet's words; "" when all can."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or ():
        for field, name_field, key in (("secret", "secretName", SECRETS), ("configMap", "name", CONFIG_MAPS)):
            wanted = volume.get(field)
            if not wanted or wanted.get("optional"):
                continue
            name = wanted[name_field]
            if store.get(key, namespace, name) is None:
                what = f'{_WORDS[key][0]} "{name}" not found'
                return f'MountVolume.SetUp failed for volume "{volume["name"]}" : {what}'
    return ""
