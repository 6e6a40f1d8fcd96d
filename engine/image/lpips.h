// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/image.h>
#include <tessera/tensor.h>

namespace tessera {

struct LpipsResult {
    std::optional<double> value;   ///< 0 is equal; absent without weights or for pictures that are too small
    std::vector<double> perLayer;  ///< the five terms that `value` adds up
    std::string detail;            ///< "AlexNet, LPIPS 0.1", or why the value is absent: "needs weights: ..."
};

/// How much work may go into one distance.
struct LpipsEffort {
    double mostFlops = std::numeric_limits<double>::infinity();  ///< above that, the value is absent and `detail` says so
    std::function<void()> checkpoint;                            ///< called between layers; may throw
};

/// LPIPS 0.1.4 on an AlexNet or VGG16 whose convolutions the user supplies (torchvision's state dict).
/// The linear heads are part of this library (resources/lpips). Immutable, any thread.
class LpipsNetwork {
public:
    /// Tells AlexNet from VGG16 by the shapes and ignores `classifier.*`. Throws Failure naming what is missing or misshapen.
    explicit LpipsNetwork(const TensorMap& backbone);
    /// Tensors from a .safetensors or .pth file.
    static LpipsNetwork open(const std::filesystem::path& path);
    ~LpipsNetwork();
    LpipsNetwork(LpipsNetwork&&) noexcept;
    LpipsNetwork& operator=(LpipsNetwork&&) noexcept;

    const std::string& name() const;  ///< "AlexNet" or "VGG16"
    /// Both in [0,1], of one size.
    LpipsResult distance(const Image& reference, const Image& image, const LpipsEffort& effort = {}) const;
    /// Of both pictures together.
    double flops(int width, int height) const;

private:
    struct Private;
    std::unique_ptr<const Private> d;
};

/// With the weights named by TESSERA_LPIPS_WEIGHTS (a file or folder), else those in $XDG_DATA_HOME/tessera/lpips. Never throws for them:
/// a file that cannot be used is a reason in `detail`. Weights are read once and kept.
LpipsResult lpips(const Image& reference, const Image& image, const LpipsEffort& effort = {});
/// Changes when lpips() would read other weights: part of the key of what is computed with them.
std::string lpipsWeightsStamp();

}  // namespace tessera
