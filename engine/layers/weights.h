// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <tessera/engine.h>

#include "checkpoint/checkpoint.h"

namespace tessera {

using StoredTensors = std::map<std::string, StoredTensor>;

/// Where layers are to run. Precision is resolved, never Auto.
struct Placement {
    at::Device device = at::kCPU;
    Precision precision = Precision::Fp32;
    auto operator<=>(const Placement& other) const {
        return std::tuple(device.type(), device.index(), precision) <=> std::tuple(other.device.type(), other.device.index(), other.precision);
    }
    bool operator==(const Placement& other) const { return (*this <=> other) == 0; }
};

/// A name scope over a checkpoint's tensors. Layers take their tensors from it by upstream's names; what does not fit is recorded and
/// reported by finish(), all together.
///
/// Four uses: `check` touches no tensor library (opening a model off the device lane): take() gives undefined tensors but checks shapes and
/// that every value is finite. `load` gives the tensors. `inTraining` is over tensors in memory. `wanted` is over none, and notes what is asked for.
class Weights {
public:
    /// `where` goes into messages. `tensors` must outlive the weights.
    static Weights check(const StoredTensors& tensors, std::string where);
    static Weights load(const StoredTensors& tensors, std::string where, Placement placement);
    /// Over tensors that are trained, or through which gradients pass: take() gives them themselves, and layers compute what can be differentiated.
    static Weights inTraining(const std::map<std::string, at::Tensor, std::less<>>& tensors, std::string where, Placement placement);

    /// For a model that is still to be made: layers are made as for `check`, and take() notes names and shapes, which wantedShapes() gives.
    static Weights wanted();
    std::map<std::string, std::vector<std::int64_t>> wantedShapes() const;

    /// w / "conv1" is the scope "conv1." below w.
    Weights operator/(std::string_view name) const;
    /// The first of these scopes that holds any tensor, else the first: for names that changed upstream.
    Weights either(std::initializer_list<std::string_view> names) const;
    /// Any tensor is named like the scope, or lies below it.
    bool holds(std::string_view name) const;
    /// Shape of a tensor, if it is there; does not count as reading it.
    std::optional<std::vector<std::int64_t>> shapeOf(std::string_view name) const;

    /// float32 tensor of that shape on the placement's device. `otherShape`: a second layout that is accepted and reshaped, [C,C,1,1] for [C,C].
    at::Tensor take(std::string_view name, std::vector<std::int64_t> shape, const std::vector<std::int64_t>& otherShape = {}) const;
    /// The same in another type, converted straight from what is stored. In training, the trained tensor itself.
    at::Tensor takeAs(at::ScalarType type, std::string_view name, std::vector<std::int64_t> shape, const std::vector<std::int64_t>& otherShape = {}) const;

    bool checking() const;
    bool training() const;
    const Placement& placement() const;
    /// Elements taken so far.
    std::int64_t parameters() const;

    /// Throws one Failure(Mismatch) with all missing, unexpected and misshapen tensors; where all fit, Failure(Invalid) with those that hold NaN or infinity.
    /// Tensors that nobody took and that match an ignorable pattern ("loss.*", "*.num_batches_tracked") are given back instead.
    std::vector<std::string> finish(const std::vector<std::string>& ignorable = {}) const;

private:
    struct Ledger;
    Weights(std::shared_ptr<Ledger> ledger, std::string prefix) : m_ledger(std::move(ledger)), m_prefix(std::move(prefix)) {}

    std::shared_ptr<Ledger> m_ledger;
    std::string m_prefix;
};

/// "[64, 3, 3, 3]".
std::string textOfShape(const std::vector<std::int64_t>& shape);
/// '*' stands for any run of characters.
bool matchesPattern(std::string_view name, std::string_view pattern);
/// Every element is finite; reads the file's bytes, needs no tensor library.
bool storedFinite(const StoredTensor& tensor);

}  // namespace tessera
