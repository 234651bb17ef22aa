"""The reviews by which a client asks who it is and what it may do (`kubectl auth can-i`, `auth whoami`)."""

from alfred_tui.demo.kube.objects import Obj, timestamp
from alfred_tui.demo.kube.rights import Access, User, allowed, resource_rules


def review(resource: str, request: Obj, user: User, now: float) -> Obj:
    """The review with its status filled in."""
    answer = {"metadata": {"creationTimestamp": None}, "spec": request.get("spec") or {}}
    match resource:
        case "selfsubjectaccessreviews":
            answer["status"] = _access(request.get("spec") or {}, user)
        case "selfsubjectrulesreviews":
            answer["status"] = {
                "resourceRules": resource_rules(user, (request.get("spec") or {}).get("namespace", "")),
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/api", "/apis", "/version"]}],
                "incomplete": False,
            }
        case _:
            answer = {
                "metadata": {"creationTimestamp": timestamp(now)},
                "status": {"userInfo": {"username": user.name, "groups": list(user.groups)}},
            }
    return answer


def _access(spec: Obj, user: User) -> Obj:
    wanted = spec.get("resourceAttributes")
    if wanted is None:
        verb = (spec.get("nonResourceAttributes") or {}).get("verb", "")
        return {"allowed": user.rights == "admin" or verb == "get"}
    access = Access(
        verb=wanted.get("verb", ""),
        group=wanted.get("group", ""),
        resource=wanted.get("resource", ""),
        subresource=wanted.get("subresource", ""),
        namespace=wanted.get("namespace", ""),
        name=wanted.get("name", ""),
    )
    return {"allowed": allowed(user, access)}
