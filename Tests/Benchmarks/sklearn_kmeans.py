# The peer of the exact quantizer: scikit-learn's k-means on float32 values from a file, on one thread.
# python3 sklearn_kmeans.py VALUES LEVELS -> one line of JSON: version, seconds, error (the sum of squared differences);
# status 3 if scikit-learn is not there.
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

try:
    import numpy
    import sklearn
    from sklearn.cluster import KMeans
except ImportError:
    sys.exit(3)

values = numpy.fromfile(sys.argv[1], dtype="<f4").astype(numpy.float64).reshape(-1, 1)
levels = int(sys.argv[2])
KMeans(levels, n_init=1, random_state=0).fit(values[:1000])
start = time.perf_counter()
fitted = KMeans(levels, n_init=1, random_state=0).fit(values)
seconds = time.perf_counter() - start
print(json.dumps({"version": sklearn.__version__, "seconds": seconds, "error": float(fitted.inertia_)}))
