# Makes gaussian-process-oracle.json:  python3 gaussian-process-oracle.py > gaussian-process-oracle.json
# numpy 2.4.6 and scipy 1.17.1. The posterior uses the joint covariance and numpy.linalg.solve (LU, no Cholesky); the likelihood
# is scipy's multivariate normal density; logarithms of tails are scipy.special.log_ndtr and, for expected improvement,
# quadrature: log of the integral of (z + u) phi(u) over u > -z, factored by phi(z).
import json
import numpy as np
from scipy.integrate import quad
from scipy.special import log_ndtr
from scipy.stats import multivariate_normal

random = np.random.default_rng(20260)


def covariance(name, a, b, lengths, amplitude):
    difference = (a[:, None, :] - b[None, :, :]) / lengths
    r = np.sqrt((difference**2).sum(-1))
    if name == "rbf":
        return amplitude**2 * np.exp(-0.5 * r**2)
    s = np.sqrt(5) * r
    return amplitude**2 * (1 + s + s**2 / 3) * np.exp(-s)


cases = []
for name in ("matern-5/2", "rbf"):
    for dimension, count in ((1, 4), (2, 9), (3, 15)):
        for scaling in ("centred", "standardised"):
            points = random.random((count, dimension))
            values = 3 + 2 * np.sin(5 * points.sum(1)) + random.normal(size=count) * 0.1
            lengths = 0.2 + random.random(dimension)
            amplitude, noise = 0.7 + random.random(), 10.0 ** -random.integers(1, 6)
            queries = random.random((6, dimension)) * 1.4 - 0.2
            shift = values.mean()
            scale = values.std() if scaling == "standardised" else 1.0
            targets = (values - shift) / scale
            matrix = covariance(name, points, points, lengths, amplitude) + noise * np.eye(count)
            cross = covariance(name, points, queries, lengths, amplitude)
            mean = cross.T @ np.linalg.solve(matrix, targets)
            variance = amplitude**2 - np.einsum("ij,ij->j", cross, np.linalg.solve(matrix, cross))
            cases.append({
                "covariance": name, "scaling": scaling, "points": points.tolist(), "values": values.tolist(),
                "lengthScales": lengths.tolist(), "amplitude": amplitude, "noise": noise, "queries": queries.tolist(),
                "mean": (shift + scale * mean).tolist(), "deviation": (scale * np.sqrt(variance)).tolist(),
                "logMarginalLikelihood": float(multivariate_normal(np.zeros(count), matrix).logpdf(targets))})


def log_improvement(z):
    # h(z) = int_0^inf v phi(v - z) dv; with phi(v - z) = phi(z) exp(v z - v^2/2), and v = w/|z| in the tail.
    unit = 1 / max(1.0, abs(z))
    integral = quad(lambda w: w * np.exp(w * unit * z - 0.5 * (w * unit) ** 2), 0, 60 if z < 0 else 60 / unit,
                    epsabs=0, epsrel=1e-13, limit=500)[0]
    return float(np.log(integral * unit**2) - 0.5 * z * z - 0.5 * np.log(2 * np.pi))


tails = [{"z": z, "logProbability": float(log_ndtr(z)), "logImprovement": log_improvement(z)}
         for z in (3.0, 1.0, 0.0, -1.0, -3.0, -4.999, -5.001, -8.0, -20.0, -40.0, -1e3, -1e6)]
print(json.dumps({"posteriors": cases, "tails": tails}, indent=1))
