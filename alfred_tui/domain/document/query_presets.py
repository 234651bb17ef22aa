"""Ready queries for the usual sources of HTTP metrics. `preset:NAME/MEASURE` stands for one in a checklist.

Each measure is told in one unit whatever the source: a fraction of 1 (error-ratio), seconds (p95), requests
per second (rate). A ratio of no errors is 0, of no requests NaN: that is a gap, and not the same.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Literal, get_args

import msgspec

from alfred_tui.domain.errors import Usage

Measure = Literal["error-ratio", "p95", "rate"]

PREFIX = "preset:"


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """The queries of one source, with `{service}` and `{track}` to be filled in."""

    about: str
    """What the labels are taken to be."""
    queries: Mapping[Measure, str]


def _counters(
    name: str, labels: str, error: str, among: Callable[[str], str] = lambda rate: rate
) -> dict[Measure, str]:
    every = f"sum({among(f'rate({name}{{{labels}}}[1m])')})"
    errors = f"sum({among(f'rate({name}{{{labels},{error}}}[1m])')})"
    # Without a single error there is no series of errors, and nothing divided is nothing, not 0.
    return {"error-ratio": f"({errors} or {every} * 0) / {every}", "rate": every}


def _classic(
    name: str, labels: str, unit: str = "", among: Callable[[str], str] = lambda rate: rate
) -> dict[Measure, str]:
    rate = among(f"rate({name}_bucket{{{labels}}}[1m])")
    return {"p95": f"histogram_quantile(0.95, sum by (le) ({rate})){unit}"}


def _of_the_side(rate: str) -> str:
    """Those series of an ingress-nginx rate that are of `{track}`. The controller counts a canary's requests
    under the service that it is a canary of, and names its backend in the label `canary`, else empty."""
    told = f'label_replace({rate}, "track", "stable", "canary", "")'
    told = f'label_replace({told}, "track", "canary", "canary", ".+")'
    return f'{told} and on (track) label_replace(vector(1), "track", "{{track}}", "", "")'


_OWN = 'service="{service}",track="{track}"'
_ISTIO = 'reporter="destination",destination_app="{service}",destination_version="{track}"'
_NGINX = 'exported_service="{service}"'
_TRAEFIK = 'service=~"(.+-)?{service}-{track}(-[0-9a-z]+)?@.+"'

PRESETS: dict[str, Preset] = {
    "recorded": Preset(
        about="The series that docs/prometheus/recording-rules.yml records, by service and track.",
        queries={
            "error-ratio": f"service_track:http_errors:ratio_rate1m{{{_OWN}}}",
            "p95": f"service_track:http_request_duration_seconds:p95_rate1m{{{_OWN}}}",
            "rate": f"service_track:http_requests:rate1m{{{_OWN}}}",
        },
    ),
    "http": Preset(
        about="http_requests_total and the classic histogram http_request_duration_seconds, with the labels"
        " service, track and code.",
        queries={
            **_counters("http_requests_total", _OWN, 'code=~"5.."'),
            **_classic("http_request_duration_seconds", _OWN),
        },
    ),
    "http-native": Preset(
        about="http_request_duration_seconds as a native histogram, with the labels service, track and code.",
        queries={
            "error-ratio": (
                f'(histogram_count(sum(rate(http_request_duration_seconds{{{_OWN},code=~"5.."}}[1m])))'
                f" or histogram_count(sum(rate(http_request_duration_seconds{{{_OWN}}}[1m]))) * 0)"
                f" / histogram_count(sum(rate(http_request_duration_seconds{{{_OWN}}}[1m])))"
            ),
            "p95": f"histogram_quantile(0.95, sum(rate(http_request_duration_seconds{{{_OWN}}}[1m])))",
            "rate": f"histogram_count(sum(rate(http_request_duration_seconds{{{_OWN}}}[1m])))",
        },
    ),
    "istio": Preset(
        about="Istio's standard metrics as the receiving side reports them; the pods' labels app and version"
        " are the service and the track.",
        queries={
            **_counters("istio_requests_total", _ISTIO, 'response_code=~"5.."'),
            **_classic("istio_request_duration_milliseconds", _ISTIO, " / 1000"),
        },
    ),
    "ingress-nginx": Preset(
        about="The controller's metrics; canary is what an Ingress with the annotation canary takes of"
        " SERVICE, stable the rest. The label is exported_service, as Prometheus names it when the scrape has"
        " a service label of its own.",
        queries={
            **_counters("nginx_ingress_controller_requests", _NGINX, 'status=~"5.."', _of_the_side),
            **_classic("nginx_ingress_controller_request_duration_seconds", _NGINX, among=_of_the_side),
        },
    ),
    "traefik": Preset(
        about="Traefik's service metrics; the backends are the Services SERVICE-TRACK, which Traefik names"
        " NAMESPACE-SERVICE-TRACK-PORT@PROVIDER.",
        queries={
            **_counters("traefik_service_requests_total", _TRAEFIK, 'code=~"5.."'),
            **_classic("traefik_service_request_duration_seconds", _TRAEFIK),
        },
    ),
}


def resolve(promql: str) -> str:
    """The query that is meant: itself, or that of the preset it names. Raises Usage for an unknown one."""
    if not promql.startswith(PREFIX):
        return promql
    name, _, measure = promql.removeprefix(PREFIX).partition("/")
    preset = PRESETS.get(name)
    if preset is None:
        near = get_close_matches(name, PRESETS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(PRESETS)}."
        raise Usage(f"There is no preset “{name}” for queries.", hint=hint)
    for known in get_args(Measure):
        if known == measure:
            return preset.queries[known]
    raise Usage(
        f"The preset “{name}” does not measure “{measure}”.", hint=f"It has {', '.join(preset.queries)}."
    )
