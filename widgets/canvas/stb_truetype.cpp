// SPDX-License-Identifier: Apache-2.0
// The body of the header-only library, once.
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>
