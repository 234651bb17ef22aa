"""What a pod names is asked for one by one, and each answer is told as what it is."""

from typing import Any

from aiohttp import web
from alfred_tui.cluster.live.named_objects import named_objects

from tests.integration.cluster.api import connected, serve, status

POD: dict[str, Any] = {
    "metadata": {"name": "api-1", "ownerReferences": [{"kind": "Lawn", "name": "mower", "controller": True}]},
    "spec": {
        "containers": [
            {
                "name": "api",
                "env": [
                    {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
                    {"name": "PASS", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {
                        "name": "MAY",
                        "valueFrom": {"secretKeyRef": {"name": "extra", "key": "x", "optional": True}},
                    },
                ],
                "envFrom": [{"configMapRef": {"name": "gone"}}, {"secretRef": {"name": "closed"}}],
            }
        ],
        "volumes": [
            {"name": "conf", "configMap": {"name": "conf", "items": [{"key": "logo.png", "path": "l"}]}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "disk"}},
        ],
    },
}
OBJECTS = {
    "pods/api-1": POD,
    "secrets/db": {"metadata": {"name": "db"}, "data": {"url": "c2VjcmV0"}},
    "secrets/extra": {"metadata": {"name": "extra"}},
    "configmaps/conf": {"metadata": {"name": "conf"}, "binaryData": {"logo.png": "AAAA"}},
    "persistentvolumeclaims/disk": {"metadata": {"name": "disk"}, "status": {"phase": "Bound"}},
}


async def test_each_is_there_absent_forbidden_or_lacks_keys() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        at = "/".join(request.path.split("/")[-2:])
        if at == "secrets/closed":
            return status(403, "Forbidden", 'secrets "closed" is forbidden: User "x" cannot get')
        return web.json_response(OBJECTS[at]) if at in OBJECTS else status(404, "NotFound", "not found")

    async with serve(answer) as url, connected(url) as connection:
        found = await named_objects(connection, "Pod", "default", "api-1")
    told = {f"{one.kind}/{one.name}": (one.there, one.why, one.needed) for one in found}
    closed, why, _ = told.pop("Secret/closed")
    assert (closed, "cannot get" in why) == ("forbidden", True)
    assert told == {
        "Lawn/mower": ("unknown", "a Lawn is not read here", True),
        "Secret/db": ("lacks keys", "password", True),
        "Secret/extra": ("lacks keys", "x", False),
        "ConfigMap/gone": ("absent", "", True),
        "ConfigMap/conf": ("there", "", True),
        "PersistentVolumeClaim/disk": ("there", "", True),
    }
    assert next(one.uses for one in found if one.name == "extra") == ("MAY of api (key x) (optional)",)
    assert "c2VjcmV0" not in repr(found)
