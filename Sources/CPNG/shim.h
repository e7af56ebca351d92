// The simplified API of libpng, which never longjmps.
#include <png.h>
