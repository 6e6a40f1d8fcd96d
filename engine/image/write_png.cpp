// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <new>
#include <system_error>

#include "core/error.h"
#include "image/image_file.h"
#include "image/png_encoder.h"

namespace tessera {
namespace {

[[noreturn]] void failFrom(int error, const std::string& where) {
    throw Failure(ErrorCode::Unreadable, "the file cannot be written: " + std::generic_category().message(error), where,
                  "check that the folder exists, may be written to and has space left");
}

// A new file under a name nobody uses; removed again unless it was renamed.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::filesystem::path& path) : m_target(path) {
        static std::atomic<unsigned> counter{0};
        std::string name = path.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(counter++);
        m_path = path.parent_path() / name.append(".tmp");
        m_descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (m_descriptor < 0) failFrom(errno, path.string());
    }
    ~TemporaryFile() {
        if (m_descriptor >= 0) ::close(m_descriptor);
        if (!m_renamed) ::unlink(m_path.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    void write(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const ::ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) failFrom(errno, m_target.string());
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }

    void rename() {
        const int closed = ::close(m_descriptor);
        m_descriptor = -1;
        if (closed != 0 || std::rename(m_path.c_str(), m_target.c_str()) != 0) failFrom(errno, m_target.string());
        m_renamed = true;
    }

private:
    std::filesystem::path m_target, m_path;
    int m_descriptor = -1;
    bool m_renamed = false;
};

bool isKeyword(const std::string& keyword) {
    if (keyword.empty() || keyword.size() > 79 || keyword.front() == ' ' || keyword.back() == ' ') return false;
    for (const char c : keyword)
        if (c < ' ' || c > '~') return false;
    return true;
}

}  // namespace

void writePng(const std::filesystem::path& path, const Image& image, const std::map<std::string, std::string>& text) {
    if (image.empty()) throw Failure(ErrorCode::Invalid, "there are no pixels to write", path.string());
    for (const auto& [keyword, value] : text)
        if (!isKeyword(keyword) || value.find('\0') != std::string::npos)
            throw Failure(ErrorCode::Invalid, "\"" + keyword + "\" cannot be a PNG text", path.string());
    codecs::PngRows rows{{}, image.width(), image.height(), image.channels(), 8};
    std::vector<std::uint8_t> rounded;
    if (const auto* bytes = std::get_if<SharedArray<std::uint8_t>>(&image.samples())) {
        rows.samples = std::as_bytes(bytes->span());
    } else if (const auto* words = std::get_if<SharedArray<std::uint16_t>>(&image.samples())) {
        rows.samples = std::as_bytes(words->span());
        rows.bits = 16;
    } else {
        const auto& reals = std::get<SharedArray<float>>(image.samples());
        rounded.reserve(reals.size());
        for (const float real : reals.span())  // NaN becomes black
            rounded.push_back(real > 0 ? static_cast<std::uint8_t>((real < 1 ? real : 1.0F) * 255.0F + 0.5F) : std::uint8_t(0));
        rows.samples = std::as_bytes(std::span(rounded));
    }
    TemporaryFile file(path);
    file.write(codecs::encodePng(rows, text));
    file.rename();
}

}  // namespace tessera
