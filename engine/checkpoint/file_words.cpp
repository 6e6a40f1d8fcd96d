// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/file_words.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"

namespace tessera {

std::string shown(std::string_view name) {
    constexpr std::size_t kLongest = 96;
    std::size_t size = std::min(name.size(), kLongest);
    // Not through the middle of a UTF-8 sequence.
    while (size < name.size() && size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80U) --size;
    std::string text = "\"";
    for (const char c : name.substr(0, size)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    return text + (size < name.size() ? "...\"" : "\"");
}

std::string shown(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

std::string counted(std::size_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

bool startsWith(std::span<const std::byte> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

void refuseForeign(std::span<const std::byte> bytes, const std::string& name) {
    const auto refuse = [&](const char* what, const char* action) { throw Failure(ErrorCode::Unsupported, what, name, action); };
    if (bytes.size() > 8 && bytes[8] == std::byte{'{'}) return;  // safetensors: its first eight bytes are a length and may look like anything
    // torch.save wrote its magic number, a long of 10 bytes, as a pickle of its own before anything else.
    if (startsWith(bytes, "\x80\x02\x8a\x0al\xfc\x9c" "F\xf9 j\xa8P\x19."))
        refuse("this is the torch.save format from before PyTorch 1.6", "load it with torch.load and save it again with a newer PyTorch");
    if (startsWith(bytes, "\x80"))
        refuse("this is a Python pickle, not a torch.save archive", "save the weights as safetensors, or with torch.save");
    if (startsWith(bytes, "version https://git-lfs"))
        refuse("this is a Git LFS pointer, not the file itself", "fetch the file with git lfs pull");
    if (startsWith(bytes, "\x89PNG") || startsWith(bytes, "\xFF\xD8\xFF") || startsWith(bytes, "GIF8") || (startsWith(bytes, "RIFF") && bytes.size() > 8 && startsWith(bytes.subspan(8), "WEBP")))
        refuse("this is a picture, not a safetensors file or a PyTorch archive", "choose a file with weights or tensors");
    if (startsWith(bytes, "GGUF")) refuse("this is a GGUF file", "open the model's safetensors instead");
    if (startsWith(bytes, "\x93NUMPY")) refuse("this is a NumPy array", "open a checkpoint");
    if (startsWith(bytes, "\x1f\x8b")) refuse("this is a gzip archive", "unpack it and open the files inside");
    if (startsWith(bytes, "\x89HDF")) refuse("this is an HDF5 file", "convert the weights to safetensors");
    if (bytes.size() > 262 && startsWith(bytes.subspan(257), "ustar")) refuse("this is a tar archive", "unpack it and open the files inside");
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    const auto* first = std::find_if_not(text, text + std::min<std::size_t>(bytes.size(), 64), [](char c) { return std::strchr(" \t\r\n", c); });
    if (first != text + bytes.size() && *first == '<')
        refuse("this is a web page, not a checkpoint", "download the file itself, not the page about it");
}

}  // namespace tessera
