// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::kernels {

/// Element of an activation. Statistics and sums are float32 whatever it is.
enum class Element : int { Float32, BFloat16, Float16 };

constexpr std::size_t byteSize(Element element) {
    return element == Element::Float32 ? 4 : 2;
}

/// Where a view's memory lies; views of the two kinds do not convert into each other.
enum class Memory { Host, Device };

/// Row-major [batch, positions, channels], channels fastest: what a channels-last [B,C,h,w] tensor holds, positions = h * w. Borrowed.
template <Memory memory, typename Pointer>
struct ActivationView {
    Pointer data = nullptr;
    Element element = Element::Float32;
    std::int64_t batch = 0, positions = 0, channels = 0;

    std::int64_t elements() const { return batch * positions * channels; }
};

/// Dense run of elements of any shape. Borrowed.
template <Memory memory>
struct ElementView {
    const void* data = nullptr;
    Element element = Element::Float32;
    std::int64_t size = 0;
};

/// Dense float32 values. Borrowed.
template <Memory memory, typename Pointer>
struct FloatView {
    Pointer data = nullptr;
    std::int64_t size = 0;
};

/// Row-major float32 [rows, columns]. Borrowed.
template <Memory memory>
struct MatrixView {
    const float* data = nullptr;
    std::int64_t rows = 0, columns = 0;
};

using DeviceActivations = ActivationView<Memory::Device, const void*>;
using DeviceActivationsOut = ActivationView<Memory::Device, void*>;
using DeviceElements = ElementView<Memory::Device>;
using DeviceFloats = FloatView<Memory::Device, const float*>;
using DeviceFloatsOut = FloatView<Memory::Device, float*>;
using DeviceMatrix = MatrixView<Memory::Device>;

using HostActivations = ActivationView<Memory::Host, const void*>;
using HostActivationsOut = ActivationView<Memory::Host, void*>;
using HostElements = ElementView<Memory::Host>;
using HostFloats = FloatView<Memory::Host, const float*>;
using HostMatrix = MatrixView<Memory::Host>;

}  // namespace tessera::kernels
