// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "checkpoint/checkpoint.h"
#include "core/error.h"

namespace tessera {
namespace {

/// Copies one element after another in row-major order, whatever the strides are.
void gather(const StoredTensor& tensor, std::size_t width, std::byte* out) {
    const std::size_t rank = tensor.shape.size();
    std::vector<std::int64_t> index(rank, 0);
    const std::byte* at = tensor.data;
    for (std::int64_t left = tensor.elements(); left > 0; --left) {
        std::memcpy(out, at, width);
        out += width;
        for (std::size_t axis = rank; axis-- > 0;) {
            const std::int64_t step = tensor.strides[axis] * static_cast<std::int64_t>(width);
            if (++index[axis] < tensor.shape[axis]) {
                at += step;
                break;
            }
            at -= step * (tensor.shape[axis] - 1);
            index[axis] = 0;
        }
    }
}

}  // namespace

std::int64_t StoredTensor::elements() const {
    return HostTensor{type, shape, {}}.elements();
}

bool StoredTensor::contiguous() const {
    if (strides.empty() || std::ranges::find(shape, 0) != shape.end()) return true;
    std::int64_t expected = 1;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        if (shape[axis] != 1 && strides[axis] != expected) return false;
        expected *= shape[axis];
    }
    return true;
}

HostTensor StoredTensor::toHost() const {
    const std::size_t width = byteSize(type), bytes = checkedProduct(static_cast<std::uint64_t>(elements()), width, "tensor size");
    HostTensor tensor{type, shape, {}};
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % width == 0;  // readers take the bytes for numbers
    if (contiguous() && !byteSwapped && aligned) {
        tensor.bytes = SharedBytes(owner, data, bytes);
        return tensor;
    }
    std::vector<std::byte> dense(bytes);
    if (contiguous()) std::copy_n(data, bytes, dense.data());
    else gather(*this, width, dense.data());
    if (byteSwapped) {
        for (auto element = dense.begin(); element != dense.end(); element += static_cast<std::ptrdiff_t>(width)) std::reverse(element, element + static_cast<std::ptrdiff_t>(width));
    }
    tensor.bytes = SharedBytes(std::move(dense));
    return tensor;
}

}  // namespace tessera
