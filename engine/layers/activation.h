// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/ATen.h>

namespace tessera {

/// Rows [begin, end) of a map.
struct Rows {
    std::int64_t begin = 0, end = 0;
    std::int64_t count() const { return end - begin; }
};

/// Most bytes of an activation on that device that a layer reads or writes in one piece. What is larger goes through the layers in bands of
/// rows: the same numbers but for rounding, with far less memory beside the layer's own input and result.
/// TESSERA_BAND_MIB in the environment replaces it.
std::int64_t bandBytes(at::Device device);
/// For tests: that many from now on, on every device; 0: as before.
void setBandBytes(std::int64_t bytes);

/// Splits `height` rows of so many bytes into bands, all but the last of a multiple of 8 rows: doubling, pixel shuffles and the tiles of
/// convolutions never straddle a border. One band where that fits bandBytes().
std::vector<Rows> bandsOf(std::int64_t height, std::int64_t bytesPerRow, at::Device device);

/// What flows between layers: [B,C,h,w] channels-last, as bands of whole rows from top to bottom; mostly one.
class Activation {
public:
    Activation() = default;
    /// One band.
    Activation(at::Tensor whole);  // NOLINT(google-explicit-constructor): a tensor is an activation
    /// Views of a tensor, as many as its size asks for.
    static Activation inBands(const at::Tensor& whole);

    std::int64_t batch() const { return m_batch; }
    std::int64_t channels() const { return m_channels; }
    std::int64_t height() const { return m_height; }
    std::int64_t width() const { return m_width; }
    at::Device device() const { return m_options.device(); }
    at::ScalarType type() const { return m_options.dtype().toScalarType(); }
    std::int64_t bytesPerRow() const { return m_batch * m_channels * m_width * static_cast<std::int64_t>(m_options.dtype().itemsize()); }
    bool inOnePiece() const { return m_bands.size() == 1; }

    std::size_t bands() const { return m_bands.size(); }
    Rows rowsOf(std::size_t band) const { return m_rows[band]; }
    const at::Tensor& band(std::size_t number) const { return m_bands[number]; }
    /// Adds rows below those that are there.
    void append(at::Tensor band);
    /// Lets go of bands that end at or above a row: nobody reads them through this activation any more.
    void releaseAbove(std::int64_t row);

    /// Calls `function` for each band; what it gives are the bands of the result. Lets go of each band after its call.
    Activation mapped(const std::function<at::Tensor(const at::Tensor&)>& function) &&;
    /// All rows in one tensor; lets go of the bands.
    at::Tensor whole() &&;

private:
    std::int64_t m_batch = 0, m_channels = 0, m_height = 0, m_width = 0;
    at::TensorOptions m_options;
    std::vector<at::Tensor> m_bands;
    std::vector<Rows> m_rows;
};

}  // namespace tessera
