// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Tar archives, good and bad, for the tests of their reader.
namespace tessera::test {

struct TarHeader {
    std::string name;
    std::uint64_t size = 0;
    char type = '0';
    std::string prefix;
    std::string sizeField;   ///< 12 bytes instead of `size` in octal
    std::string magic = std::string("ustar\0" "00", 8);
    bool goodChecksum = true;
};
/// One block.
std::string tarHeader(const TarHeader& header);
/// A header with its content, padded to whole blocks.
std::string tarFile(const std::string& name, std::string_view content);
/// A pax header of one record for the entry behind it.
std::string tarPax(const std::string& key, const std::string& value);
/// GNU's long name for the entry behind it.
std::string tarLongName(const std::string& name);
/// Two zero blocks.
std::string tarEnd();
std::string padded(std::string_view content);

/// P6 of one colour.
std::string ppmOf(int width, int height, std::uint8_t red, std::uint8_t green, std::uint8_t blue);

}  // namespace tessera::test
