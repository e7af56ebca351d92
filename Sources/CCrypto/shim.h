// Message digests of OpenSSL (EVP interface).
#include <openssl/evp.h>
