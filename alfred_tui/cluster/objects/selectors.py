"""Label selectors: whether one fits, and as the query that asks the server for what it fits."""

from collections.abc import Mapping

from alfred_tui.cluster.objects.partial import Selector


def selects(selector: Selector | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits; an empty one fits everything, None nothing."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in selector.match_labels.items()):
        return False
    return all(_expression(one, labels) for one in selector.match_expressions)


def _expression(one: Selector.Expression, labels: Mapping[str, str]) -> bool:
    match one.operator:
        case "In":
            return labels.get(one.key) in one.values
        case "NotIn":
            return labels.get(one.key) not in one.values
        case "Exists":
            return one.key in labels
        case "DoesNotExist":
            return one.key not in labels
    return False


def query_of(selector: Selector) -> str:
    """It as `labelSelector` has it: `app=shop,tier in (a,b)`."""
    parts = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    for one in selector.match_expressions:
        values = f"({','.join(one.values)})"
        words = {
            "In": f"{one.key} in {values}",
            "NotIn": f"{one.key} notin {values}",
            "Exists": one.key,
            "DoesNotExist": f"!{one.key}",
        }
        parts.append(words[one.operator])
    return ",".join(parts)
