// SPDX-License-Identifier: Apache-2.0
#include "face.h"

// The assembler takes the file in as it is; as an array of numbers it would take the compiler seconds.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".global tessera_viewer_face, tessera_viewer_face_end\n"
    "tessera_viewer_face:\n"
    ".incbin \"" TESSERA_FACE "\"\n"
    "tessera_viewer_face_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" const unsigned char tessera_viewer_face[], tessera_viewer_face_end[];

namespace tessera::viewer {

std::vector<unsigned char> face() {
    return {tessera_viewer_face, tessera_viewer_face_end};
}

}  // namespace tessera::viewer
