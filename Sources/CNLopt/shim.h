// NLopt: local minimisation within bounds. Only its deterministic gradient methods are called; the global ones draw from a
// random state of the process.
#include <nlopt.h>
