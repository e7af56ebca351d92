// The few OpenBLAS routines Parsimony calls. Declared here because distributions put cblas.h in different places and Debian
// ships no LAPACKE; the symbols are the same everywhere.
#ifndef PARSIMONY_OPENBLAS_SHIM_H
#define PARSIMONY_OPENBLAS_SHIM_H

enum PARSIMONY_CBLAS_LAYOUT { ParsimonyCblasRowMajor = 101 };
enum PARSIMONY_CBLAS_SIDE { ParsimonyCblasLeft = 141 };
enum PARSIMONY_CBLAS_TRIANGLE { ParsimonyCblasLower = 122, ParsimonyCblasNonUnit = 131 };
enum PARSIMONY_CBLAS_TRANSPOSE { ParsimonyCblasNoTrans = 111, ParsimonyCblasTrans = 112 };

void cblas_sgemm(int layout, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void cblas_dtrsm(int layout, int side, int uplo, int transA, int diagonal, int m, int n, double alpha, const double *a,
                 int lda, double *b, int ldb);
void openblas_set_num_threads(int count);
int openblas_get_num_threads(void);
char *openblas_get_corename(void);
char *openblas_get_config(void);


// LAPACK in Fortran's convention: column-major, everything by address, the length of each CHARACTER at the end.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, unsigned long uploLength);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, unsigned long uploLength);

// The pointer, of which the compiler knows nothing more.
static inline const float *parsimony_opaque(const float *pointer) {
  __asm__("" : "+r"(pointer));
  return pointer;
}

#endif
