"""Writes oracle.json: inputs and what scipy says of them. Run: python3 oracle.py (scipy 1.17)."""
import json, math
import numpy as np
from scipy import stats

rng = np.random.default_rng(7)
out = {"pairs": [], "tables": [], "groups": [], "wilson": [], "bh": [], "binomial": [], "poisson": []}
def pair(x, y):
    x, y = [float(v) for v in x], [float(v) for v in y]
    p, s = stats.pearsonr(x, y), stats.spearmanr(x, y)
    out["pairs"].append({"x": x, "y": y, "pearson": [p.statistic, p.pvalue], "spearman": [float(s.statistic), float(s.pvalue)]})
x = rng.normal(size=40)
pair(x.round(6), (x + rng.normal(size=40)).round(6))
pair(rng.integers(0, 5, 60), rng.integers(0, 4, 60))              # many ties
pair([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])
pair((1e9 + x).round(6), (1e9 - x + 0.1 * rng.normal(size=40)).round(6))  # large offsets
for t in ([[10, 20], [30, 5]], [[5, 0, 9], [3, 8, 2], [7, 7, 7]], rng.integers(1, 30, (4, 5)).tolist()):
    a = np.array(t)
    c = stats.chi2_contingency(a, correction=False)
    g = stats.chi2_contingency(a, correction=False, lambda_="log-likelihood")
    n, (r, k) = a.sum(), a.shape
    phi = max(0, c.statistic / n - (r - 1) * (k - 1) / (n - 1))
    v = math.sqrt(phi / (min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1))
    out["tables"].append({"t": t, "chi2": [float(c.statistic), float(c.pvalue)], "g": [float(g.statistic), float(g.pvalue)], "v": v})
for k in (2, 4):
    g = rng.integers(0, k, 50)
    y = (rng.normal(size=50) + 0.5 * g).round(6)
    f = stats.f_oneway(*[y[g == i] for i in range(k)])
    eta = math.sqrt(sum((g == i).sum() * (y[g == i].mean() - y.mean()) ** 2 for i in range(k)) / ((y - y.mean()) ** 2).sum())
    out["groups"].append({"g": g.tolist(), "y": y.tolist(), "eta": eta, "p": float(f.pvalue)})
for k, n in ((0, 10), (10, 10), (3, 17), (500, 1000), (1, 100000)):
    ci = stats.binomtest(k, n).proportion_ci(method="wilson")
    out["wilson"].append([k, n, float(ci.low), float(ci.high)])
for p in ([0.01, 0.04, 0.03, 0.005], [0.5], rng.uniform(size=20).round(6).tolist()):
    out["bh"].append({"p": p, "bh": stats.false_discovery_control(p).tolist(), "by": stats.false_discovery_control(p, method="by").tolist()})
for k, n, p in ((3, 10, 0.1), (60, 1000, 0.03), (1, 5, 0.5), (400, 1000, 0.2)):
    out["binomial"].append([k, n, p, float(stats.binom.sf(k - 1, n, p))])
for k, m in ((3, 1.5), (60, 30.0), (200, 90.0)):
    out["poisson"].append([k, m, float(stats.poisson.sf(k - 1, m))])
json.dump(out, open("oracle.json", "w"))
