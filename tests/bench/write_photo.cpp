// SPDX-License-Identifier: Apache-2.0
// tessera-bench-photo FILE [WIDTH HEIGHT]: a 12-megapixel JPEG (4000 x 3000) to drop on the studio.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

#include "bench/photo.h"

int main(int count, char** words) {
    const int width = count == 4 ? std::atoi(words[2]) : 4000, height = count == 4 ? std::atoi(words[3]) : 3000;
    if ((count != 2 && count != 4) || width < 1 || height < 1 || width > 20000 || height > 20000) {
        std::fprintf(stderr, "usage: tessera-bench-photo FILE [WIDTH HEIGHT]\n");
        return 2;
    }
    try {
        const std::vector<std::byte> file = tessera::bench::jpegOf(tessera::bench::photoPixels(width, height), width, height);
        std::ofstream out(words[1], std::ios::binary);
        out.write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
        out.close();
        if (!out) {
            std::fprintf(stderr, "tessera-bench-photo: %s cannot be written\n", words[1]);
            return 1;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tessera-bench-photo: %s\n", error.what());
        return 1;
    }
    return 0;
}
