// SPDX-License-Identifier: Apache-2.0
#include "layers/activation.h"

#include <atomic>
#include <cstdlib>

#include "core/error.h"

namespace tessera {
namespace {

constexpr std::int64_t kMiB = std::int64_t(1) << 20;
constexpr std::int64_t kRowStep = 8;

std::atomic<std::int64_t> g_bandBytes = 0;

std::int64_t givenBandBytes() {
    static const std::int64_t given = [] {
        const char* text = std::getenv("TESSERA_BAND_MIB");
        const std::int64_t number = text ? std::atoll(text) : 0;
        return number > 0 && number < (std::int64_t(1) << 30) ? number * kMiB : 0;
    }();
    return given;
}

}  // namespace

std::int64_t bandBytes(at::Device device) {
    if (const std::int64_t set = g_bandBytes; set > 0) return set;
    if (givenBandBytes() > 0) return givenBandBytes();
    // Measured on a CPU: from here on bands are no slower, and of a wide network 4 % faster: what a norm leaves is still in the cache for its
    // convolution. A GPU wants larger pieces of work.
    return (device.is_cpu() ? 32 : 1024) * kMiB;
}

void setBandBytes(std::int64_t bytes) {
    g_bandBytes = bytes;
}

std::vector<Rows> bandsOf(std::int64_t height, std::int64_t bytesPerRow, at::Device device) {
    const std::int64_t most = bandBytes(device);
    if (height * bytesPerRow <= most) return {{0, height}};
    // Pieces well below the limit: several are alive at once in a layer.
    const std::int64_t rows = std::max(kRowStep, most / 4 / std::max<std::int64_t>(1, bytesPerRow) / kRowStep * kRowStep);
    std::vector<Rows> bands;
    for (std::int64_t begin = 0; begin < height; begin += rows) bands.push_back({begin, std::min(height, begin + rows)});
    return bands;
}

Activation::Activation(at::Tensor whole) {
    append(std::move(whole));
}

Activation Activation::inBands(const at::Tensor& whole) {
    Activation result;
    const std::int64_t bytesPerRow = whole.numel() / whole.size(2) * static_cast<std::int64_t>(whole.element_size());
    const std::vector<Rows> bands = bandsOf(whole.size(2), bytesPerRow, whole.device());
    if (bands.size() == 1) return Activation(whole);
    for (const Rows& rows : bands) result.append(whole.narrow(2, rows.begin, rows.count()));
    return result;
}

void Activation::append(at::Tensor band) {
    TESSERA_ASSERT(band.dim() == 4);
    if (m_bands.empty()) {
        m_batch = band.size(0), m_channels = band.size(1), m_width = band.size(3);
        m_options = band.options();
    }
    TESSERA_ASSERT(band.size(0) == m_batch && band.size(1) == m_channels && band.size(3) == m_width && band.scalar_type() == type());
    m_rows.push_back({m_height, m_height + band.size(2)});
    m_height += band.size(2);
    m_bands.push_back(std::move(band));
}

void Activation::releaseAbove(std::int64_t row) {
    for (std::size_t i = 0; i < m_bands.size() && m_rows[i].end <= row; ++i) m_bands[i].reset();
}

Activation Activation::mapped(const std::function<at::Tensor(const at::Tensor&)>& function) && {
    Activation result;
    for (at::Tensor& band : m_bands) {
        result.append(function(band));
        band.reset();
    }
    return result;
}

at::Tensor Activation::whole() && {
    if (inOnePiece()) return std::move(m_bands.front());
    at::Tensor all = at::empty({m_batch, m_channels, m_height, m_width}, m_options, at::MemoryFormat::ChannelsLast);
    for (std::size_t i = 0; i < m_bands.size(); ++i) {
        all.narrow(2, m_rows[i].begin, m_rows[i].count()).copy_(m_bands[i]);
        m_bands[i].reset();
    }
    return all;
}

}  // namespace tessera
