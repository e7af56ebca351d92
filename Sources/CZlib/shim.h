// zlib. The two init calls are macros in zlib.h, which Swift cannot import.
#ifndef PARSIMONY_ZLIB_SHIM_H
#define PARSIMONY_ZLIB_SHIM_H
#include <zlib.h>

static inline int parsimony_inflateInit2(z_stream *stream, int windowBits) {
  return inflateInit2(stream, windowBits);
}
static inline int parsimony_deflateInit2(z_stream *stream, int level, int windowBits, int memoryLevel) {
  return deflateInit2(stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY);
}
#endif
