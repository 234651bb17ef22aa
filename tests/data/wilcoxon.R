# Makes wilcoxon-r.json: Rscript wilcoxon.R > wilcoxon-r.json
# R's own test on made-up samples of the kinds that a canary gives. The bounds are looked for with a
# tolerance far below the data's grain, so that what is stored is where z crosses, not how far R looked.
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20260101)

latency <- function(n, shift = 0) round(exp(rnorm(n, log(200), 0.3)) + shift)
fractions <- function(n, p, requests = 400) rbinom(n, requests, p) / requests
samples <- list(
  "normal 5 5" = list(rnorm(5), rnorm(5)),
  "normal 5 20" = list(rnorm(5, 1), rnorm(20)),
  "normal 60 60" = list(rnorm(60), rnorm(60)),
  "normal shifted 60 60" = list(rnorm(60, 3), rnorm(60)),
  "normal below 40 17" = list(rnorm(40, -2), rnorm(17)),
  "normal 100 100" = list(rnorm(100, 0.2), rnorm(100)),
  "wide against narrow 30 30" = list(rnorm(30, 0, 20), rnorm(30, 0, 0.1)),
  "latency 60 60" = list(latency(60), latency(60)),
  "latency slower 60 60" = list(latency(60, 70), latency(60)),
  "latency much slower 20 60" = list(latency(20, 500), latency(60)),
  "latency faster 60 20" = list(latency(60, -60), latency(20)),
  "latency 8 8" = list(latency(8, 20), latency(8)),
  "errors 60 60" = list(fractions(60, 0.004), fractions(60, 0.004)),
  "more errors 60 60" = list(fractions(60, 0.02), fractions(60, 0.004)),
  "sparse errors 60 60" = list(fractions(60, 0.0008), fractions(60, 0.0004)),
  "sparse errors against none 60 60" = list(fractions(60, 0.002), rep(0, 60)),
  "few errors against none 20 20" = list(c(rep(0, 17), 0.01, 0.02, 0.005), rep(0, 20)),
  "heavily tied 30 30" = list(sample(0:3, 30, TRUE), sample(0:3, 30, TRUE)),
  "heavily tied and shifted 30 30" = list(sample(1:4, 30, TRUE), sample(0:3, 30, TRUE)),
  "two values 12 9" = list(rep(c(1, 2), 6), c(1, 1, 1, 2, 1, 2, 1, 1, 2)),
  "one value against many 6 30" = list(rep(5, 6), round(rnorm(30, 4), 1)),
  "tiny 25 25" = list(rnorm(25, 2e-9, 1e-9), rnorm(25, 1e-9, 1e-9)),
  "huge 25 25" = list(round(rnorm(25, 3e12, 1e11)), round(rnorm(25, 2.9e12, 1e11))),
  "negative 25 25" = list(rnorm(25, -100, 5), rnorm(25, -104, 5)),
  "a late outage 60 60" = list(c(latency(52), rep(5000, 8)), latency(60)),
  "one outlier 10 10" = list(c(latency(9), 90000), latency(10))
)

number <- function(value) sprintf("%.17g", value)
row <- function(name, x, y, confidence) {
  grain <- max(abs(c(x, y))) * 1e-11
  found <- suppressWarnings(wilcox.test(
    x, y, exact = FALSE, correct = TRUE, conf.int = TRUE, conf.level = confidence, tol.root = grain
  ))
  sprintf(
    '{"name": "%s at %g", "confidence": %g, "statistic": %s, "p": %s, "low": %s, "high": %s, "estimate": %s,\n  "x": [%s],\n  "y": [%s]}',
    name, confidence, confidence, number(found$statistic), number(found$p.value),
    number(found$conf.int[1]), number(found$conf.int[2]), number(found$estimate),
    paste(number(x), collapse = ", "), paste(number(y), collapse = ", ")
  )
}

rows <- character()
for (name in names(samples)) {
  for (confidence in c(0.95, 0.98)) {
    rows <- c(rows, row(name, samples[[name]][[1]], samples[[name]][[2]], confidence))
  }
}
cat(sprintf(
  '{"source": "%s: wilcox.test(x, y, exact = FALSE, correct = TRUE, conf.int = TRUE) by tests/data/wilcoxon.R",\n"rows": [\n%s\n]}\n',
  R.version.string, paste(rows, collapse = ",\n")
))
