"""What stands above the word of a change: a `kubectl diff` in short, everything else as it was printed."""

from alfred_tui.present.previews import as_evidence, told

LIVE = "/tmp/LIVE-1/apps.v1.Deployment.shop.api"
MERGED = "/tmp/MERGED-2/apps.v1.Deployment.shop.api"
CHANGED = [
    f"diff -u -N {LIVE} {MERGED}",
    f"--- {LIVE}\t2026-11-23 15:17:18.494152446 +0000",
    f"+++ {MERGED}\t2026-11-23 15:17:18.494152446 +0000",
    "@@ -6,7 +6,7 @@",
    "   creationTimestamp: now",
    "-  generation: 1",
    "+  generation: 2",
    "   labels:",
    "@@ -30,9 +30,9 @@",
    "         - name: RETRIES",
    '-          value: "3"',
    '+          value: "5"',
    "         image: shop/api:1",
]


def test_of_a_kubectl_diff_the_object_and_what_changes_in_it_are_shown() -> None:
    assert told(CHANGED) == (
        "Deployment api in shop",
        "         - name: RETRIES",
        '-          value: "3"',
        '+          value: "5"',
        "",
        "Left out: what stays as it is, and metadata.generation.",
    )


def test_a_new_object_and_one_of_the_whole_cluster_are_called_so() -> None:
    lines = told(
        [
            "diff -u -N /tmp/LIVE-1/v1.Namespace..shop.eu /tmp/MERGED-2/v1.Namespace..shop.eu",
            "--- /tmp/LIVE-1/v1.Namespace..shop.eu\t1970-01-01",
            "+++ /tmp/MERGED-2/v1.Namespace..shop.eu\t1970-01-01",
            "@@ -0,0 +1,2 @@",
            "+kind: Namespace",
            "+--- not a header",
        ]
    )
    assert lines[:4] == ("Namespace shop.eu", "  is new", "+kind: Namespace", "+--- not a header")


def test_what_kubectl_says_beside_the_differences_stays() -> None:
    warned = "Warning: resource deployments/api is missing the annotation"
    assert told([warned, *CHANGED])[0] == warned
    assert told([*CHANGED, "error: the server could not find Ingress"])[-3].startswith("error: the server")


def test_what_is_no_kubectl_diff_stands_as_it_is() -> None:
    printed = ["--- a", "+++ b", "@@ -1 +1 @@", " same", "-old", "+new"]
    assert told(printed) == tuple(printed)


def test_the_record_keeps_what_stood_there_and_counts_what_it_does_not_keep() -> None:
    assert as_evidence(["one", "two"]).value == "one\ntwo"
    long = as_evidence([str(number) for number in range(1000)]).value.splitlines()
    assert long[-2:] == ["399", "… 600 more lines"]
